"""PostgreSQL's grammar of queries (gram.y: SelectStmt), and the way in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import at, describe
from relay.adapters.outbound.postgres.guard.grammar_from import FromGrammar
from relay.adapters.outbound.postgres.guard.keywords import NEEDS_AS
from relay.adapters.outbound.postgres.guard.nodes import (
    Grouping,
    NamedWindow,
    RecursionClause,
    Row,
    TableStatement,
    Word,
)
from relay.adapters.outbound.postgres.guard.refusal import SELECT_HINT, RefusedStatement
from relay.adapters.outbound.postgres.guard.tokens import Kind, Token

_SET_OPERATIONS = {"union": (exp.Union, 1), "except": (exp.Except, 1), "intersect": (exp.Intersect, 2)}
_SELECT_STARTS = ("select", "values", "table")
_WRITES = ("insert", "update", "delete", "merge")
_NO_TARGETS = (
    *("from", "where", "group", "having", "window", "union", "intersect", "except"),
    *("order", "limit", "offset", "fetch", "for", "into"),
)


def parse(tokens: Sequence[Token]) -> exp.Expr:
    """Return the tree of the one query that the tokens are; `tokens` end with END. Raises RefusedStatement."""
    grammar = QueryGrammar(tokens)
    return grammar.statement()


class QueryGrammar(FromGrammar):
    """Reads whole queries."""

    def statement(self) -> exp.Expr:
        """Read one query, an optional semicolon, and the end."""
        if self.at_end():
            raise self.refuse("an empty statement", hint=SELECT_HINT)
        tree = self.query()
        after_semicolon = self.accept_mark(";")
        if not self.at_end() and after_semicolon:
            raise self.refuse("more than one statement", hint="send one statement a request")
        if not self.at_end():
            raise self.unexpected("the end of the statement")
        return tree

    def query(self) -> exp.Expr:
        """Read `[WITH …] select [ORDER BY …] [LIMIT …]`, without parentheses around it."""
        self.enter()
        with_ = self._with()
        if not self.at_word(*_SELECT_STARTS) and not self.at_mark("("):
            raise self._not_a_query()
        body = self._set_expression(0)
        if with_ is not None:
            body.set("with_", with_)
        self._modifiers(body)
        self.leave()
        return body

    def subquery_rest(self, left: exp.Expr | None = None) -> exp.Subquery:
        """Read a query up to its closing parenthesis; `left` is its first operand if that was read already."""
        if left is None:
            return exp.Subquery(this=self.query())
        self.enter()
        body = self._set_expression(0, left)
        self._modifiers(body)
        self.leave()
        return exp.Subquery(this=body)

    def _not_a_query(self) -> RefusedStatement:
        if self.token.kind is Kind.WORD and self.token.value == "explain":
            return self.refuse("EXPLAIN in a statement", hint="leave EXPLAIN out and use the operation explain")
        return self.refuse(f"not a query: {describe(self.token)}", hint=SELECT_HINT)

    def _set_expression(self, minimum: int, left: exp.Expr | None = None) -> exp.Expr:
        node = self._query_primary() if left is None else left
        while self.at_word(*_SET_OPERATIONS):
            kind, power = _SET_OPERATIONS[self.token.value]
            if power < minimum:
                return node
            start = self.advance()
            quantifier = self.accept_word("all", "distinct")
            if not self.at_word(*_SELECT_STARTS) and not self.at_mark("("):
                raise self._not_a_query()
            right = self._set_expression(power + 1)
            node = kind(this=node, expression=right, distinct=quantifier != "ALL", quantifier=quantifier)
            at(node, start)
        return node

    def _query_primary(self) -> exp.Expr:
        start = self.token
        if self.accept_mark("("):
            node: exp.Expr = exp.Subquery(this=self.query())
            self.expect_mark(")")
        elif self.accept_word("select"):
            node = self._select()
        elif self.accept_word("values"):
            node = self._values()
        else:
            self.expect_word("table")
            node = TableStatement(this=self.table_name())
        at(node, start)
        return node

    def _select(self) -> exp.Select:
        node = exp.Select()
        if self.accept_word("all"):
            node.set("quantifier", "ALL")
        elif self.accept_word("distinct"):
            node.set("distinct", self._distinct())
        node.set("expressions", self._targets())
        if self.at_word("into"):
            raise self.refuse("INTO, which writes a table", hint="leave INTO out")
        if self.accept_word("from"):
            source, joins = self.from_clause()
            node.set("from_", exp.From(this=source))
            node.set("joins", joins)
        if self.accept_word("where"):
            node.set("where", exp.Where(this=self.expression()))
        if self.accept_words("group", "by"):
            node.set("group", self._group())
        if self.accept_word("having"):
            node.set("having", exp.Having(this=self.expression()))
        if self.accept_word("window"):
            node.set("windows", self._windows())
        return node

    def _distinct(self) -> exp.Distinct:
        if not self.accept_word("on"):
            return exp.Distinct()
        self.expect_mark("(")
        expressions = self.expressions()
        self.expect_mark(")")
        return exp.Distinct(on=exp.Tuple(expressions=expressions))

    def _targets(self) -> list[exp.Expr]:
        at_end = self.at_end() or self.at_mark(")") or self.at_mark(";")
        if at_end or self.at_word(*_NO_TARGETS):
            return []
        targets = [self._target()]
        while self.accept_mark(","):
            targets.append(self._target())
        return targets

    def _target(self) -> exp.Expr:
        if self.at_operator("*"):
            star = exp.Star()
            at(star, self.advance())
            return star
        value = self.expression()
        if self.accept_word("as"):
            return exp.Alias(this=value, alias=self.label())
        token = self.token
        if token.kind is Kind.NAME or (token.kind is Kind.WORD and token.value not in NEEDS_AS):
            return exp.Alias(this=value, alias=self.label())
        return value

    def _values(self) -> exp.Values:
        rows = [self._values_row()]
        while self.accept_mark(","):
            rows.append(self._values_row())
        return exp.Values(expressions=rows)

    def _values_row(self) -> Row:
        self.expect_mark("(")
        row = Row(expressions=self.expressions())
        self.expect_mark(")")
        return row

    def _group(self) -> exp.Group:
        node = exp.Group()
        node.set("quantifier", self.accept_word("all", "distinct"))
        node.set("expressions", self._group_items())
        return node

    def _group_items(self) -> list[exp.Expr]:
        items = [self._group_item()]
        while self.accept_mark(","):
            items.append(self._group_item())
        return items

    def _group_item(self) -> exp.Expr:
        if self.at_words("grouping", "sets") and self.mark_follows("(", 2):
            self.advance()
            self.advance()
            return self._grouping("GROUPING SETS")
        if self.at_word("rollup", "cube") and self.mark_follows("("):
            return self._grouping(self.advance().value.upper())
        if self.at_mark("(") and self.mark_follows(")"):
            self.advance()
            self.advance()
            return Row(expressions=[])
        return self.expression()

    def _grouping(self, word: str) -> Grouping:
        self.enter()
        self.expect_mark("(")
        node = Grouping(word=word, expressions=self._group_items())
        self.expect_mark(")")
        self.leave()
        return node

    def _windows(self) -> list[exp.Expr]:
        windows: list[exp.Expr] = []
        while True:
            name = self.column_id()
            self.expect_word("as")
            windows.append(NamedWindow(this=name, expression=self.window()))
            if not self.accept_mark(","):
                return windows

    def _modifiers(self, body: exp.Expr) -> None:
        """Read ORDER BY, LIMIT, OFFSET and FETCH onto `body`, each at most once, in the order written."""
        while self.at_word("order", "limit", "offset", "fetch", "for"):
            if self.at_word("for"):
                raise self.refuse("a locking clause (FOR UPDATE, FOR SHARE)", hint="leave it out")
            key = self.token.value
            if body.args.get(key) is not None:
                raise self.refuse(f"a second {key.upper()}")
            clause = self.order_by() if key == "order" else self._bound_clause(key)
            if clause is None:
                raise self.refuse("ORDER without BY")
            body.set(key, clause)

    def _bound_clause(self, key: str) -> exp.Expr:
        self.advance()
        if key == "fetch":
            return self._fetch()
        if key == "limit":
            if word := self.accept_word("all"):
                return exp.Limit(expression=Word(this=word))
            return exp.Limit(expression=self.expression())
        node = exp.Offset(expression=self.expression())
        node.set("words", self.accept_word("row", "rows"))
        return node

    def _fetch(self) -> exp.Fetch:
        node = exp.Fetch(direction=self.expect_word("first", "next"))
        if not self.at_word("row", "rows"):
            node.set("count", self.expression())
        words = self.expect_word("row", "rows")
        if self.accept_words("with", "ties"):
            node.set("words", f"{words} WITH TIES")
        else:
            self.expect_word("only")
            node.set("words", f"{words} ONLY")
        return node

    def _with(self) -> exp.With | None:
        if not self.accept_word("with"):
            return None
        node = exp.With(recursive=self.accept_word("recursive") is not None)
        ctes = [self._cte()]
        while self.accept_mark(","):
            ctes.append(self._cte())
        node.set("expressions", ctes)
        return node

    def _cte(self) -> exp.CTE:
        start = self.token
        alias = exp.TableAlias(this=self.column_id(), columns=self.name_list() if self.at_mark("(") else [])
        self.expect_word("as")
        words = None
        if self.accept_words("not", "materialized"):
            words = "NOT MATERIALIZED"
        elif self.accept_word("materialized"):
            words = "MATERIALIZED"
        self.expect_mark("(")
        if self.at_word(*_WRITES):
            raise self.refuse(f"{self.token.value.upper()} inside WITH, which writes", hint=SELECT_HINT)
        node = exp.CTE(this=self.query(), alias=alias, materialized=words)
        self.expect_mark(")")
        if self.at_word("search", "cycle"):
            node.set("recursion", self._recursion())
        at(node, start)
        return node

    def _recursion(self) -> RecursionClause:
        items: list[exp.Expr] = []
        if self.accept_word("search"):
            items.append(Word(this=f"SEARCH {self.expect_word('depth', 'breadth')}"))
            items.extend(Word(this=self.expect_word(word)) for word in ("first", "by"))
            self._recursion_names(items)
            items += [Word(this=self.expect_word("set")), self.column_id()]
        if self.accept_word("cycle"):
            items.append(Word(this="CYCLE"))
            self._recursion_names(items)
            items += [Word(this=self.expect_word("set")), self.column_id()]
            if self.accept_word("to"):
                items += [Word(this="TO"), self.primary()]
                items += [Word(this=self.expect_word("default")), self.primary()]
            items += [Word(this=self.expect_word("using")), self.column_id()]
        return RecursionClause(expressions=items)

    def _recursion_names(self, items: list[exp.Expr]) -> None:
        items.append(self.column_id())
        while self.accept_mark(","):
            items += [Word(this=","), self.column_id()]
