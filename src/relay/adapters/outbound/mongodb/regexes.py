"""Regular expressions, whichever way they are written."""

from __future__ import annotations

from relay.adapters.outbound.mongodb.findings import invalid
from relay.adapters.outbound.mongodb.names import encodes

MAX_PATTERN_LENGTH = 1_000
"""The server takes 32,764; nobody writes that by hand, and each is run against every document."""
OPTIONS = frozenset("imsxu")
"""Manual: reference/operator/query/regex, `$options`; `l` (locale) is not among them."""


def check_pattern(value: object, at: str) -> str:
    """Return the pattern or raise INVALID_PARAMS."""
    if not isinstance(value, str):
        invalid("a regular expression must be a string", at, 'such as {"$regex":"^A","$options":"i"}')
    if len(value) > MAX_PATTERN_LENGTH:
        invalid("the regular expression is too long", at, f"at most {MAX_PATTERN_LENGTH} characters")
    if "\x00" in value or not encodes(value):
        invalid("a regular expression may not hold NUL or broken Unicode", at, "escape it as \\x00")
    return value


def check_options(value: object, at: str) -> str:
    """Return the options, sorted as BSON wants them, or raise INVALID_PARAMS."""
    if not isinstance(value, str) or not set(value) <= OPTIONS or len(value) > len(OPTIONS):
        invalid("unknown option of a regular expression", at, f"options are {', '.join(sorted(OPTIONS))}")
    return "".join(sorted(set(value)))
