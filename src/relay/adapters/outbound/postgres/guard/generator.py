"""Writes SQL from the tree: the only text that ever runs. A node that is not listed here is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.generator_queries import QUERY_METHODS, QueryWriter
from relay.adapters.outbound.postgres.guard.nodes import (
    ArrayLiteral,
    ArrayQuery,
    Between,
    BitLiteral,
    Call,
    FieldSelection,
    Membership,
    NamedArgument,
    Operation,
    Quantified,
    Row,
    SpecialCall,
    Subscript,
    TypeCast,
    TypedLiteral,
    TypeName,
    ValueFunction,
    VariadicArgument,
)
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.adapters.outbound.postgres.guard.spelling import string_sql
from relay.adapters.outbound.postgres.guard.writer import Writer


def generate(tree: exp.Expr) -> tuple[str | int, ...]:
    """Return the statement as texts and, between them, parameter numbers."""
    generator = Generator()
    generator.write(tree)
    return generator.out.finish()


class Generator:
    """Walks a tree and writes it."""

    def __init__(self) -> None:
        self.out = Writer()
        self.queries = QueryWriter(self.out, self.write)

    def write(self, node: exp.Expr) -> None:
        """Write any node. Chains that grow to the left (`a + b + c`) cost no stack."""
        chain: list[exp.Expr] = []
        while True:
            if (with_ := node.args.get("with_")) is not None:
                self.write(with_)
            if type(node) not in _CHAINED or node.args.get("this") is None:
                break
            if isinstance(node, TypeCast) and not node.args.get("short"):
                break
            chain.append(node)
            node = node.this
        self._write_whole(node)
        self.queries.modifiers(node)
        while chain:
            node = chain.pop()
            _CHAINED[type(node)](self, node)
            self.queries.modifiers(node)

    def _write_whole(self, node: exp.Expr) -> None:
        kind = type(node)
        if (method := _METHODS.get(kind)) is not None:
            method(self, node)
        elif (query_method := QUERY_METHODS.get(kind)) is not None:
            query_method(self.queries, node)
        elif kind in _CHAINED:
            _CHAINED[kind](self, node)
        else:
            raise RefusedStatement(f"not understood: {kind.__name__}", offset_of(node))

    def operation(self, node: exp.Expr) -> None:
        args = node.args
        self.out.put(args["operator"])
        if args.get("expression") is not None:
            self.write(args["expression"])
        if args.get("escape") is not None:
            self.out.put("ESCAPE")
            self.write(args["escape"])

    def between(self, node: exp.Expr) -> None:
        self.out.put(node.args["words"])
        self.write(node.args["low"])
        self.out.put("AND")
        self.write(node.args["high"])

    def membership(self, node: exp.Expr) -> None:
        self.out.put(node.args["words"])
        self.write(node.args["expression"])

    def short_cast(self, node: exp.Expr) -> None:
        if not node.args.get("short"):
            self._cast(node)
            return
        self.out.put("::")
        self.write(node.args["to"])

    def subscript(self, node: exp.Expr) -> None:
        self.out.put("[", tight=True)
        if (low := node.args.get("low")) is not None:
            self.write(low)
        if node.args.get("slice"):
            self.out.put(":")
        if (high := node.args.get("high")) is not None:
            self.write(high)
        self.out.put("]")

    def field(self, node: exp.Expr) -> None:
        self.out.put(".")
        self.out.put_identifier(node.expression)

    def set_operation(self, node: exp.Expr) -> None:
        self.out.put(node.key.upper())
        self.queries.put_words(node.args.get("quantifier"))
        self.write(node.expression)

    def alias(self, node: exp.Expr) -> None:
        self.write(node.this)
        self.out.put("AS")
        self.out.put_identifier(node.args["alias"])

    def column(self, node: exp.Expr) -> None:
        parts = (node.args.get(key) for key in ("db", "table", "this"))
        self.out.put_path([part for part in parts if part is not None])

    def dot(self, node: exp.Expr) -> None:
        self.out.put_path([node.this, node.expression])

    def name(self, node: exp.Expr) -> None:
        self.out.put_identifier(node)

    def literal(self, node: exp.Expr) -> None:
        self.out.put(string_sql(node.this) if node.args.get("is_string") else node.this)

    def parameter(self, node: exp.Expr) -> None:
        self.out.put_parameter(int(node.this.this))

    def bits(self, node: exp.Expr) -> None:
        self.out.put(node.this)

    def null(self, _: exp.Expr) -> None:
        self.out.put("NULL")

    def boolean(self, node: exp.Expr) -> None:
        self.out.put("TRUE" if node.this else "FALSE")

    def paren(self, node: exp.Expr) -> None:
        self.queries.put_enclosed([node.this])

    def row(self, node: exp.Expr) -> None:
        word = node.args.get("word")
        self.queries.put_words(word)
        self.queries.put_enclosed(node.expressions, tight=word is not None)

    def array(self, node: exp.Expr) -> None:
        word = node.args.get("word")
        self.queries.put_words(word)
        self.out.put("[", tight=word is not None)
        self.queries.put_list(node.expressions)
        self.out.put("]")

    def array_query(self, node: exp.Expr) -> None:
        self.out.put("ARRAY")
        self.write(node.this)

    def exists(self, node: exp.Expr) -> None:
        self.out.put("EXISTS")
        self.write(node.this)

    def quantified(self, node: exp.Expr) -> None:
        self.out.put(node.args["word"])
        self.write(node.this)

    def case(self, node: exp.Expr) -> None:
        self.out.put("CASE")
        if (operand := node.args.get("this")) is not None:
            self.write(operand)
        for branch in node.args["ifs"]:
            self.out.put("WHEN")
            self.write(branch.this)
            self.out.put("THEN")
            self.write(branch.args["true"])
        if (default := node.args.get("default")) is not None:
            self.out.put("ELSE")
            self.write(default)
        self.out.put("END")

    def type_name(self, node: exp.Expr) -> None:
        for word in node.args["words"]:
            self.out.put(word, tight=word in ("(", "["))

    def _cast(self, node: exp.Expr) -> None:
        self.out.put("CAST")
        self.out.put("(", tight=True)
        self.write(node.this)
        self.out.put("AS")
        self.write(node.args["to"])
        self.out.put(")")

    def typed_literal(self, node: exp.Expr) -> None:
        self.write(node.args["to"])
        self.write(node.this)
        self.queries.put_words(node.args.get("suffix"))

    def value_function(self, node: exp.Expr) -> None:
        self.out.put(node.args["name"].upper())
        if (precision := node.args.get("precision")) is not None:
            self.out.put("(", tight=True)
            self.out.put(precision)
            self.out.put(")")

    def special_call(self, node: exp.Expr) -> None:
        self.out.put(node.args["name"].upper())
        self.out.put("(", tight=True)
        for item in node.expressions:
            self.write(item)
        self.out.put(")")
        self._suffixes(node)

    def call(self, node: exp.Expr) -> None:
        args = node.args
        self.out.put_path(args["parts"])
        self.out.put("(", tight=True)
        self.queries.put_words(args.get("quantifier"))
        if args.get("star"):
            self.out.put("*")
        self.queries.put_list(args.get("expressions") or [])
        if (order := args.get("order")) is not None:
            self.write(order)
        self.out.put(")")
        if (within := args.get("within")) is not None:
            self.out.put("WITHIN GROUP")
            self.queries.put_enclosed([within])
        self._suffixes(node)

    def _suffixes(self, node: exp.Expr) -> None:
        if (condition := node.args.get("filter")) is not None:
            self.out.put("FILTER")
            self.out.put("(")
            self.out.put("WHERE")
            self.write(condition)
            self.out.put(")")
        if (over := node.args.get("over")) is not None:
            self.out.put("OVER")
            self.write(over)

    def named_argument(self, node: exp.Expr) -> None:
        self.out.put_identifier(node.this)
        self.out.put(node.args["mark"])
        self.write(node.expression)

    def variadic_argument(self, node: exp.Expr) -> None:
        self.out.put("VARIADIC")
        self.write(node.this)


Method = Callable[[Generator, exp.Expr], None]
_CHAINED: Mapping[type[exp.Expr], Method] = MappingProxyType(
    {
        Operation: Generator.operation,
        Between: Generator.between,
        Membership: Generator.membership,
        TypeCast: Generator.short_cast,
        Subscript: Generator.subscript,
        FieldSelection: Generator.field,
        exp.Union: Generator.set_operation,
        exp.Except: Generator.set_operation,
        exp.Intersect: Generator.set_operation,
    }
)
"""Nodes that begin with their own `this`: the method writes what comes after it."""

_METHODS: Mapping[type[exp.Expr], Method] = MappingProxyType(
    {
        exp.Alias: Generator.alias,
        exp.Column: Generator.column,
        exp.Dot: Generator.dot,
        exp.Identifier: Generator.name,
        exp.Star: Generator.name,
        exp.Literal: Generator.literal,
        exp.Parameter: Generator.parameter,
        exp.Null: Generator.null,
        exp.Boolean: Generator.boolean,
        exp.Paren: Generator.paren,
        exp.Exists: Generator.exists,
        exp.Case: Generator.case,
        BitLiteral: Generator.bits,
        Row: Generator.row,
        ArrayLiteral: Generator.array,
        ArrayQuery: Generator.array_query,
        Quantified: Generator.quantified,
        TypeName: Generator.type_name,
        TypedLiteral: Generator.typed_literal,
        ValueFunction: Generator.value_function,
        SpecialCall: Generator.special_call,
        Call: Generator.call,
        NamedArgument: Generator.named_argument,
        VariadicArgument: Generator.variadic_argument,
    }
)
