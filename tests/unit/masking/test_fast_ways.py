"""The fast ways (plain forms, whole columns, batches) give what each value on its own gives by the ordinary way."""

from __future__ import annotations

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relay.adapters.outbound.masking.detectors import DETECTORS
from relay.adapters.outbound.masking.engine import Engine
from relay.adapters.outbound.masking.linear_regex import PatternSet, compile_for_views, next_span
from relay.adapters.outbound.masking.masker import RuleMasker
from relay.adapters.outbound.masking.plain_forms import PlainForms
from relay.domain.masking import MaskingSettings
from relay.domain.results import Field, RowBatch

ALL_ON = MaskingSettings(detectors={each.name: True for each in DETECTORS})
PLAIN = (
    r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}",
    r"[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}",
    r"[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}",
    r"(\+55 )?\([1-9][0-9]\) 9[0-9]{4}-[0-9]{4}",
    r"Bearer [0-9a-f]{20,40}",
    r"[a-z][a-z0-9]{0,14}([._][a-z0-9]{1,14}){0,2}@[a-z]{2,20}(\.[a-z]{2,12}){1,2}",
)
AROUND = st.sampled_from(
    (
        "", " ", " ", " ", "  ", ", ", "; ", ". ", ": ", "=", "-", "/", "(", ")", '"', "'", "<", "@", "+", "x", "é",
        "1",
        " 12 ", " 1234 ", "1.", " cliente ", " tel ", " tel: ", " ramal 12", " ext. 3", " x 9", " Bearer ", "bearer ",
        " cpf ", " cnpj", "55 ", "+55 ", "00 ", "\n", "\u200b", "\uff11", "*", "eyJhbGciOiJI.eyJzdWIi.c2ln",
        "52998224725",
        "11987654321", "-----BEGIN PRIVATE KEY-----\n", "ghp_", "AKIA", "DE89370400440532013000", "%40", "[at] ",
    )
)  # fmt: skip
VALUES = st.one_of([st.from_regex(pattern, fullmatch=True) for pattern in PLAIN])
TEXTS = st.lists(st.one_of(AROUND, AROUND, VALUES), max_size=6).map("".join)


def reference_engine(config: MaskingSettings) -> Engine:
    """An engine without the short way, in which every text gets a second look, by every pattern."""
    engine = Engine(config)
    scanner = engine._scanner
    scanner._plain = PlainForms({})
    scanner._next_trigger = next_span(compile_for_views(r"[^\x1e]"))
    scanner._all = Everything(range(len(scanner._passes)))
    return engine


class Everything(PatternSet):
    """All patterns, always."""

    def __init__(self, indexes: range) -> None:
        self.indexes = indexes

    def matching(self, view: bytes) -> range:
        return self.indexes


FAST, SLOW = Engine(MaskingSettings()), reference_engine(MaskingSettings())
FAST_ALL, SLOW_ALL = Engine(ALL_ON), reference_engine(ALL_ON)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_plain_value_is_masked_whole_when_it_stands_alone(value):
    assert FAST._scanner._plain.search(f"\x1e{value}\x1e".encode("latin-1"))
    assert FAST.find([value]) == SLOW.find([value])
    assert FAST_ALL.find([value]) == SLOW_ALL.find([value])


@settings(max_examples=500, deadline=None)
@given(st.lists(TEXTS, max_size=6, unique=True))
@example(["(11) 98765-4321 ramal 12", "nota 4111 1111 1111 1111 e 2026"])
def test_texts_become_the_same_when_the_short_way_is_shut(texts):
    found = FAST.find(texts)
    for text in texts:
        assert found.get(text) == SLOW.find([text]).get(text)


def test_nested_value_is_masked_when_invisible_characters_stand_in_a_row_before():
    rows = [{"c": {"a\u200b\u200bb": number}} for number in range(20)] + [{"c": {"n": 52998224725}}]
    result = RuleMasker(FAST).mask_rows(RowBatch(rows=rows), (Field(name="c", type="jsonb"),))
    assert orjson.loads(result.rows[-1]) == {"c": {"n": "***.***.***-**"}}


JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(), TEXTS, st.just(52998224725)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
TYPES = ("text", "jsonb", "int8", "numeric", "float8", "uuid", "timestamptz", "int4", "")
COLUMNS = st.lists(st.sampled_from(TYPES), min_size=1, max_size=4)


@settings(max_examples=120, deadline=None)
@given(st.data(), COLUMNS)
def test_rows_become_the_same_when_each_cell_is_masked_alone(data, types):
    fields = tuple(Field(name=f"c{place}", type=kind) for place, kind in enumerate(types))
    cells = st.fixed_dictionaries({each.name: st.one_of(JSON_VALUES, TEXTS) for each in fields})
    rows = data.draw(st.lists(cells, max_size=5))
    together = RuleMasker(FAST).mask_rows(RowBatch(rows=rows), fields)
    slow, count = RuleMasker(SLOW), 0
    for row, encoded in zip(rows, together.rows, strict=True):
        alone = {}
        for each in fields:
            result = slow.mask_rows(RowBatch(rows=[{each.name: row[each.name]}]), (each,))
            alone |= orjson.loads(result.rows[0])
            count += result.masked_value_count
        assert orjson.loads(encoded) == alone
    assert together.masked_value_count == count
