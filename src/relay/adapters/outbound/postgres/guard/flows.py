"""What is left of a protected column's value on its way through a statement, and what else a value is made of.

A value's atoms stand where lineage has columns: a Flow for each protected column behind it, and marks that say what it
may be compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
    PIECES = auto()
    """Pieces in one run each, however short, maybe apart from each other in an array."""
    SMALL = auto()
    """A number too small for what a detector looks for."""
    OPAQUE = auto()
    """Anything that a detector could not read."""


@dataclass(frozen=True, slots=True)
class Flow(Atom):
    """A protected column behind a value. `size`: a piece of fewer characters has the value's own end."""

    column: BaseColumn
    holds: Holds
    shape: Shape = Shape.PLAIN
    size: int | None = None

    def to(self, shape: Shape, size: int | None = None) -> Flow:
        """Return the same in another shape."""
        return self if shape is self.shape and size == self.size else Flow(self.column, self.holds, shape, size)


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

CUTS = frozenset((Shape.CUT_START, Shape.CUT_END, Shape.CUT_BOTH, Shape.PIECES))
WHOLES = frozenset((Shape.PLAIN, Shape.SAME))
Change = Callable[[Flow], Flow]


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


def hide(flow: Flow) -> Flow:
    """Make something else of it."""
    return flow.to(Shape.OPAQUE)


def cut_to(cut: Shape, size: int | None = None) -> Change:
    """Return what takes a piece of a value; of a piece already cut, both ends count."""

    def change(flow: Flow) -> Flow:
        if flow.shape in (Shape.OPAQUE, Shape.SEAMED, Shape.SMALL):
            return flow.to(Shape.OPAQUE)
        if flow.shape not in CUTS:
            return flow.to(cut, size)
        if Shape.PIECES in (flow.shape, cut):
            return flow.to(Shape.PIECES)
        if flow.shape is not cut:
            return flow.to(Shape.CUT_BOTH)
        return flow.to(cut, None if size is None or flow.size is None else min(size, flow.size))

    return change


def changed(values: Values, change: Change) -> Values:
    """Return the flows with another shape, the marks as they are."""
    return frozenset(change(atom) if isinstance(atom, Flow) else atom for atom in values)


def without_flows(values: Values) -> Values:
    """Return the marks alone."""
    return frozenset(atom for atom in values if not isinstance(atom, Flow))


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
