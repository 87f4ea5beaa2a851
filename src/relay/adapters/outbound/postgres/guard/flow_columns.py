"""Which columns are protected, going by rules and samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from relay.adapters.outbound.postgres.guard.catalogue import (
    SYSTEM_COLUMNS,
    UNKNOWN_TYPE,
    Catalogue,
    ColumnType,
    TableRules,
    TypeFamily,
)
from relay.adapters.outbound.postgres.guard.flows import (
    CLEAN_COLUMN,
    UNVOUCHED,
    VOUCHED,
    VOUCHED_COLUMN,
    Flow,
    Holds,
    Values,
    changed,
    flows,
    hide,
)
from relay.adapters.outbound.postgres.guard.relations import BaseColumn
from relay.adapters.outbound.postgres.guard.system_views import is_system_schema
from relay.domain.facts import TableName
from relay.domain.masking import DerivedAction
from relay.domain.protection import ColumnAction, ColumnClass, ColumnKind, Protection

UNKNOWN = ColumnClass(kind=ColumnKind.UNKNOWN)
DEFINITIONS: Mapping[tuple[str, str], frozenset[str]] = MappingProxyType(
    {
        ("pg_catalog", "pg_indexes"): frozenset(("indexdef",)),
        ("information_schema", "columns"): frozenset(("column_name", "column_default", "generation_expression")),
        ("information_schema", "domains"): frozenset(("domain_default",)),
        ("information_schema", "key_column_usage"): frozenset(("column_name",)),
    }
)
"""Columns of system views that show names or constants which somebody wrote."""
LABELS = BaseColumn(None, "enum", "label")
"""What the functions over an enumeration's labels give: constants that somebody wrote."""
_HELD = {ColumnKind.IDENTIFIER: Holds.IDENTIFIER, ColumnKind.FREE_TEXT: Holds.FREE_TEXT}
_SPELT_ONCE = frozenset(("text", "varchar", "bpchar", "int8", "int4", "uuid"))
_OF_DIGITS = frozenset(("cpf", "cnpj", "credit_card", "pis", "us_ssn", "phone"))
_TEXTS = (TypeFamily.TEXT, TypeFamily.DOCUMENT)
_VOUCHED = frozenset((ColumnAction.PASS, ColumnAction.HASH))
"""What no detector needs to look at; one might take a token's digits for a value."""


