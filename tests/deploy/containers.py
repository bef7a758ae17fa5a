"""The Dockerfile and the compose file as an engine would read them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]

DEPLOY = Path(__file__).parents[2] / "deploy"
DOCKERFILE = DEPLOY / "Dockerfile"
COMPOSE = DEPLOY / "compose.yaml"
EXAMPLE = DEPLOY / ".env.example"

#: Those that run our image.
OURS = ("api", "worker", "sweeper", "migrate", "places")

_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def instructions(name: str) -> list[str]:
    """Return the argument of an instruction of the Dockerfile, lines joined."""
    lines = DOCKERFILE.read_text().replace("\\\n", "")
    return re.findall(rf"^{name}\s+(.+)$", lines, re.MULTILINE)


def image_command(name: str) -> list[str]:
    """Return the image's ``ENTRYPOINT`` or ``CMD``."""
    (text,) = instructions(name)
    command: list[str] = json.loads(text)
    return command


def image_health() -> list[str]:
    """Return the command of the image's ``HEALTHCHECK``."""
    (text,) = instructions("HEALTHCHECK")
    command: list[str] = json.loads(text.partition("CMD ")[2])
    return command


def required() -> set[str]:
    """Return the variables that have to be set to start the compose file."""
    return {name for name, sign, _ in _VARIABLE.findall(COMPOSE.read_text()) if sign == "?"}


def services(given: Mapping[str, str]) -> dict[str, Json]:
    """Return the services of the compose file with these variables filled in."""

    def fill(found: re.Match[str]) -> str:
        name, sign, text = found.groups()
        assert name in given or sign == "-", f"{name}: {text}"
        return given.get(name, text or "")

    content: Json = yaml.safe_load(_VARIABLE.sub(fill, COMPOSE.read_text()))
    found: dict[str, Json] = content["services"]
    return found
