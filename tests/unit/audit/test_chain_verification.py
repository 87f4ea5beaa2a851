from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.adapters.outbound.audit.chain_hash import ZERO_HASH, line_hash
from relay.adapters.outbound.audit.chain_verification import ProblemKind, verify_chain
from relay.adapters.outbound.audit.hash_chain import ChainState, HashChain

KEY = b"0123456789abcdef"


def make_lines(count: int, *, key: bytes | None = None, chain_id: str | None = None, start: ChainState | None = None):
    chain = HashChain(key=key, chain_id=chain_id, start=start)
    made = []
    for _ in range(count):
        record = {"time": "t", "audit": True, "seq": chain.next_seq, "detail": "é€😀", "ratio": 0.1, "rowCount": 3}
        line, state = chain.seal(record)
        chain.settle(state)
        made.append(line)
    return made


def edited(line: bytes, **changes: object) -> bytes:
    return json.dumps({**json.loads(line), **changes}).encode() + b"\n"


def kinds(lines: list[bytes], key: bytes | None = None) -> list[tuple[int, str]]:
    return [(problem.line, problem.kind.value) for problem in verify_chain(lines, key).problems]


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "keyed"])
def test_chain_is_whole_when_untouched(key: bytes | None) -> None:
    lines = make_lines(20, key=key)
    report = verify_chain(lines, key, head=json.loads(lines[12])["hash"])
    assert report.ok
    assert report.first_problem is None
    assert report.record_count == 20
    assert report.heads == (json.loads(lines[-1])["hash"],)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        # printf '{"a":1,"b":"x"}' | openssl dgst -sha256 [-hmac 0123456789abcdef]
        (None, "ecf9e98ec0641e23113ff3ce8bdc78d0ddd249886517fd4a7f68cc83d4e65667"),
        (KEY, "e50017f641620768868ec2209a376b4cc59a4129ae94d68d3fa13447ce447d5d"),
    ],
    ids=["plain", "keyed"],
)
def test_hash_is_that_of_the_canonical_form_without_hash(key: bytes | None, expected: str) -> None:
    assert line_hash({"b": "x", "a": 1, "hash": "left out"}, key) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [("detail", "other"), ("rowCount", 4), ("ratio", 0.2), ("seq", 11), ("prevHash", "a" * 64), ("hash", "b" * 64)],
)
def test_line_is_named_when_changed(name: str, value: object) -> None:
    lines = make_lines(20)
    lines[9] = edited(lines[9], **{name: value})
    first = verify_chain(lines).first_problem
    assert first is not None
    assert first.line == 10
    assert first.kind in {ProblemKind.CHANGED, ProblemKind.MISSING}


def test_only_the_changed_line_is_named_when_its_hash_was_left() -> None:
    lines = make_lines(20)
    lines[9] = edited(lines[9], detail="other")
    assert kinds(lines) == [(10, "changed")]


def test_next_line_is_named_when_a_changed_line_got_a_new_hash() -> None:
    lines = make_lines(20)
    forged = {**json.loads(lines[9]), "detail": "other"}
    forged["hash"] = line_hash(forged, None)
    lines[9] = json.dumps(forged).encode()
    assert kinds(lines) == [(11, "changed")]


def test_gap_is_named_when_lines_are_missing() -> None:
    lines = make_lines(20)
    del lines[5:8]
    problem = verify_chain(lines).first_problem
    assert problem is not None
    assert (problem.line, problem.kind, problem.detail) == (6, "missing", "seq 6 to 8 should stand before this line")


def test_swap_is_named_once_when_two_lines_changed_places() -> None:
    lines = make_lines(20)
    lines[5], lines[6] = lines[6], lines[5]
    assert kinds(lines) == [(6, "reordered")]


def test_both_are_named_when_one_of_a_gap_turns_up_late() -> None:
    one, two, three, four, five = make_lines(5)
    assert kinds([one, four, two, five]) == [(2, "missing"), (3, "reordered")]
    assert kinds([one, four, two, three, five]) == [(2, "reordered"), (3, "reordered")]


def test_copy_is_named_when_a_line_stands_twice() -> None:
    lines = make_lines(5)
    assert kinds([*lines[:3], lines[1], *lines[3:]]) == [(4, "reordered")]


def test_new_chain_is_named_when_it_starts_in_the_middle() -> None:
    assert kinds([*make_lines(5), *make_lines(3)])[0] == (6, "missing")


def test_torn_line_is_named_but_harmless_when_the_chain_goes_on_across_it() -> None:
    lines = make_lines(10)
    report = verify_chain([*lines[:4], lines[4][:30] + b"\n", *lines[4:]])
    assert report.ok
    assert report.torn_lines == (5,)


