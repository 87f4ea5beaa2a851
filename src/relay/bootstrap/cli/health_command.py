"""`relay health`: the container's health check. Imports next to nothing, so that it costs next to nothing."""

from __future__ import annotations

import sys

from relay.adapters.outbound.system.health_state import failed_check, state_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_USAGE = "usage: relay health\n\nExit 0 only if the agent of this container is alive and connected.\n"


def main(argv: list[str]) -> int:
    """Return 0 if the agent is alive and connected, else 1 and one line on standard error; 2 for any argument."""
    if argv in (["-h"], ["--help"]):
        sys.stdout.write(_USAGE)
        return 0
    if argv:
        sys.stderr.write(f"relay health: takes no arguments\n{_USAGE}")
        return 2
    problem = failed_check(state_path())
    if problem:
        sys.stderr.write(f"relay health: {problem}\n")
        return 1
    return 0


def add_parser(subparsers: Any) -> None:  # noqa: ANN401 - argparse is not imported here, not even for its name
    """List `health` among the commands; the console script runs `main` before it gets here."""
    subparsers.add_parser("health", help="exit 0 if the agent of this container is alive and connected")
