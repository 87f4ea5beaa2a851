"""Settings that are read and checked, but whose feature is not built yet: one table for all who must say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pydantic import BaseModel

NOT_IN_FORCE: Mapping[str, str] = MappingProxyType(
    {
        "resources[].columnRules": "no column rule is applied; only the detectors mask",
        "masking.derived": "expressions over protected columns are not traced; only the detectors mask what they yield",
        "masking.hashKey": "no value is hashed; the key is not used",
    }
)
"""Path of the key, and what is missing. A row goes when its feature comes."""


def describe(path: str, text: str) -> str:
    """Return a key's description, with the plain word that it is not in force where the table says so."""
    missing = NOT_IN_FORCE.get(path)
    return text if missing is None else f"{text} Not in force yet: {missing}."


def settings_not_in_force(settings: BaseModel) -> tuple[str, ...]:
    """Return a warning for each key of the table that the operator has written with a value that asks for something."""
    return tuple(
        f"{path} is set but not in force yet: {missing}"
        for pattern, missing in NOT_IN_FORCE.items()
        for path in _written(settings, tuple(pattern.split(".")), "")
    )


def _written(model: BaseModel, parts: tuple[str, ...], prefix: str) -> Iterator[str]:
    key = parts[0].removesuffix("[]")
    name = next((name for name, field in type(model).model_fields.items() if field.alias == key), None)
    if name is None or name not in model.model_fields_set:
        return
    value = getattr(model, name)
    if len(parts) == 1:
        if value is not None and value != ():
            yield f"{prefix}{key}"
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _written(item, parts[1:], f"{prefix}{key}[{index}].")
    else:
        yield from _written(value, parts[1:], f"{prefix}{key}.")
