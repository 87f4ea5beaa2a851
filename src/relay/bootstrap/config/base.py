"""What every settings model has in common, and the checked kinds of text."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from relay.bootstrap.config.coercion import coerce

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class SettingsModel(BaseModel):
    """A section of the file: camelCase keys, no others, no guessing of types, frozen."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,
        validate_default=False,
    )

    @model_validator(mode="before")
    @classmethod
    def _coerce_interpolated(cls, data: Any) -> Any:  # noqa: ANN401 - pydantic hands over whatever was written
        if not isinstance(data, dict):
            return data
        annotations = {field.alias: field.annotation for field in cls.model_fields.values()}
        return {key: coerce(value, annotations.get(key, str)) for key, value in data.items()}


class HiddenModel(SettingsModel):
    """A section whose values never show in `repr`."""

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return []


def _check_text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    if _CONTROL.search(value):
        raise ValueError("must be one line of text, without control characters")
    return value


def _check_absolute(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError("must be an absolute path")
    return value


Text = Annotated[str, Field(max_length=1024), AfterValidator(_check_text)]
"""One line, not empty."""
AbsolutePath = Annotated[Text, AfterValidator(_check_absolute)]
