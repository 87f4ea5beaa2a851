"""Every key that a settings model knows, with its path and its field: the reference and the error messages read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from relay.bootstrap.config.problems import KeyPath


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """One key: its path with `[]` for a list's items, the section that it stands in, and its field."""

    path: str
    section: type[BaseModel]
    field: FieldInfo


def walk(model: type[BaseModel], prefix: str = "") -> Iterator[KnownKey]:
    """Yield each key of a model in the order of the file, sections before what is in them."""
    for field in model.model_fields.values():
        path = f"{prefix}{_key(field)}"
        yield KnownKey(path=path, section=model, field=field)
        for section in sections(field.annotation):
            yield from walk(section, f"{path}{'[]' if is_list(field.annotation) else ''}.")


def sections(annotation: Any) -> tuple[type[BaseModel], ...]:  # noqa: ANN401 - annotations have no common type
    """Return the models that an annotation mentions: one, or the variants of a union, or none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    return tuple(model for argument in get_args(annotation) for model in sections(argument))


def is_list(annotation: Any) -> bool:  # noqa: ANN401 - annotations have no common type
    """Whether a field holds a list."""
    return get_origin(annotation) is tuple


@lru_cache(maxsize=8)
def known_paths(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the path of every key, once."""
    return tuple(dict.fromkeys(known.path for known in walk(model)))


def known_keys(model: type[BaseModel], loc: KeyPath) -> tuple[str, ...]:
    """Return the keys that may stand at a location; a variant's type word in it picks the variant."""
    here: tuple[type[BaseModel], ...] = (model,)
    for part in loc:
        if isinstance(part, int):
            continue
        fields = [field for section in here for field in section.model_fields.values() if _key(field) == part]
        if fields:
            here = tuple(section for field in fields for section in sections(field.annotation))
        else:
            here = tuple(section for section in here if _type_word(section) == part)
    return tuple(dict.fromkeys(_key(field) for section in here for field in section.model_fields.values()))


def _type_word(section: type[BaseModel]) -> str | None:
    field = section.model_fields.get("type")
    if field is None or get_origin(field.annotation) is not Literal:
        return None
    return str(get_args(field.annotation)[0])


def _key(field: FieldInfo) -> str:
    return str(field.alias)
