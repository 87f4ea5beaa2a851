"""PostgreSQL's grammar of function calls (gram.y: func_expr), those with a syntax of their own included."""

from __future__ import annotations

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import at
from relay.adapters.outbound.postgres.guard.grammar_parts import PartGrammar
from relay.adapters.outbound.postgres.guard.grammar_specials import (
    SPECIAL_FORMS,
    VALUE_FUNCTIONS,
    Follows,
    SpecialForm,
)
from relay.adapters.outbound.postgres.guard.nodes import (
    Call,
    NamedArgument,
    SpecialCall,
    ValueFunction,
    VariadicArgument,
    Word,
)
from relay.adapters.outbound.postgres.guard.tokens import Kind, Token

_ABOVE_IN = 7


class CallGrammar(PartGrammar):
    """Reads function calls."""

    def call(self, parts: list[exp.Expr], start: Token) -> Call:
        """Read a call from its opening parenthesis on."""
        self.expect_mark("(")
        node = Call(parts=parts)
        at(node, start)
        if self.at_operator("*") and self.mark_follows(")"):
            self.advance()
            node.set("star", True)
        elif not self.at_mark(")"):
            node.set("quantifier", self.accept_word("all", "distinct"))
            node.set("expressions", self._arguments())
            node.set("order", self.order_by())
        self.expect_mark(")")
        self._call_suffixes(node)
        return node

    def value_function(self) -> ValueFunction:
        """Read `CURRENT_DATE` and its kin."""
        start = self.advance()
        node = ValueFunction(name=start.value)
        at(node, start)
        if VALUE_FUNCTIONS[start.value] and self.accept_mark("("):
            if self.token.kind is not Kind.NUMBER:
                raise self.unexpected("a number of digits")
            node.set("precision", self.advance().value)
            self.expect_mark(")")
        return node

    def special_call(self) -> SpecialCall:
        """Read a call of SPECIAL_FORMS."""
        start = self.advance()
        form = SPECIAL_FORMS[start.value]
        self.expect_mark("(")
        items: list[exp.Expr] = []
        if form.query and self.at_word("select", "values", "with", "table"):
            items.append(self.query())
        if form.field_first:
            items.append(self._field())
        self._special_items(form, items)
        self.expect_mark(")")
        node = SpecialCall(name=start.value, expressions=items)
        at(node, start)
        if form.aggregate:
            self._call_suffixes(node)
        return node

    def _special_items(self, form: SpecialForm, items: list[exp.Expr]) -> None:
        after_operand = bool(items)
        while not self.at_mark(")"):
            follows = form.between if after_operand else form.opening
            if form.sorted and after_operand and self.at_words("order", "by"):
                items.extend(order for order in (self.order_by(),) if order is not None)
            elif self.token.kind in (Kind.WORD, Kind.MARK) and self.token.value in follows:
                kind = follows[self.token.value]
                items.append(Word(this=self.advance().value.upper()))
                after_operand = self._after_word(kind, form, items)
            elif after_operand:
                self.expect_mark(",")
                items.append(Word(this=","))
                after_operand = False
            else:
                items.append(self._operand(form))
                after_operand = True

    def _after_word(self, kind: Follows, form: SpecialForm, items: list[exp.Expr]) -> bool:
        """Read what a word asks for; return whether an operand is behind us."""
        if kind is Follows.TYPE:
            items.append(self.type_name())
        elif kind is Follows.LABEL:
            items.append(self.label())
        elif kind is Follows.OPERAND:
            if self.token.value in form.opening and self.token.kind is Kind.WORD:
                return False
            items.append(self._operand(form))
        return True

    def _operand(self, form: SpecialForm) -> exp.Expr:
        return self.expression(_ABOVE_IN if form.stops_at_in else 0)

    def _field(self) -> exp.Expr:
        if self.token.kind is Kind.STRING:
            return exp.Literal(this=self.advance().value, is_string=True)
        return self.label()

    def _arguments(self) -> list[exp.Expr]:
        arguments = [self._argument()]
        while self.accept_mark(","):
            arguments.append(self._argument())
        return arguments

    def _argument(self) -> exp.Expr:
        if self.accept_word("variadic"):
            return VariadicArgument(this=self._named_argument())
        return self._named_argument()

    def _named_argument(self) -> exp.Expr:
        for mark in ("=>", ":="):
            if self.mark_follows(mark) and self.token.kind in (Kind.WORD, Kind.NAME):
                name = self.label()
                self.advance()
                return NamedArgument(this=name, mark=mark, expression=self.expression())
        return self.expression()

    def _call_suffixes(self, node: exp.Expr) -> None:
        if isinstance(node, Call) and self.accept_words("within", "group"):
            self.enter()
            self.expect_mark("(")
            node.set("within", self.order_by())
            self.expect_mark(")")
            self.leave()
        if self.at_word("filter") and self.mark_follows("("):
            self.advance()
            self.expect_mark("(")
            self.expect_word("where")
            node.set("filter", self.expression())
            self.expect_mark(")")
        if self.at_word("over") and (self.mark_follows("(") or self.ahead().kind in (Kind.WORD, Kind.NAME)):
            self.advance()
            node.set("over", self.window() if self.at_mark("(") else self.column_id())
