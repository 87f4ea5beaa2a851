"""The caller's arguments, in the spellings that the contract accepts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NoReturn

from relay.domain.errors import Reason, RelayError
from relay.domain.json_value import JsonValue

DEFAULT_SAMPLE_SIZE = 50
MAX_SAMPLE_SIZE = 500


def _invalid(detail: str, hint: str) -> RelayError:
    return RelayError(Reason.INVALID_PARAMS, detail, hint=hint)


def collection_argument(arguments: Mapping[str, JsonValue]) -> JsonValue:
    """Return `collection` or `tableName`; INVALID_PARAMS if both are given and differ, or neither."""
    given = [arguments[key] for key in ("collection", "tableName") if arguments.get(key) is not None]
    if not given:
        raise _invalid("collection is missing;", "name the collection to read, as list_tables shows it")
    if given[0] != given[-1]:
        raise _invalid("collection and tableName differ;", "give one of them")
    return given[0]


def filter_argument(arguments: Mapping[str, JsonValue]) -> JsonValue:
    """Return `filter`, or `statement` read as JSON; an absent filter is an empty one."""
    text = arguments.get("statement")
    given = arguments.get("filter")
    if text is None or text == "":
        return {} if given is None else given
    if given is not None:
        raise _invalid("filter and statement are both given;", "give one of them")
    return read_statement(text)


def read_statement(text: JsonValue) -> JsonValue:
    """Return the JSON object that a statement's text holds; INVALID_PARAMS for anything else."""
    hint = 'such as {"status":"open"}'
    if isinstance(text, Mapping):
        return text
    if not isinstance(text, str):
        raise _invalid("statement must be the filter as JSON text;", hint)
    read = _parse(text, hint)
    if not isinstance(read, dict):
        raise _invalid("statement is not a JSON object;", hint)
    return read


def _parse(text: str, hint: str) -> object:
    problem = "statement is not JSON;"
    try:
        return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except RecursionError:
        problem = "statement is nested too deeply;"
    except ValueError:
        pass
    raise _invalid(problem, hint)


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise _invalid("statement names a key twice in one object;", "join the conditions, or use $and")
    return read


def _no_constant(_name: str) -> NoReturn:
    raise ValueError


def check_unused(arguments: Mapping[str, JsonValue]) -> None:
    """Raise INVALID_PARAMS for `$1` parameters, which would silently find nothing."""
    if arguments.get("parameters"):
        raise _invalid("MongoDB statements take no parameters;", "write the values into the filter")


def sample_size_argument(arguments: Mapping[str, JsonValue]) -> tuple[int, bool]:
    """Return how many documents to sample, and whether more were asked for than are given."""
    size = arguments.get("sampleSize")
    if size is None:
        return DEFAULT_SAMPLE_SIZE, False
    if isinstance(size, float) and size.is_integer():
        size = int(size)
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise _invalid("sampleSize must be an integer of 1 or more;", f"at most {MAX_SAMPLE_SIZE}")
    return min(size, MAX_SAMPLE_SIZE), size > MAX_SAMPLE_SIZE
