"""Views of the system catalogues that a statement may read: they hold counters and structure, no data.

Each is read through a filter (`view_filters.py`), so that it tells only of relations that the policy shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from relay.domain.facts import TableName


class Rows(Enum):
    """Which rows of a view are shown; `columns` of the view are what the filter looks at, in this order."""

    ALL = auto()
    """No columns: nothing in the view is about a relation or a database."""
    TABLES = auto()
    """Schema and name of a shown table."""
    SEQUENCES = auto()
    """Schema and name of a shown sequence."""
    SCHEMAS = auto()
    """A configured schema."""
    DATABASE = auto()
    """This database's number, or 0 for what all databases share."""
    PROGRESS = auto()
    """This database's number, and that of a shown table."""
    LOCKS = auto()
    """This database's number or none; that of a shown relation, its indexes, a system relation, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemView:
    """One readable view: what it shows (why it is harmless), its filter, and its columns that hold oids.

    `relations` are columns whose values, once filtered, are oids of relations that may be named; `databases` are those
    that name this database. `outputs` are the view's columns in its own order, where one of them is emptied.
    """

    shows: str
    rows: Rows = Rows.ALL
    columns: tuple[str, ...] = ()
    relations: frozenset[str] = frozenset()
    databases: frozenset[str] = frozenset()
    outputs: str = "*"


def _counters(*relations: str, name: str = "relname") -> SystemView:
    return SystemView(
        shows="counters of tables and indexes",
        rows=Rows.TABLES,
        columns=("schemaname", name),
        relations=frozenset(relations),
    )


def _progress(*relations: str) -> SystemView:
    return SystemView(
        shows="how far a running maintenance command is",
        rows=Rows.PROGRESS,
        columns=("datid", "relid"),
        relations=frozenset(("relid", *relations)),
        databases=frozenset(("datid", "datname")),
    )


def _structure(schema: str = "table_schema", name: str = "table_name") -> SystemView:
    return SystemView(shows="names and types of tables, columns and keys", rows=Rows.TABLES, columns=(schema, name))


_DATABASES = SystemView(
    shows="counters of databases",
    rows=Rows.DATABASE,
    columns=("datid",),
    databases=frozenset(("datid", "datname")),
)
_SERVER = SystemView(shows="counters of the server")

SYSTEM_VIEWS: Mapping[tuple[str, str], SystemView] = MappingProxyType(
    {
        ("pg_catalog", "pg_stat_user_tables"): _counters("relid"),
        ("pg_catalog", "pg_stat_user_indexes"): _counters("relid", "indexrelid"),
        ("pg_catalog", "pg_stat_xact_user_tables"): _counters("relid"),
        ("pg_catalog", "pg_statio_user_tables"): _counters("relid"),
        ("pg_catalog", "pg_statio_user_indexes"): _counters("relid", "indexrelid"),
        ("pg_catalog", "pg_statio_user_sequences"): SystemView(
            shows="counters of sequences",
            rows=Rows.SEQUENCES,
            columns=("schemaname", "relname"),
            relations=frozenset(("relid",)),
        ),
        ("pg_catalog", "pg_stat_database"): _DATABASES,
        ("pg_catalog", "pg_stat_database_conflicts"): _DATABASES,
        ("pg_catalog", "pg_stat_bgwriter"): _SERVER,
        ("pg_catalog", "pg_stat_checkpointer"): _SERVER,
        ("pg_catalog", "pg_stat_io"): _SERVER,
        ("pg_catalog", "pg_stat_wal"): _SERVER,
        ("pg_catalog", "pg_stat_slru"): _SERVER,
        ("pg_catalog", "pg_stat_progress_analyze"): _progress("current_child_table_relid"),
        ("pg_catalog", "pg_stat_progress_cluster"): _progress("cluster_index_relid"),
        ("pg_catalog", "pg_stat_progress_create_index"): _progress("index_relid"),
        ("pg_catalog", "pg_stat_progress_vacuum"): _progress(),
        ("pg_catalog", "pg_locks"): SystemView(
            shows="who waits for which lock, as numbers",
            rows=Rows.LOCKS,
            columns=("database", "relation"),
            relations=frozenset(("relation",)),
        ),
        ("pg_catalog", "pg_indexes"): SystemView(
            shows="definitions of indexes", rows=Rows.TABLES, columns=("schemaname", "tablename")
        ),
        ("information_schema", "tables"): _structure(),
        ("information_schema", "columns"): _structure(),
        ("information_schema", "table_constraints"): _structure(),
        ("information_schema", "key_column_usage"): _structure(),
        ("information_schema", "schemata"): SystemView(
            shows="names of schemas",
            rows=Rows.SCHEMAS,
            columns=("schema_name",),
            # the owner is a database role, which nobody needs to read data
            outputs="catalog_name, schema_name, NULL::information_schema.sql_identifier AS schema_owner,"
            " default_character_set_catalog, default_character_set_schema, default_character_set_name, sql_path",
        ),
        ("information_schema", "sequences"): SystemView(
            shows="names and bounds of sequences", rows=Rows.SEQUENCES, columns=("sequence_schema", "sequence_name")
        ),
        ("information_schema", "domains"): SystemView(
            shows="names and types of domains", rows=Rows.SCHEMAS, columns=("domain_schema",)
        ),
    }
)
SYSTEM_SCHEMAS = frozenset(("pg_catalog", "information_schema"))
SYSTEM_HINT = (
    "readable are pg_stat_user_tables, pg_stat_user_indexes, pg_indexes, pg_locks, information_schema.tables,"
    " .columns, .table_constraints and .key_column_usage; describe_table shows foreign keys"
)

INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        "pg_class": "pg_stat_user_tables, pg_indexes or information_schema.tables",
        "pg_tables": "information_schema.tables",
        "pg_views": "information_schema.tables",
        "pg_namespace": "information_schema.schemata",
        "pg_attribute": "information_schema.columns, or describe_table",
        "pg_attrdef": "information_schema.columns, or describe_table",
        "pg_constraint": "information_schema.table_constraints and .key_column_usage, or describe_table",
        "pg_index": "pg_indexes or pg_stat_user_indexes",
        "pg_enum": "enum_range(NULL::the_type)",
        "pg_type": "information_schema.columns, or describe_table",
        "pg_sequences": "information_schema.sequences",
        "pg_stat_activity": "pg_locks with pg_blocking_pids(pid), or pg_stat_database",
        "pg_stat_all_tables": "pg_stat_user_tables",
        "pg_stat_all_indexes": "pg_stat_user_indexes",
        "pg_statio_all_tables": "pg_statio_user_tables",
        "pg_stats": "pg_stat_user_tables; count distinct values in the table itself",
        "pg_database": "pg_stat_database",
        "referential_constraints": "describe_table, which shows foreign keys",
        "constraint_column_usage": "information_schema.key_column_usage, or describe_table",
        "views": "information_schema.tables",
    }
)
"""What to read in place of what is shut."""


def system_hint(table: TableName) -> str:
    """Return what would be accepted in place of a system table."""
    instead = INSTEAD.get(table.name)
    return SYSTEM_HINT if instead is None else f"read {instead}"


def is_system_schema(schema: str) -> bool:
    """Whether the server owns a schema (it reserves every name that starts with pg_)."""
    return schema in SYSTEM_SCHEMAS or schema.startswith("pg_")


def system_view(table: TableName) -> SystemView | None:
    """Return the readable view that a name means; pg_catalog is searched first, whatever the search path says."""
    schema = table.schema or ("pg_catalog" if table.name.startswith("pg_") else "")
    return SYSTEM_VIEWS.get((schema, table.name))
