"""Tables whose columns are identifiers, free text and neither, for the tests of derived values."""

from __future__ import annotations

from collections.abc import Mapping

from relay.adapters.outbound.postgres.guard.catalogue import CatalogueSnapshot, ColumnType, TypeFamily
from relay.domain.protection import ColumnClass, ColumnKind
from relay.domain.results import DETECT, Treatment

TEXT = ColumnType(name="text", family=TypeFamily.TEXT)
JSONB = ColumnType(name="jsonb", family=TypeFamily.DOCUMENT)
TEXTS = ColumnType(name="_text", family=TypeFamily.DOCUMENT)
BYTES = ColumnType(name="bytea", family=TypeFamily.DOCUMENT)
INTEGER = ColumnType(name="int4", family=TypeFamily.INTEGER)
BIGINT = ColumnType(name="int8", family=TypeFamily.INTEGER, may_identify=True)
TIME = ColumnType(name="timestamptz", family=TypeFamily.OTHER)

CPF, EMAIL = "***.***.***-**", "***@***.***"
_NEITHER = ColumnClass(kind=ColumnKind.NEITHER)
_TEXT = ColumnClass(kind=ColumnKind.FREE_TEXT)
_EMAIL = ColumnClass(kind=ColumnKind.IDENTIFIER, detector="email", mask=EMAIL)
_CPF = ColumnClass(kind=ColumnKind.IDENTIFIER, detector="cpf", mask=CPF)

COLUMNS: Mapping[str, Mapping[str, tuple[ColumnType, ColumnClass]]] = {
    "people": {
        "id": (INTEGER, _NEITHER),
        "name": (TEXT, _NEITHER),
        "email": (TEXT, _EMAIL),
        "cpf": (BIGINT, _CPF),
        "status": (TEXT, _NEITHER),
    },
    "logs": {
        "id": (INTEGER, _NEITHER),
        "at": (TIME, _NEITHER),
        "level": (TEXT, _NEITHER),
        "message": (TEXT, _TEXT),
        "payload": (JSONB, _TEXT),
        "tags": (TEXTS, _TEXT),
        "body": (BYTES, _TEXT),
    },
}


def catalogue(**changes: object) -> CatalogueSnapshot:
    """Return the tables, sampled unless `changes` says otherwise."""
    known: dict[str, object] = {
        "tables": {("public", table): tuple(columns) for table, columns in COLUMNS.items()},
        "types": {
            ("public", table): {name: of for name, (of, _) in columns.items()} for table, columns in COLUMNS.items()
        },
        "column_classes": {
            ("public", table): {name: kind for name, (_, kind) in columns.items()} for table, columns in COLUMNS.items()
        },
    }
    return CatalogueSnapshot(**(known | changes))  # type: ignore[arg-type]


def words(treatment: Treatment) -> str:
    """Write a treatment in a few words."""
    if treatment == DETECT:
        return "detect"
    parts = [treatment.handling.value]
    parts += [] if treatment.mask is None else [treatment.mask]
    parts += ["beside " + " ".join(treatment.sources)] if treatment.sources else []
    if treatment.is_cut:
        parts.append("cut at its end" if treatment.starts_whole else "in pieces" if treatment.in_pieces else "cut")
    parts += [] if treatment.cut_length is None else [f"of {treatment.cut_length}"]
    return ", ".join(parts)
