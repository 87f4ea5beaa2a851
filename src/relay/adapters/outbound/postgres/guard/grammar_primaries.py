"""PostgreSQL's grammar of what stands between operators (gram.y: c_expr)."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import at
from relay.adapters.outbound.postgres.guard.grammar_items import ItemGrammar
from relay.adapters.outbound.postgres.guard.grammar_specials import REFUSED_FORMS, SPECIAL_FORMS, VALUE_FUNCTIONS
from relay.adapters.outbound.postgres.guard.grammar_types import FIRST_WORDS
from relay.adapters.outbound.postgres.guard.nodes import (
    ArrayLiteral,
    ArrayQuery,
    BitLiteral,
    FieldSelection,
    Row,
    Subscript,
    TypeCast,
    TypedLiteral,
)
from relay.adapters.outbound.postgres.guard.tokens import Kind

_QUERY_STARTS = ("select", "values", "with", "table")
_QUERY_GOES_ON = ("union", "intersect", "except", "order", "limit", "offset", "fetch", "for")
_TYPE_GOES_ON = frozenset(("precision", "varying", "character", "char", "with", "without"))
_ONLY_CALLED = frozenset(("exists", "row", "xmlexists", "xmlroot"))
"""Names of columns, too."""
_MAX_COLUMN_PARTS = 3


class PrimaryGrammar(ItemGrammar):
    """Reads literals, columns, casts, rows, arrays, CASE and sub-queries."""

    def primary(self) -> exp.Expr:
        """Read one operand with its casts, subscripts and fields."""
        node = self._atom()
        while True:
            if self.at_mark("::"):
                node = self.short_cast(node)
            elif self.at_mark("["):
                node = self._subscript(node)
            elif self.at_mark(".") and isinstance(
                node, exp.Paren | exp.Subquery | Subscript | FieldSelection | exp.Parameter
            ):
                self.advance()
                node = FieldSelection(this=node, expression=self._star_or_label())
            else:
                return node

    def short_cast(self, node: exp.Expr) -> exp.Expr:
        """Read `::type`."""
        self.expect_mark("::")
        return TypeCast(this=node, to=self.type_name(), short=True)

    def parenthesised(self) -> exp.Expr:
        """Read `( … )`: an expression, a row, or a query."""
        start = self.token
        self.expect_mark("(")
        if self._at_query():
            node: exp.Expr = self.subquery_rest()
        else:
            first = self.expression()
            query = _query_of(first) if self.at_word(*_QUERY_GOES_ON) else None
            if query is not None:
                node = self.subquery_rest(query)
            elif self.at_mark(","):
                self.advance()
                node = Row(expressions=[first, *self.expressions()])
            else:
                node = exp.Paren(this=first)
        self.expect_mark(")")
        at(node, start)
        return node

    def query_in_parentheses(self) -> exp.Expr:
        """Read `( query )`, in as many parentheses as it has."""
        start = self.token
        node = self.parenthesised()
        inner = node
        while isinstance(inner, exp.Paren):
            inner = inner.this
        if not isinstance(inner, exp.Subquery):
            raise self.refuse("not a query in these parentheses", token=start, hint="write (SELECT …)")
        return node

    def _at_query(self) -> bool:
        if not self.at_word(*_QUERY_STARTS):
            return False
        return not self.at_word("values") or self.mark_follows("(")

    def _atom(self) -> exp.Expr:
        token = self.token
        if token.kind is Kind.WORD:
            return self._word_atom()
        if token.kind is Kind.NAME:
            return self._named()
        if token.kind is Kind.MARK and token.value == "(":
            return self.parenthesised()
        if token.kind not in (Kind.NUMBER, Kind.STRING, Kind.BITS, Kind.PARAMETER):
            raise self.unexpected("an expression")
        self.advance()
        if token.kind is Kind.BITS:
            return BitLiteral(this=token.value)
        literal = exp.Literal(this=token.value, is_string=token.kind is Kind.STRING)
        return exp.Parameter(this=literal) if token.kind is Kind.PARAMETER else literal

    def _word_atom(self) -> exp.Expr:
        word = self.token.value
        called = self.mark_follows("(")
        if word in _ATOMS and (called or word not in _ONLY_CALLED):
            return _ATOMS[word](self)
        if word in VALUE_FUNCTIONS and not (word == "current_schema" and called) and not self.mark_follows("."):
            return self.value_function()
        if word in FIRST_WORDS or (word == "double" and self.at_words("double", "precision")):
            literal = self._typed_literal()
            if literal is not None:
                return literal
        if word in REFUSED_FORMS and called:
            raise self.refuse(f"{word} is not accepted", hint=REFUSED_FORMS[word])
        if word in SPECIAL_FORMS and called:
            return self.special_call()
        if self.at_words("collation", "for"):
            return self.collation_for()
        return self._named()

    def _typed_literal(self) -> exp.Expr | None:
        place, start = self.place(), self.token
        to = self.type_name() if self._is_type_ahead() else None
        if to is None or self.token.kind is not Kind.STRING:
            self.back_to(place)
            return None
        literal = exp.Literal(this=self.advance().value, is_string=True)
        suffix = self.interval_fields() if to.args["words"] == ("INTERVAL",) else ()
        node = TypedLiteral(this=literal, to=to, suffix=suffix)
        at(node, start)
        return node

    def _is_type_ahead(self) -> bool:
        """Whether a type and a string may come: not a column that is called like a type."""
        if self.mark_follows("("):
            # json(…) has a syntax of its own; every other keyword type with parentheses is a type with a modifier.
            return not self.at_word("json")
        following = self.ahead()
        return following.kind is Kind.STRING or (following.kind is Kind.WORD and following.value in _TYPE_GOES_ON)

    def _named(self) -> exp.Expr:
        """Read a column, a call, or a literal with a type's name before it."""
        place, start = self.place(), self.token
        function_only = not self.at_column_id()
        if function_only and not (self.at_type_id() and (self.mark_follows("(") or self.mark_follows("."))):
            raise self.unexpected("an expression")
        callable_ = self.at_type_id()
        parts: list[exp.Expr] = [self.label()]
        while not isinstance(parts[-1], exp.Star) and self.accept_mark("."):
            parts.append(self._star_or_label())
        ends_in_star = isinstance(parts[-1], exp.Star)
        if self.at_mark("(") and not ends_in_star:
            if len(parts) == 1 and not callable_:
                raise self.refuse(
                    f"{parts[0].name} is not a function", token=start, hint="put its name in double quotes"
                )
            call = self.call(parts, start)
            # timestamptz(3) '…': what looked like arguments were a type's modifiers.
            return self._named_literal(place) if self.token.kind is Kind.STRING else call
        if self.token.kind is Kind.STRING and not ends_in_star:
            return self._named_literal(place)
        if function_only or len(parts) > _MAX_COLUMN_PARTS:
            raise self.refuse("not understood: a name of these parts", token=start, hint="write table.column")
        names = ("this", "table", "db")
        node = exp.Column(**dict(zip(names, reversed(parts), strict=False)))
        at(node, start)
        return node

    def _named_literal(self, place: int) -> exp.Expr:
        self.back_to(place)
        start, to = self.token, self.type_name()
        node = TypedLiteral(this=exp.Literal(this=self.advance().value, is_string=True), to=to, suffix=())
        at(node, start)
        return node

    def _star_or_label(self) -> exp.Expr:
        if self.at_operator("*"):
            self.advance()
            return exp.Star()
        return self.label()

    def _subscript(self, node: exp.Expr) -> exp.Expr:
        self.expect_mark("[")
        low = high = None
        if not self.at_mark(":") and not self.at_mark("]"):
            low = self.expression()
        is_slice = self.accept_mark(":")
        if is_slice and not self.at_mark("]"):
            high = self.expression()
        if low is None and not is_slice:
            raise self.unexpected("a subscript")
        self.expect_mark("]")
        return Subscript(this=node, low=low, high=high, slice=is_slice)

    def case(self) -> exp.Expr:
        """Read CASE … END."""
        self.expect_word("case")
        operand = None if self.at_word("when") else self.expression()
        branches = []
        while self.accept_word("when"):
            condition = self.expression()
            self.expect_word("then")
            branches.append(exp.If(this=condition, true=self.expression()))
        if not branches:
            raise self.unexpected("WHEN")
        default = self.expression() if self.accept_word("else") else None
        self.expect_word("end")
        return exp.Case(this=operand, ifs=branches, default=default)

    def cast(self) -> exp.Expr:
        """Read CAST (… AS type)."""
        self.expect_word("cast")
        self.expect_mark("(")
        value = self.expression()
        self.expect_word("as")
        to = self.type_name()
        self.expect_mark(")")
        return TypeCast(this=value, to=to)

    def exists(self) -> exp.Expr:
        """Read EXISTS (query)."""
        self.expect_word("exists")
        return exp.Exists(this=self.query_in_parentheses())

    def row(self) -> exp.Expr:
        """Read ROW (…)."""
        self.expect_word("row")
        self.expect_mark("(")
        expressions = [] if self.at_mark(")") else self.expressions()
        self.expect_mark(")")
        return Row(word="ROW", expressions=expressions)

    def array(self) -> exp.Expr:
        """Read ARRAY […] or ARRAY (query)."""
        self.expect_word("array")
        if self.at_mark("("):
            return ArrayQuery(this=self.query_in_parentheses())
        return self._array_literal(word="ARRAY")

    def _array_literal(self, word: str | None) -> exp.Expr:
        self.enter()
        self.expect_mark("[")
        items: list[exp.Expr] = []
        while not self.at_mark("]"):
            items.append(self._array_literal(None) if self.at_mark("[") else self.expression())
            if not self.accept_mark(","):
                break
        self.expect_mark("]")
        self.leave()
        return ArrayLiteral(word=word, expressions=items)

    def constant(self) -> exp.Expr:
        """Read NULL, TRUE or FALSE."""
        word = self.advance().value
        return exp.Null() if word == "null" else exp.Boolean(this=word == "true")


def _query_of(node: exp.Expr) -> exp.Subquery | None:
    """Return a query in parentheses as such, though more parentheses made an expression of it; None if it is none."""
    depth = 0
    while isinstance(node, exp.Paren):
        node, depth = node.this, depth + 1
    if not isinstance(node, exp.Subquery):
        return None
    for _ in range(depth):
        node = exp.Subquery(this=node)
    return node


_ATOMS: dict[str, Callable[[PrimaryGrammar], exp.Expr]] = {
    "case": PrimaryGrammar.case,
    "cast": PrimaryGrammar.cast,
    "exists": PrimaryGrammar.exists,
    "row": PrimaryGrammar.row,
    "array": PrimaryGrammar.array,
    "true": PrimaryGrammar.constant,
    "false": PrimaryGrammar.constant,
    "null": PrimaryGrammar.constant,
    "xmlexists": PrimaryGrammar.xml_exists,
    "xmlroot": PrimaryGrammar.xml_root,
}
