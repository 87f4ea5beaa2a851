"""`relay config check` and `relay config schema`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import yaml

from relay.bootstrap.config.load import ENVIRONMENT, load_settings, resolve_config_path
from relay.bootstrap.config.problems import ConfigurationError
from relay.bootstrap.config.schema import configuration_schema
from relay.bootstrap.config.settings import Settings
from relay.bootstrap.config.view import visible
from relay.bootstrap.config.warnings import settings_warnings
from relay.bootstrap.databases.kind import third_party_resource_types

if TYPE_CHECKING:
    _Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name for it

OK = 0
UNUSABLE = 2


def add_parser(subparsers: _Subparsers) -> None:
    """Add `config` with its two commands; each sets `func`, which takes the arguments and returns the exit status."""
    config = subparsers.add_parser("config", help="check the configuration, or print its JSON Schema")
    commands = config.add_subparsers(dest="config_command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="validate the configuration and print what was understood")
    check.add_argument("--config", metavar="F", help="configuration file")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(func=lambda args: config_check(args.config, os.environ, as_json=args.json))
    schema = commands.add_parser("schema", help="print the JSON Schema of the configuration file")
    schema.set_defaults(func=lambda _: config_schema())


def config_check(config: str | None, environ: Mapping[str, str], *, as_json: bool = False) -> int:
    """Validate and print what was understood, secrets and connections hidden; return 0, or 2 with every problem."""
    path = resolve_config_path(config, environ)
    try:
        settings = load_settings(path, environ, extra_resource_types=third_party_resource_types())
    except ConfigurationError as error:
        _print_problems(error, as_json=as_json)
        return UNUSABLE
    _print_settings(settings, ENVIRONMENT if path is None else str(path), as_json=as_json)
    return OK


def config_schema() -> int:
    """Print the JSON Schema of the file; return 0."""
    _write_json(configuration_schema(third_party_resource_types()))
    return OK


def _print_problems(error: ConfigurationError, *, as_json: bool) -> None:
    if as_json:
        problems = [asdict(problem) for problem in error.problems]
        _write_json({"ok": False, "source": error.source, "problems": problems})
    else:
        sys.stderr.write(f"{error}\n")


def _print_settings(settings: Settings, source: str, *, as_json: bool) -> None:
    warnings = list(settings_warnings(settings))
    understood = visible(settings)
    if as_json:
        _write_json({"ok": True, "source": source, "settings": understood, "warnings": warnings})
        return
    sys.stdout.write(f"# {source}: fine\n")
    for warning in warnings:
        sys.stdout.write(f"# warning: {warning}\n")
    sys.stdout.write(yaml.safe_dump(understood, sort_keys=False, allow_unicode=True))


def _write_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
