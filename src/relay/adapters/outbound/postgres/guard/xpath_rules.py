"""XPath: a language of its own, whose evaluation looks at no clock.

Each predicate may walk the whole document for every element, one in the other: with three of them and 2,000 elements,
which is 8,000 characters, PostgreSQL 15 was at it for minutes beyond statement_timeout and could not be cancelled. So
only paths that walk a document once are accepted, and only as literals or parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.nodes import Call, SpecialCall, TypeCast, TypedLiteral, Word
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.domain.json_value import JsonValue

MAX_CHARS = 1_000
NESTED = "["
CALLS = frozenset(("xpath", "xpath_exists"))
HINT = (
    "write it as a literal that walks the document once: /a/b/@c, //a[@id='1']/b/text(), count(//a);"
    " conditions in [] may compare children and attributes with literals"
)
FUNCTIONS = frozenset(
    [
        *("text", "node", "position", "last", "count", "string", "number", "boolean", "true", "false", "not", "name"),
        *("local-name", "namespace-uri", "normalize-space", "string-length", "sum", "floor", "ceiling", "round"),
        *("contains", "starts-with"),
    ]
)
_OPERATOR_WORDS = frozenset(("and", "or", "div", "mod"))
_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_CALLED = re.compile(r"([\w.:-]+)\s*\(")
_COMPARISON = re.compile(r"[!<>]?=|[<>]")
_PREDICATE = re.compile(r"\[([^\[\]]*)\]")
_FIXED_AFTER = re.compile(r"\s*('|-?[\d.]|(last|true|false)\(\))")
_LITERAL_BEFORE = re.compile(r"('|\bposition\(\))\s*$")
_LAST_ARGUMENT = re.compile(r",\s*''\s*\)")
_STEP_BY_STEP = re.compile(r"(?<=[\w*)\].])/(?=[\w*@.])")
_FROM_ONE_NODE = re.compile(r"(?:^|\()\s*\.?\s*//")
"""`//` from the document's root, or from the one node that a path is evaluated for."""


def check_xpaths(tree: exp.Expr, parameters: Sequence[JsonValue]) -> None:
    """Refuse the first XPath that may take longer than one walk. Raises RefusedStatement."""
    for node in tree.find_all(Call, SpecialCall):
        for path in _paths(node):
            text = _text(path, parameters)
            if text is None or not walks_once(text):
                place = node if isinstance(path, exp.Identifier) else path
                raise RefusedStatement(
                    "an XPath that may look at every element for every element",
                    offset_of(place) or offset_of(node),
                    hint=HINT,
                    because="which no time limit would end",
                )


def walks_once(path: str) -> bool:
    """Whether evaluating a path looks at each element of a document a bounded number of times."""
    bare = _STRING.sub("''", path)
    if len(path) > MAX_CHARS or any(mark in bare for mark in ("::", "..", "$", "|", '"')):
        return False
    outside, predicates = _without_predicates(bare)
    return (
        all(map(_is_allowed_call, _CALLED.findall(bare)))
        and bare.count(",") == len(_LAST_ARGUMENT.findall(bare))
        and all(map(_is_fixed, _COMPARISON.finditer(bare)))
        and len(_FROM_ONE_NODE.findall(outside)) == outside.count("//") <= 1
        and all(one != NESTED and one.count("/") == len(_STEP_BY_STEP.findall(one)) for one in predicates)
    )


def _without_predicates(bare: str) -> tuple[str, list[str]]:
    """Return the path without `[…]`, and what stood in them; one in the other counts as a condition of its own sort."""
    predicates = _PREDICATE.findall(bare)
    outside = _PREDICATE.sub("", bare)
    if "[" in outside or "]" in outside:
        predicates.append(NESTED)
    return outside, predicates


def _is_allowed_call(name: str) -> bool:
    return name in FUNCTIONS or name in _OPERATOR_WORDS


def _is_fixed(match: re.Match[str]) -> bool:
    """Whether one side of a comparison is one value: two sets of nodes are compared each with each."""
    text = match.string
    return bool(_FIXED_AFTER.match(text, match.end()) or _LITERAL_BEFORE.search(text[: match.start()]))


def _paths(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, Call):
        if node.args["parts"][-1].name in CALLS:
            yield from (node.args.get("expressions") or [node])[:1]
    elif node.args["name"] == "xmlexists":
        yield node.expressions[0]
    elif node.args["name"] == "xmltable":
        yield from _table_paths(node.expressions)


def _table_paths(items: Sequence[exp.Expr]) -> Iterable[exp.Expr]:
    """Yield what stands before PASSING and after PATH; without PATH, a column's name is its path."""
    words = [str(item.this) if isinstance(item, Word) else "" for item in items]
    yield items[words.index("PASSING") - 1]
    path = None
    for place in range(words.index("COLUMNS"), len(items)):
        if words[place] in ("COLUMNS", ","):
            yield from [] if path is None else [path]
            path = items[place + 1]
        elif words[place] == "PATH":
            path = items[place + 1]
    yield from [] if path is None else [path]


def _text(node: exp.Expr, parameters: Sequence[JsonValue]) -> str | None:
    """Return what a path is: a literal's text, a parameter's value, a column's name."""
    while isinstance(node, exp.Paren | TypeCast | TypedLiteral):
        node = node.this
    if isinstance(node, exp.Identifier) or (isinstance(node, exp.Literal) and node.args.get("is_string")):
        return str(node.this)
    if isinstance(node, exp.Parameter):
        number = int(node.this.this)
        value = parameters[number - 1] if number <= len(parameters) else ""
        return value if isinstance(value, str) else None
    return None
