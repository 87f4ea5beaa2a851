"""What the guard may know of the database: a seam, filled by whoever reads the live catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType
from typing import Protocol

from relay.adapters.outbound.postgres.guard.view_filters import Shown
from relay.domain.facts import TableName
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction, ColumnClass

SYSTEM_COLUMNS = frozenset(("ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"))
Key = tuple[str, str]
_NOWHERE: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_NONE: Mapping[Key, tuple[TableName, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCode:
    """A function of the database's own that values of a type call without a statement's saying so.

    `on_sight`: wherever there is such a value; else only where a statement names the type.
    """

    schema: str
    function: str
    type_name: str
    on_sight: bool = True


class TypeFamily(Enum):
    """What a column's values are, as far as masking them goes; a domain counts as what it is over."""

    TEXT = auto()
    """text, varchar, char, name, citext: a mask fits in."""
    INTEGER = auto()
    NUMERIC = auto()
    UUID = auto()
    DOCUMENT = auto()
    """json, jsonb, xml, hstore, arrays, composites, tsvector, bytea: text may be inside."""
    OTHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnType:
    """A column's type: the server's short name (`varchar`, `_text`), its family, whether GROUP BY takes it.

    `may_identify`: wide enough for a number that a detector finds (int8, numeric, float8, money).
    """

    name: str
    family: TypeFamily
    is_groupable: bool = True
    may_identify: bool = False


UNKNOWN_TYPE = ColumnType(name="unknown", family=TypeFamily.DOCUMENT, is_groupable=False)
"""Of a type that the catalogue does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRules:
    """The column rules that hold for one relation, its own and those that follow the data into it.

    `actions` by column, without those that have none; `masks`: the fixed mask of a column under `mask`, where its rule
    names a detector. `untraceable`: a protected column that the relation shows in a way that can't be followed
    (`schema.table.column`); no statement may then read the relation.
    """

    actions: Mapping[str, ColumnAction] = field(default_factory=lambda: MappingProxyType({}))
    masks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    untraceable: str | None = None

    @property
    def protects(self) -> bool:
        """Whether any column may not leave as it is; then the relation is read through a sub-select."""
        return any(action is not ColumnAction.PASS for action in self.actions.values())


class Catalogue(Protocol):
    """Tables with their columns. Names are as the catalogue spells them.

    A schema that is None means the search path; of several that fit, the first counts, except where said otherwise.
    """

    @property
    def shown(self) -> Shown:
        """The relations that the policy shows."""
        ...

    @property
    def known_names(self) -> frozenset[str]:
        """The names of all schemas, relations, columns, functions and types."""
        ...

    def resolved(self, schema: str | None, table: str) -> TableName | None:
        """Return a relation's whole name; None if there is no such relation."""
        ...

    def columns(self, schema: str | None, table: str) -> tuple[str, ...] | None:
        """Return a relation's columns, in order; None if there is no such table, view or sequence."""
        ...

    def table_of_index(self, schema: str | None, index: str) -> TableName | None:
        """Return the table that an index is of."""
        ...

    def tables_of_type(self, schema: str | None, name: str) -> tuple[TableName, ...] | None:
        """Return the tables whose columns a type shows (a row type, an array of it, …); None: no such type."""
        ...

    def is_row_function(self, name: str) -> bool:
        """Whether a function outside pg_catalog takes one argument, so that `(row).name` may call it."""
        ...

    def is_built_in_function(self, name: str) -> bool:
        """Whether pg_catalog has a function of that name."""
        ...

    def schemas_of_function(self, name: str, *, with_extensions: bool) -> tuple[str, ...]:
        """Return every schema of the search path that has a function of that name."""
        ...

    def schemas_of_operator(self, symbol: str, *, with_extensions: bool) -> tuple[str, ...]:
        """Return every schema of the search path that has an operator of that name."""
        ...

    def run_by_table(self, schema: str | None, table: str) -> tuple[OwnCode, ...]:
        """Return what reading, comparing, grouping, ordering or converting a relation's columns may run."""
        ...

    def run_by_type(self, schema: str | None, name: str) -> tuple[OwnCode, ...]:
        """Return what a cast to a type may run, whichever of the search path's types of that name it is."""
        ...

    def is_row_type(self, name: str) -> bool:
        """Whether the type of that name is a relation's row type, which `(value).name` never means."""
        ...

    def also_read(self, schema: str | None, table: str) -> tuple[TableName, ...]:
        """Return the relations whose rows a table shows too: a view's, those of children, and of what it is part of."""
        ...

    def column_types(self, schema: str | None, table: str) -> Mapping[str, ColumnType]:
        """Return the types of a relation's columns by name; empty if there is no such relation."""
        ...

    def primary_key(self, schema: str | None, table: str) -> tuple[str, ...]:
        """Return the columns of a table's primary key (one that is not deferrable); empty if it has none."""
        ...

    def rules(self, schema: str | None, table: str) -> TableRules | None:
        """Return the column rules of a relation; None if there are none."""
        ...

    def is_protected(self, schema: str | None, table: str) -> bool:
        """Whether column rules protect a relation, or one that the name without a schema could come to mean."""
        ...

    def classes(self, schema: str | None, table: str) -> Mapping[str, ColumnClass] | None:
        """Return the kinds of a relation's columns; None while they have not been sampled."""
        ...

    def unreadable(self, schema: str | None, table: str) -> frozenset[str]:
        """Return the columns of a relation with rules that the role may not read, where it may read others."""
        ...

    def protected_by_function(self, schema: str, name: str) -> str | None:
        """Return the protected column that an own function may read (`schema.table.column`), None if it reads none."""
        ...


