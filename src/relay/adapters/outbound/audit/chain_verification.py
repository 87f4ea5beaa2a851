"""Checks a hash chain from its lines alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from relay.adapters.outbound.audit.chain_hash import ZERO_HASH, is_hash, line_hash, parse_line
from relay.domain.json_value import JsonValue

MAX_PROBLEMS = 100
_MAX_REMEMBERED_GAP = 10_000


class ProblemKind(StrEnum):
    """What can be wrong with a line."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    UNCHAINED = "unchained"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainProblem:
    """One line that fails; `line` counts from 1, over all lines given (0: the end)."""

    line: int
    kind: ProblemKind
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What the lines show. `torn_lines` are not JSON; harmless where the chain goes on across them."""

    problems: tuple[ChainProblem, ...]
    record_count: int
    torn_lines: tuple[int, ...]
    heads: tuple[str, ...]
    blind_spots: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether no line fails."""
        return not self.problems

    @property
    def first_problem(self) -> ChainProblem | None:
        """The first line that fails."""
        return self.problems[0] if self.problems else None


@dataclass(slots=True, kw_only=True)
class _Chain:
    """One chain on the way: those of several processes may share a file."""

    seq: int
    head: str
    gap: dict[int, int] = field(default_factory=dict)
    """Missing seq -> index of the problem that named it, to call it reordered should it turn up later."""


def verify_chain(lines: Iterable[bytes], key: bytes | None = None, *, head: str | None = None) -> ChainReport:
    """Check every audit line; operational lines are passed over, as they are not part of the chain.

    `key` is the configured one. `head`, if given, must be the hash of one of the lines. The first line is taken as
    the start wherever it stands in its chain: what came before it may have been rotated away.
    """
    check = _Check(key=key, wanted_head=head)
    for number, line in enumerate(lines, 1):
        check.look_at(number, line)
    return check.report()


class _Check:
    def __init__(self, *, key: bytes | None, wanted_head: str | None) -> None:
        self._key = key
        self._wanted_head = wanted_head
        self._head_seen = wanted_head is None
        self._chains: dict[str | None, _Chain] = {}
        self._problems: list[ChainProblem] = []
        self._torn: list[int] = []
        self._record_count = 0
        self._starts_inside = False

    def look_at(self, number: int, line: bytes) -> None:
        if not line.strip():
            return
        try:
            record = parse_line(line)
        except ValueError:
            self._torn.append(number)
            return
        if not isinstance(record, dict) or record.get("audit") is not True:
            return
        self._record_count += 1
        claimed, previous, seq = record.get("hash"), record.get("prevHash"), record.get("seq")
        if not (is_hash(claimed) and is_hash(previous) and isinstance(seq, int)):
            self._report(number, ProblemKind.UNCHAINED, "an audit line without seq, prevHash and hash")
            return
        if not self._hash_agrees(record):
            self._report(number, ProblemKind.CHANGED, f"seq {seq}: its hash is not that of its content")
        self._link(number, record.get("chainId"), seq, str(previous), str(claimed))

    def _hash_agrees(self, record: dict[str, JsonValue]) -> bool:
        try:
            return line_hash(record, self._key) == record["hash"]
        except (ValueError, RecursionError):
            return False

    def _link(self, number: int, chain_id: JsonValue, seq: int, previous: str, claimed: str) -> None:
        name = chain_id if isinstance(chain_id, str) else None
        self._head_seen = self._head_seen or claimed == self._wanted_head
        chain = self._chains.get(name)
        if chain is None:
            self._start(number, name, seq, previous, claimed)
        elif seq == chain.seq + 1 and previous == chain.head:
            chain.seq, chain.head = seq, claimed
        elif seq > chain.seq:
            self._gap(number, chain, seq)
            chain.seq, chain.head = seq, claimed
        else:
            self._late(number, chain, seq, previous)

    def _start(self, number: int, name: str | None, seq: int, previous: str, claimed: str) -> None:
        self._chains[name] = _Chain(seq=seq, head=claimed)
        if previous != ZERO_HASH:
            self._starts_inside = True
        if (previous == ZERO_HASH) != (seq == 1):
            self._report(number, ProblemKind.MISSING, f"seq {seq} can't be where a chain starts")

    def _gap(self, number: int, chain: _Chain, seq: int) -> None:
        missing = range(chain.seq + 1, seq)
        if missing:
            for absent in missing[:_MAX_REMEMBERED_GAP]:
                chain.gap[absent] = len(self._problems)
            what = f"seq {missing[0]}" if len(missing) == 1 else f"seq {missing[0]} to {missing[-1]}"
            self._report(number, ProblemKind.MISSING, f"{what} should stand before this line")
        else:
            self._report(number, ProblemKind.CHANGED, f"seq {seq}: the line before it is not the one it was chained to")

    def _late(self, number: int, chain: _Chain, seq: int, previous: str) -> None:
        gap = chain.gap.pop(seq, None)
        detail = f"seq {seq} stands at line {number}, after seq {chain.seq}"
        if seq == 1 and previous == ZERO_HASH:
            self._report(number, ProblemKind.MISSING, "a new chain starts here: the line before it is not its past")
        elif gap is not None and gap not in chain.gap.values() and gap < len(self._problems):
            line = self._problems[gap].line
            self._problems[gap] = ChainProblem(line=line, kind=ProblemKind.REORDERED, detail=detail)
        else:
            self._report(number, ProblemKind.REORDERED, detail)

    def _report(self, number: int, kind: ProblemKind, detail: str) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(ChainProblem(line=number, kind=kind, detail=detail))

    def report(self) -> ChainReport:
        if not self._head_seen:
            self._report(0, ProblemKind.MISSING, "no line has the given head: the end was cut off")
        return ChainReport(
            problems=tuple(self._problems),
            record_count=self._record_count,
            torn_lines=tuple(self._torn),
            heads=tuple(chain.head for chain in self._chains.values()),
            blind_spots=tuple(self._blind_spots()),
        )

    def _blind_spots(self) -> Iterable[str]:
        if self._key is None:
            yield "without a key anyone who can write the file can build the whole chain anew"
        if self._wanted_head is None:
            yield "without a head a cut tail can't be seen"
        if self._starts_inside:
            yield "the lines start inside a chain: what came before them is not checked"
