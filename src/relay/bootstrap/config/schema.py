"""The JSON Schema of the file, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from relay.bootstrap.config.resource import ResourceSettings
from relay.bootstrap.config.settings import settings_model

_NONE: Mapping[str, type[ResourceSettings]] = MappingProxyType({})

REFERENCE: dict[str, Any] = {"type": "string", "pattern": r"^\$\{[^{}]+\}$"}
"""One `${…}`, which may stand for any value but a section."""


def configuration_schema(extra_resource_types: Mapping[str, type[ResourceSettings]] = _NONE) -> dict[str, Any]:
    """Return the schema, in draft 2020-12; other packages' kinds of resources beside the built-in ones."""
    schema = settings_model(extra_resource_types).model_json_schema(by_alias=True)
    for section in (schema, *schema["$defs"].values()):
        properties: dict[str, dict[str, Any]] = section.get("properties", {})
        section["properties"] = {key: _with_reference(value) for key, value in properties.items()}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "relay-config.yaml"}


def _with_reference(value: dict[str, Any]) -> dict[str, Any]:
    # pydantic's titles are the keys once more, in worse spelling.
    about: dict[str, Any] = {key: value[key] for key in ("description", "default") if key in value}
    rest = {key: item for key, item in value.items() if key not in {*about, "title"}}
    choices: list[dict[str, Any]] = rest.get("anyOf", [rest])
    if not any(_takes_reference(choice) for choice in choices):
        return {**about, **rest}
    return {**about, "anyOf": [*choices, REFERENCE]}


def _takes_reference(choice: dict[str, Any]) -> bool:
    if "enum" in choice or choice.get("type") in {"integer", "number", "boolean"}:
        return True
    return choice.get("type") == "array" and choice["items"].get("type") == "string"
