"""The order in which the queries of WITH RECURSIVE are looked at: each after those that it names."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.flow_rules import place_of
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement


def named_by(cte: exp.Expr) -> frozenset[str]:
    """Return the names that may be of a query beside it."""
    return frozenset(one.name for one in cte.this.find_all(exp.Table) if not one.args.get("db"))


def in_order(with_: exp.Expr) -> list[exp.Expr]:
    """Return the queries, each after those that it names. Refuses those that name each other."""
    pending = {cte.args["alias"].this.name: cte for cte in with_.expressions}
    needs = {name: named_by(cte) & pending.keys() - {name} for name, cte in pending.items()}
    users: dict[str, list[str]] = {name: [] for name in pending}
    for name, needed in needs.items():
        for one in needed:
            users[one].append(name)
    return [pending[name] for name in _sorted(needs, users, with_)]


def _sorted(needs: dict[str, frozenset[str]], users: dict[str, list[str]], with_: exp.Expr) -> Iterator[str]:
    missing = {name: len(needed) for name, needed in needs.items()}
    ready = [name for name, count in missing.items() if not count]
    done = 0
    while ready:
        name = ready.pop()
        done += 1
        yield name
        for user in users[name]:
            missing[user] -= 1
            if not missing[user]:
                ready.append(user)
    if done < len(needs):
        raise RefusedStatement(
            "queries of WITH RECURSIVE that name each other", place_of(with_), hint="let one query name only itself"
        )
