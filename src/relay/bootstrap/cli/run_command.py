"""`relay run`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from dependency_injector import providers

from relay.bootstrap.cli.commands import OK, UNREACHABLE, UNUSABLE
from relay.bootstrap.config.load import load_settings, resolve_config_path
from relay.bootstrap.config.problems import ConfigurationError
from relay.bootstrap.container import RelayContainer
from relay.bootstrap.databases.kind import third_party_resource_types
from relay.bootstrap.lifecycle import run_relay
from relay.domain.errors import RelayError

if TYPE_CHECKING:
    _Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name


def add_parser(subparsers: _Subparsers) -> None:
    """Add `run`."""
    run = subparsers.add_parser("run", help="run the agent until SIGTERM or SIGINT")
    run.add_argument("--config", metavar="F", help="configuration file")
    run.set_defaults(func=lambda args: run_agent(args.config))


def run_agent(config: str | None) -> int:
    """Run the agent; 2 for an unusable configuration, 3 if the audit file can't be opened."""
    try:
        settings = load_settings(
            resolve_config_path(config, os.environ), os.environ, extra_resource_types=third_party_resource_types()
        )
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE
    try:
        run_relay(RelayContainer(settings=providers.Object(settings)))
    except RelayError as error:
        sys.stderr.write(f"relay run: {error.message}\n")
        return UNREACHABLE
    return OK
