"""What is left of a protected column's value on its way through a statement, and what else a value is made of.

A value's atoms stand where lineage has columns: a Flow for each protected column behind it, and marks that say what it
may be compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from relay.adapters.outbound.postgres.guard.relations import Atom, BaseColumn, Origins


class Holds(Enum):
    """What a protected column holds."""

    IDENTIFIER = auto()
    FREE_TEXT = auto()


class Shape(Enum):
    """How much of a value is left."""

    PLAIN = auto()
    """The value itself."""
    SAME = auto()
    """The whole value in another case, type or order of rows: two are equal as the values are."""
    JOINED = auto()
    """The whole value among other text, with separators around it."""
    SEAMED = auto()
    """The whole value with text against it that may hide it from a detector."""
    CUT_START = auto()
    """A piece in one run, up to the value's end."""
    CUT_END = auto()
    """A piece in one run, from the value's start."""
    CUT_BOTH = auto()
    """A piece in one run, from anywhere."""
    WORDS = auto()
    """Pieces that stand between blanks or the like, maybe apart from each other in an array."""
    PIECES = auto()
    """Pieces in one run each, however short, maybe apart from each other in an array."""
    SMALL = auto()
    """A number too small for what a detector looks for."""
    EXTREME = auto()
    """The least or the greatest of several identifiers: which one it is tells their order."""
    OPAQUE = auto()
    """Anything that a detector could not read."""


@dataclass(frozen=True, slots=True)
class Flow(Atom):
    """A protected column behind a value.

    `size`: a piece of fewer characters has the value's own end. `again`: read by a recursive query from itself.
    """

    column: BaseColumn
    holds: Holds
    shape: Shape = Shape.PLAIN
    size: int | None = None
    again: bool = False

    def to(self, shape: Shape, size: int | None = None) -> Flow:
        """Return the same in another shape."""
        same = shape is self.shape and size == self.size
        return self if same else Flow(self.column, self.holds, shape, size, self.again)


