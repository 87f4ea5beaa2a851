from __future__ import annotations

import pytest
from asyncpg.types import Type

from relay.adapters.outbound.postgres.columns import distinct_names
from relay.adapters.outbound.postgres.parameters import casts_for, values_for
from relay.domain.errors import Reason, RelayError


def builtin(name: str) -> Type:
    kind = "array" if name.endswith("[]") else "scalar"
    return Type(oid=1, name=name, kind=kind, schema="pg_catalog")


FITS = [
    ("int4", 5, 5),
    ("int4", 5.0, 5),
    ("int8", "9007199254740993", 9007199254740993),
    ("int2", -32768, -32768),
    ("float8", "NaN", pytest.approx(float("nan"), nan_ok=True)),
    ("float8", 1, 1.0),
    ("bool", True, True),
    ("text", "x", "x"),
    ("text", 5, "5"),
    ("text", True, "true"),
    ("jsonb", {"a": [1]}, '{"a": [1]}'),
    ("jsonb", '{"a": 1}', '{"a": 1}'),
    ("timestamptz", "infinity", "infinity"),
    ("numeric", "1.10", "1.10"),
    ("numeric", 1.5, "1.5"),
    ("int4[]", [1, None, 3], '{"1",NULL,"3"}'),
    ("text[]", ['a"b', "c\\d", "{}", ""], '{"a\\"b","c\\\\d","{}",""}'),
    ("text[]", [["a"], ["b"]], '{{"a"},{"b"}}'),
    ("date", None, None),
]


@pytest.mark.parametrize(("type_name", "given", "sent"), FITS, ids=[f"{row[0]}-{row[1]!r}"[:40] for row in FITS])
def test_value_converted_when_it_fits(type_name, given, sent) -> None:
    assert values_for([builtin(type_name)], [given]) == [sent]


BAD = [
    ("int4", "abc"),
    ("int4", True),
    ("int4", 2**31),
    ("int2", 40000),
    ("int8", 2**63),
    ("int8", 1.5),
    ("int4", "1" * 5000),
    ("int4", "١٢"),
    ("float8", "529.982.247-25"),
    ("float8", 10**400),
    ("float8", False),
    ("bool", "yes"),
    ("text", {"a": 1}),
    ("text", "a\0b"),
    ("text", "\ud800"),
    ("date", ["x"]),
    ("text[]", [{"a": 1}]),
]


@pytest.mark.parametrize(("type_name", "given"), BAD, ids=[f"{row[0]}-{row[1]!r}"[:40] for row in BAD])
def test_refused_without_the_value_when_it_does_not_fit(type_name, given) -> None:
    with pytest.raises(RelayError) as caught:
        values_for([builtin("text"), builtin(type_name)], ["fine", given])
    assert caught.value.reason is Reason.INVALID_PARAMS
    assert "$2" in caught.value.detail
    assert "529" not in caught.value.message


def test_deep_nesting_refused() -> None:
    nested: list[object] = []
    for _ in range(1000):
        nested = [nested]
    with pytest.raises(RelayError):
        values_for([builtin("text[]")], [nested])


def test_server_reads_what_the_driver_would_bend() -> None:
    types = [builtin("int4"), builtin("timestamptz"), builtin("numeric[]"), Type(2, 'we"ird', "scalar", "my schema")]
    assert casts_for(types) == {
        2: '"pg_catalog"."timestamptz"',
        3: '"pg_catalog"."numeric"[]',
        4: '"my schema"."we""ird"',
    }


@pytest.mark.parametrize(
    ("names", "distinct"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a"], ["a", "a_2", "a_3"]),
        (["a", "a", "a_2"], ["a", "a_3", "a_2"]),
        (["?column?", "?column?"], ["?column?", "?column?_2"]),
        ([], []),
    ],
)
def test_names_made_distinct(names, distinct) -> None:
    assert distinct_names(names) == distinct
