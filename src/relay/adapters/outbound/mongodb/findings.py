"""What the walkers share: the facts they gather, and how they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NoReturn

from relay.adapters.outbound.mongodb.names import collection_name
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import FunctionUse, StatementFacts, TableName, TableUse

MAX_NAME_SHOWN = 64
MAX_PLACE_SHOWN = 160
NEAR = 0.8
"""How alike two names must be, of 1, for one to be a slip of the other."""

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

INSTEAD = {
    "$where": 'use $expr with an aggregation expression, such as {"$gt":["$a","$b"]}',
    "$function": "use expressions such as $cond, $switch, $map, $reduce",
    "$accumulator": "use accumulators such as $sum, $push, $topN",
    "$code": "write the text as a plain string",
    "$scope": "write the text as a plain string",
    "$symbol": "write the text as a plain string",
    "$undefined": "write null",
    "$out": "leave the stage out: the documents come back as rows",
    "$merge": "leave the stage out: the documents come back as rows",
    "$jsonSchema": "use $exists, $type and comparisons, field by field",
    "$ref": 'compare the parts of the reference, as in {"author.$id":5}',
    "$dbPointer": 'compare the parts of the reference, as in {"author.$id":5}',
    "$search": "use $text, or $regex, in a filter",
    "$indexStats": "use the operation describe_table, which shows the indexes",
    "$collStats": "use the operation list_tables, which shows counts",
    "$explain": "use the operation explain",
    "$query": "write the filter itself",
    "$orderby": "use sort",
    "$hint": "leave it out: the server chooses the index",
}
"""What to write in the place of operators that people ask for."""


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
    return shown(at if len(at) <= MAX_PLACE_SHOWN else "…" + at[-MAX_PLACE_SHOWN:])


def shown(text: str) -> str:
    """Return the caller's name or path in characters that show."""
    return text if text.isprintable() else ascii(text)[1:-1]


def refuse_operator(name: str, at: str, hint: str, *, allowed: Iterable[str] = ()) -> NoReturn:
    """Raise FUNCTION_NOT_ALLOWED for an operator that is on no list; `allowed` is the list of this place."""
    named = shown(name if len(name) <= MAX_NAME_SHOWN else name[:MAX_NAME_SHOWN] + "…") or "an empty name"
    because = REFUSED_BECAUSE.get(name)
    detail = f"{named} at {place(at)} is not an allowed operator" + (f": {because};" if because else ";")
    near = get_close_matches(name[:MAX_NAME_SHOWN], allowed, n=1, cutoff=NEAR)
    guessed = f"perhaps {near[0]}; {hint}" if near else hint
    raise RelayError(Reason.FUNCTION_NOT_ALLOWED, detail, hint=INSTEAD.get(name, guessed))


def invalid(what: str, at: str, hint: str) -> NoReturn:
    """Raise INVALID_PARAMS for an argument of the wrong type or shape."""
    raise RelayError(Reason.INVALID_PARAMS, f"{what} at {place(at)};", hint=hint)


def blocked(what: str, at: str, hint: str) -> NoReturn:
    """Raise QUERY_BLOCKED for a shape that the guard does not understand."""
    raise RelayError(Reason.QUERY_BLOCKED, f"{what} at {place(at)};", hint=hint)
