"""The `audit` and `session` sections."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from relay.bootstrap.config.base import AbsolutePath, SettingsModel, Text
from relay.bootstrap.config.secret import SecretSource


class HashChainSettings(SettingsModel):
    """The `audit.hashChain` section."""

    enabled: bool = Field(default=True, description="Chain the audit records by hashes.")
    key: SecretSource | None = Field(
        default=None,
        description="Key of the chain (HMAC), best 32 random bytes as hex. Without it anyone can rebuild the chain.",
    )


class AuditSettings(SettingsModel):
    """The `audit` section."""

    enabled: bool = Field(
        default=True,
        description="Write the audit trail. Off, requests run without a record; a loud warning says so at start.",
    )
    level: Literal["debug", "info", "warn", "error"] = Field(
        default="info", description="Lowest level of operational lines; audit lines are always written."
    )
    file: Text | None = Field(
        default=None,
        description="File that audit lines also go to, beside standard output; on a volume in a container.",
    )
    hash_chain: HashChainSettings = Field(default_factory=HashChainSettings, description="Proof against changes.")


class SessionSettings(SettingsModel):
    """The `session` section."""

    break_glass_file: AbsolutePath = Field(
        default="/tmp/relay-stop",  # noqa: S108 - fixed by the product; on a volume it outlives a restart
        description=(
            "While this file exists every request is refused with `SESSION_DENIED`. On a volume it outlives a restart."
        ),
    )
