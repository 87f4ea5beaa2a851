"""Parts that expressions and queries share: lists, ORDER BY, windows, operators' and collations' names."""

from __future__ import annotations

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import at
from relay.adapters.outbound.postgres.guard.grammar_types import TypeGrammar
from relay.adapters.outbound.postgres.guard.nodes import SortItem, WindowDefinition, Word
from relay.adapters.outbound.postgres.guard.spelling import qualified_operator
from relay.adapters.outbound.postgres.guard.tokens import Kind

_FRAME_UNITS = ("range", "rows", "groups")
_NOT_A_WINDOW_NAME = ("partition", *_FRAME_UNITS)


class PartGrammar(TypeGrammar):
    """Reads what both layers of the grammar need; the layers above fill in the first three."""

    def expression(self, minimum: int = 0) -> exp.Expr:
        """Read an expression whose operators bind at least as tightly as `minimum`."""
        raise NotImplementedError

    def query(self) -> exp.Expr:
        """Read a query without its parentheses."""
        raise NotImplementedError

    def subquery_rest(self, left: exp.Expr | None = None) -> exp.Subquery:
        """Read a query up to its closing parenthesis; `left` is its first operand if that was read already."""
        raise NotImplementedError

    def expressions(self) -> list[exp.Expr]:
        """Read one or more expressions, separated by commas."""
        items = [self.expression()]
        while self.accept_mark(","):
            items.append(self.expression())
        return items

    def qualified_operator(self) -> str:
        """Read `OPERATOR(pg_catalog.+)`; any other schema is refused."""
        start = self.advance()
        self.expect_mark("(")
        if not self.at_word("pg_catalog") or not self.mark_follows("."):
            raise self.refuse("OPERATOR() of another schema", token=start, hint="write OPERATOR(pg_catalog.…)")
        self.advance()
        self.advance()
        if self.token.kind is not Kind.OPERATOR:
            raise self.unexpected("an operator")
        symbol = self.advance().value
        self.expect_mark(")")
        return qualified_operator(symbol)

    def qualified_name(self) -> exp.Expr:
        """Read `name` or `schema.name`, as a Column node (for collations)."""
        name: exp.Expr = self.label()
        if self.accept_mark("."):
            return exp.Dot(this=name, expression=self.label())
        return name

    def order_by(self) -> exp.Order | None:
        """Read ORDER BY, if it comes next."""
        if not self.accept_words("order", "by"):
            return None
        items = [self._sort_item()]
        while self.accept_mark(","):
            items.append(self._sort_item())
        return exp.Order(expressions=items)

    def window(self) -> WindowDefinition:
        """Read `( … )` of OVER or WINDOW."""
        self.enter()
        self.expect_mark("(")
        node = WindowDefinition()
        if self.at_column_id() and not self.at_word(*_NOT_A_WINDOW_NAME):
            node.set("this", self.column_id())
        if self.accept_words("partition", "by"):
            node.set("partition", self.expressions())
        node.set("order", self.order_by())
        if self.at_word(*_FRAME_UNITS):
            node.set("frame", self._frame())
        self.expect_mark(")")
        self.leave()
        return node

    def _sort_item(self) -> SortItem:
        start = self.token
        node = SortItem(this=self.expression())
        at(node, start)
        words = []
        if self.accept_word("using"):
            node.set("using", self._sort_operator())
        elif direction := self.accept_word("asc", "desc"):
            words.append(direction)
        if self.at_words("nulls", "first") or self.at_words("nulls", "last"):
            words += [self.advance().value.upper(), self.advance().value.upper()]
        node.set("words", tuple(words))
        return node

    def _sort_operator(self) -> str:
        if self.at_word("operator") and self.mark_follows("("):
            return self.qualified_operator()
        if self.token.kind is not Kind.OPERATOR:
            raise self.unexpected("an operator")
        return self.advance().value

    def _frame(self) -> list[exp.Expr]:
        items: list[exp.Expr] = [Word(this=self.advance().value.upper())]
        if self.accept_word("between"):
            items.append(Word(this="BETWEEN"))
            self._frame_bound(items)
            self.expect_word("and")
            items.append(Word(this="AND"))
        self._frame_bound(items)
        if self.accept_word("exclude"):
            items.append(Word(this="EXCLUDE"))
            for words in (("current", "row"), ("group",), ("ties",), ("no", "others")):
                if self.accept_words(*words):
                    items.append(Word(this=" ".join(words).upper()))
                    return items
            raise self.unexpected("CURRENT ROW, GROUP, TIES or NO OTHERS")
        return items

    def _frame_bound(self, items: list[exp.Expr]) -> None:
        if self.accept_words("current", "row"):
            items.append(Word(this="CURRENT ROW"))
            return
        if self.at_words("unbounded", "preceding") or self.at_words("unbounded", "following"):
            items.append(Word(this=self.advance().value.upper()))
        else:
            items.append(self.expression())
        items.append(Word(this=self.expect_word("preceding", "following")))
