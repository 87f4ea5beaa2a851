"""Checks of `columnRules`, which must not be there in vain."""

from __future__ import annotations

from collections.abc import Iterator

from relay.adapters.outbound.masking.detectors import DETECTORS
from relay.bootstrap.config.lookups import Finding, find, items, resource_indexes
from relay.bootstrap.config.problems import KeyPath
from relay.bootstrap.config.tree import Tree

_DETECTORS = frozenset(detector.name for detector in DETECTORS)
_WITH_SCHEMAS = "postgres"
_DEFAULT_SCHEMAS = ("public",)


def hash_needs_key(tree: Tree) -> Iterator[Finding]:
    """Find rules that hash without a key."""
    if find(tree.data, "masking", "hashKey") not in (None, ""):
        return
    for path, rule in _rules(tree):
        if find(rule, "action") == "hash":
            table, column = find(rule, "table"), find(rule, "column")
            yield (*path, "action"), f"hash of {table}.{column} needs masking.hashKey"


def known_kinds(tree: Tree) -> Iterator[Finding]:
    """Find rules whose kind is no detector and no pattern, or has no effect."""
    own = {find(pattern, "name") for _, pattern in items(tree, "masking", "patterns")}
    for path, rule in _rules(tree):
        kind = find(rule, "kind")
        if not isinstance(kind, str):
            continue
        if kind not in _DETECTORS | own:
            yield (*path, "kind"), f"is no detector or pattern; the detectors are {', '.join(sorted(_DETECTORS))}"
        elif find(rule, "action") != "mask":
            yield (*path, "kind"), "has an effect with action mask only"


def one_rule_a_column(tree: Tree) -> Iterator[Finding]:
    """Find second rules for one column, also where one names the schema and the other does not."""
    first: dict[tuple[int, str, object], int] = {}
    for path, rule in _rules(tree):
        _, resource, _, index = path
        table, column = find(rule, "table"), find(rule, "column")
        if not isinstance(resource, int) or not isinstance(index, int) or not isinstance(table, str):
            continue
        for name in _names(tree, resource, table):
            before = first.setdefault((resource, name, column), index)
            if before != index:
                yield (*path, "column"), f"is under columnRules[{before}] too; one rule for each column"
                break


def _names(tree: Tree, resource: int, table: str) -> tuple[str, ...]:
    """Return every whole name that a table's name may mean."""
    if find(tree.data, "resources", resource, "type") != _WITH_SCHEMAS:
        return (table,)
    schemas = find(tree.data, "resources", resource, "schemas") or _DEFAULT_SCHEMAS
    if not isinstance(schemas, tuple) or any(table.startswith(f"{schema}.") for schema in schemas):
        return (table,)
    return tuple(f"{schema}.{table}" for schema in schemas)


def applied_by_the_database(tree: Tree) -> Iterator[Finding]:
    """Find rules on a kind of database that does not apply any."""
    for index in resource_indexes(tree):
        type_ = find(tree.data, "resources", index, "type")
        if find(tree.data, "resources", index, "columnRules") and isinstance(type_, str) and not _applies_rules(type_):
            yield ("resources", index, "columnRules"), f"databases of the type {type_} can't apply column rules"


def _applies_rules(type_: str) -> bool:
    """Whether a kind applies rules; one that is not known is another check's business."""
    from relay.bootstrap.databases.kind import installed_kind  # noqa: PLC0415 - kinds are made of settings

    kind = installed_kind(type_)
    return kind is None or kind.column_rules


def _rules(tree: Tree) -> Iterator[tuple[KeyPath, object]]:
    for resource in resource_indexes(tree):
        path = ("resources", resource, "columnRules")
        for index, rule in items(tree, *path):
            yield (*path, index), rule