@dataclass(frozen=True, slots=True)
class Mark(Atom):
    """What else is behind a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Listed(Atom):
    """One of so many constants that the statement lists."""

    count: int


CONSTANT = Mark("constant")
"""A literal or parameter, or computed from such alone."""
STORED = Mark("stored")
"""A column of a table that is not protected."""
BUILT = Mark("built")
"""Constants around such a column: as good as the column where whole values are compared, but no pattern."""
VARYING = Mark("varying")
"""Made up by the statement, row by row."""
VOUCHED = Mark("vouched")
"""Of a column under the rule `pass`."""
UNVOUCHED = Mark("unvouched")
"""Of any other column."""
_VOUCHES = frozenset((VOUCHED, UNVOUCHED))

Values = Origins
"""Atoms of one value; a system column of a table stands for itself, as in lineage."""
CONSTANTS: Values = frozenset((CONSTANT,))
MADE_UP: Values = frozenset((VARYING,))
CLEAN_COLUMN: Values = frozenset((STORED, UNVOUCHED))
VOUCHED_COLUMN: Values = frozenset((STORED, VOUCHED))

CUTS = frozenset((Shape.CUT_START, Shape.CUT_END, Shape.CUT_BOTH, Shape.WORDS, Shape.PIECES))
SPLIT = frozenset((Shape.WORDS, Shape.PIECES))
_BEYOND_CUTS = frozenset((Shape.OPAQUE, Shape.SEAMED, Shape.SMALL, Shape.EXTREME))
WHOLES = frozenset((Shape.PLAIN, Shape.SAME))
_DATED = CUTS | WHOLES
Change = Callable[[Flow], Flow | None]


def flows(values: Values) -> list[Flow]:
    """Return the protected columns behind a value."""
    return [atom for atom in values if isinstance(atom, Flow)]


def identifiers(values: Values) -> list[Flow]:
    """Return the identifiers behind a value."""
    return [atom for atom in values if isinstance(atom, Flow) and atom.holds is Holds.IDENTIFIER]


def texts(values: Values) -> list[Flow]:
    """Return the free text behind a value."""
    return [atom for atom in values if isinstance(atom, Flow) and atom.holds is Holds.FREE_TEXT]


def vouches(values: Values) -> Values:
    """Return the marks that say whether an operator vouches for all columns behind a value."""
    return values & _VOUCHES


def listed(values: Values) -> int:
    """Return how many constants a value may be, as far as the statement lists them."""
    return sum(atom.count for atom in values if isinstance(atom, Listed))


def is_constant(values: Values) -> bool:
    """Whether a value is the same for every row."""
    return values <= CONSTANTS


def is_made_up(values: Values) -> bool:
    """Whether the statement may run through values of its own making."""
    return VARYING in values


def keep(flow: Flow) -> Flow:
    """Leave the value as it is."""
    return flow


def respell(flow: Flow) -> Flow:
    """Write the whole value otherwise."""
    return flow.to(Shape.SAME) if flow.shape is Shape.PLAIN else flow


def shrink(flow: Flow) -> Flow:
    """Make a small number of the whole value."""
    return flow.to(Shape.SMALL) if flow.shape in WHOLES else flow


def reckon(flow: Flow) -> Flow:
    """Compute with a number."""
    return flow if flow.shape is Shape.SMALL else flow.to(Shape.OPAQUE)


def measure(flow: Flow) -> Flow | None:
    """Count characters or parts: of what was found by looking at characters, the number tells where they are."""
    return flow.to(Shape.OPAQUE) if flow.shape in (Shape.OPAQUE, Shape.PIECES) else None


def dated(flow: Flow) -> Flow | None:
    """Read a date: what was put together or made up may say anything in it."""
    return None if flow.shape in _DATED and not flow.again else flow.to(Shape.OPAQUE)


def hide(flow: Flow) -> Flow:
    """Make something else of it."""
    return flow.to(Shape.OPAQUE)


def cut_to(cut: Shape, size: int | None = None) -> Change:
    """Return what takes a piece of a value. `size`: the piece is a window of so many characters from one of its ends.

    Of a piece already cut, nothing that may be narrower than a window stays readable.
    """

    def change(flow: Flow) -> Flow:
        if flow.again or flow.shape in _BEYOND_CUTS:
            return flow.to(Shape.OPAQUE)
        return _cut_again(flow, cut, size) if flow.shape in CUTS else flow.to(cut, size)

    return change


def _cut_again(flow: Flow, cut: Shape, size: int | None) -> Flow:
    if cut in SPLIT:
        return flow.to(Shape.PIECES)
    if size is not None:
        if flow.shape in SPLIT:
            return flow.to(Shape.PIECES)
        is_shorter = flow.shape is cut and flow.size is not None
        return flow.to(cut, min(size, flow.size or size)) if is_shorter else flow.to(Shape.CUT_BOTH)
    is_open = flow.size is None and (flow.shape is cut or (flow.shape is Shape.CUT_START and cut is Shape.CUT_BOTH))
    return flow.to(cut if is_open and flow.shape is not Shape.CUT_BOTH else Shape.OPAQUE)


def outrank(flow: Flow) -> Flow:
    """Take one of several identifiers by their order."""
    return flow.to(Shape.EXTREME) if flow.shape in WHOLES else flow


def changed(values: Values, change: Change) -> Values:
    """Return the flows with another shape, the marks as they are."""
    found = (change(atom) if isinstance(atom, Flow) else atom for atom in values)
    return frozenset(atom for atom in found if atom is not None)


def without_flows(values: Values) -> Values:
    """Return the marks alone."""
    return frozenset(atom for atom in values if not isinstance(atom, Flow))


def one_of(members: Sequence[Values]) -> Values:
    """Return a member of a list that the statement writes: its constants are counted."""
    everything = passed(members)
    count = sum(CONSTANT in one for one in members)
    return everything if count < 2 else everything - CONSTANTS | {Listed(count)}  # noqa: PLR2004 - a list


def computed(parts: Iterable[Values]) -> Values:
    """Return what a function makes of its arguments: their flows, and something new unless all are constant."""
    everything: Values = frozenset().union(*parts)
    kept = vouches(everything)
    rest = without_flows(everything) - kept
    found = frozenset(flows(everything))
    if rest <= CONSTANTS:
        return found | kept if found else CONSTANTS
    return found | kept | MADE_UP


def tested(parts: Iterable[Values]) -> Values:
    """Return what a comparison makes of its operands: no flow is left."""
    everything: Values = frozenset().union(*parts)
    return everything if is_constant(everything) else vouches(everything) | MADE_UP


def passed(parts: Iterable[Values]) -> Values:
    """Return a value that is one of several, or made of several: everything behind any of them."""
    return frozenset().union(*parts)


def chosen(parts: Iterable[Values]) -> Values:
    """Return a value that is one of several, by row: of more than one constant the statement makes something up."""
    found = list(parts)
    constants = sum(CONSTANT in one or listed(one) > 0 for one in found)
    return passed(found) | (MADE_UP if constants > 1 else frozenset())
