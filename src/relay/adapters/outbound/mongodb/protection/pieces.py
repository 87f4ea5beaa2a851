"""Pieces of texts, and pieces of pieces: what is left is readable where it is long enough to be looked at."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from relay.adapters.outbound.mongodb.protection.flows import Flow, Made, Value, is_piece, is_text

SHORTEST_CUT = 8
"""Characters; shorter pieces could be put together again without any detector seeing one."""
MAX_PIECES = 30
"""Of one value, that are told apart: more than may be tested."""


def only_number(value: Value) -> int | None:
    """Return the one whole number that a value is, None if it may be anything else."""
    literal = value.literals[0] if value.is_constant and len(value.literals) == 1 else None
    return literal if isinstance(literal, int) and not isinstance(literal, bool) else None


def piece_of(one: Made, begin: int | None, size: int) -> Made:
    """Return a piece; `begin`: None where it varies, `size`: -1 for the rest."""
    if one.flow is Flow.OPAQUE:
        return one
    if one.flow is Flow.CUT and is_text(one):
        return _deeper(one, begin, size)
    if begin is None or begin < 0:
        return Made(column=one.column, flow=Flow.CUT, loose=True)
    starts_whole = begin == 0 and one.flow < Flow.CUT
    return Made(
        column=one.column,
        flow=Flow.CUT,
        starts_whole=starts_whole,
        cut_length=size if starts_whole and size > 0 else None,
        window=(begin, size) if is_text(one) else None,
        loose=one.loose,
    )


def loosened(value: Value, known: dict[int, Value] | None = None) -> Value:
    """Return a value in which whatever was made may be several things."""
    known = {} if known is None else known
    if id(value) not in known:
        fields = {name: loosened(part, known) for name, part in value.fields.items()}
        known[id(value)] = replace(value, made=_loose(value.made), fields=MappingProxyType(fields))
    return known[id(value)]


def bounded(made: frozenset[Made]) -> frozenset[Made]:
    """Return what was made, without telling pieces apart where there are too many."""
    if len(made) <= MAX_PIECES:
        return made
    pieces = frozenset(filter(is_piece, made))
    return made if len(pieces) <= MAX_PIECES else (made - pieces) | _loose(pieces)


def _loose(made: frozenset[Made]) -> frozenset[Made]:
    return frozenset(
        replace(one, starts_whole=False, cut_length=None, window=None, loose=True) if is_text(one) else one
        for one in made
    )


def _deeper(one: Made, begin: int | None, size: int) -> Made:
    plain = replace(one, starts_whole=False, cut_length=None)
    if begin is None or begin < 0:
        return Made(column=one.column, flow=Flow.OPAQUE)
    if one.window is None:
        return plain if begin == 0 else Made(column=one.column, flow=Flow.OPAQUE)
    start, length = one.window
    left = _left(length, begin, size)
    if 0 <= left < SHORTEST_CUT:
        return Made(column=one.column, flow=Flow.OPAQUE)
    return replace(plain, window=(start + begin, left))


def _left(length: int, begin: int, size: int) -> int:
    if length < 0:
        return size
    rest = max(length - begin, 0)
    return rest if size < 0 else min(size, rest)
