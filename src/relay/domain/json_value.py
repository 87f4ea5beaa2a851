"""The shapes that JSON can hold, as Python sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

JsonScalar: TypeAlias = str | int | float | bool | None
JsonValue: TypeAlias = JsonScalar | Sequence["JsonValue"] | Mapping[str, "JsonValue"]

MAX_SAFE_INTEGER = 2**53 - 1
"""Largest integer that every JSON reader holds exactly (RFC 8259, section 6); larger ones travel as strings."""
