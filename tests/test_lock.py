"""The lock file names one version with its hashes of all that pyproject.toml asks for, and no registry."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked() -> dict[str, list[str]]:
    """Return the versions of each package; another Python may have another one."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)(?:\[[a-z0-9,-]+\])?==(\S+)", LOCK, re.MULTILINE):
        found.setdefault(name, []).append(version)
    return found


def wanted() -> list[Requirement]:
    """Return what the distribution, its extras and the groups ask for, but for themselves."""
    groups = [each for group in PROJECT["dependency-groups"].values() for each in group if isinstance(each, str)]
    extras = [each for extra in PROJECT["project"]["optional-dependencies"].values() for each in extra]
    found = map(Requirement, [*PROJECT["project"]["dependencies"], *extras, *groups])
    return [each for each in found if each.name != "ticketcore"]


def test_everything_is_locked_at_a_version_that_is_asked_for() -> None:
    """Where this fails, run ``nox -s lock``."""
    versions = locked()
    wrong = [
        str(each)
        for each in wanted()
        if not any(each.specifier.contains(version) for version in versions.get(canonicalize_name(each.name), []))
    ]
    assert wrong == []
    assert len(versions) > 100


def test_every_version_has_hashes() -> None:
    """Each is followed by one SHA-256 or more."""
    pinned = re.findall(r"^\S+==.*?(?=^\S|\Z)", LOCK, re.MULTILINE | re.DOTALL)
    assert len(pinned) == sum(map(len, locked().values()))
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}\b", each) for each in pinned)


def test_no_registry_is_named() -> None:
    """A machine takes its packages from where it takes all others."""
    assert not re.search(r"://|index-url|find-links", LOCK)