class CatalogueSource(Protocol):
    """Where the newest catalogue is."""

    def current(self) -> Catalogue:
        """Return it, at once. Raises RESOURCE_UNAVAILABLE while there is none."""
        ...


_NO_CODE: Mapping[Key, tuple[OwnCode, ...]] = MappingProxyType({})
_NO_VERSIONS: Mapping[Key, str] = MappingProxyType({})
_NO_TYPES: Mapping[Key, Mapping[str, ColumnType]] = MappingProxyType({})
_NOWHERE_KEYS: Mapping[Key, tuple[str, ...]] = MappingProxyType({})
_NO_RULES: Mapping[Key, TableRules] = MappingProxyType({})
_NO_CLASSES: Mapping[Key, Mapping[str, ColumnClass]] = MappingProxyType({})
_NO_FUNCTIONS: Mapping[Key, str] = MappingProxyType({})
_ALL_READABLE: Mapping[Key, frozenset[str]] = MappingProxyType({})
_NO_COLUMNS: Mapping[str, ColumnType] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueSnapshot:
    """The catalogue at one moment; see Catalogue."""

    tables: Mapping[Key, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    search_path: tuple[str, ...] = ("public",)
    shown: Shown = field(default_factory=Shown)
    known_names: frozenset[str] = frozenset()
    index_tables: Mapping[Key, TableName] = field(default_factory=lambda: MappingProxyType({}))
    type_tables: Mapping[Key, tuple[TableName, ...]] = field(default_factory=lambda: _NONE)
    row_functions: frozenset[str] = frozenset()
    own_functions: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOWHERE)
    own_operators: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOWHERE)
    own_code: Mapping[Key, tuple[OwnCode, ...]] = field(default_factory=lambda: _NO_CODE)
    built_in_functions: frozenset[str] = frozenset()
    extension_functions: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOWHERE)
    extension_operators: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOWHERE)
    relatives: Mapping[Key, tuple[TableName, ...]] = field(default_factory=lambda: _NONE)
    types: Mapping[Key, Mapping[str, ColumnType]] = field(default_factory=lambda: _NO_TYPES)
    versions: Mapping[Key, str] = field(default_factory=lambda: _NO_VERSIONS)
    """A relation whose version has changed holds other rows, or shows others."""
    primary_keys: Mapping[Key, tuple[str, ...]] = field(default_factory=lambda: _NOWHERE_KEYS)
    table_rules: Mapping[Key, TableRules] = field(default_factory=lambda: _NO_RULES)
    column_classes: Mapping[Key, Mapping[str, ColumnClass]] = field(default_factory=lambda: _NO_CLASSES)
    protected_functions: Mapping[Key, str] = field(default_factory=lambda: _NO_FUNCTIONS)
    unreadable_columns: Mapping[Key, frozenset[str]] = field(default_factory=lambda: _ALL_READABLE)
    missing_rules: tuple[ColumnRule, ...] = ()
    """Rules whose table or column does not exist."""
    unhashable_rules: tuple[ColumnRule, ...] = ()
    """Rules that hash a column of a type that has no tokens: they give nulls."""

    def resolved(self, schema: str | None, table: str) -> TableName | None:
        """See Catalogue."""
        key = self._resolve(schema, table)
        return None if key is None else TableName(schema=key[0], name=key[1])

    def columns(self, schema: str | None, table: str) -> tuple[str, ...] | None:
        """See Catalogue."""
        key = self._resolve(schema, table)
        return None if key is None else self.tables.get(key)

    def table_of_index(self, schema: str | None, index: str) -> TableName | None:
        """See Catalogue."""
        key = self._resolve(schema, index)
        return None if key is None else self.index_tables.get(key)

    def tables_of_type(self, schema: str | None, name: str) -> tuple[TableName, ...] | None:
        """See Catalogue."""
        schemas = self.search_path if schema is None else (schema,)
        return next((self.type_tables[one, name] for one in schemas if (one, name) in self.type_tables), None)

    def is_row_function(self, name: str) -> bool:
        """See Catalogue."""
        return name in self.row_functions

    def is_built_in_function(self, name: str) -> bool:
        """See Catalogue."""
        return name in self.built_in_functions

    def schemas_of_function(self, name: str, *, with_extensions: bool) -> tuple[str, ...]:
        """See Catalogue."""
        own = self.own_functions.get(name, ())
        return own + self.extension_functions.get(name, ()) if with_extensions else own

    def schemas_of_operator(self, symbol: str, *, with_extensions: bool) -> tuple[str, ...]:
        """See Catalogue."""
        own = self.own_operators.get(symbol, ())
        return own + self.extension_operators.get(symbol, ()) if with_extensions else own

    def run_by_table(self, schema: str | None, table: str) -> tuple[OwnCode, ...]:
        """See Catalogue."""
        key = self._resolve(schema, table) if self.own_code else None
        return () if key is None else tuple(code for code in self.own_code.get(key, ()) if code.on_sight)

    def run_by_type(self, schema: str | None, name: str) -> tuple[OwnCode, ...]:
        """See Catalogue."""
        schemas = ("pg_catalog", *self.search_path) if schema is None else (schema,)
        return tuple(code for one in schemas for code in self.own_code.get((one, name), ()))

    def is_row_type(self, name: str) -> bool:
        """See Catalogue."""
        first = next((one for one in self.search_path if (one, name) in self.type_tables), None)
        return first is not None and (first, name) in self.tables

    def also_read(self, schema: str | None, table: str) -> tuple[TableName, ...]:
        """See Catalogue."""
        key = self._resolve(schema, table)
        return () if key is None else self.relatives.get(key, ())

    def column_types(self, schema: str | None, table: str) -> Mapping[str, ColumnType]:
        """See Catalogue."""
        key = self._resolve(schema, table)
        return _NO_COLUMNS if key is None else self.types.get(key, _NO_COLUMNS)

    def primary_key(self, schema: str | None, table: str) -> tuple[str, ...]:
        """See Catalogue."""
        key = self._resolve(schema, table)
        return () if key is None else self.primary_keys.get(key, ())

    def rules(self, schema: str | None, table: str) -> TableRules | None:
        """See Catalogue."""
        key = self._resolve(schema, table) if self.table_rules else None
        return None if key is None else self.table_rules.get(key)

    def is_protected(self, schema: str | None, table: str) -> bool:
        """See Catalogue."""
        if not self.table_rules:
            return False
        keys = [(one, table) for one in self.search_path] if schema is None else [(schema, table)]
        return any(key in self.table_rules and self.table_rules[key].protects for key in keys)

    def classes(self, schema: str | None, table: str) -> Mapping[str, ColumnClass] | None:
        """See Catalogue."""
        key = self._resolve(schema, table)
        return None if key is None else self.column_classes.get(key)

    def unreadable(self, schema: str | None, table: str) -> frozenset[str]:
        """See Catalogue."""
        key = self._resolve(schema, table) if self.unreadable_columns else None
        return frozenset() if key is None else self.unreadable_columns.get(key, frozenset())

    def protected_by_function(self, schema: str, name: str) -> str | None:
        """See Catalogue."""
        return self.protected_functions.get((schema, name))

    def _resolve(self, schema: str | None, name: str) -> Key | None:
        """Return the first relation of that name; tables and indexes share their names."""
        schemas = self.search_path if schema is None else (schema,)
        return next(
            ((one, name) for one in schemas if (one, name) in self.tables or (one, name) in self.index_tables), None
        )
