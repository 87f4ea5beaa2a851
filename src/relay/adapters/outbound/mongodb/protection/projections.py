"""Follows projections: of a find, and of the stages that shape documents."""

from __future__ import annotations

from collections.abc import Mapping

from relay.adapters.outbound.mongodb.findings import below
from relay.adapters.outbound.mongodb.protection.expressions import Expressions
from relay.adapters.outbound.mongodb.protection.flows import GENERATED, Value, document
from relay.adapters.outbound.mongodb.protection.queries import Queries
from relay.adapters.outbound.mongodb.protection.scope import Scope

ID = "_id"
_PICKING = frozenset({"$elemMatch", "$slice", "$meta"})
"""Of a find; as expressions they are among the others in what they leave, and the documents count as stored ones."""


class Projections:
    """Follows the projections of one statement."""

    def __init__(self, *, expressions: Expressions, queries: Queries) -> None:
        self._expressions = expressions
        self._queries = queries
        self._documents = expressions.documents

    def follow(self, projection: Mapping[str, object], scope: Scope, at: str) -> Value:
        """Return the documents that a projection leaves."""
        flat = dict(_flat(projection))
        root = scope.root
        kept = [path for path, item in flat.items() if _is_flag(item) and item]
        left_out = [path for path, item in flat.items() if _is_flag(item) and not item]
        computes = any(not _is_flag(item) and not _picks(item) for item in flat.values())
        only = (bool(kept) or computes) and not any(path != ID for path in left_out)
        value = document({}) if only else root
        for path in kept if only else ():
            value = self._keep(value, root, path, below(at, f".{path}"))
        if only and ID not in flat:
            value = self._documents.put(value, ID, self._documents.field(root, ID))
        for path, item in flat.items():
            if not _is_flag(item):
                value = self._documents.put(value, _plain(path), self._item(path, item, scope, below(at, f".{path}")))
        for path in left_out:
            value = self._documents.remove(value, path)
        return value

    def _keep(self, value: Value, root: Value, path: str, at: str) -> Value:
        plain = _plain(path)
        return self._documents.put(value, plain, self._documents.get(root, plain, at))

    def _item(self, path: str, item: object, scope: Scope, at: str) -> Value:
        if isinstance(item, Mapping) and len(item) == 1:
            name = next(iter(item))
            if name == "$elemMatch":
                here = self._documents.get(scope.root, _plain(path), at)
                self._queries.follow(item[name], Scope(root=here), below(at, ".$elemMatch"))
                return here
            if name == "$meta":
                return GENERATED
            if name == "$slice" and not _names_an_array(item[name]):
                return self._documents.get(scope.root, _plain(path), at)
        return self._expressions.follow(item, scope, at)

    def add(self, fields: Mapping[str, object], scope: Scope, at: str) -> Value:
        """Return the documents with fields set; a document among them is merged into the one that is there."""
        value = scope.root
        for path, item in _flat(fields):
            value = self._documents.put(value, path, self._expressions.follow(item, scope, below(at, f".{path}")))
        return value

    def unset(self, value: Value, names: object) -> Value:
        """Return the documents without these fields."""
        for name in names if isinstance(names, list) else [names]:
            value = self._documents.remove(value, str(name))
        return value


def _flat(fields: Mapping[str, object], prefix: str = "") -> list[tuple[str, object]]:
    """Return each path with its item; documents without operators only group paths."""
    found: list[tuple[str, object]] = []
    for key, item in fields.items():
        if isinstance(item, Mapping) and item and not any(str(name).startswith("$") for name in item):
            found += _flat(item, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", item))
    return found


def _is_flag(item: object) -> bool:
    return isinstance(item, bool | int | float)


def _picks(item: object) -> bool:
    """Whether it picks parts of a stored field, beside which all others stay."""
    return isinstance(item, Mapping) and len(item) == 1 and not _PICKING.isdisjoint(item)


def _plain(path: str) -> str:
    return path.removesuffix(".$")


def _names_an_array(argument: object) -> bool:
    items = argument if isinstance(argument, list) else [argument]
    return not all(isinstance(item, int | float) for item in items)
