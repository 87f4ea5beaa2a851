"""`relay mask`: masks JSON lines from standard input, to try out patterns."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, BinaryIO, NoReturn, TextIO

from relay.adapters.outbound.masking.encoding import encode_row
from relay.adapters.outbound.masking.masker import PassThroughMasker, RuleMasker, build_masker
from relay.bootstrap.cli.commands import OK, UNUSABLE
from relay.bootstrap.config.load import load_settings, resolve_config_path
from relay.bootstrap.config.problems import ConfigurationError
from relay.bootstrap.databases.kind import third_party_resource_types
from relay.domain.json_value import JsonValue
from relay.domain.masking import MaskingSettings
from relay.domain.results import MaskedText

if TYPE_CHECKING:
    _Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name

_CONFIGURED_BY_ENVIRONMENT = "CONTROL_PLANE_URL"
"""The one variable without which the environment is no configuration."""


def add_parser(subparsers: _Subparsers) -> None:
    """Add `mask`."""
    mask = subparsers.add_parser(
        "mask", help='mask JSON lines {"text": …} from standard input; without a configuration, by the defaults'
    )
    mask.add_argument("--config", metavar="F", help="configuration file")
    mask.set_defaults(func=lambda args: mask_command(args.config, os.environ))


def mask_command(config: str | None, environ: Mapping[str, str]) -> int:
    """Mask standard input to standard output; 0, or 2 for an unusable configuration or any unusable line."""
    try:
        masker = build_masker(_masking_settings(config, environ))
    except (ConfigurationError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE
    if not masker.enabled:
        sys.stderr.write("relay mask: masking is switched off in this configuration; lines pass as they are\n")
    return mask_lines(masker, sys.stdin.buffer, sys.stdout.buffer, sys.stderr)


def _masking_settings(config: str | None, environ: Mapping[str, str]) -> MaskingSettings:
    path = resolve_config_path(config, environ)
    if path is None and _CONFIGURED_BY_ENVIRONMENT not in environ:
        return MaskingSettings()
    settings = load_settings(path, environ, extra_resource_types=third_party_resource_types())
    return settings.masking.to_domain()


def mask_lines(masker: RuleMasker | PassThroughMasker, lines: Iterable[bytes], output: BinaryIO, errors: TextIO) -> int:
    """Mask line by line, flushing each, so that it can sit in a pipe; blank lines are passed over.

    An unusable line gives `{"error": …}` in its place, a sentence with its number in `errors`, and status 2.
    """
    status = OK
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            answer = encode_row(_mask_record(masker, _read(line)))
        except _UnusableLineError as error:
            status = UNUSABLE
            errors.write(f"relay mask: line {number}: {error}\n")
            answer = encode_row({"error": f"line {number}: {error}"})
        output.write(answer + b"\n")
        output.flush()
    return status


class _UnusableLineError(Exception):
    """Says what is wrong with a line, and nothing of what it holds."""


def _read(line: bytes) -> dict[str, JsonValue]:
    try:
        record = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise _UnusableLineError('not JSON; each line must be a JSON object such as {"text": "…"}') from None
    if not isinstance(record, dict) or "text" not in record:
        raise _UnusableLineError('a JSON object with the key "text" is expected, such as {"text": "…"}')
    return record


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError


def _mask_record(masker: RuleMasker | PassThroughMasker, record: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    text = record["text"]
    masked: MaskedText | None
    if isinstance(text, str):
        masked = masker.mask_text(text)
    elif isinstance(text, (int, float)) and not isinstance(text, bool):
        masked = masker.mask_number(text)
    else:
        raise _UnusableLineError('"text" must be a string or a number')
    if masked is None:
        return {**record, "detections": []}
    detections: list[JsonValue] = [{"detector": each.detector, "count": each.count} for each in masked.detections]
    return {**record, "text": masked.text, "detections": detections}
