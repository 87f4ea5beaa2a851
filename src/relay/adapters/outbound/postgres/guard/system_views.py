"""Views of the system catalogues that a statement may read: they hold counters and structure, no data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_COUNTERS = "counters of tables and indexes"
_STRUCTURE = "names and types of tables, columns and keys"
_PROGRESS = "how far a running maintenance command is"

SYSTEM_VIEWS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        # (schema, view) -> what it shows, which is why it is harmless
        ("pg_catalog", "pg_stat_user_tables"): _COUNTERS,
        ("pg_catalog", "pg_stat_user_indexes"): _COUNTERS,
        ("pg_catalog", "pg_stat_xact_user_tables"): _COUNTERS,
        ("pg_catalog", "pg_statio_user_tables"): _COUNTERS,
        ("pg_catalog", "pg_statio_user_indexes"): _COUNTERS,
        ("pg_catalog", "pg_statio_user_sequences"): _COUNTERS,
        ("pg_catalog", "pg_stat_database"): "counters of databases",
        ("pg_catalog", "pg_stat_database_conflicts"): "counters of databases",
        ("pg_catalog", "pg_stat_bgwriter"): "counters of the server",
        ("pg_catalog", "pg_stat_checkpointer"): "counters of the server",
        ("pg_catalog", "pg_stat_io"): "counters of the server",
        ("pg_catalog", "pg_stat_wal"): "counters of the server",
        ("pg_catalog", "pg_stat_slru"): "counters of the server",
        ("pg_catalog", "pg_stat_progress_analyze"): _PROGRESS,
        ("pg_catalog", "pg_stat_progress_cluster"): _PROGRESS,
        ("pg_catalog", "pg_stat_progress_create_index"): _PROGRESS,
        ("pg_catalog", "pg_stat_progress_vacuum"): _PROGRESS,
        ("pg_catalog", "pg_locks"): "who waits for which lock, as numbers",
        ("pg_catalog", "pg_indexes"): "definitions of indexes",
        ("information_schema", "tables"): _STRUCTURE,
        ("information_schema", "columns"): _STRUCTURE,
        ("information_schema", "schemata"): _STRUCTURE,
        ("information_schema", "table_constraints"): _STRUCTURE,
        ("information_schema", "key_column_usage"): _STRUCTURE,
        ("information_schema", "constraint_column_usage"): _STRUCTURE,
        ("information_schema", "referential_constraints"): _STRUCTURE,
        ("information_schema", "sequences"): "names and bounds of sequences",
        ("information_schema", "domains"): "names and types of domains",
        ("information_schema", "element_types"): _STRUCTURE,
    }
)
SYSTEM_SCHEMAS = frozenset(("pg_catalog", "information_schema"))
SYSTEM_HINT = (
    "readable are pg_stat_user_tables, pg_stat_user_indexes, pg_indexes, pg_locks, information_schema.tables and"
    " information_schema.columns"
)


def is_system_schema(schema: str) -> bool:
    """Whether the server owns a schema (it reserves every name that starts with pg_)."""
    return schema in SYSTEM_SCHEMAS or schema.startswith("pg_")
