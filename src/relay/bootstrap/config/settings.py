"""The whole configuration, and the kinds of resources that it may hold."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Union

from pydantic import Field, SerializeAsAny, create_model

from relay.bootstrap.config.audit import AuditSettings, SessionSettings
from relay.bootstrap.config.base import SettingsModel
from relay.bootstrap.config.control_plane import ControlPlaneSettings
from relay.bootstrap.config.masking import MaskingSettings
from relay.bootstrap.config.mongodb import MongoSettings
from relay.bootstrap.config.postgres import PostgresSettings
from relay.bootstrap.config.resource import ResourceSettings
from relay.bootstrap.hash_keys import resource_key
from relay.domain.masking import DerivedAction
from relay.domain.protection import Protection

RESOURCE_TYPES: Mapping[str, type[ResourceSettings]] = MappingProxyType(
    {"postgres": PostgresSettings, "mongodb": MongoSettings}
)
"""Type word and settings of each built-in kind of resource. A third party's is passed beside these."""
_NONE: Mapping[str, type[ResourceSettings]] = MappingProxyType({})
_RESOURCES_DESCRIPTION = "The databases, at least one; each with a `type` and the keys of that type."


class Settings(SettingsModel):
    """The configuration of one Relay."""

    control_plane: ControlPlaneSettings = Field(description="Where to connect to, and as whom.")
    resources: tuple[SerializeAsAny[ResourceSettings], ...] = Field(min_length=1, description=_RESOURCES_DESCRIPTION)
    masking: MaskingSettings = Field(default_factory=MaskingSettings, description="Masking of personal data.")
    audit: AuditSettings = Field(default_factory=AuditSettings, description="Records and logs.")
    session: SessionSettings = Field(default_factory=SessionSettings, description="Stopping everything at once.")

    def protection_of(self, resource_id: str) -> Protection:
        """Return how columns of one resource are protected."""
        masking = self.masking
        root = None if masking.hash_key is None else masking.hash_key.read()
        return Protection(
            masking_enabled=masking.enabled,
            derived=DerivedAction(masking.derived),
            hash_key=None if root is None else resource_key(root, resource_id),
            masks=MappingProxyType(masking.masks()),
        )


def settings_model(extra_resource_types: Mapping[str, type[ResourceSettings]] = _NONE) -> type[Settings]:
    """Return the model whose `resources` are a union of the built-in and these kinds, told apart by `type`.

    Each kind must declare `type: Literal["its word"]`; none can take the place of a built-in one.
    """
    return _settings_model(tuple({**extra_resource_types, **RESOURCE_TYPES}.values()))


@lru_cache(maxsize=8)
def _settings_model(kinds: tuple[type[ResourceSettings], ...]) -> type[Settings]:
    variant: Any = Annotated[Union[kinds], Field(discriminator="type")]  # noqa: UP007 - made at run time
    resources: Any = (tuple[variant, ...], Field(min_length=1, description=_RESOURCES_DESCRIPTION))
    return create_model("RelayConfiguration", __base__=Settings, __doc__=Settings.__doc__, resources=resources)
