"""How names and literals are written so that every version and setting of PostgreSQL reads them alike."""

from __future__ import annotations

from sqlglot import exp

_QUALIFIED = "OPERATOR(pg_catalog."


def qualified_operator(symbol: str) -> str:
    """Write an operator as pg_catalog's own, whatever the search path holds."""
    return f"{_QUALIFIED}{symbol})"


def bare_operator(operator: str) -> str:
    """Return an operator's symbol, without OPERATOR()."""
    return operator[len(_QUALIFIED) : -1] if operator.startswith(_QUALIFIED) else operator


def identifier_sql(identifier: exp.Expr) -> str:
    """Write an identifier: quoted if it was, folded if it was not."""
    name = identifier.name
    return '"' + name.replace('"', '""') + '"' if identifier.args.get("quoted") else name


def string_sql(value: str) -> str:
    """Write a string; one with a backslash in the form that doesn't depend on standard_conforming_strings."""
    quoted = value.replace("'", "''")
    return "E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in quoted else f"'{quoted}'"
