"""Configuration from the environment alone, for when there is no file.

Values are taken as they are: a `${` in them is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from relay.bootstrap.config.coercion import parse_json
from relay.bootstrap.config.interpolation import is_text
from relay.bootstrap.config.problems import KeyPath, Place, Problem
from relay.bootstrap.config.secret import Interpolated
from relay.bootstrap.config.tree import UNRESOLVED, Tree

VARIABLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "CONTROL_PLANE_URL": ("controlPlane", "url"),
        "RELAY_TOKEN": ("controlPlane", "token"),
        "TENANT_ID": ("controlPlane", "tenantId"),
        "MASKING_ENABLED": ("masking", "enabled"),
        "AUDIT_ENABLED": ("audit", "enabled"),
    }
)
RESOURCE_VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "ID": "id",
        "TYPE": "type",
        "NAME": "name",
        "CONNECTION": "connection",
        "OPERATIONS": "allowedOperations",
        "MAX_ROWS": "maxRowsPerQuery",
    }
)
"""What follows `RESOURCE_0_`, and the key that it sets."""
_RESOURCE = re.compile(r"RESOURCE_([0-9]{1,6})_(.*)", re.DOTALL)


def environment_tree(environ: Mapping[str, str]) -> Tree:
    """Build the tree that a file with the same settings would give; places name variables."""
    tree = Tree(data={})
    data: dict[str, object] = {"controlPlane": {}}
    for variable, (section, key) in VARIABLES.items():
        tree.places[(section, key)] = Place(variable=variable)
        if variable in environ:
            values = data.setdefault(section, {})
            assert isinstance(values, dict)  # noqa: S101 - sections of VARIABLES are made two lines above
            values[key] = _text(environ, variable, (section, key), tree)
    data["resources"] = tuple(_resources(environ, tree))
    tree.data = data
    return tree


def _resources(environ: Mapping[str, str], tree: Tree) -> Iterator[dict[str, object]]:
    tree.places[("resources",)] = Place(variable="RESOURCE_0_ID")
    indexes = _indexes(environ, tree)
    count = next(index for index in range(len(indexes) + 1) if index not in indexes)
    for index in sorted(indexes):
        if index > count:
            _report(tree, indexes[index], f"is set, but no RESOURCE_{count}_… is: number the resources without a gap")
    for index in range(count):
        yield _resource(environ, tree, index)


def _indexes(environ: Mapping[str, str], tree: Tree) -> dict[int, str]:
    """Return each index with one variable that has it, and report names that mean nothing."""
    indexes: dict[int, str] = {}
    for variable in sorted(environ):
        match = _RESOURCE.fullmatch(variable)
        if match is None:
            continue
        digits, key = match.groups()
        if digits != str(int(digits)):
            _report(tree, variable, "a resource's number has no leading zeros")
        elif key not in RESOURCE_VARIABLES:
            nearest = get_close_matches(key, RESOURCE_VARIABLES, n=1, cutoff=0.0)
            _report(tree, variable, f"is not known; the nearest known one is RESOURCE_{digits}_{nearest[0]}")
        else:
            indexes.setdefault(int(digits), variable)
    return indexes


def _resource(environ: Mapping[str, str], tree: Tree, index: int) -> dict[str, object]:
    resource: dict[str, object] = {}
    tree.places[("resources", index)] = Place(variable=f"RESOURCE_{index}_ID")
    for suffix, key in RESOURCE_VARIABLES.items():
        variable = f"RESOURCE_{index}_{suffix}"
        path: KeyPath = ("resources", index, key)
        tree.places[path] = Place(variable=variable)
        if variable in environ:
            value = _text(environ, variable, path, tree)
            resource[key] = _connection(value, path, tree) if key == "connection" else value
    return resource


def _text(environ: Mapping[str, str], variable: str, path: KeyPath, tree: Tree) -> object:
    value = environ[variable]
    if not value:
        tree.report(path, "is set but empty; unset it to have the default")
    elif not is_text(value):
        tree.report(path, "is not UTF-8 text")
    else:
        return Interpolated.of((value,), whole=True)
    return UNRESOLVED


def _connection(value: object, path: KeyPath, tree: Tree) -> object:
    if not isinstance(value, str):
        return value
    try:
        parsed = parse_json(value)
    except ValueError as error:
        tree.report(path, str(error))
        return UNRESOLVED
    return parsed


def _report(tree: Tree, variable: str, message: str) -> None:
    tree.problems.append(Problem(message=message, variable=ascii(variable)[1:-1]))
