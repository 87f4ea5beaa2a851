"""Calls whose parentheses hold words, names and operands in an order of their own (gram.y: XMLEXISTS, XMLROOT, …)."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import at
from relay.adapters.outbound.postgres.guard.grammar_calls import CallGrammar
from relay.adapters.outbound.postgres.guard.nodes import SpecialCall, Word
from relay.adapters.outbound.postgres.guard.tokens import Kind, Token

Items = list[exp.Expr]


class ItemGrammar(CallGrammar):
    """Reads such calls into lists of items, in the order they were written."""

    def primary(self) -> exp.Expr:
        """Read one operand; the layer above does."""
        raise NotImplementedError

    def xml_exists(self) -> SpecialCall:
        """Read XMLEXISTS (path PASSING document)."""
        start = self.advance()
        items: Items = []
        self.expect_mark("(")
        items.append(self.primary())
        self.xml_passing(items)
        self.expect_mark(")")
        return _special(start, items)

    def xml_root(self) -> SpecialCall:
        """Read XMLROOT (document, VERSION …, STANDALONE …)."""
        start = self.advance()
        items: Items = []
        self.expect_mark("(")
        items.append(self.expression())
        self.put_mark(items, ",")
        self.put_word(items, "version")
        if not self._no_value(items):
            items.append(self.expression())
        if self.at_mark(","):
            self.put_mark(items, ",")
            self.put_word(items, "standalone")
            if not self._no_value(items):
                self.put_word(items, "yes", "no")
        self.expect_mark(")")
        return _special(start, items)

    def collation_for(self) -> SpecialCall:
        """Read COLLATION FOR (value)."""
        start = self.advance()
        self.expect_word("for")
        self.expect_mark("(")
        value = self.expression()
        self.expect_mark(")")
        return _special(start, [value], name="collation for")

    def xml_passing(self, items: Items) -> None:
        """Read PASSING BY REF document BY REF."""
        self.put_word(items, "passing")
        self._xml_mechanism(items)
        items.append(self.primary())
        self._xml_mechanism(items)

    def put_word(self, items: Items, *words: str) -> None:
        """Read one of these words into the list."""
        items.append(Word(this=self.expect_word(*words)))

    def put_optional(self, items: Items, *words: str) -> None:
        """Read one of these words into the list if it comes next."""
        if self.at_word(*words):
            self.put_word(items, *words)

    def put_mark(self, items: Items, mark: str) -> None:
        """Read a mark into the list."""
        self.expect_mark(mark)
        items.append(Word(this=mark))

    def put_list(self, items: Items, read: Callable[[Items], None]) -> None:
        """Read one or more of something, separated by commas."""
        read(items)
        while self.at_mark(","):
            self.put_mark(items, ",")
            read(items)

    def put_enclosed(self, items: Items, read: Callable[[Items], None]) -> None:
        """Read such a list in parentheses."""
        self.put_mark(items, "(")
        self.put_list(items, read)
        self.put_mark(items, ")")

    def put_string(self, items: Items) -> None:
        """Read a string into the list."""
        if self.token.kind is not Kind.STRING:
            raise self.unexpected("a path in quotes")
        items.append(exp.Literal(this=self.advance().value, is_string=True))

    def _xml_mechanism(self, items: Items) -> None:
        if self.at_word("by"):
            self.put_word(items, "by")
            self.put_word(items, "ref", "value")

    def _no_value(self, items: Items) -> bool:
        if not self.at_words("no", "value"):
            return False
        self.put_word(items, "no")
        self.put_word(items, "value")
        return True


def _special(start: Token, items: Items, name: str | None = None) -> SpecialCall:
    node = SpecialCall(name=name or start.value, expressions=items)
    at(node, start)
    return node
