"""The resource variant `type: mongodb`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from relay.bootstrap.config.resource import ConnectionSettings, ResourceSettings
from relay.bootstrap.config.secret import SecretSource
from relay.domain.policy import Policy


def _check_uri(value: str) -> None:
    if not value.startswith(("mongodb://", "mongodb+srv://")):
        raise ValueError("must begin with mongodb:// or mongodb+srv://")


def _uri(secret: SecretSource) -> SecretSource:
    return secret.requiring(_check_uri).validate()


class MongoConnectionSettings(ConnectionSettings):
    """The `connection` of a MongoDB resource."""

    uri: Annotated[SecretSource, AfterValidator(_uri)] = Field(
        description=(
            "Connection string, `mongodb://…` or `mongodb+srv://…`, with the user's name and password. From "
            "`${file:…}` it is read again before each login."
        )
    )


class MongoSettings(ResourceSettings):
    """A MongoDB database."""

    type: Literal["mongodb"] = Field(description="Kind of database: `mongodb`.")
    connection: MongoConnectionSettings = Field(
        description="How to reach the database; none of its values is ever printed."
    )
    allow_aggregation: bool = Field(
        default=False,
        description=("Allow read-only aggregation pipelines, their stages by allowlist."),
    )

    def to_policy(self) -> Policy:
        """Return what the domain decides by."""
        return replace(super().to_policy(), allow_aggregation=self.allow_aggregation)
