"""Which types run functions of the database's own without being asked, and the types that are made of these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import asyncpg

from relay.adapters.outbound.postgres.graph import reach
from relay.adapters.outbound.postgres.guard.catalogue import OwnCode

Key = tuple[str, str]


def own_code_of(types: Sequence[asyncpg.Record], calls: Sequence[asyncpg.Record]) -> Mapping[Key, tuple[OwnCode, ...]]:
    """Return the functions by the name of each type that calls any; a table's row type is called like the table."""
    if not calls:
        return {}
    names = {row["oid"]: (row["schema"], row["name"]) for row in types}
    holders = _holders(types)
    found: defaultdict[Key, set[OwnCode]] = defaultdict(set)
    for row in calls:
        if row["type"] not in names:
            continue
        code = OwnCode(
            schema=row["schema"],
            function=row["name"],
            type_name=".".join(names[row["type"]]),
            on_sight=row["on_sight"],
        )
        for holder in reach({row["type"]}, holders):
            found[names[holder]].add(code)
    return {key: tuple(sorted(codes, key=str)) for key, codes in found.items()}


def _holders(types: Sequence[asyncpg.Record]) -> Mapping[int, set[int]]:
    """Return, for each type, those whose values hold or may become values of it."""
    holders: defaultdict[int, set[int]] = defaultdict(set)
    for row in types:
        for part in (*row["parts"], *row["columns"], *row["others"]):
            if part:
                holders[part].add(row["oid"])
    return holders
