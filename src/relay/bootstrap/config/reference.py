"""`docs/configuration.md`, made from the settings.

`python -m relay.bootstrap.config.reference > docs/configuration.md`
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from relay.bootstrap.config.environment import RESOURCE_VARIABLES, VARIABLES
from relay.bootstrap.config.key_paths import is_list, sections, walk
from relay.bootstrap.config.secret import SecretSource
from relay.bootstrap.config.secret_file import MAX_SECRET_BYTES
from relay.bootstrap.config.settings import settings_model

INTRODUCTION = f"""# Configuration

<!-- Made by `python -m relay.bootstrap.config.reference`. Change the settings, not this page. -->

One YAML file: `--config`, else `$RELAY_CONFIG_PATH`, else `/app/relay-config.yaml`. An
[example](relay-config.example.yaml) to start from. `relay config check` says everything that is wrong with a file at
once, with lines; `relay config schema` prints its JSON Schema for editors.

## Values from outside

| Written | Becomes |
|---|---|
| `${{VAR}}` | the environment variable; unset is an error |
| `${{VAR:-default}}` | the same, or the default where the variable is unset or empty |
| `${{file:/run/secrets/pg}}` | the file's text without its last line break; an absolute path of a regular file of at \
most {MAX_SECRET_BYTES} bytes of UTF-8 |
| `$${{` | a literal `${{` |

They may stand anywhere in a value, not in a key. A value that is exactly one of them takes the type that its key needs:
numbers, `true`/`false`, `null` (or nothing) where the key may be null, a list as a JSON array of texts or as words
between commas; never a section. What they hold is never looked at again, so it can't add keys or further references.
A default can't hold braces.

Secrets (the token, passwords, connection strings, keys) are one line of text. From `${{file:…}}` they are read again
whenever they are needed, so that a rotated secret needs no restart. No secret and no value under `connection` is ever
printed, by `relay config check` neither.

The file is at most 1 MiB of UTF-8. Keys that are unknown or there twice are errors; so are merge keys (`<<`) and tags
(`!…`). Numbers are decimal. Text that looks like a number or a date needs quotes.
"""


def reference_page() -> str:
    """Return the whole page."""
    return "\n".join([INTRODUCTION, *_sections(), *_environment()])


def _sections() -> Iterator[str]:
    for field in settings_model().model_fields.values():
        for section in sections(field.annotation):
            variant: Any = section.model_fields["type"].annotation if is_list(field.annotation) else None
            title = f"`{field.alias}`" if variant is None else f"`{field.alias}` of type {get_args(variant)[0]}"
            prefix = f"{field.alias}{'[]' if is_list(field.annotation) else ''}."
            yield f"## {title}\n\n{field.description}\n"
            yield "| Key | Type | Default | Meaning |\n|---|---|---|---|"
            yield from (_row(known.path.removeprefix(prefix), known.field) for known in walk(section, prefix))
            yield ""


def _row(path: str, field: FieldInfo) -> str:
    cells = (f"`{path}`", _type(field.annotation, field.metadata), _default(field), field.description or "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if field.default_factory is not None:
        return ""
    default = field.default
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _type(annotation: Any, metadata: list[Any]) -> str:  # noqa: ANN401 - annotations have no common type
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0], metadata)
    if origin in {Union, UnionType} and NoneType in arguments:
        return f"{_type(arguments[0], metadata)}, or null"
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in arguments)
    if origin is tuple:
        return f"list of {_type(arguments[0], []).replace('text', 'texts')}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "section"
    return _SCALARS[annotation] + _range(metadata)


_SCALARS: dict[object, str] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    SecretSource: "secret",
}


def _range(metadata: list[Any]) -> str:
    least = next((item.ge for item in metadata if isinstance(item, Ge)), None)
    most = next((item.le for item in metadata if isinstance(item, Le)), None)
    above = next((item.gt for item in metadata if isinstance(item, Gt)), None)
    if least is not None and most is not None:
        return f", {least} to {most}"
    return "" if above is None else f" above {above}"


def _environment() -> Iterator[str]:
    yield "## Without a file\n"
    yield (
        "With no file at all, the same settings come from environment variables. Values are taken as they are: a "
        "`${` in them is text. A variable that is set but empty is an error. Resources are numbered from 0 without a "
        "gap.\n"
    )
    yield "| Variable | Key |\n|---|---|"
    yield from (f"| `{variable}` | `{'.'.join(path)}` |" for variable, path in VARIABLES.items())
    for suffix, key in RESOURCE_VARIABLES.items():
        note = {"CONNECTION": ", as JSON", "OPERATIONS": ", between commas"}.get(suffix, "")
        yield f"| `RESOURCE_0_{suffix}` | `resources[0].{key}`{note} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(reference_page())
