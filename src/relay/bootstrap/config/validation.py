"""Plain tree to settings: pydantic's errors become problems with a place and words of ours."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from relay.bootstrap.config.checks import cross_field_problems
from relay.bootstrap.config.key_paths import known_keys, known_paths
from relay.bootstrap.config.lookups import find
from relay.bootstrap.config.problems import KeyPath, show_key
from relay.bootstrap.config.settings import Settings
from relay.bootstrap.config.tree import UNRESOLVED, Tree

MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "missing": "is required",
        "int_type": "must be a whole number",
        "float_type": "must be a number",
        "finite_number": "must be a finite number",
        "bool_type": "must be true or false",
        "string_type": "must be text; put numbers and dates in quotes",
        "string_too_long": "must be at most {max_length} characters",
        "tuple_type": "must be a list",
        "model_type": "must be a mapping of keys; an empty section can be left out",
        "model_attributes_type": "must be a mapping of keys",
        "dict_type": "must be a mapping of keys",
        "greater_than": "must be above {gt:g}",
        "greater_than_equal": "must be {ge} or more",
        "less_than_equal": "must be {le} or less",
        "too_short": "must not be empty",
        "literal_error": "must be {expected}",
        "union_tag_not_found": "is required, as `type`: one of the known kinds of database",
        "union_tag_invalid": "must be one of {expected_tags}",
    }
)
"""pydantic's error types and our words. A type that is not here becomes a sentence that only names the type."""


def validate(tree: Tree, model: type[Settings]) -> Settings | None:
    """Return the settings, or None with everything that is wrong added to the tree's problems."""
    settings: Settings | None = None
    try:
        settings = model.model_validate(tree.data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _report(detail, tree, model)
    cross_field_problems(tree)
    return None if tree.problems else settings


def _report(detail: ErrorDetails, tree: Tree, model: type[Settings]) -> None:
    path = _path(detail["loc"])
    if detail["type"] == "extra_forbidden":
        _report_unknown_key(path, detail["loc"], tree, model)
        return
    if detail["type"].startswith("union_tag_"):
        path = (*path, "type")
    if not _said_already(detail, path, tree):
        tree.report(path, _message(detail))


def _said_already(detail: ErrorDetails, path: KeyPath, tree: Tree) -> bool:
    """Whether the value has its problem from before, or pydantic counts a list's invalid items as missing."""
    if detail["input"] is UNRESOLVED or find(tree.data, *path) is UNRESOLVED:
        return True
    return detail["type"] == "too_short" and bool(detail["input"])


def _path(loc: KeyPath) -> KeyPath:
    """Drop the type word that pydantic puts after `resources` and the index."""
    if len(loc) > 2 and loc[0] == "resources" and isinstance(loc[1], int):  # noqa: PLR2004 - resources, index, word
        return (*loc[:2], *loc[3:])
    return loc


def _message(detail: ErrorDetails) -> str:
    context: dict[str, Any] = detail.get("ctx", {})
    if detail["type"] == "value_error":
        return str(context.get("error", "is not valid"))
    template = MESSAGES.get(detail["type"])
    return f"is not valid ({detail['type']})" if template is None else template.format(**context)


def _report_unknown_key(path: KeyPath, loc: KeyPath, tree: Tree, model: type[Settings]) -> None:
    key = str(path[-1])
    if path in tree.bare_keys:
        # It may be the rest of a password: {password: ab,cd} is two keys to YAML.
        hint = "an unknown key without a value; a value with a comma in it must be in quotes"
        place = tree.place_of(path)
        tree.places[path[:-1]] = place
        tree.report(path[:-1], hint)
        return
    nearest = _nearest(key, known_keys(model, loc[:-1]))
    elsewhere = next((known for known in known_paths(model) if known.rpartition(".")[2] == key), None)
    hints = [f"the nearest known one is {nearest}"] if nearest else []
    if elsewhere is not None:
        hints.append(f"{show_key(key)} belongs at {elsewhere}")
    tree.report(path, f"unknown key {show_key(key)}" + (f"; {', and '.join(hints)}" if hints else ""))


def _nearest(key: str, known: tuple[str, ...]) -> str | None:
    by_letters = {_letters(name): name for name in known}
    matches = get_close_matches(_letters(key)[:64], by_letters, n=1, cutoff=0.0)
    return by_letters[matches[0]] if matches else None


def _letters(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()
