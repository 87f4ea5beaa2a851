"""Values that stand for something in the catalogue: `regclass` and its relatives, which turn oids and texts into names.

An oid is as good as a name: `16390::regclass` tells which table that is. So such a value may only come from a literal,
which then counts as what it names, or from a column of a filtered system view; and it may only go where no other value
of the statement takes on its type: `coalesce('orders'::regclass, 16390)` would name table 16390.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.arguments import table_name_of
from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.grammar_types import TypeGrammar
from relay.adapters.outbound.postgres.guard.nodes import (
    Call,
    NamedArgument,
    Operation,
    SortItem,
    TypeCast,
    TypedLiteral,
    VariadicArgument,
    WindowDefinition,
)
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.adapters.outbound.postgres.guard.tokens import Kind, tokenize
from relay.adapters.outbound.postgres.guard.type_rules import BUILT_IN_TYPES, element_type
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName

REFERENCE_TYPES = frozenset(("regclass", "regtype", "regnamespace"))
SIZE_FUNCTIONS = frozenset(("pg_relation_size", "pg_table_size", "pg_indexes_size", "pg_total_relation_size"))
DATABASE_SIZE = "pg_database_size"
PARSING_FUNCTIONS = frozenset(("pg_input_is_valid", "pg_input_error_info"))
_CATALOGUES = ("class", "type", "namespace", "role", "proc", "procedure", "oper", "operator")
NO_ATTRIBUTES = frozenset(
    [
        *SIZE_FUNCTIONS,
        *PARSING_FUNCTIONS,
        *("pg_typeof", DATABASE_SIZE),
        *(f"reg{what}" for what in _CATALOGUES if what != "class"),
        *(f"reg{what}in" for what in _CATALOGUES),
    ]
)
"""What `(value).name` must not call, although some are safe as calls or casts. `regclass` is a function as well."""

HINTS: Mapping[str, str] = MappingProxyType(
    {
        "regclass": (
            "accepted are a table's name as a literal ('orders'::regclass), and relid, indexrelid or relation of a"
            " system view: relation::regclass FROM pg_locks, pg_total_relation_size(relid) FROM pg_stat_user_tables"
        ),
        "regtype": "accepted are names of built-in types as literals: 'int4'::regtype",
        "regnamespace": "accepted are names of the resource's schemas as literals",
        DATABASE_SIZE: "write pg_database_size(current_database())",
        "context": "make a text of it at once: relation::regclass::text, pg_typeof(x)::text",
        "parsing": "write the type as a literal, one of the built-in types: pg_input_is_valid(x, 'int4')",
    }
)
_TEXT_TYPES = frozenset(("text", "varchar", "oid"))
_TAKES_ANYTHING = frozenset(
    [
        *("concat", "concat_ws", "count", "format", "to_json", "to_jsonb"),
        *("json_build_array", "json_build_object", "jsonb_build_array", "jsonb_build_object"),
    ]
)
_COMPARISONS = frozenset(("=", "<>"))
_TESTS = frozenset(("IS NULL", "IS NOT NULL", "ISNULL", "NOTNULL"))


def reference_type(node: exp.Expr) -> str | None:
    """Return which reference a node makes by itself: a cast, a literal with the type before it, or pg_typeof()."""
    if isinstance(node, TypeCast | TypedLiteral):
        to = node.args["to"]
        return to.args["name"] if is_reference(to) else None
    return "regtype" if isinstance(node, Call) and function_name(node) == "pg_typeof" else None


def is_reference(to: exp.Expr) -> bool:
    """Whether a type name is that of a reference (arrays of them aside)."""
    plain = not {"[", "ARRAY"} & set(to.args["words"])
    return plain and to.args["name"] in REFERENCE_TYPES and to.args.get("schema") in (None, "pg_catalog")


def names_reference(to: exp.Expr) -> bool:
    """Whether a type is a reference or made of references, by whatever spelling."""
    name = element_type(to.args["name"])
    return name in REFERENCE_TYPES and to.args.get("schema") in (None, "pg_catalog")


def function_name(node: exp.Expr) -> str | None:
    """Return the name of the built-in function that a call means, if it means one."""
    parts = [part.name for part in node.args["parts"]]
    return parts[-1] if len(parts) == 1 or parts[:-1] == ["pg_catalog"] else None


def without_parentheses(node: exp.Expr) -> exp.Expr:
    """Look through parentheses."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def check_context(node: exp.Expr, kind: str, root: exp.Expr) -> Iterable[exp.Expr]:
    """Refuse a reference whose type another value could take on; return the operands that take it on here."""
    child, parent = node, node.parent
    while isinstance(parent, exp.Paren):
        child, parent = parent, parent.parent
    if isinstance(parent, Operation) and parent.args["operator"] in _COMPARISONS | _TESTS:
        other = parent.args.get("expression") if child.arg_key == "this" else parent.args.get("this")
        return () if other is None else (other,)
    if not _is_harmless(child, parent, kind, root):
        raise refused(f"a {kind} as a value among others", node, "context")
    return ()


def _is_harmless(child: exp.Expr, parent: exp.Expr | None, kind: str, root: exp.Expr) -> bool:
    if isinstance(parent, TypeCast):
        to = parent.args["to"]
        return to.args["name"] in _TEXT_TYPES and not {"[", "ARRAY"} & set(to.args["words"])
    if isinstance(parent, Call):
        name = function_name(parent)
        return child.arg_key == "expressions" and (
            name in _TAKES_ANYTHING or (kind == "regclass" and name in SIZE_FUNCTIONS)
        )
    if isinstance(parent, exp.Alias):
        child, parent = parent, parent.parent
    if isinstance(parent, exp.Select):
        return parent is root and child.arg_key == "expressions"
    return isinstance(parent, SortItem | exp.Group) or (
        isinstance(parent, WindowDefinition) and child.arg_key == "partition"
    )


def literal_text(node: exp.Expr) -> str | None:
    """Return a string literal's text."""
    node = without_parentheses(node)
    return str(node.this) if isinstance(node, exp.Literal) and node.args.get("is_string") else None


def named_relation(text: str, node: exp.Expr) -> TableName:
    """Read the name of a relation from a literal; digits alone would be an oid."""
    try:
        return table_name_of(text)
    except RelayError:
        raise refused("a literal that is not the name of a table", node, "regclass") from None


def check_type_text(text: str, node: exp.Expr, hint: str) -> None:
    """Refuse a literal that is not the name of a built-in type, or that names a reference."""
    try:
        grammar = TypeGrammar(list(tokenize(text)))
        name = grammar.type_name()
        is_whole = grammar.token.kind is Kind.END
    except RefusedStatement:
        raise refused("a literal that is not the name of a type", node, hint) from None
    built_in = name.args.get("schema") in (None, "pg_catalog") and element_type(name.args["name"]) in BUILT_IN_TYPES
    if not is_whole or not built_in or (hint == "parsing" and names_reference(name)):
        raise refused("a literal that is not the name of a built-in type", node, hint)


def plain_arguments(call: exp.Expr) -> list[exp.Expr]:
    """Return a call's arguments; empty where some are named or variadic."""
    arguments: list[exp.Expr] = call.args.get("expressions") or []
    return [] if any(isinstance(one, NamedArgument | VariadicArgument) for one in arguments) else arguments


def refused(what: str, node: exp.Expr, hint: str) -> RefusedStatement:
    """Make the refusal."""
    place = node.args["to"] if isinstance(node, TypeCast) else node
    return RefusedStatement(what, offset_of(place), hint=HINTS[hint], reason=Reason.FUNCTION_NOT_ALLOWED)
