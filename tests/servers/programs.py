"""Programs of the system, installed where that is allowed: as root on Debian."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

_SYSTEM_DIRECTORIES = ("/usr/sbin", "/usr/local/sbin")


@cache
def find(name: str, package: str, variable: str) -> str | None:
    """Return the path of a program: the one that the variable names, one on the path, or one installed for this."""
    found = _installed(name, variable)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(package)
        found = _installed(name, variable)
    return found


def _installed(name: str, variable: str) -> str | None:
    if given := os.environ.get(variable):
        return given
    return shutil.which(name, path=os.pathsep.join((*os.get_exec_path(), *_SYSTEM_DIRECTORIES)))


def _install(package: str) -> None:
    # Two test processes may come here at once: the second waits for the first.
    install = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends", package]
    for command in (["apt-get", "update"], install):
        subprocess.run(
            command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, check=False
        )
