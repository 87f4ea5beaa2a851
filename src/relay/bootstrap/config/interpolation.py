"""`${VAR}`, `${VAR:-default}` and `${file:/path}` inside a value; `$${` stands for a literal `${`.

Works on values that YAML has already taken apart, once, left to right: what a variable or a file holds is never
looked at again, so it can neither add keys nor pull in other variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from relay.bootstrap.config.secret import Interpolated
from relay.bootstrap.config.secret_file import FileReference, SecretFileError

_TOKEN = re.compile(r"\$\$\{|\$\{")
_VARIABLE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-.*)?", re.DOTALL)
_FILE_PREFIX = "file:"
ESCAPE_HINT = "write $${ for a literal ${"


class InterpolationError(Exception):
    """References of one value that can't be replaced: sentences that hold no value."""

    def __init__(self, messages: tuple[str, ...]) -> None:
        super().__init__(*messages)
        self.messages = messages


def interpolate(text: str, environ: Mapping[str, str]) -> str:
    """Replace each reference; a text without any comes back as it is. Raises InterpolationError with every failure."""
    if "${" not in text:
        return text
    parts: list[str | FileReference] = []
    messages: list[str] = []
    pieces = list(_pieces(text))
    for literal, reference in pieces:
        try:
            parts.append(literal if reference is None else _resolve(reference, environ))
        except (InterpolationError, SecretFileError) as error:
            messages.extend(str(argument) for argument in error.args)
    if messages:
        raise InterpolationError(tuple(messages))
    references = [reference for _, reference in pieces if reference is not None]
    if not references:
        return "".join(literal for literal, _ in pieces)
    return _built(tuple(parts), whole=len(pieces) == 1)


def _built(parts: tuple[str | FileReference, ...], *, whole: bool) -> Interpolated:
    try:
        return Interpolated.of(parts, whole=whole)
    except SecretFileError as error:
        message = str(error)
    raise InterpolationError((message,))


def _pieces(text: str) -> Iterator[tuple[str, str | None]]:
    """Cut a text into literals and the inner texts of its references; an unclosed one is given as `{`."""
    start = 0
    while match := _TOKEN.search(text, start):
        if match.start() > start:
            yield text[start : match.start()], None
        if match.group() == "$${":
            yield "${", None
            start = match.end()
            continue
        end = text.find("}", match.end())
        if end < 0:
            yield "", "{"
            return
        yield "", text[match.end() : end]
        start = end + 1
    if start < len(text):
        yield text[start:], None


def _resolve(reference: str, environ: Mapping[str, str]) -> str | FileReference:
    if reference == "{":
        raise InterpolationError((f"a ${{ is not closed by }}; {ESCAPE_HINT}",))
    if "${" in reference:
        raise InterpolationError((f"a ${{…}} stands inside another one; {ESCAPE_HINT}",))
    if reference.startswith(_FILE_PREFIX):
        return _file(reference.removeprefix(_FILE_PREFIX))
    match = _VARIABLE.fullmatch(reference)
    if match is None:
        raise InterpolationError(
            (f"a ${{…}} holds neither a variable's name, NAME:-default, nor file:/path; {ESCAPE_HINT}",)
        )
    return _variable(match["name"], match["default"], environ)


def _variable(name: str, default: str | None, environ: Mapping[str, str]) -> str:
    value = environ.get(name)
    if default is not None and not value:
        return default.removeprefix(":-")
    if value is None:
        raise InterpolationError((f"environment variable {name} is not set, and has no default (${{{name}:-…}})",))
    if not is_text(value):
        raise InterpolationError((f"environment variable {name} is not UTF-8 text",))
    return value


def _file(path: str) -> FileReference:
    if not path.startswith("/"):
        raise InterpolationError(("${file:…} needs an absolute path",))
    reference = FileReference(path=path)
    try:
        reference.read()
    except SecretFileError as error:
        message = f"{error} ({path!a})"
    else:
        return reference
    raise InterpolationError((message,))


def is_text(value: str) -> bool:
    """Whether a variable's bytes were UTF-8: Python smuggles others in as lone surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
