"""What the guard may know of the database: a seam, filled by whoever reads the live catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from relay.domain.facts import TableName

SYSTEM_COLUMNS = frozenset(("ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"))


class Catalogue(Protocol):
    """Tables with their columns. Names are as the catalogue spells them."""

    def columns(self, schema: str | None, table: str) -> frozenset[str] | None:
        """Return a table's columns; None if there is no such table; without a schema, the search path's first."""
        ...

    def is_row_function(self, name: str) -> bool:
        """Whether a function outside pg_catalog takes one argument, so that `(row).name` may call it."""
        ...

    def is_own_function(self, name: str) -> bool:
        """Whether the search path holds a function of the customer's own, which could be taken for a built-in one."""
        ...

    def is_own_operator(self, symbol: str) -> bool:
        """Whether the search path holds an operator of the customer's own, which could be taken for a built-in one."""
        ...

    def runs_own_code(self, type_name: str) -> bool:
        """Whether a cast to a type runs a function of the customer's own: a domain's check, a cast's function."""
        ...

    def also_read(self, schema: str | None, table: str) -> tuple[TableName, ...]:
        """Return the relations whose rows a table shows too: a view's, those of children, and of what it is part of."""
        ...


class CatalogueSource(Protocol):
    """Where the newest catalogue is."""

    def current(self) -> Catalogue:
        """Return it, at once. Raises RESOURCE_UNAVAILABLE while there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueSnapshot:
    """The catalogue at one moment."""

    tables: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    search_path: tuple[str, ...] = ("public",)
    row_functions: frozenset[str] = frozenset()
    own_functions: frozenset[str] = frozenset()
    own_operators: frozenset[str] = frozenset()
    own_code_types: frozenset[str] = frozenset()
    relatives: Mapping[tuple[str, str], tuple[TableName, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def columns(self, schema: str | None, table: str) -> frozenset[str] | None:
        """Return a table's columns; see Catalogue."""
        key = self._resolve(schema, table)
        return None if key is None else self.tables[key]

    def is_row_function(self, name: str) -> bool:
        """Whether `(row).name` may call a function; see Catalogue."""
        return name in self.row_functions

    def is_own_function(self, name: str) -> bool:
        """See Catalogue."""
        return name in self.own_functions

    def is_own_operator(self, symbol: str) -> bool:
        """See Catalogue."""
        return symbol in self.own_operators

    def runs_own_code(self, type_name: str) -> bool:
        """See Catalogue."""
        return type_name in self.own_code_types

    def also_read(self, schema: str | None, table: str) -> tuple[TableName, ...]:
        """See Catalogue."""
        key = self._resolve(schema, table)
        return () if key is None else self.relatives.get(key, ())

    def _resolve(self, schema: str | None, table: str) -> tuple[str, str] | None:
        schemas = self.search_path if schema is None else (schema,)
        return next(((name, table) for name in schemas if (name, table) in self.tables), None)
