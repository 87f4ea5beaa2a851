"""The commands of `relay`, and how a command line becomes one of them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

OK = 0
REFUSED = 1
UNUSABLE = 2
UNREACHABLE = 3
INTERRUPTED = 130

# Modules with `add_parser(subparsers)`; each command sets `func`, which takes the arguments and returns the status.
COMMAND_MODULES = (
    "relay.bootstrap.cli.run_command",
    "relay.bootstrap.cli.config_commands",
    "relay.bootstrap.cli.query_command",
    "relay.bootstrap.cli.mask_command",
    "relay.bootstrap.cli.demo_command",
    "relay.bootstrap.cli.version_command",
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="relay", description="Read-only, masked, audited database access for AI agents, from inside your network."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMAND_MODULES:
        import_module(module).add_parser(commands)
    commands.add_parser("health", help="exit 0 if the agent of this container is alive and connected")
    return top


def run_command(arguments: Sequence[str]) -> int:
    """Parse and run."""
    parsed = parser().parse_args(arguments)
    try:
        status: int = parsed.func(parsed)
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader has gone: say nothing more, also not at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED
    return status
