"""Writes queries from the tree, in the order and with the words of the original."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.nodes import (
    ColumnDefinition,
    FunctionSource,
    Grouping,
    JoinedTables,
    NamedWindow,
    RowsFromItem,
    Sample,
    SortItem,
    TableStatement,
    WindowDefinition,
    Word,
)
from relay.adapters.outbound.postgres.guard.writer import Writer

Write = Callable[[exp.Expr], None]
_MODIFIERS = ("order", "limit", "offset", "fetch")
_QUERIES = frozenset((exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery, exp.Values, TableStatement))


class QueryWriter:
    """Writes the nodes of queries; `write` writes any node."""

    def __init__(self, writer: Writer, write: Write) -> None:
        self._out = writer
        self._write = write

    def put_list(self, nodes: list[exp.Expr]) -> None:
        """Write nodes with commas between them."""
        for index, node in enumerate(nodes):
            if index:
                self._out.put(",")
            self._write(node)

    def put_enclosed(self, nodes: list[exp.Expr], *, tight: bool = False) -> None:
        """Write `(a, b)`."""
        self._out.put("(", tight=tight)
        self.put_list(nodes)
        self._out.put(")")

    def put_words(self, words: str | Iterable[str] | None) -> None:
        """Write a keyword or several, if there are any."""
        if words:
            self._out.put(words if isinstance(words, str) else " ".join(words))

    def modifiers(self, node: exp.Expr) -> None:
        """Write a query's ORDER BY, LIMIT, OFFSET and FETCH in the order in which they were set."""
        if type(node) not in _QUERIES:
            return
        for key, value in node.args.items():
            if key in _MODIFIERS and value is not None:
                self._write(value)

    def select(self, node: exp.Expr) -> None:
        args = node.args
        self._out.put("SELECT")
        self.put_words(args.get("quantifier"))
        if (distinct := args.get("distinct")) is not None:
            self._out.put("DISTINCT")
            if (on := distinct.args.get("on")) is not None:
                self._out.put("ON")
                self.put_enclosed(on.expressions)
        self.put_list(node.expressions)
        if (source := args.get("from_")) is not None:
            self._out.put("FROM")
            self._write(source.this)
            self.joins(args.get("joins") or [])
        for key, words in (("where", "WHERE"), ("group", "GROUP BY"), ("having", "HAVING")):
            if (clause := args.get(key)) is not None:
                self._out.put(words)
                self._write(clause)
        if windows := args.get("windows"):
            self._out.put("WINDOW")
            self.put_list(windows)

    def clause(self, node: exp.Expr) -> None:
        self._write(node.this)

    def group(self, node: exp.Expr) -> None:
        self.put_words(node.args.get("quantifier"))
        self.put_list(node.expressions)

    def grouping(self, node: exp.Expr) -> None:
        self._out.put(node.args["word"])
        self.put_enclosed(node.expressions)

    def with_(self, node: exp.Expr) -> None:
        self._out.put("WITH RECURSIVE" if node.args.get("recursive") else "WITH")
        self.put_list(node.expressions)

    def cte(self, node: exp.Expr) -> None:
        self.alias(node.args["alias"])
        self._out.put("AS")
        self.put_words(node.args.get("materialized"))
        self.put_enclosed([node.this])
        if (recursion := node.args.get("recursion")) is not None:
            for item in recursion.expressions:
                self._write(item)

    def subquery(self, node: exp.Expr) -> None:
        self.put_words(node.args.get("lateral"))
        self.put_enclosed([node.this])
        self._aliased(node)

    def values(self, node: exp.Expr) -> None:
        self._out.put("VALUES")
        self.put_list(node.expressions)

    def table_statement(self, node: exp.Expr) -> None:
        self._out.put("TABLE")
        self._write(node.this)

    def table(self, node: exp.Expr) -> None:
        only = node.args.get("only")
        if only:
            self._out.put("ONLY")
            if only != "ONLY":
                self._out.put("(")
        schema = node.args.get("db")
        self._out.put_path([node.this] if schema is None else [schema, node.this])
        if only and only != "ONLY":
            self._out.put(")")
        self.put_words(node.args.get("inherited"))
        self._aliased(node)
        if (sample := node.args.get("sample")) is not None:
            self._write(sample)

    def sample(self, node: exp.Expr) -> None:
        self._out.put("TABLESAMPLE")
        self._out.put_identifier(node.args["method"])
        self.put_enclosed(node.expressions)
        if (seed := node.args.get("seed")) is not None:
            self._out.put("REPEATABLE")
            self.put_enclosed([seed])

    def function_source(self, node: exp.Expr) -> None:
        if node.args.get("lateral"):
            self._out.put("LATERAL")
        if node.args.get("rows_from"):
            self._out.put("ROWS FROM")
            self.put_enclosed(node.expressions)
        else:
            self._write(node.expressions[0])
        if node.args.get("ordinality"):
            self._out.put("WITH ORDINALITY")
        self._aliased(node)

    def rows_from_item(self, node: exp.Expr) -> None:
        self._write(node.this)
        if columns := node.args.get("columns"):
            self._out.put("AS")
            self.put_enclosed(columns)

    def column_definition(self, node: exp.Expr) -> None:
        self._out.put_identifier(node.this)
        self._write(node.args["to"])
        if (collation := node.args.get("collation")) is not None:
            self._out.put("COLLATE")
            self._write(collation)

    def joined_tables(self, node: exp.Expr) -> None:
        self._out.put("(")
        self._write(node.this)
        self.joins(node.args["joins"])
        self._out.put(")")
        self._aliased(node)

    def joins(self, joins: list[exp.Expr]) -> None:
        """Write joins; one without words is a comma."""
        for join in joins:
            args = join.args
            self._out.put(args.get("kind") or ",")
            self._write(join.this)
            self.joins(args.get("nested") or [])
            if (condition := args.get("on")) is not None:
                self._out.put("ON")
                self._write(condition)
            if using := args.get("using"):
                self._out.put("USING")
                self.put_enclosed(using)
            if (name := args.get("using_alias")) is not None:
                self._out.put("AS")
                self._out.put_identifier(name)

    def alias(self, node: exp.Expr) -> None:
        if node.args.get("this") is not None:
            self._out.put_identifier(node.this)
        if columns := node.args.get("columns"):
            self.put_enclosed(columns, tight=node.args.get("this") is not None)

    def _aliased(self, node: exp.Expr) -> None:
        if (alias := node.args.get("alias")) is not None:
            self._out.put("AS")
            self.alias(alias)

    def order(self, node: exp.Expr) -> None:
        self._out.put("ORDER BY")
        self.put_list(node.expressions)

    def sort_item(self, node: exp.Expr) -> None:
        self._write(node.this)
        if using := node.args.get("using"):
            self._out.put("USING")
            self._out.put(using)
        self.put_words(node.args.get("words"))

    def limit(self, node: exp.Expr) -> None:
        self._out.put("LIMIT")
        self._write(node.expression)

    def offset(self, node: exp.Expr) -> None:
        self._out.put("OFFSET")
        self._write(node.expression)
        self.put_words(node.args.get("words"))

    def fetch(self, node: exp.Expr) -> None:
        self._out.put(f"FETCH {node.args['direction']}")
        if (count := node.args.get("count")) is not None:
            self._write(count)
        self.put_words(node.args["words"])

    def window(self, node: exp.Expr) -> None:
        self._out.put("(")
        if (base := node.args.get("this")) is not None:
            self._out.put_identifier(base)
        if partition := node.args.get("partition"):
            self._out.put("PARTITION BY")
            self.put_list(partition)
        for item in ([node.args["order"]] if node.args.get("order") else []) + (node.args.get("frame") or []):
            self._write(item)
        self._out.put(")")

    def named_window(self, node: exp.Expr) -> None:
        self._out.put_identifier(node.this)
        self._out.put("AS")
        self._write(node.expression)

    def word(self, node: exp.Expr) -> None:
        self._out.put(str(node.this))


