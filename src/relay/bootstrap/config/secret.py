"""Secrets: values that can be read when they are needed, and not be printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NoReturn

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from relay.bootstrap.config.secret_file import FileReference, SecretFileError
from relay.domain.errors import Reason, RelayError

HIDDEN = "**********"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Interpolated(str):
    """A value in which `${…}` was replaced; remembers of what it was made.

    `whole`: the value was exactly one reference, and so takes the type that its key needs.
    """

    parts: tuple[str | FileReference, ...]
    whole: bool

    @classmethod
    def of(cls, parts: tuple[str | FileReference, ...], *, whole: bool) -> Interpolated:
        """Put the parts together. Raises SecretFileError."""
        value = cls(_join(parts))
        value.parts = parts
        value.whole = whole
        return value

    def __repr__(self) -> str:
        return f"Interpolated({HIDDEN})"


class SecretSource:
    """A secret from the configuration.

    `read` gives the text: fixed for what came from the file or the environment, read anew each time for
    `${file:…}`. Printing, serialising and pickling never show it.
    """

    __slots__ = ("_checks", "_parts")

    def __init__(self, *parts: str | FileReference, checks: tuple[Callable[[str], None], ...] = ()) -> None:
        self._parts = parts
        self._checks = checks

    @property
    def rereadable(self) -> bool:
        """Whether `read` looks at a file each time."""
        return any(isinstance(part, FileReference) for part in self._parts)

    def read(self) -> str:
        """Return the secret now; blocks briefly where a file is read.

        Raises RESOURCE_UNAVAILABLE when a file is gone, or no longer holds what the configuration needs.
        """
        try:
            return self._checked_text()
        except (SecretFileError, ValueError):
            pass
        raise RelayError(
            Reason.RESOURCE_UNAVAILABLE, "a secret can't be read from its file;", hint="the operator must restore it"
        )

    def requiring(self, check: Callable[[str], None]) -> SecretSource:
        """Return the same secret, with a check that raises ValueError (without the value) at each reading."""
        return SecretSource(*self._parts, checks=(*self._checks, check))

    def validate(self) -> SecretSource:
        """Return self. Raises ValueError with a public sentence if what it holds now is not usable."""
        try:
            self._checked_text()
        except SecretFileError as error:
            message = str(error)
        else:
            return self
        raise ValueError(message)

    def _checked_text(self) -> str:
        text = _join(self._parts)
        for check in (_check_one_line, *self._checks):
            check(text)
        return text

    def __eq__(self, other: object) -> bool:
        return self._parts == other._parts if isinstance(other, SecretSource) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._parts)

    def __repr__(self) -> str:
        return f"SecretSource({HIDDEN})"

    def __str__(self) -> str:
        return HIDDEN

    def __copy__(self) -> SecretSource:
        return self

    def __deepcopy__(self, memo: object) -> SecretSource:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret can't be pickled")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - pydantic's own signature
        return core_schema.no_info_plain_validator_function(
            _to_secret, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "writeOnly": True}


def _to_secret(value: object) -> SecretSource:
    if isinstance(value, SecretSource):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "must be text")
    source = SecretSource(*value.parts) if isinstance(value, Interpolated) else SecretSource(str(value))
    return source.validate()


def _check_one_line(text: str) -> None:
    if not text:
        raise ValueError("must not be empty")
    if _CONTROL.search(text):
        raise ValueError("must be one line of text, without control characters")


def _join(parts: tuple[str | FileReference, ...]) -> str:
    return "".join(part if isinstance(part, str) else part.read() for part in parts)
