from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.live_catalogue import relatives_of


def view(one: str, other: str) -> tuple[bool, tuple[str, str], tuple[str, str]]:
    return True, ("public", one), ("public", other)


def child(one: str, parent: str) -> tuple[bool, tuple[str, str], tuple[str, str]]:
    return False, ("public", one), ("public", parent)


CASES = [
    ("view over a table", [view("v", "t")], "v", {"t"}),
    ("view over a view", [view("v2", "v"), view("v", "t")], "v2", {"v", "t"}),
    ("table under a view", [view("v", "t")], "t", set()),
    ("child", [child("c", "p")], "c", {"p"}),
    ("parent", [child("c", "p"), child("d", "p")], "p", {"c", "d"}),
    ("child knows no sibling", [child("c", "p"), child("d", "p")], "c", {"p"}),
    ("grandchild", [child("g", "c"), child("c", "p")], "g", {"c", "p"}),
    ("grandparent", [child("g", "c"), child("c", "p")], "p", {"c", "g"}),
    ("view over a parent", [view("v", "p"), child("c", "p")], "v", {"p", "c"}),
    ("view over a child", [view("v", "c"), child("c", "p"), child("d", "p")], "v", {"c", "p"}),
    ("recursive views end", [view("a", "b"), view("b", "a")], "a", {"b"}),
]


@pytest.mark.parametrize(("edges", "name", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_relatives_found(edges, name, expected) -> None:
    found = relatives_of(edges).get(("public", name), ())
    assert {table.name for table in found} == expected
