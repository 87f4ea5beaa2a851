"""PostgreSQL's grammar of expressions (gram.y: a_expr), by precedence climbing."""

from __future__ import annotations

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import at
from relay.adapters.outbound.postgres.guard.grammar_primaries import PrimaryGrammar
from relay.adapters.outbound.postgres.guard.nodes import Between, Membership, Operation, Quantified
from relay.adapters.outbound.postgres.guard.tokens import Kind, Token

# gram.y's precedence table, lowest first. What is written is also what runs, token by token, so a mistake here could
# only misplace a node in the tree, never change the statement.
OR, AND, NOT, IS, COMPARISON, RANGE, OTHER, SUM, PRODUCT, POWER, AT_ZONE, COLLATE, SIGN = range(1, 14)

_SYMBOLS = {
    **dict.fromkeys(("<", ">", "=", "<=", ">=", "<>"), COMPARISON),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/", "%"), PRODUCT),
    "^": POWER,
}
_WORDS = {
    "or": OR,
    "and": AND,
    "is": IS,
    "isnull": IS,
    "notnull": IS,
    "between": RANGE,
    "in": RANGE,
    "like": RANGE,
    "ilike": RANGE,
    "similar": RANGE,
    "not": RANGE,
    "overlaps": RANGE,
    "operator": OTHER,
    "at": AT_ZONE,
    "collate": COLLATE,
}
_RANGES = frozenset(("between", "in", "like", "ilike", "similar"))
_ONLY_BEFORE = {"at": ("time", "local"), "similar": ("to",), "operator": ("(",), "not": _RANGES}
"""Words that are an operator only if one of these comes next."""
_IS_TESTS = (
    *((word,) for word in ("null", "true", "false", "unknown", "document", "normalized")),
    *((form, "normalized") for form in ("nfc", "nfd", "nfkc", "nfkd")),
)
_JSON_KINDS = ("value", "array", "object", "scalar")


class ExpressionGrammar(PrimaryGrammar):
    """Reads expressions."""

    def expression(self, minimum: int = 0) -> exp.Expr:
        """Read an expression whose operators bind at least as tightly as `minimum`."""
        self.enter()
        left = self._prefixed()
        while (power := self._power()) >= minimum and power:
            left = self._continued(left, power)
        self.leave()
        return left

    def _power(self) -> int:
        """Return how tightly the next token binds as an operator; 0 if it is none."""
        token = self.token
        if token.kind is Kind.OPERATOR:
            return _SYMBOLS.get(token.value, OTHER)
        if token.kind is not Kind.WORD or token.value not in _WORDS:
            return 0
        needed = _ONLY_BEFORE.get(token.value)
        return _WORDS[token.value] if needed is None or self.ahead().value in needed else 0

    def _prefixed(self) -> exp.Expr:
        token = self.token
        if token.kind is Kind.OPERATOR:
            self.advance()
            power = SIGN if token.value in ("+", "-") else OTHER + 1
            return self._operation(token, token.value, None, self.expression(power))
        if self.at_word("not"):
            self.advance()
            return self._operation(token, "NOT", None, self.expression(NOT))
        if self.at_word("operator") and self.mark_follows("("):
            symbol = self.qualified_operator()
            return self._operation(token, symbol, None, self.expression(OTHER + 1))
        return self.primary()

    def _continued(self, left: exp.Expr, power: int) -> exp.Expr:
        token = self.token
        word = token.value
        if token.kind is Kind.WORD and (word == "not" or word in _RANGES):
            return self._range(left)
        if token.kind is Kind.WORD and word == "is":
            return self._is(left)
        if token.kind is Kind.WORD and word == "operator":
            return self._operation(token, self.qualified_operator(), left, self._right(power))
        self.advance()
        right: exp.Expr | None = None
        if word == "at":
            right = self._time_zone_operand()
            word = "at local" if right is None else "at time zone"
        elif word == "collate":
            return self._cast_collation(self._operation(token, "COLLATE", left, self.qualified_name()))
        elif word not in ("isnull", "notnull"):
            right = self._right(power)
        return self._operation(token, word.upper(), left, right)

    def _cast_collation(self, node: exp.Expr) -> exp.Expr:
        """Read the casts after a collation's name: no operand stands between, so they are of the whole."""
        while self.at_mark("::"):
            node = self.short_cast(node)
        return node

    def _right(self, power: int) -> exp.Expr:
        if self.at_word("any", "some", "all") and self.mark_follows("("):
            word = self.advance().value.upper()
            return Quantified(word=word, this=self.parenthesised())
        return self.expression(power + 1)

    def _time_zone_operand(self) -> exp.Expr | None:
        if self.accept_word("local"):
            return None
        self.expect_word("time")
        self.expect_word("zone")
        return self.expression(AT_ZONE + 1)

    def _is(self, left: exp.Expr) -> exp.Expr:
        token = self.advance()
        prefix = "IS NOT" if self.accept_word("not") else "IS"
        if self.accept_words("distinct", "from"):
            return self._operation(token, f"{prefix} DISTINCT FROM", left, self.expression(IS + 1))
        if self.at_word("json"):
            return self._operation(token, f"{prefix} {self._json_test()}", left, None)
        for words in _IS_TESTS:
            if self.accept_words(*words):
                return self._operation(token, f"{prefix} {' '.join(words).upper()}", left, None)
        raise self.unexpected("NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM, JSON, DOCUMENT or NORMALIZED")

    def _json_test(self) -> str:
        words = [self.advance().value]
        if kind := self.accept_word(*_JSON_KINDS):
            words.append(kind)
        if self.at_words("with", "unique") or self.at_words("without", "unique"):
            words += [self.advance().value, self.advance().value]
            if keys := self.accept_word("keys"):
                words.append(keys)
        return " ".join(words).upper()

    def _range(self, left: exp.Expr) -> exp.Expr:
        token = self.token
        negation = "NOT " if self.accept_word("not") else ""
        word = self.advance().value
        if word == "between":
            return self._between(left, f"{negation}BETWEEN", token)
        if word == "in":
            return self._membership(left, f"{negation}IN")
        if word == "similar":
            self.expect_word("to")
            word = "similar to"
        operation = self._operation(token, f"{negation}{word.upper()}", left, self._right(RANGE))
        if self.at_word("escape") and not isinstance(operation.args.get("expression"), Quantified):
            self.advance()
            operation.set("escape", self.expression(RANGE + 1))
        return operation

    def _between(self, left: exp.Expr, words: str, token: Token) -> exp.Expr:
        kind = self.accept_word("symmetric", "asymmetric")
        low = self.expression(RANGE + 1)
        self.expect_word("and")
        high = self.expression(RANGE + 1)
        node = Between(this=left, words=f"{words} {kind}" if kind else words, low=low, high=high)
        at(node, token)
        return node

    def _membership(self, left: exp.Expr, words: str) -> exp.Expr:
        return Membership(this=left, words=words, expression=self.parenthesised())

    def _operation(self, token: Token, operator: str, left: exp.Expr | None, right: exp.Expr | None) -> Operation:
        node = Operation(operator=operator, this=left, expression=right)
        at(node, token)
        return node
