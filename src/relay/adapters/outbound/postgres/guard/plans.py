"""What the PostgreSQL guard hands to its runner: one plan an operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from relay.domain.facts import TableName
from relay.domain.json_value import JsonValue
from relay.domain.request import Operation
from relay.domain.results import Treatment

NO_CASTS: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPlan:
    """A checked statement for `query` or `explain` (without the word EXPLAIN, without a trailing semicolon).

    `pieces` are SQL text and, between texts, the numbers of parameters. `output_names` are the names that PostgreSQL
    gives the columns, None where they depend on a table's columns (`*`). `treatments` are those of the outputs in
    order, None where each is the ordinary one; the last `hidden` columns of the result come only as sources of others.
    `uses_hash`: the statement reads the resource's hash key from the transaction's settings.
    """

    operation: Operation
    pieces: tuple[str | int, ...] = field(repr=False)
    parameters: tuple[JsonValue, ...] = field(repr=False, default=())
    parameter_count: int = 0
    output_names: tuple[str, ...] | None = None
    treatments: tuple[Treatment, ...] | None = None
    hidden: int = 0
    uses_hash: bool = False

    def render(self, parameter_casts: Mapping[int, str] = NO_CASTS) -> str:
        """Return the SQL to run; `$n` becomes `CAST(CAST($n AS text) AS type)` for each n in `parameter_casts`.

        The types are the caller's (the runner's) own words: never anything from a request.
        """
        return "".join(piece if isinstance(piece, str) else _parameter(piece, parameter_casts) for piece in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribePlan:
    """Describe one table; names as the catalogue spells them (folded, unquoted)."""

    table: TableName


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlan:
    """List the tables that the policy shows."""


def _parameter(number: int, casts: Mapping[int, str]) -> str:
    cast = casts.get(number)
    return f"${number}" if cast is None else f"CAST(CAST(${number} AS text) AS {cast})"
