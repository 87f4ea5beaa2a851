"""What a statement may ask of protected fields: presence and equality, and of text, patterns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bson.decimal128 import Decimal128

from relay.adapters.outbound.mongodb.protection.flows import (
    COMPUTED,
    NO_FIELDS,
    Flow,
    Holds,
    Made,
    Value,
    is_piece,
    is_text,
)
from relay.adapters.outbound.mongodb.protection.knowledge import Knowledge
from relay.adapters.outbound.mongodb.protection.literals import guesses, leaves
from relay.adapters.outbound.mongodb.protection.refusals import WHOLE_VALUE, refuse
from relay.domain.errors import Reason, RelayError
from relay.domain.protection import ColumnAction

MAX_TEXT_TESTS = 24
"""Of text against patterns in one statement: as many bits, and investigations need a handful."""
WIDE_NUMBER = 10**8
"""Numbers that could be personal have more digits."""
READABLE = 'compare the field itself, as {"field":{"$regex":"timeout"}}, or a piece of 8 characters or more'
CONSTANTS = "compare it with a few constants, written as strings"
_SHOWS_PRESENCE = frozenset({ColumnAction.MASK, ColumnAction.PARTIAL, ColumnAction.HASH})


class Checks:
    """Refuses, with COLUMN_NOT_ALLOWED, what would tell protected values; in a view's definition (`quiet`) nothing."""

    def __init__(self, knowledge: Knowledge, *, quiet: bool = False) -> None:
        self._knowledge = knowledge
        self._quiet = quiet
        self._text_tests = 0

    def named(self, value: Value, at: str) -> None:
        """A field that the statement names."""
        for place in () if self._quiet else value.places:
            over = self._knowledge.rule_over(place)
            if over is not None and over.action is ColumnAction.DENY:
                refuse(over, "named", at)

    def document(self, value: Value, at: str) -> None:
        """A value that becomes the document itself."""
        for place in () if self._quiet else value.places:
            over = self._knowledge.rule_over(place)
            if over is not None and over.holds is Holds.RULED:
                refuse(over, "made the document", at)

    def presence(self, value: Value, at: str) -> None:
        """Whether a value is there, and of what type."""
        for place in () if self._quiet else value.places:
            over = self._knowledge.rule_over(place)
            if over is not None and over.holds is Holds.RULED and over.action not in _SHOWS_PRESENCE:
                refuse(over, "asked for", at)
        for one in () if self._quiet else value.made:
            if one.flow is Flow.OPAQUE:
                self._computed(one, "computed twice", at)

    def equality(self, values: Sequence[Value], at: str) -> None:
        """Two values or more for being the same."""
        if sum(map(_is_null, values)) >= len(values) - 1:
            for value in values:
                self.presence(value, at)
            return
        for index, value in enumerate(values):
            others = [*values[:index], *values[index + 1 :]]
            varying = any(other.is_generated for other in others)
            found = self._made(value) if varying else self._ruled(value)
            for one in found:
                self._equal(one, at, varying=varying)
            pieces = [one for one in found if is_piece(one)]
            if pieces:
                self._pieces_equal(pieces, others, at)

    def _equal(self, one: Made, at: str, *, varying: bool) -> None:
        column = one.column
        if column.holds is Holds.RULED and column.action is not ColumnAction.HASH:
            refuse(column, "compared", at)
        if column.holds in (Holds.RULED, Holds.IDENTIFIER):
            if one.flow > Flow.CASED:
                refuse(column, "compared in pieces", at)
            if varying:
                refuse(column, "compared with generated values", at)
        if column.holds is Holds.FREE_TEXT and varying:
            refuse(column, "compared with generated values", at, CONSTANTS)

    def _pieces_equal(self, pieces: Sequence[Made], others: Sequence[Value], at: str) -> None:
        """Pieces of text are compared with constants only; each constant is a guess."""
        if any(one.flow is Flow.OPAQUE for one in pieces):
            refuse(pieces[0].column, "compared in pieces", at, READABLE)
        if not all(other.is_constant for other in others):
            refuse(pieces[0].column, "compared in pieces with what is not constant", at, CONSTANTS)
        self._count_guesses(pieces, others, at)

    def order(self, values: Iterable[Value], at: str, *, with_constants: bool = False) -> None:
        """Values for which comes first: ranges, comparisons, sorts, buckets."""
        values = list(values)
        if with_constants and any(_is_null(value) for value in values):
            for value in values:
                self.presence(value, at)
            return
        wide = any(_is_wide(literal) for value in values for literal in leaves(value))
        found = [one for value in values for one in self._made(value)]
        for one in found:
            self._ordered(one, at, wide=wide)
        texts = [one for one in found if is_text(one)]
        if texts:
            self._texts_ordered(texts, values, at)
            if not any(map(_is_number, values)):
                self._count_guesses(texts, values, at, at_least=int(with_constants))

    def _texts_ordered(self, texts: Sequence[Made], values: Sequence[Value], at: str) -> None:
        """Texts stand in an order with others of their kind and with constants; pieces with constants alone."""
        pieces = [one for one in texts if is_piece(one)]
        if any(one.loose for one in texts) or len(set(pieces)) > 1:
            refuse(texts[0].column, "put in order in several pieces", at, READABLE)
        known = [one for one in texts if one.column.holds is Holds.FREE_TEXT or one.flow > Flow.PLAIN]
        if known and any(value.holds_generated for value in values):
            refuse(known[0].column, "put in order with generated values", at, CONSTANTS)
        made = {one.column.name for value in values for one in self._knowledge.made(value, Flow.PLAIN)}
        if (pieces and len(made) > 1) or (known and len(values) > 1 and len(made) > len({one.column for one in texts})):
            refuse(known[0].column, "put in order with other fields", at, CONSTANTS)

    def _ordered(self, one: Made, at: str, *, wide: bool) -> None:
        column = one.column
        if column.holds is Holds.RULED or column.holds is Holds.IDENTIFIER:
            refuse(column, "put in order or compared by size", at)
        if column.holds is Holds.UNKNOWN and wide:
            refuse(column, "compared by size", at)
        if column.holds in (Holds.FREE_TEXT, Holds.UNKNOWN) and one.flow is Flow.OPAQUE:
            refuse(column, "compared in pieces", at, READABLE)

    def pattern(self, value: Value, at: str, *, pattern: Value | None = None) -> None:
        """A value for whether a regular expression, or a text, is found in it."""
        texts = []
        for one in self._made(value):
            holds = one.column.holds
            if holds in (Holds.RULED, Holds.IDENTIFIER):
                refuse(one.column, "searched", at)
            if is_text(one):
                texts.append(one)
                if one.flow is Flow.OPAQUE or one.loose:
                    refuse(one.column, "searched in pieces", at, READABLE)
                if pattern is not None and not pattern.is_constant:
                    refuse(
                        one.column, "searched for a pattern that is not constant", at, "write the pattern as a string"
                    )
        if texts:
            self._count_guesses(texts, [] if pattern is None else [pattern], at)
        if pattern is not None:
            self.nothing_but(pattern, "used as a pattern", at)

    def grouping(self, value: Value, at: str) -> None:
        """A value to group or partition by."""
        for one in self._ruled(value):
            if one.column.holds is Holds.RULED and (
                one.column.action is not ColumnAction.HASH or one.flow > Flow.PLAIN
            ):
                refuse(one.column, "grouped by", at)
        for one in self._made(value) if value.is_generated else ():
            if one.column.holds is Holds.IDENTIFIER:
                refuse(one.column, "grouped by in pieces, or with generated values", at)
            if one.flow is Flow.OPAQUE:
                refuse(one.column, "grouped by in pieces", at, READABLE)
        self._pieces_grouped(value, at)

    def _pieces_grouped(self, value: Value, at: str) -> None:
        """What stands in one place with a piece is compared with it."""
        pieces = [] if self._quiet else [one for one in _in_order(value.made) if is_piece(one)]
        if pieces:
            if value.places or value.varying or any(one.column != pieces[0].column for one in value.made):
                refuse(pieces[0].column, "grouped by in pieces beside other values", at, READABLE)
            self._count_guesses(pieces, [replace(value, fields=NO_FIELDS)], at, at_least=0)
        for part in value.fields.values():
            self._pieces_grouped(part, at)

    def condition(self, value: Value, at: str) -> None:
        """A value for being true."""
        for one in self._ruled(value):
            if one.column.holds is Holds.RULED:
                refuse(one.column, "a condition", at)
            if one.flow > Flow.PLAIN:
                self._computed(one, "a condition", at)

    def computing(self, value: Value, at: str) -> None:
        """A value of which the form changes, or that is summed up: that can't fail for some values and not others."""
        for one in self._ruled(value):
            if one.column.holds is Holds.RULED:
                refuse(one.column, "computed with", at)

    def calculating(self, value: Value, at: str) -> None:
        """A value that is calculated with: whether that fails tells something of it."""
        self.computing(value, at)
        for one in self._made(value):
            if one.flow is Flow.OPAQUE:
                self._computed(one, "computed with again", at)
            if one.column.holds is Holds.IDENTIFIER:
                refuse(one.column, "calculated with", at)

    def counting(self, value: Value, at: str) -> None:
        """A value that decides how many rows or elements there are."""
        self.nothing_but(value, "used for how many there are", at)

    def nothing_but(self, value: Value, what: str, at: str) -> None:
        """A value that may hold nothing protected."""
        for one in self._made(value):
            if one.column.holds is Holds.RULED:
                refuse(one.column, what, at)
            self._computed(one, what, at)

    def untraced(self, value: Value, at: str) -> None:
        """A document whose fields lose their names."""
        for one in self._ruled(value):
            if one.column.holds is Holds.RULED:
                refuse(one.column, "in a document whose fields are taken apart", at, "name the fields that you want")

    def any_text(self, collections: Iterable[Value], at: str) -> None:
        """Documents of which any field may be searched."""
        for value in collections:
            for one in self._made(value):
                if one.column.holds in (Holds.RULED, Holds.IDENTIFIER):
                    refuse(one.column, "searched", at, 'search one field: {"body":{"$regex":"timeout"}}')
        self._count_test(at)

    def _computed(self, one: Made, what: str, at: str) -> None:
        if one.column.holds in (Holds.IDENTIFIER, Holds.FREE_TEXT, Holds.UNKNOWN):
            hint = WHOLE_VALUE if one.column.holds is Holds.IDENTIFIER else READABLE
            refuse(one.column, what, at, hint)

    def _made(self, value: Value) -> list[Made]:
        if self._quiet:
            return []
        return _in_order(self._knowledge.made(value, Flow.PLAIN))

    def _ruled(self, value: Value) -> list[Made]:
        return [] if self._quiet else _in_order(self._knowledge.ruled(value))

    def _count_guesses(self, texts: Sequence[Made], others: Sequence[Value], at: str, *, at_least: int = 1) -> None:
        """Each piece is tested with each constant."""
        found = guesses(others)
        if found is None:
            refuse(texts[0].column, "compared with calculated constants", at, CONSTANTS)
        pieces = len({one for one in texts if is_piece(one)})
        self._count_test(at, max(pieces, 1) * max(found, at_least))

    def _count_test(self, at: str, count: int = 1) -> None:
        self._text_tests += count
        if self._text_tests > MAX_TEXT_TESTS and not self._quiet:
            raise RelayError(
                Reason.COLUMN_NOT_ALLOWED,
                f"more than {MAX_TEXT_TESTS} tests of text in one statement, the last at {at[:160]};",
                hint="search for a few words at a time, or put them into one regular expression with |",
            )


def _in_order(made: Iterable[Made]) -> list[Made]:
    found = (one for one in made if one.column.holds not in (Holds.CLEAN, Holds.EXEMPT))
    return sorted(found, key=lambda one: (one.column.name, one.flow))


def _is_null(value: Value) -> bool:
    return value.is_constant and not value.fields and all(literal is None for literal in value.literals)


def _is_number(value: Value) -> bool:
    """Whether it is a literal number, with which no text is compared."""
    return value.is_constant and len(value.literals) == 1 and isinstance(value.literals[0], int | float)


def _is_wide(literal: object) -> bool:
    if isinstance(literal, Decimal128) or literal is COMPUTED:
        return True
    return isinstance(literal, int | float) and not isinstance(literal, bool) and abs(literal) >= WIDE_NUMBER
