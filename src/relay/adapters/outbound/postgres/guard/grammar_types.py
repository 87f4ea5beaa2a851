"""PostgreSQL's grammar of type names (gram.y: Typename)."""

from __future__ import annotations

from relay.adapters.outbound.postgres.guard.cursor import Cursor, at
from relay.adapters.outbound.postgres.guard.nodes import TypeName
from relay.adapters.outbound.postgres.guard.spelling import identifier_sql, string_sql
from relay.adapters.outbound.postgres.guard.tokens import Kind, Token

KEYWORD_TYPES: dict[tuple[str, ...], str] = {
    # What SQL calls it, longest first for each first word -> its name in pg_type, which names an output column.
    ("bigint",): "int8",
    ("bit", "varying"): "varbit",
    ("bit",): "bit",
    ("boolean",): "bool",
    ("character", "varying"): "varchar",
    ("character",): "bpchar",
    ("char", "varying"): "varchar",
    ("char",): "bpchar",
    ("dec",): "numeric",
    ("decimal",): "numeric",
    ("double", "precision"): "float8",
    ("float",): "float8",
    ("int",): "int4",
    ("integer",): "int4",
    ("interval",): "interval",
    ("json",): "json",
    ("national", "character", "varying"): "varchar",
    ("national", "character"): "bpchar",
    ("national", "char", "varying"): "varchar",
    ("national", "char"): "bpchar",
    ("nchar", "varying"): "varchar",
    ("nchar",): "bpchar",
    ("numeric",): "numeric",
    ("real",): "float4",
    ("smallint",): "int2",
    ("time",): "time",
    ("timestamp",): "timestamp",
    ("varchar",): "varchar",
}
FIRST_WORDS = frozenset(words[0] for words in KEYWORD_TYPES)
_LONGEST_FIRST = {
    first: sorted((words for words in KEYWORD_TYPES if words[0] == first), key=len, reverse=True)
    for first in FIRST_WORDS
}
_TAKES_TIME_ZONE = {"time": "timetz", "timestamp": "timestamptz"}
_INTERVAL_FIELDS = ("year", "month", "day", "hour", "minute", "second")
_MAX_FLOAT4_DIGITS = 24


class TypeGrammar(Cursor):
    """Reads type names."""

    def type_name(self) -> TypeName:
        """Read a type, with its modifiers and array bounds."""
        start = self.token
        words: list[str] = []
        schema, name = self._simple_type(words)
        self._array_bounds(words)
        node = TypeName(words=tuple(words), name=name, schema=schema)
        at(node, start)
        return node

    def interval_fields(self) -> tuple[str, ...]:
        """Read what may follow INTERVAL: `DAY TO SECOND(3)`; empty if nothing does."""
        words: list[str] = []
        field = self.accept_word(*_INTERVAL_FIELDS)
        if field is None:
            return ()
        words.append(field)
        if self.accept_word("to"):
            words += ["TO", field := self.expect_word(*_INTERVAL_FIELDS)]
        if field == "SECOND":
            self._type_modifiers(words)
        return tuple(words)

    def _simple_type(self, words: list[str]) -> tuple[str | None, str]:
        keyword = self._keyword_type()
        if keyword is None:
            return self._named_type(words)
        words.extend(self.advance().value.upper() for _ in keyword)
        name = KEYWORD_TYPES[keyword]
        digits = self._type_modifiers(words)
        if keyword == ("float",) and digits is not None and int(digits) <= _MAX_FLOAT4_DIGITS:
            return None, "float4"
        if name in _TAKES_TIME_ZONE:
            return None, self._time_zone(words, name)
        if name == "interval" and digits is None:
            words.extend(self.interval_fields())
        return None, name

    def _keyword_type(self) -> tuple[str, ...] | None:
        if self.token.kind is not Kind.WORD or self.token.value not in FIRST_WORDS:
            return None
        if self.mark_follows("."):
            return None
        return next((words for words in _LONGEST_FIRST[self.token.value] if self.at_words(*words)), None)

    def _time_zone(self, words: list[str], name: str) -> str:
        with_zone = self.accept_words("with", "time", "zone")
        if with_zone:
            words += ["WITH", "TIME", "ZONE"]
            return _TAKES_TIME_ZONE[name]
        if self.accept_words("without", "time", "zone"):
            words += ["WITHOUT", "TIME", "ZONE"]
        return name

    def _named_type(self, words: list[str]) -> tuple[str | None, str]:
        if not self.at_type_id() and not self.mark_follows("."):
            raise self.unexpected("the name of a type")
        parts = [self.label()]
        words.append(identifier_sql(parts[0]))
        while self.accept_mark("."):
            parts.append(self.label())
            words += [".", identifier_sql(parts[-1])]
        if len(parts) > 2:  # noqa: PLR2004 - schema and type
            raise self.refuse("the type's name has a database in it", hint="write schema.type")
        self._type_modifiers(words)
        schema = parts[0].name if len(parts) > 1 else None
        return schema, parts[-1].name

    def _type_modifiers(self, words: list[str]) -> str | None:
        """Read `(10, 2)`; return the first modifier's digits."""
        if not self.at_mark("("):
            return None
        words.append(self.advance().value)
        first = None
        while not self.at_mark(")"):
            sign = self.token.kind is Kind.OPERATOR and self.token.value in "+-"
            if sign:
                words.append(self.advance().value)
            token = self.advance()
            words.append(_modifier(self, token))
            if first is None and token.kind is Kind.NUMBER and token.value.isdecimal():
                first = token.value
            if not self.accept_mark(","):
                break
            words.append(",")
        self.expect_mark(")")
        words.append(")")
        return first

    def _array_bounds(self, words: list[str]) -> None:
        if self.accept_word("array"):
            words.append("ARRAY")
            if self.at_mark("["):
                self._array_bound(words)
            return
        while self.at_mark("["):
            self._array_bound(words)

    def _array_bound(self, words: list[str]) -> None:
        words.append(self.advance().value)
        if self.token.kind is Kind.NUMBER:
            words.append(self.advance().value)
        self.expect_mark("]")
        words.append("]")


def _modifier(grammar: Cursor, token: Token) -> str:
    if token.kind is Kind.NUMBER or token.kind is Kind.WORD:
        return token.value
    if token.kind is Kind.STRING:
        return string_sql(token.value)
    raise grammar.refuse("not understood in a type's modifiers", hint="write a number", token=token)
