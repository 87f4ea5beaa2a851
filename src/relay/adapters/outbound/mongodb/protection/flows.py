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

    is_constant: bool = field(init=False)
    """Whether nothing stored and nothing generated is in it."""
    is_generated: bool = field(init=False)
    """Whether anything in it was generated or computed, and is no stored value any more."""
    holds_generated: bool = field(init=False)
    """Whether something in it holds what is of no stored value at all."""

    def __post_init__(self) -> None:
        """Say it once: values share their parts, and parts of parts."""
        parts = self.fields.values()
        stored = bool(self.places or self.made)
        generated = self.varying or any(part.holds_generated for part in parts)
        computed = any(one.flow > Flow.CASED for one in self.made) or any(part.is_generated for part in parts)
        object.__setattr__(self, "holds_generated", generated)
        object.__setattr__(self, "is_generated", generated or computed)
        object.__setattr__(self, "is_constant", not (stored or self.varying) and all(p.is_constant for p in parts))


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
