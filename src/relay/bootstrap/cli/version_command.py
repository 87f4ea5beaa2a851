"""`relay version`: what runs here."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from relay import __version__

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name for it

DRIVERS = ("asyncpg", "motor", "pymongo")
"""The packages that speak to databases."""


def add_parser(subparsers: Subparsers) -> None:
    """Add `version` to the command line; its function is in the namespace's `func`."""
    parser = subparsers.add_parser("version", help="show the versions of Relay, Python and the database drivers")
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the versions; returns 0."""
    versions = {"relay": __version__, "python": platform.python_version()}
    drivers = {name: _installed_version(name) for name in DRIVERS}
    if arguments.json:
        sys.stdout.write(json.dumps({**versions, "drivers": drivers}) + "\n")
        return 0
    for name, version in {**versions, **drivers}.items():
        sys.stdout.write(f"{name:<8} {version or 'not installed'}\n")
    return 0


def _installed_version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
