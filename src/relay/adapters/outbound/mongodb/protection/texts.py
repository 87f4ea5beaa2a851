"""Text expressions: how much of a protected text each leaves readable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from relay.adapters.outbound.mongodb.protection.checks import Checks
from relay.adapters.outbound.mongodb.protection.flows import (
    CONSTANT,
    GENERATED,
    NOTHING,
    Flow,
    Holds,
    Made,
    Value,
    made_of,
)
from relay.adapters.outbound.mongodb.protection.knowledge import Knowledge
from relay.adapters.outbound.mongodb.protection.pieces import SHORTEST_CUT, only_number, piece_of

SHORTEST_NEEDLE = 3
_SAFE_BETWEEN = re.compile(r"[^\w@.\-+%;]+")
"""What may stand between two values, or divide one, without hiding what is beside it from the detectors."""


class TextExpressions:
    """Follows text expressions of one statement."""

    def __init__(self, *, knowledge: Knowledge, checks: Checks) -> None:
        self._knowledge = knowledge
        self._checks = checks

    def cased(self, value: Value, at: str) -> Value:
        """Lower, upper, trimmed, or a number written as text."""
        return self._made([value], Flow.CASED, at)

    def trimmed(self, value: Value, at: str) -> Value:
        """Without blanks at its ends: of a piece nobody knows then where it is and how long."""
        cased = self._made([value], Flow.CASED, at)
        moved = (replace(one, window=None, loose=one.loose or one.flow is Flow.CUT) for one in cased.made)
        return replace(cased, made=frozenset(moved))

    def cut(self, values: Sequence[Value], at: str) -> Value:
        """A piece, by start and length."""
        taken, start, length = [*values, NOTHING, NOTHING, NOTHING][:3]
        for value in (start, length):
            self._checks.nothing_but(value, "used as a position", at)
        begin, size = only_number(start), only_number(length)
        if size is None or 0 <= size < SHORTEST_CUT:
            return self._made([taken], Flow.OPAQUE, at)
        cut = self._made([taken], Flow.CASED, at)
        return replace(cut, made=frozenset(piece_of(one, begin, size) for one in cut.made))

    def joined(self, values: Sequence[Value], at: str) -> Value:
        """Joined values: readable if nothing beside a value could hide it, and no value was cut before.

        They are not searched: a pattern could refer to what stands beside the value, which may differ each time.
        """
        flow = Flow.CASED if _is_apart(values) else Flow.OPAQUE
        if any(one.flow is Flow.CUT for value in values for one in self._knowledge.made(value, Flow.PLAIN)):
            flow = Flow.OPAQUE
        joined = self._made(values, flow, at)
        return replace(joined, made=frozenset(replace(one, loose=True) for one in joined.made))

    def split(self, values: Sequence[Value], at: str) -> Value:
        """The pieces between delimiters."""
        taken, delimiter = [*values, NOTHING, NOTHING][:2]
        text = delimiter.literals[0] if delimiter.is_constant and len(delimiter.literals) == 1 else None
        safe = isinstance(text, str) and _SAFE_BETWEEN.fullmatch(text) is not None
        split = self._made([taken] if safe else [taken, delimiter], Flow.CUT if safe else Flow.OPAQUE, at)
        return replace(split, made=frozenset(replace(one, window=None, loose=True) for one in split.made))

    def length(self, value: Value, at: str) -> Value:
        """The length of a text tells nothing of it; that of an identifier is masked like the rest of it."""
        self._checks.computing(value, at)
        self._checks.presence(value, at)  # it fails where there is nothing
        self._checks.presence(Value(made=self._knowledge.ruled(value)), at)  # of documents, all that is in them
        made = self._knowledge.made(value, Flow.OPAQUE)
        kept = [one for one in made if _is_identifier(one)]
        return made_of(kept, varying=True) if kept else GENERATED

    def position(self, values: Sequence[Value], at: str) -> Value:
        """Where a text is in another: a test for a few constant words, or something of the value."""
        taken, needle, *others = [*values, NOTHING, NOTHING]
        for value in others:
            self._checks.nothing_but(value, "used as a position", at)
        self._checks.nothing_but(needle, "searched for", at)
        word = needle.literals[0] if needle.is_constant and len(needle.literals) == 1 else None
        made = self._knowledge.made(taken, Flow.PLAIN)
        if isinstance(word, str) and len(word) >= SHORTEST_NEEDLE and not any(_is_identifier(one) for one in made):
            self._checks.pattern(taken, at)
            return GENERATED
        opaque = self._made([taken], Flow.OPAQUE, at)
        return replace(opaque, is_text=False)

    def _made(self, values: Sequence[Value], flow: Flow, at: str) -> Value:
        for value in values:
            self._checks.computing(value, at)
        made = {one for value in values for one in self._knowledge.made(value, flow)}
        unmarked = {replace(one, starts_whole=False, cut_length=None) for one in made}
        varying = any(value.holds_generated for value in values)
        return made_of(unmarked, varying=varying, is_text=True) if made or varying else CONSTANT


def _is_identifier(one: Made) -> bool:
    return one.column.holds is Holds.IDENTIFIER


def _is_apart(values: Sequence[Value]) -> bool:
    """Whether constants that can't hide anything stand between the values, and around them."""
    was_safe = True
    for value in values:
        if not value.is_constant:
            if not was_safe:
                return False
            was_safe = False
            continue
        text = value.literals[0] if len(value.literals) == 1 else None
        if not isinstance(text, str) or not text:
            return False
        if not was_safe and not _SAFE_BETWEEN.match(text):
            return False
        was_safe = _SAFE_BETWEEN.fullmatch(text[-1]) is not None
    return True