class ProtectedColumns:
    """Answers for one statement."""

    def __init__(self, catalogue: Catalogue, protection: Protection) -> None:
        self._catalogue = catalogue
        self._follows_samples = protection.derived is not DerivedAction.ALLOW
        self._known: dict[BaseColumn, Values] = {}

    def values(self, column: BaseColumn) -> Values:
        """Return what a column brings into a statement."""
        found = self._known.get(column)
        if found is None:
            found = self._known[column] = self._values(column)
        return found

    def class_of(self, column: BaseColumn) -> ColumnClass:
        """Return a column's kind, with the mask of what it holds."""
        classes = self._catalogue.classes(column.schema, column.table)
        return UNKNOWN if classes is None else classes.get(column.column, UNKNOWN)

    def holds_document(self, column: BaseColumn) -> bool:
        """Whether a column is JSON, an array or the like."""
        found = self._type(column)
        return found is not None and found.family is TypeFamily.DOCUMENT

    def holds_bytes(self, column: BaseColumn) -> bool:
        """Whether a column is bytes: written as text, their pieces say nothing to a detector."""
        found = self._type(column)
        return found is not None and found.name.removeprefix("_") == "bytea"

    def holds_texts(self, column: BaseColumn) -> bool:
        """Whether a column is an array of texts."""
        found = self._type(column)
        return found is not None and found.name in ("_text", "_varchar", "_bpchar", "_citext")

    def spelt(self, values: Values) -> Values:
        """Return what is left of values that are written as text."""
        if not any(self.holds_bytes(flow.column) for flow in flows(values)):
            return values
        return changed(values, lambda flow: hide(flow) if self.holds_bytes(flow.column) else flow)

    def definition(self, atom: BaseColumn, name: str) -> Values | None:
        """Return what a system view's column brings, if it may hold a definition with constants in it."""
        view = (atom.schema or ("pg_catalog" if atom.table.startswith("pg_") else ""), atom.table)
        if not self._follows_samples or atom.column != "*" or name not in DEFINITIONS.get(view, ()):
            return None
        return frozenset((Flow(BaseColumn(atom.schema, atom.table, name), Holds.FREE_TEXT), UNVOUCHED))

    def holds_number(self, column: BaseColumn) -> bool:
        """Whether a column is a number."""
        found = self._type(column)
        return found is None or found.family not in (*_TEXTS, TypeFamily.UUID) or self._is_range(column)

    def holds_digits(self, column: BaseColumn) -> bool:
        """Whether an identifier's digits are all of it."""
        return self.holds_number(column) or self.class_of(column).detector in _OF_DIGITS

    def is_spelt_once(self, column: BaseColumn) -> bool:
        """Whether two values are equal just where their texts are."""
        found = self._type(column)
        return found is not None and found.name in _SPELT_ONCE

    def matters(self, columns: Iterable[BaseColumn]) -> bool:
        """Whether any of the columns is protected, or vouched for."""
        return any(flows(values) or VOUCHED in values for values in map(self.values, columns)) or (
            self._follows_samples and any((one.schema or "pg_catalog", one.table) in DEFINITIONS for one in columns)
        )

    def unsampled(self, columns: Iterable[BaseColumn]) -> tuple[TableName, ...]:
        """Return the tables of which a sample has to be taken before such columns can be judged, or masked by kind."""
        tables = {
            (column.schema, column.table): None
            for column in columns
            if column.schema is not None
            and not is_system_schema(column.schema)
            and self._catalogue.classes(column.schema, column.table) is None
            and self._wants_sample(column)
        }
        return tuple(TableName(schema=schema, name=name) for schema, name in sorted(tables))

    def _wants_sample(self, column: BaseColumn) -> bool:
        rules = self._catalogue.rules(column.schema, column.table) or TableRules()
        action = rules.actions.get(column.column)
        if action is None:
            return self._follows_samples and self._may_hold(column) is not None
        found = self._type(column)
        is_text = found is not None and found.family is TypeFamily.TEXT
        return is_text and action is ColumnAction.MASK and column.column not in rules.masks

    def _type(self, column: BaseColumn) -> ColumnType | None:
        return self._catalogue.column_types(column.schema, column.table).get(column.column)

    def _values(self, column: BaseColumn) -> Values:
        if column.schema is None or column.column in SYSTEM_COLUMNS or is_system_schema(column.schema):
            return CLEAN_COLUMN
        action = self._action(column)
        if action is not None:
            return VOUCHED_COLUMN if action in _VOUCHED else CLEAN_COLUMN
        holds = self._holds(column) if self._follows_samples else None
        return CLEAN_COLUMN if holds is None else frozenset((Flow(column, holds), UNVOUCHED))

    def _action(self, column: BaseColumn) -> ColumnAction | None:
        rules = self._catalogue.rules(column.schema, column.table)
        return None if rules is None else rules.actions.get(column.column)

    def _holds(self, column: BaseColumn) -> Holds | None:
        kind = self.class_of(column).kind
        if kind is ColumnKind.FREE_TEXT and self._is_range(column):
            return Holds.IDENTIFIER  # its bounds are numbers
        return self._may_hold(column) if kind is ColumnKind.UNKNOWN else _HELD.get(kind)

    def _is_range(self, column: BaseColumn) -> bool:
        found = self._type(column)
        return found is not None and found.name.endswith("range")

    def _may_hold(self, column: BaseColumn) -> Holds | None:
        """Return what a column may hold, going by its type; nothing where the catalogue has no types at all."""
        types = self._catalogue.column_types(column.schema, column.table)
        found = types.get(column.column, UNKNOWN_TYPE if types else None)
        if found is None:
            return None
        if found.family in _TEXTS:
            return Holds.FREE_TEXT
        return Holds.IDENTIFIER if found.may_identify else None
