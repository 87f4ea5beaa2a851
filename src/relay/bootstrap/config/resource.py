"""What every kind of resource has; one module for each kind adds its connection and its own keys."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from relay.bootstrap.config.base import HiddenModel, SettingsModel, Text
from relay.domain.policy import ColumnRule, Policy
from relay.domain.protection import ColumnAction
from relay.domain.request import Operation
from relay.domain.resource import RateLimit, Resource, ResourceLimits

OperationName = Literal["query", "describe_table", "list_tables", "explain"]
ALL_OPERATIONS: tuple[OperationName, ...] = ("query", "describe_table", "list_tables", "explain")
ActionName = Literal["mask", "hash", "partial", "drop", "deny", "pass"]
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def _check_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError("must be lowercase letters, digits and hyphens, at most 63, and not begin with a hyphen")
    return value


class ConnectionSettings(HiddenModel):
    """What every connection has; none of its values is ever printed."""

    database: Text = Field(description="Name of the database.")


class RateLimitSettings(SettingsModel):
    """The `rateLimit` section of a resource."""

    requests_per_minute: int = Field(default=600, ge=1, le=1_000_000, description="Sustained requests a minute.")
    burst_capacity: int = Field(default=60, ge=1, le=100_000, description="Requests that may come at once.")


class ColumnRuleSettings(SettingsModel):
    """One entry of `columnRules`."""

    table: Text = Field(description="The table, `table` or `schema.table`; for MongoDB the collection.")
    column: Text = Field(description="The column; for MongoDB the path of a field.")
    action: ActionName = Field(
        description=(
            "What becomes of its values: `mask` (text becomes the mask, anything else null), `partial` (all but the "
            "last four characters), `hash` (a token, the same for the same value; needs `masking.hashKey`), `drop` "
            "(null), `deny` (statements that name it are refused), `pass` (values leave as they are)."
        )
    )
    kind: Text | None = Field(
        default=None,
        description=(
            "For `mask`: the detector or pattern whose mask takes a value's place (`email`, `cpf`, …), on or off; else "
            "`***`."
        ),
    )


class ResourceSettings(SettingsModel):
    """Keys of every resource. A kind of database adds a subclass with its own `type` and `connection`."""

    id: Annotated[str, AfterValidator(_check_id)] = Field(
        description="Name in requests and records: lowercase letters, digits, hyphens. Unique."
    )
    type: str = Field(description="Kind of database.")
    name: Text | None = Field(default=None, description="Name for people; the id if left out.")
    connection: ConnectionSettings = Field(description="How to reach the database; none of its values is ever printed.")
    allowed_operations: tuple[OperationName, ...] = Field(
        default=ALL_OPERATIONS, description="Operations that the control plane may ask for."
    )
    max_rows_per_query: int = Field(
        default=1000, ge=1, le=1_000_000, description="Most rows of one answer; a larger limit is clamped to it."
    )
    allowed_tables: tuple[Text, ...] = Field(
        default=(),
        description=(
            "Globs, case-sensitive, on `table` or `schema.table` (for MongoDB on collections). Empty: every table of "
            "the schemas."
        ),
    )
    blocked_tables: tuple[Text, ...] = Field(
        default=(),
        description=(
            "Globs of the same kind; win over `allowedTables`. For PostgreSQL, what shows a blocked table's rows is "
            "blocked with it (views, parents, children, partitions), unless `allowedTables` has its very name."
        ),
    )
    column_rules: tuple[ColumnRuleSettings, ...] = Field(
        default=(),
        description=(
            "Columns that are protected whatever they hold, inside the statement itself; views and partitions follow. "
            "`relay scan` proposes them."
        ),
    )
    statement_timeout_ms: int = Field(
        default=30_000,
        ge=1,
        le=3_600_000,
        description="Time limit of the database's part of a request, in milliseconds.",
    )
    max_response_bytes: int = Field(
        default=8_388_608, ge=1024, le=134_217_728, description="Size at which an answer is cut off, in bytes."
    )
    max_cell_bytes: int = Field(
        default=1_048_576,
        ge=1,
        le=67_108_864,
        description="A longer value arrives as null, with a warning; in bytes.",
    )
    pool_size: int = Field(
        default=5,
        ge=1,
        le=100,
        description="Most connections; idle ones close after 30 s, connecting gives up after 10 s.",
    )
    rate_limit: RateLimitSettings = Field(default_factory=RateLimitSettings, description="How often it may be asked.")
    allow_privileged_role: bool = Field(
        default=False,
        description=(
            "Use the resource even though its database role could write, is a superuser, or bypasses row security."
        ),
    )

    def to_policy(self) -> Policy:
        """Return what the domain decides by; a subclass adds what only its database has."""
        return Policy(
            allowed_operations=frozenset(map(Operation, self.allowed_operations)),
            max_rows=self.max_rows_per_query,
            allowed_tables=self.allowed_tables,
            blocked_tables=self.blocked_tables,
            column_rules=tuple(
                ColumnRule(table=rule.table, column=rule.column, action=ColumnAction(rule.action), kind=rule.kind)
                for rule in self.column_rules
            ),
        )

    def to_limits(self) -> ResourceLimits:
        """Return the bounds of requests."""
        return ResourceLimits(
            statement_timeout_ms=self.statement_timeout_ms,
            max_response_bytes=self.max_response_bytes,
            max_cell_bytes=self.max_cell_bytes,
            pool_size=self.pool_size,
            rate=RateLimit(
                requests_per_minute=self.rate_limit.requests_per_minute,
                burst_capacity=self.rate_limit.burst_capacity,
            ),
        )

    def to_resource(self) -> Resource:
        """Return the domain's resource; it carries no credential."""
        return Resource(
            resource_id=self.id,
            type=self.type,
            name=self.name or self.id,
            database=self.connection.database,
            policy=self.to_policy(),
            limits=self.to_limits(),
            allow_privileged_role=self.allow_privileged_role,
        )
