"""The commands of `relay`, and how a command line becomes one of them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

from relay.bootstrap.logging import StandardErrorLines, configure_logging
from relay.domain.audit import Level

OK = 0
REFUSED = 1
UNUSABLE = 2
UNREACHABLE = 3
INTERRUPTED = 130

# Modules with `add_parser(subparsers)`; each command sets `func`, which takes the arguments and returns the status.
COMMAND_MODULES: Mapping[str, str] = {
    "run": "relay.bootstrap.cli.run_command",
    "config": "relay.bootstrap.cli.config_commands",
    "query": "relay.bootstrap.cli.query_command",
    "mask": "relay.bootstrap.cli.mask_command",
    "scan": "relay.bootstrap.cli.scan_command",
    "health": "relay.bootstrap.cli.health_command",
    "demo": "relay.bootstrap.cli.demo_command",
    "version": "relay.bootstrap.cli.version_command",
}


def parser(chosen: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of the whole command line, or, at the cost of its imports alone, of one command."""
    top = argparse.ArgumentParser(
        prog="relay", description="Read-only, masked, audited database access for AI agents, from inside your network."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    only = COMMAND_MODULES.get(chosen or "")
    for module in COMMAND_MODULES.values() if only is None else (only,):
        import_module(module).add_parser(commands)
    return top


def run_command(arguments: Sequence[str]) -> int:
    """Parse and run; what is logged goes to standard error, until `run` sends it to standard output."""
    parsed = parser(arguments[0] if arguments else None).parse_args(arguments)
    configure_logging(StandardErrorLines(), Level.WARN)
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
