"""What the guard may know of the database: a seam, filled by whoever reads the live catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

SYSTEM_COLUMNS = frozenset(("ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"))


class Catalogue(Protocol):
    """Tables with their columns. Names are as the catalogue spells them."""

    def columns(self, schema: str | None, table: str) -> frozenset[str] | None:
        """Return a table's columns; None if there is no such table; without a schema, the search path's first."""
        ...

    def is_row_function(self, name: str) -> bool:
        """Whether a function outside pg_catalog takes one argument, so that `(row).name` may call it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueSnapshot:
    """The catalogue at one moment."""

    tables: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    search_path: tuple[str, ...] = ("public",)
    row_functions: frozenset[str] = frozenset()

    def columns(self, schema: str | None, table: str) -> frozenset[str] | None:
        """Return a table's columns; see Catalogue."""
        schemas = self.search_path if schema is None else (schema,)
        return next((found for name in schemas if (found := self.tables.get((name, table))) is not None), None)

    def is_row_function(self, name: str) -> bool:
        """Whether `(row).name` may call a function; see Catalogue."""
        return name in self.row_functions
