"""What the walkers share: the facts they gather, and how they refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from relay.adapters.outbound.mongodb.names import collection_name
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import FunctionUse, StatementFacts, TableName, TableUse

MAX_NAME_SHOWN = 64
MAX_PLACE_SHOWN = 160

REFUSED_BECAUSE = {
    "$where": "it runs JavaScript on the server",
    "$function": "it runs JavaScript on the server",
    "$accumulator": "it runs JavaScript on the server",
    "$code": "it is JavaScript",
    "$scope": "it is JavaScript",
    "$out": "it writes",
    "$merge": "it writes",
    "$currentOp": "it shows other people's statements",
    "$listSessions": "it shows other people's sessions",
    "$listLocalSessions": "it shows other people's sessions",
    "$planCacheStats": "it shows other people's statements",
    "$changeStream": "it follows writes",
    "$ref": "references to other collections are not followed",
    "$dbPointer": "references to other collections are not followed",
}
"""Operators that people ask for and why they stay shut; whatever is on no list is refused all the same."""


@dataclass(slots=True, kw_only=True)
class Findings:
    """Facts gathered on one walk, in order of appearance."""

    collections: dict[str, None] = field(default_factory=dict)
    operators: dict[str, None] = field(default_factory=dict)
    uses_aggregation: bool = False

    def add_collection(self, name: object, at: str) -> str:
        """Check a collection's name and note it."""
        checked = collection_name(name, at)
        self.collections[checked] = None
        return checked

    def facts(self, relatives: Callable[[str], tuple[TableName, ...]] = lambda _name: ()) -> StatementFacts:
        """Return what the policy decides on; every operator noted here was on a list."""
        return StatementFacts(
            tables=tuple(TableUse(table=TableName(name=name), also_reads=relatives(name)) for name in self.collections),
            functions=tuple(FunctionUse(name=name, known_safe=True) for name in self.operators),
            uses_aggregation=self.uses_aggregation,
        )


def below(at: str, step: str) -> str:
    """Return the path one step down; a path that is too long to show grows no further, so that walks stay linear."""
    return at if len(at) > MAX_PLACE_SHOWN else at + step


def place(at: str) -> str:
    """Return a JSON path, shortened from the left for a message: the end of it is where the problem is."""
    return at if len(at) <= MAX_PLACE_SHOWN else "…" + at[-MAX_PLACE_SHOWN:]


def refuse_operator(name: str, at: str, hint: str) -> NoReturn:
    """Raise FUNCTION_NOT_ALLOWED for an operator that is on no list."""
    shown = name if len(name) <= MAX_NAME_SHOWN else name[:MAX_NAME_SHOWN] + "…"
    because = REFUSED_BECAUSE.get(name)
    detail = f"{shown} at {place(at)} is not an allowed operator" + (f": {because};" if because else ";")
    raise RelayError(Reason.FUNCTION_NOT_ALLOWED, detail, hint=hint)


def invalid(what: str, at: str, hint: str) -> NoReturn:
    """Raise INVALID_PARAMS for an argument of the wrong type or shape."""
    raise RelayError(Reason.INVALID_PARAMS, f"{what} at {place(at)};", hint=hint)


def blocked(what: str, at: str, hint: str) -> NoReturn:
    """Raise QUERY_BLOCKED for a shape that the guard does not understand."""
    raise RelayError(Reason.QUERY_BLOCKED, f"{what} at {place(at)};", hint=hint)
