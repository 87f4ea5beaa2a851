"""Counts outcomes and prints them: a line a suite, then a line a cause of refusal."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from suites.checking import Outcome, Verdict

EXAMPLES = 3


@dataclass(slots=True, kw_only=True)
class Tally:
    """The outcomes of one suite."""

    suite: str
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    with_rows: int = 0
    refusals: defaultdict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    differences: list[str] = field(default_factory=list)
    not_counted: list[str] = field(default_factory=list)

    def add(self, place: str, outcome: Outcome) -> None:
        """Count one; `place` names the statement."""
        self.verdicts[outcome.verdict] += 1
        self.with_rows += outcome.has_rows
        if outcome.verdict is Verdict.REFUSED:
            self.refusals[outcome.reason, outcome.cause].append(place)
        elif outcome.verdict is Verdict.DIFFERENT:
            self.differences.append(f"{place}: {outcome.reason} {outcome.cause}: {outcome.message}")
        elif outcome.verdict is Verdict.NOT_COUNTED:
            self.not_counted.append(f"{place}: {outcome.cause}")

    @property
    def counted(self) -> int:
        return sum(self.verdicts.values()) - self.verdicts[Verdict.NOT_COUNTED]

    @property
    def accepted(self) -> int:
        return self.verdicts[Verdict.EQUAL] + self.verdicts[Verdict.DIFFERENT]

    def line(self) -> str:
        """Return the suite's row."""
        share = 100 * self.accepted / max(self.counted, 1)
        equal = 100 * self.verdicts[Verdict.EQUAL] / max(self.accepted, 1)
        return (
            f"{self.suite:12} {self.counted:10} {self.accepted:9} {share:7.2f} %"
            f" {self.verdicts[Verdict.EQUAL]:7} {equal:7.2f} % {self.with_rows:9}"
        )


HEADER = f"{'suite':12} {'statements':>10} {'accepted':>9} {'share':>9} {'equal':>7} {'share':>9} {'with rows':>9}"


def table(tallies: list[Tally], *, every_place: bool = False) -> str:
    """Return everything as text."""
    lines = [HEADER, *(tally.line() for tally in tallies)]
    for tally in tallies:
        by_size = sorted(tally.refusals.items(), key=lambda item: (-len(item[1]), item[0]))
        if by_size:
            lines += ["", f"refused, {tally.suite}:"]
        for (reason, cause), places in by_size:
            shown = places if every_place else places[:EXAMPLES]
            more = f" and {len(places) - len(shown)} more" if len(places) > len(shown) else ""
            lines.append(f"  {len(places):5} {reason}: {cause} ({', '.join(shown)}{more})")
        if tally.not_counted:
            lines += ["", f"not counted, {tally.suite}: {', '.join(tally.not_counted)}"]
        lines += [f"different: {difference}" for difference in tally.differences]
    return "\n".join(lines)
