"""What column rules are followed along: how relations hang together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relay.adapters.outbound.postgres.rules_functions import FunctionCatalogue

Key = tuple[str, str]
Column = tuple[Key, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """What the database says of how relations hang together.

    `children` of each parent; `views`: definitions, with the relations (`view_reads`), columns (`view_columns`) and
    functions by oid (`view_functions`) that each depends on; `generated`: the columns behind each generated column;
    `unreadable`: columns that the role may not read, of relations that it may read in part.
    """

    children: Mapping[Key, set[Key]]
    views: Mapping[Key, str]
    view_reads: Mapping[Key, set[Key]]
    view_columns: Mapping[Key, set[Column]]
    view_functions: Mapping[Key, set[int]]
    generated: Mapping[Column, set[str]]
    functions: FunctionCatalogue
    unreadable: Mapping[Key, frozenset[str]]
