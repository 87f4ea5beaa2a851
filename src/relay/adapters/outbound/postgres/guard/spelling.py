"""How names and literals are written so that every version and setting of PostgreSQL reads them alike."""

from __future__ import annotations

from sqlglot import exp


def identifier_sql(identifier: exp.Expr) -> str:
    """Write an identifier: quoted if it was, folded if it was not."""
    name = identifier.name
    return '"' + name.replace('"', '""') + '"' if identifier.args.get("quoted") else name


def string_sql(value: str) -> str:
    """Write a string; one with a backslash in the form that doesn't depend on standard_conforming_strings."""
    quoted = value.replace("'", "''")
    return "E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in quoted else f"'{quoted}'"
