"""PostgreSQL's grammar of the FROM clause (gram.y: table_ref)."""

from __future__ import annotations

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import at
from relay.adapters.outbound.postgres.guard.grammar_specials import REFUSED_FORMS, SPECIAL_FORMS, VALUE_FUNCTIONS
from relay.adapters.outbound.postgres.guard.grammar_tables import TableFormGrammar
from relay.adapters.outbound.postgres.guard.nodes import (
    ColumnDefinition,
    FunctionSource,
    JoinedTables,
    RowsFromItem,
    Sample,
)
from relay.adapters.outbound.postgres.guard.tokens import Kind

_QUERY_STARTS = ("select", "values", "with", "table")
_QUERY_GOES_ON = ("union", "intersect", "except", "order", "limit", "offset", "fetch", "for")
_JOIN_STARTS = ("join", "inner", "left", "right", "full", "cross", "natural")
_MAX_TABLE_PARTS = 2


class FromGrammar(TableFormGrammar):
    """Reads tables, functions, sub-queries and joins."""

    def from_clause(self) -> tuple[exp.Expr, list[exp.Join]]:
        """Read what follows FROM: the first source, and the rest as joins (a comma is a join without words)."""
        first = self.source()
        joins: list[exp.Join] = []
        while True:
            if self.accept_mark(","):
                joins.append(exp.Join(this=self.source()))
            elif self.at_word(*_JOIN_STARTS):
                joins.append(self._join())
            else:
                return first, joins

    def source(self) -> exp.Expr:
        """Read one table, function, sub-query or join in parentheses, with its alias."""
        start = self.token
        lateral = self.accept_word("lateral")
        if self.at_mark("("):
            node = self._parenthesised_source()
            if lateral:
                node.set("lateral", lateral)
        elif self.at_table_form():
            node = FunctionSource(lateral=lateral, expressions=[self.table_form()])
            node.set("alias", self._alias())
        elif self._at_function():
            node = self._function_source(lateral=lateral)
        elif lateral:
            raise self.unexpected("a query in parentheses or a function")
        else:
            node = self._table()
        at(node, start)
        return node

    def table_name(self) -> exp.Table:
        """Read `name`, `schema.name`, with ONLY or `*`."""
        start = self.token
        only = self.accept_word("only")
        wrapped = only is not None and self.accept_mark("(")
        parts = [self.column_id()]
        while self.accept_mark("."):
            parts.append(self.label())
        if len(parts) > _MAX_TABLE_PARTS:
            raise self.refuse("a table's name with a database in it", token=start, hint="write schema.table")
        if wrapped:
            self.expect_mark(")")
        node = exp.Table(this=parts[-1], db=parts[0] if len(parts) > 1 else None)
        node.set("only", ("ONLY (" if wrapped else "ONLY") if only else None)
        if self.at_operator("*"):
            self.advance()
            node.set("inherited", "*")
        at(node, start)
        return node

    def name_list(self) -> list[exp.Expr]:
        """Read `(a, b)`: names of columns."""
        self.expect_mark("(")
        names: list[exp.Expr] = [self.column_id()]
        while self.accept_mark(","):
            names.append(self.column_id())
        self.expect_mark(")")
        return names

    def _table(self) -> exp.Table:
        node = self.table_name()
        node.set("alias", self._alias())
        if self.accept_word("tablesample"):
            node.set("sample", self._sample())
        return node

    def _sample(self) -> Sample:
        start = self.token
        method = self.column_id() if self.at_column_id() else self.label()
        if method.name not in ("system", "bernoulli"):
            raise self.refuse(f"the sampling method {method.name}", token=start, hint="write SYSTEM or BERNOULLI")
        self.expect_mark("(")
        arguments = self.expressions()
        self.expect_mark(")")
        node = Sample(method=method, expressions=arguments)
        if self.accept_word("repeatable"):
            self.expect_mark("(")
            node.set("seed", self.expression())
            self.expect_mark(")")
        return node

    def _alias(self) -> exp.TableAlias | None:
        if not self.accept_word("as") and not self.at_column_id():
            return None
        name = self.column_id()
        return exp.TableAlias(this=name, columns=self.name_list() if self.at_mark("(") else [])

    def _parenthesised_source(self) -> exp.Expr:
        """Read `(query) alias` or `(joined tables) alias`; `((a` may still become either."""
        self.enter()
        self.expect_mark("(")
        if self.at_word(*_QUERY_STARTS):
            node: exp.Expr = self.subquery_rest()
        else:
            first, joins = self.from_clause()
            is_bare_query = isinstance(first, exp.Subquery) and not joins and first.args.get("alias") is None
            if is_bare_query and self.at_word(*_QUERY_GOES_ON):
                node = self.subquery_rest(first)
            elif is_bare_query:
                node = exp.Subquery(this=first)
            elif joins or (isinstance(first, JoinedTables) and first.args.get("alias") is None):
                node = JoinedTables(this=first, joins=joins)
            else:
                raise self.unexpected("JOIN")
        self.expect_mark(")")
        self.leave()
        node.set("alias", self._alias())
        return node

    def _join(self) -> exp.Join:
        start = self.token
        words: list[str] = []
        if natural := self.accept_word("natural"):
            words.append(natural)
        if kind := self.accept_word("inner", "left", "right", "full", "cross"):
            words.append(kind)
            if kind in ("LEFT", "RIGHT", "FULL") and (outer := self.accept_word("outer")):
                words.append(outer)
        words.append(self.expect_word("join"))
        node = exp.Join(this=self.source(), kind=" ".join(words))
        at(node, start)
        if natural or kind == "CROSS":
            return node
        # `a JOIN b JOIN c ON … ON …`: the inner join's condition comes first.
        nested: list[exp.Join] = []
        self.enter()
        while self.at_word(*_JOIN_STARTS):
            nested.append(self._join())
        self.leave()
        if nested:
            node.set("nested", nested)
        self._join_condition(node)
        return node

    def _join_condition(self, node: exp.Join) -> None:
        if self.accept_word("using"):
            node.set("using", self.name_list())
            if self.accept_word("as"):
                node.set("using_alias", self.column_id())
        else:
            self.expect_word("on")
            node.set("on", self.expression())

    def _at_function(self) -> bool:
        if self.at_words("rows", "from") and self.mark_follows("(", 2):
            return True
        if self.token.kind is Kind.WORD and self.token.value in VALUE_FUNCTIONS:
            return True
        count = 1
        while self.mark_follows(".", count):
            count += 2
        return self.mark_follows("(", count) and not self.at_word("only")

    def _function_source(self, *, lateral: str | None) -> FunctionSource:
        node = FunctionSource(lateral=lateral)
        if self.accept_words("rows", "from"):
            self.expect_mark("(")
            items = [self._rows_from_item()]
            while self.accept_mark(","):
                items.append(self._rows_from_item())
            self.expect_mark(")")
            node.set("rows_from", True)
            node.set("expressions", items)
        else:
            node.set("expressions", [self._function()])
        node.set("ordinality", self.accept_words("with", "ordinality"))
        self._function_alias(node)
        return node

    def _rows_from_item(self) -> RowsFromItem:
        item = RowsFromItem(this=self._function())
        if self.accept_word("as"):
            item.set("columns", self._column_definitions())
        return item

    def _function(self) -> exp.Expr:
        word = self.token.value
        if self.token.kind is Kind.WORD and word in REFUSED_FORMS:
            raise self.refuse(f"{word} is not accepted", hint=REFUSED_FORMS[word])
        if self.token.kind is Kind.WORD and (word in SPECIAL_FORMS or word in VALUE_FUNCTIONS or word == "cast"):
            return self.primary()
        start = self.token
        parts: list[exp.Expr] = [self.label()]
        while self.accept_mark("."):
            parts.append(self.label())
        return self.call(parts, start)

    def _function_alias(self, node: FunctionSource) -> None:
        explicit = self.accept_word("as") is not None
        if explicit and self.at_mark("("):
            node.set("alias", exp.TableAlias(columns=self._column_definitions()))
        elif explicit or self.at_column_id():
            alias = exp.TableAlias(this=self.column_id())
            if self.at_mark("("):
                typed = not (self.mark_follows(",", 2) or self.mark_follows(")", 2))
                alias.set("columns", self._column_definitions() if typed else self.name_list())
            node.set("alias", alias)

    def _column_definitions(self) -> list[exp.Expr]:
        self.expect_mark("(")
        columns: list[exp.Expr] = [self._column_definition()]
        while self.accept_mark(","):
            columns.append(self._column_definition())
        self.expect_mark(")")
        return columns

    def _column_definition(self) -> exp.Expr:
        node = ColumnDefinition(this=self.column_id(), to=self.type_name())
        if self.accept_word("collate"):
            node.set("collation", self.qualified_name())
        return node