QUERY_METHODS: Mapping[type[exp.Expr], Callable[[QueryWriter, exp.Expr], None]] = MappingProxyType(
    {
        exp.Select: QueryWriter.select,
        exp.Where: QueryWriter.clause,
        exp.Having: QueryWriter.clause,
        exp.Group: QueryWriter.group,
        Grouping: QueryWriter.grouping,
        exp.With: QueryWriter.with_,
        exp.CTE: QueryWriter.cte,
        exp.Subquery: QueryWriter.subquery,
        exp.Values: QueryWriter.values,
        TableStatement: QueryWriter.table_statement,
        exp.Table: QueryWriter.table,
        Sample: QueryWriter.sample,
        FunctionSource: QueryWriter.function_source,
        RowsFromItem: QueryWriter.rows_from_item,
        ColumnDefinition: QueryWriter.column_definition,
        JoinedTables: QueryWriter.joined_tables,
        exp.Order: QueryWriter.order,
        SortItem: QueryWriter.sort_item,
        exp.Limit: QueryWriter.limit,
        exp.Offset: QueryWriter.offset,
        exp.Fetch: QueryWriter.fetch,
        WindowDefinition: QueryWriter.window,
        NamedWindow: QueryWriter.named_window,
        Word: QueryWriter.word,
    }
)
