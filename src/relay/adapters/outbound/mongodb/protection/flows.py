"""What is known of a value on its way through a pipeline: which stored fields it holds, and what is left of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType

from relay.domain.protection import ColumnAction


class Flow(IntEnum):
    """How much of a stored value is left: itself, in another case, one picked by its order, a readable piece, or what
    no detector could read."""

    PLAIN = 0
    CASED = 1
    PICKED = 2
    CUT = 3
    OPAQUE = 4


class Holds(StrEnum):
    """What a stored field holds, as far as it is known. `ruled`: it is under a rule other than `pass`."""

    RULED = "ruled"
    EXEMPT = "exempt"
    IDENTIFIER = "identifier"
    FREE_TEXT = "free_text"
    UNKNOWN = "unknown"
    CLEAN = "clean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A stored field; `name` is `collection.path`, `mask` what stands for one of its values."""

    name: str
    holds: Holds
    action: ColumnAction | None = None
    detector: str | None = None
    mask: str = "***"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Stored documents of a collection, or what they hold at a path; not looked up before it matters."""

    collection: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was made of a stored field.

    `window`: where a piece begins and how long it is, -1 for the rest; None where that isn't fixed. `loose`: of one
    stored value it may be many, so that one test of it would tell more than a bit.
    """

    column: Column
    flow: Flow
    starts_whole: bool = False
    cut_length: int | None = None
    window: tuple[int, int] | None = None
    loose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Value:
    """What a value may be: any of `places`, something of `made`, a document with `fields`, one of `literals`.

    `fields` stand before those of the places, as they do in a document to which they were added. `varying`: it was
    generated. `is_text`: what was made is text. Arrays are what their elements are.
    """

    places: frozenset[Place] = frozenset()
    made: frozenset[Made] = frozenset()
    fields: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    literals: tuple[object, ...] = field(default=(), repr=False)
    varying: bool = False
    is_text: bool = False

    @property
    def is_constant(self) -> bool:
        """Whether nothing stored and nothing generated is in it."""
        if self.places or self.made or self.varying:
            return False
        return all(value.is_constant for value in self.fields.values())

    @property
    def is_generated(self) -> bool:
        """Whether anything in it was generated or computed, and is no stored value any more."""
        computed = self.varying or any(one.flow > Flow.CASED for one in self.made)
        return computed or any(value.is_generated for value in self.fields.values())

    @property
    def holds_generated(self) -> bool:
        """Whether something in it holds what is of no stored value at all."""
        return self.varying or any(value.holds_generated for value in self.fields.values())


def is_text(one: Made) -> bool:
    """Whether it is of a field that holds texts, as far as one knows."""
    return one.column.holds in (Holds.FREE_TEXT, Holds.UNKNOWN)


def is_piece(one: Made) -> bool:
    """Whether it is of such a text, and not the whole of it."""
    return is_text(one) and one.flow > Flow.CASED


NO_FIELDS: Mapping[str, Value] = MappingProxyType({})
COMPUTED = object()
"""Stands for the literal that an expression of literals yields."""
NOTHING = Value()
GENERATED = Value(varying=True)


def constant(*literals: object) -> Value:
    """Return the value of literals."""
    return Value(literals=literals)


CONSTANT = constant(COMPUTED)


def document(fields: Mapping[str, Value]) -> Value:
    """Return a document that has these fields and no other."""
    return Value(fields=MappingProxyType(dict(fields)))


def made_of(made: Iterable[Made], *, varying: bool, is_text: bool = False) -> Value:
    """Return a value that was computed, of stored fields or (`varying`) of what was generated as well."""
    return Value(made=frozenset(made), varying=varying, is_text=is_text)
