"""Which of PostgreSQL's own functions are left out of the safe list, family by family, and which are let in one by one.

`scripts/generate_safe_functions.py` applies this table to the catalogues of the supported versions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Immutable or stable functions that are left out: a pattern for whole names, an example, and why.

    `harmless_alone`: with one argument they only compute on it, so that a column may have such a name (`s.polygon`).
    """

    name: str
    pattern: str
    example: str
    reason: str
    harmless_alone: bool = False

    def holds(self, function: str) -> bool:
        """Whether a function belongs to it."""
        return re.fullmatch(self.pattern, function) is not None


EXCLUDED_FAMILIES: tuple[Family, ...] = (
    Family(
        name="runs a string or reads whole tables",
        pattern=r"(query|cursor|table|schema|database)_to_xml(schema|_and_xmlschema)?|ts_stat|ts_rewrite",
        example="table_to_xml",
        reason="reads tables that no tree shows",
    ),
    Family(
        name="server administration",
        pattern=r"pg_.*",
        example="pg_stat_get_activity",
        reason="files, settings, other sessions, statistics, source code, locks, replication; a few are let in",
    ),
    Family(
        name="settings",
        pattern=r"current_setting|set_config|row_security_active",
        example="current_setting",
        reason="shows the server's and other extensions' settings, which may hold secrets",
    ),
    Family(
        name="work that no time limit ends",
        pattern=r"polygon|path",
        example="polygon",
        reason="polygon(50000, circle) && another, or path <-> path, keeps a backend busy beyond every time limit",
        harmless_alone=True,
    ),
    Family(
        name="roles and rights",
        pattern=r"(current|session|system)_user|current_role|user|getpgusername|has_.*_privilege|acl.*|makeaclitem",
        example="has_table_privilege",
        reason="names roles and lets a caller probe for them",
    ),
    Family(
        name="network",
        pattern=r"inet_(client|server)_(addr|port)",
        example="inet_server_addr",
        reason="shows addresses inside the private network",
    ),
    Family(
        name="catalogue text",
        pattern=r"(col|obj|shobj)_description",
        example="obj_description",
        reason="shows comments of objects that the policy may hide",
    ),
    Family(
        name="catalogue look-ups by name",
        pattern=r"to_reg(class|type|typemod|namespace|role|proc|procedure|oper|operator)|regclass",
        example="to_regrole",
        reason="tells which tables, types, roles and functions there are",
    ),
    Family(
        name="names of types by number",
        pattern=r"format_type|oidvectortypes",
        example="format_type",
        reason="each table is a type, and so each number tells whether there is a table and how it is called",
    ),
    Family(
        name="transactions and snapshots",
        pattern=r"txid_.*|mxid_age",
        example="txid_current",
        reason="takes a transaction number (a write to shared state)",
    ),
    Family(
        name="sequences, large objects and locks",
        pattern=r"nextval|currval|lastval|setval|lo_.*|loread|lowrite",
        example="currval",
        reason="session or shared state",
    ),
    Family(
        name="validators",
        pattern=r".*_validator|xmlvalidate|satisfies_hash_partition",
        example="fmgr_sql_validator",
        reason="loads or checks code and relations",
    ),
    Family(
        name="binary output",
        pattern=r".*_?send",
        example="int4send",
        reason="internal: used by the protocol only",
        harmless_alone=True,
    ),
    Family(
        name="support for indexes, types and aggregates",
        pattern=r"(gin|gist|spg|brin)_.*|bt.*(cmp|image)|.*(typmodin|larger|smaller|statefunc|transfn|_accum|_accum_inv"
        r"|_combine|_subdiff|_canonical)|in_range|hash_.*|.*_hash|.*_hash_extended|.*_cmp",
        example="int4larger",
        reason="internal: called by the server, never by a query",
        harmless_alone=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeException:
    """A function let in although a family or its volatility would leave it out, and why it is harmless."""

    name: str
    reason: str


SAFE_EXCEPTIONS: tuple[SafeException, ...] = (
    SafeException(name="array_cat", reason="documented, though it also stands behind an operator"),
    SafeException(name="starts_with", reason="documented, though it also stands behind an operator"),
    SafeException(name="timezone", reason="volatile by mistake before 15, for timetz; AT TIME ZONE by its name"),
    SafeException(name="random", reason="volatile; a number from the session's own generator"),
    SafeException(name="random_normal", reason="volatile; a number from the session's own generator"),
    SafeException(name="array_sample", reason="volatile; picks from its argument"),
    SafeException(name="array_shuffle", reason="volatile; orders its argument"),
    SafeException(name="clock_timestamp", reason="volatile; the time"),
    SafeException(name="timeofday", reason="volatile; the time"),
    SafeException(name="gen_random_uuid", reason="volatile; a random value"),
    SafeException(name="uuidv4", reason="volatile; a random value"),
    SafeException(name="uuidv7", reason="volatile; a random value and the time"),
    SafeException(name="pg_typeof", reason="the type of its argument"),
    SafeException(name="pg_column_size", reason="the size of its argument"),
    SafeException(name="pg_column_compression", reason="how its argument is stored"),
    SafeException(name="pg_collation_for", reason="the collation of its argument"),
    SafeException(name="pg_input_is_valid", reason="parses its argument"),
    SafeException(name="pg_input_error_info", reason="parses its argument"),
    SafeException(name="pg_size_pretty", reason="formats its argument"),
    SafeException(name="pg_size_bytes", reason="parses its argument"),
    SafeException(name="pg_lsn", reason="converts its argument"),
    SafeException(name="pg_wal_lsn_diff", reason="subtracts its arguments"),
    SafeException(name="pg_client_encoding", reason="a name of an encoding"),
    SafeException(name="pg_char_to_encoding", reason="a number of an encoding"),
    SafeException(name="pg_encoding_to_char", reason="a name of an encoding"),
    SafeException(name="pg_backend_pid", reason="a number; tells one's own rows in pg_locks"),
    SafeException(name="pg_blocking_pids", reason="numbers; who waits for whom, as in pg_locks"),
    SafeException(name="pg_is_in_recovery", reason="whether this server is a replica"),
    SafeException(name="pg_last_xact_replay_timestamp", reason="how far a replica is behind"),
    SafeException(name="pg_postmaster_start_time", reason="since when the server runs"),
    SafeException(name="pg_relation_size", reason="a size; holds no data"),
    SafeException(name="pg_table_size", reason="a size; holds no data"),
    SafeException(name="pg_indexes_size", reason="a size; holds no data"),
    SafeException(name="pg_total_relation_size", reason="a size; holds no data"),
    SafeException(name="pg_database_size", reason="a size; holds no data"),
)


def excluding_family(function: str) -> Family | None:
    """Return the family that leaves a function out, if one does."""
    if any(exception.name == function for exception in SAFE_EXCEPTIONS):
        return None
    return next((family for family in EXCLUDED_FAMILIES if family.holds(function)), None)
