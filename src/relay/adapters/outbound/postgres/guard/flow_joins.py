"""What is left of values that are put together into one text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from relay.adapters.outbound.postgres.guard.flows import (
    BUILT,
    CONSTANTS,
    CUTS,
    STORED,
    VARYING,
    Flow,
    Listed,
    Shape,
    Values,
    changed,
    flows,
    hide,
    vouches,
    without_flows,
)

_DOTS = re.compile(r"[.…]*")
_SAFE_EDGES = frozenset(" \t\r\n:,;|/()[]{}<>=\"'!?*#&~")
_PLACEHOLDER = re.compile(r"%(?:(%)|([^%]*?[A-Za-z]))")


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a text: its values, and its text where that is a constant."""

    values: Values
    text: str | None = None


def constant_piece(text: str) -> Piece:
    """Return a piece of a known text."""
    return Piece(CONSTANTS, text)


def joined(pieces: Sequence[Piece]) -> Values:
    """Return what a text made of pieces, in this order, is made of."""
    pieces = [piece for piece in pieces if piece.text != ""]
    if len(pieces) == 1:
        return pieces[0].values
    found: Values = frozenset(
        atom
        for index, piece in enumerate(pieces)
        for atom in _beside(
            piece,
            pieces[index - 1] if index else None,
            pieces[index + 1] if index + 1 < len(pieces) else None,
            ends=index + 2 == len(pieces),
        )
    )
    everything: Values = frozenset().union(*(piece.values for piece in pieces))
    return found | vouches(everything) | _source(pieces, has_flows=bool(found))


def _source(pieces: Sequence[Piece], *, has_flows: bool) -> Values:
    """Return what the text may run through: one column or list among constants is as good as that itself."""
    rest = [
        marks for piece in pieces if (marks := without_flows(piece.values) - CONSTANTS - vouches(piece.values)) or False
    ]
    if not rest:
        return frozenset() if has_flows else CONSTANTS
    if len(rest) == 1 and all(atom in (STORED, BUILT) or isinstance(atom, Listed) for atom in rest[0]):
        is_bare = has_flows or all(set(one.text or "x") <= {"%"} for one in pieces if one.values == CONSTANTS)
        return rest[0] if is_bare else rest[0] | {BUILT}
    if has_flows and all(marks <= {STORED, BUILT} for marks in rest):
        return frozenset((STORED,))
    return frozenset((VARYING,))


def _beside(piece: Piece, before: Piece | None, after: Piece | None, *, ends: bool) -> Iterator[Flow]:
    starts_apart, ends_apart = _is_apart(before, at_end=True), _is_apart(after, at_end=False)
    starts_clean = before is None or _is_dots(before)
    ends_clean = after is None or (ends and _is_dots(after))
    for flow in flows(piece.values):
        shape = flow.shape
        if shape in CUTS:
            cut_start, cut_end = shape is not Shape.CUT_END, shape is not Shape.CUT_START
            fits = (starts_clean if cut_start else starts_apart) and (ends_clean if cut_end else ends_apart)
            shape = shape if fits else Shape.OPAQUE
        elif shape not in (Shape.OPAQUE, Shape.SMALL):
            shape = Shape.JOINED if starts_apart and ends_apart and shape is not Shape.SEAMED else Shape.SEAMED
        yield flow.to(shape)


def _is_apart(neighbour: Piece | None, *, at_end: bool) -> bool:
    if neighbour is None:
        return True
    return bool(neighbour.text) and (neighbour.text or "")[-1 if at_end else 0] in _SAFE_EDGES


def _is_dots(piece: Piece) -> bool:
    return piece.text is not None and _DOTS.fullmatch(piece.text) is not None


def formatted(template: str | None, arguments: Sequence[Values]) -> Values:
    """Return what `format(template, …)` is made of."""
    pieces = None if template is None else _template_pieces(template, arguments)
    if pieces is None:
        return changed(frozenset().union(*arguments), hide)
    return joined(pieces)


def _template_pieces(template: str, arguments: Sequence[Values]) -> list[Piece] | None:
    """Take a template apart; None where it has more than plain placeholders."""
    pieces: list[Piece] = []
    text, end, taken = "", 0, 0
    for match in _PLACEHOLDER.finditer(template):
        text += template[end : match.start()]
        end = match.end()
        if match[1]:
            text += "%"
            continue
        if match[2] not in ("s", "I", "L") or taken >= len(arguments):
            return None
        pieces += [constant_piece(text), Piece(arguments[taken])]
        text, taken = "", taken + 1
    return [*pieces, constant_piece(text + template[end:])]


def repeated(values: Values, separator: str | None) -> Values:
    """Return what values of many rows, or elements of an array, joined by a separator are made of."""
    piece = Piece(values)
    between = Piece(CONSTANTS, separator)
    if separator == "":
        between = Piece(CONSTANTS)
    found = joined([between, piece, between])
    here = frozenset(atom for atom in found if isinstance(atom, Flow))
    marks = without_flows(found)
    if STORED in marks or not here:
        marks = marks - {STORED} - CONSTANTS | {VARYING}
    return here | marks
