"""The resource variant `type: postgres`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from relay.bootstrap.config.base import Text
from relay.bootstrap.config.resource import ConnectionSettings, ResourceSettings
from relay.bootstrap.config.secret import SecretSource
from relay.domain.policy import Policy
from relay.domain.resource import ResourceLimits

SslMode = Literal["disable", "prefer", "require", "verify-ca", "verify-full"]
_QUALIFIED = re.compile(r"[^.\s()]+\.[^.\s()]+")
_GLOB_CHARACTERS = re.compile(r"[*?\[\]]")


def _check_schema(value: str) -> str:
    if _GLOB_CHARACTERS.search(value):
        raise ValueError("must be a schema's name; globs belong under allowedTables")
    return value


def _check_function(value: str) -> str:
    if not _QUALIFIED.fullmatch(value):
        raise ValueError("must be schema.name, without arguments")
    return value


class PostgresConnectionSettings(ConnectionSettings):
    """The `connection` of a PostgreSQL resource."""

    host: Text = Field(description="Host name, address, or directory of a Unix socket.")
    port: int = Field(default=5432, ge=1, le=65_535, description="TCP port.")
    user: Text = Field(description="Role to log in with; give it nothing but SELECT.")
    password: SecretSource | None = Field(
        default=None, description="Password of the role. From `${file:…}` it is read again before each login."
    )
    sslmode: SslMode = Field(
        default="prefer",
        description=(
            "As in libpq: only `verify-ca` and `verify-full` check the server's certificate; `require` does it too "
            "when `sslRootCert` is given; `prefer` falls back to plain text."
        ),
    )
    ssl_root_cert: Text | None = Field(
        default=None, description="PEM file of the authorities to trust for the database server."
    )
    ssl_cert: Text | None = Field(default=None, description="PEM file of the client certificate.")
    ssl_key: Text | None = Field(default=None, description="PEM file of the client certificate's private key.")

    @property
    def effective_sslmode(self) -> SslMode:
        """`sslmode`, with libpq's rule that `require` verifies the authority when one is given."""
        return "verify-ca" if self.sslmode == "require" and self.ssl_root_cert else self.sslmode


class PostgresSettings(ResourceSettings):
    """A PostgreSQL database."""

    type: Literal["postgres"] = Field(description="Kind of database: `postgres`.")
    connection: PostgresConnectionSettings = Field(
        description="How to reach the database; none of its values is ever printed."
    )
    schemas: tuple[Annotated[Text, AfterValidator(_check_schema)], ...] = Field(
        default=("public",), min_length=1, description="Schemas whose tables are shown; names, not globs."
    )
    allowed_functions: tuple[Annotated[Text, AfterValidator(_check_function)], ...] = Field(
        default=(), description="Functions beyond the built-in safe list, as `schema.name`."
    )
    max_plan_cost: float | None = Field(
        default=None,
        gt=0,
        description=(
            "Most that a statement's plan may cost, in the planner's own units (EXPLAIN shows them); a dearer one is "
            "`QUERY_BLOCKED` without running. Costs one round trip a query."
        ),
    )
    statement_cache: bool = Field(
        default=True, description="Keep prepared statements; off for PgBouncer in transaction mode."
    )

    def to_policy(self) -> Policy:
        """Return what the domain decides by."""
        return replace(super().to_policy(), schemas=self.schemas, allowed_functions=frozenset(self.allowed_functions))

    def to_limits(self) -> ResourceLimits:
        """Return the bounds of requests."""
        return replace(super().to_limits(), max_plan_cost=self.max_plan_cost)