def test_line_is_missing_when_it_was_made_unreadable() -> None:
    lines = make_lines(10)
    lines[4] = lines[4][:30] + b"\n"
    assert kinds(lines) == [(6, "missing")]


@pytest.mark.parametrize(
    "hidden",
    [b'{"msg":"operational"}\n', b'{"audit":false}\n', b"[1,2]\n", b"\n"],
    ids=["operational", "audit-false", "array", "blank"],
)
def test_line_is_missing_when_it_was_replaced_by_one_outside_the_chain(hidden: bytes) -> None:
    lines = make_lines(10)
    assert verify_chain([*lines[:4], hidden, *lines[4:]]).ok
    lines[4] = hidden
    assert kinds(lines) == [(6, "missing")]


def test_line_is_named_when_it_has_no_hash() -> None:
    assert kinds([*make_lines(2), b'{"audit":true,"seq":3}\n']) == [(3, "unchained")]


@pytest.mark.parametrize(
    "line",
    [
        b'{"audit":true,"seq":1,"seq":2}',
        b'{"audit":true,"seq":NaN}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"audit":true,"seq":1' + b"0" * 5000 + b"}",
    ],
    ids=["key-twice", "nan", "deep", "not-utf8", "huge-number"],
)
def test_hostile_line_is_torn_when_not_strict_json(line: bytes) -> None:
    assert verify_chain([*make_lines(2), line]).torn_lines == (3,)


@pytest.mark.parametrize("value", [2**60, 1e400, "\ud800"], ids=["big", "infinite", "surrogate"])
def test_line_is_changed_when_it_has_no_canonical_form(value: object) -> None:
    lines = make_lines(2)
    lines[1] = edited(lines[1], extra=value)
    assert verify_chain(lines).problems or verify_chain(lines).torn_lines


def test_chains_are_told_apart_when_several_processes_share_a_log() -> None:
    one, other = make_lines(5, chain_id="one"), make_lines(5, chain_id="other")
    mixed = [line for pair in zip(one, other, strict=True) for line in pair]
    assert verify_chain(mixed).ok
    assert kinds([line for line in mixed if line != one[2]]) == [(6, "missing")]


def test_every_line_fails_when_the_key_is_another() -> None:
    assert len(verify_chain(make_lines(5, key=KEY), b"another key").problems) == 5


def test_cut_tail_is_named_only_when_a_head_is_given() -> None:
    lines = make_lines(10)
    head = json.loads(lines[-1])["hash"]
    cut_off = verify_chain(lines[:-2])
    assert cut_off.ok
    assert "without a head a cut tail can't be seen" in cut_off.blind_spots
    with_head = verify_chain(lines[:-2], head=head)
    assert with_head.first_problem is not None
    assert with_head.first_problem.kind is ProblemKind.MISSING


def test_start_is_accepted_and_said_when_what_came_before_was_rotated_away() -> None:
    lines = make_lines(10)[4:]
    report = verify_chain(lines)
    assert report.ok
    assert any("inside a chain" in spot for spot in report.blind_spots)


def test_missing_key_is_said_when_there_is_none() -> None:
    assert any("without a key" in spot for spot in verify_chain(make_lines(1)).blind_spots)
    assert not any("without a key" in spot for spot in verify_chain(make_lines(1, key=KEY), KEY).blind_spots)


def test_report_is_bounded_when_everything_is_wrong() -> None:
    assert len(verify_chain(make_lines(500, key=KEY), b"wrong").problems) == 100


@given(st.permutations(range(8)).filter(lambda order: order != sorted(order)))
def test_disorder_is_always_found_when_lines_are_permuted(order: list[int]) -> None:
    lines = make_lines(8)
    assert not verify_chain([lines[index] for index in order]).ok or order == sorted(order)


@given(st.sets(st.integers(0, 6), min_size=1))
def test_loss_is_always_found_when_lines_before_the_last_are_missing(absent: set[int]) -> None:
    lines = [line for index, line in enumerate(make_lines(8)) if index not in absent]
    report = verify_chain(lines)
    only_the_beginning = absent == set(range(len(absent)))
    assert report.ok == only_the_beginning


def test_number_and_link_come_back_when_a_line_was_never_begun() -> None:
    chain = HashChain()
    _, first = chain.seal({"audit": True})
    chain.seal({"audit": True})
    chain.settle(first)
    assert (chain.next_seq, chain.head) == (2, first.head)
    chain.settle(None)
    assert chain.next_seq == 2


def test_head_is_zeros_before_the_first_line_and_empty_when_disabled() -> None:
    assert HashChain().head == ZERO_HASH
    assert HashChain(enabled=False).head == ""


def test_chain_starts_at_one_when_only_unchained_records_stand_before_it() -> None:
    assert HashChain(start=ChainState(seq=500)).next_seq == 1
    assert HashChain(enabled=False, start=ChainState(seq=500)).next_seq == 501
