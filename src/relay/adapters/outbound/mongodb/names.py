"""Names of collections and fields, checked before they go anywhere."""

from __future__ import annotations

from relay.domain.errors import Reason, RelayError

MAX_NAME_BYTES = 255
"""Namespace limit of the manual's page `reference/limits`."""
MAX_PATH_LENGTH = 1_000
SYSTEM_PREFIXES = ("system.", "enxcol_.")
"""Reserved names: `reference/system-collections`, and the state collections of queryable encryption."""
REFERENCE_PARTS = frozenset({"$id", "$ref", "$db"})
"""Fields of a DBRef (`reference/database-references`): the only `$` names that a stored field may have."""


def is_system(name: str) -> bool:
    """Whether the name belongs to the server itself, `system` alone included."""
    return name == "system" or name.startswith(SYSTEM_PREFIXES)


def collection_name(value: object, at: str) -> str:
    """Return a collection's name that is safe to use.

    Raises INVALID_PARAMS for what can't be a collection, TABLE_NOT_ALLOWED for the server's own.
    """
    if not isinstance(value, str) or not value:
        raise RelayError(Reason.INVALID_PARAMS, f"{at} must be a collection's name;", hint="give it as a string")
    problem = _problem(value)
    if problem:
        raise RelayError(Reason.INVALID_PARAMS, f"the collection's name in {at} {problem};", hint="see list_tables")
    if is_system(value):
        raise RelayError(
            Reason.TABLE_NOT_ALLOWED,
            f"table {value[:64]} in {at} belongs to the server itself;",
            hint="list_tables shows the tables that are allowed",
        )
    return value


def _problem(name: str) -> str:
    if "$" in name or not name.isprintable():
        return "holds a character that is not allowed ($, NUL or a control character)"
    if name.startswith(".") or name.endswith(".") or ".." in name:
        return "has an empty part"
    if len(name.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        return f"is longer than {MAX_NAME_BYTES} bytes"
    return ""


def field_path_problem(path: str, *, positional: bool = False) -> str:
    """Return what is wrong with a dotted field path, or nothing; `positional` allows a last part of `$`."""
    if "\x00" in path:
        return "a field name may not hold NUL"
    if len(path) > MAX_PATH_LENGTH:
        return f"a field path may have {MAX_PATH_LENGTH} characters"
    parts = path.split(".")
    if positional and len(parts) > 1 and parts[-1] == "$":
        parts.pop()
    if any(part.startswith("$") and part not in REFERENCE_PARTS for part in parts) or parts[0].startswith("$"):
        return "a field name may not begin with $"
    return "" if encodes(path) else "a field name must be valid Unicode"


def encodes(text: str) -> bool:
    """Whether the text can be written as UTF-8: a lone surrogate can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
