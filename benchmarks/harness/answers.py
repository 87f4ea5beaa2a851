"""Keeps some answers of a step, and reads them once the clock has stopped."""

from __future__ import annotations

import orjson

from harness.checks import problem_of_leak
from harness.workloads import Ask

SMALL_BYTES = 4_096
"""Answers up to this size, errors among them, are all read, at once."""

SAMPLE_EVERY = 37
MAX_SAMPLES = 24
MAX_PROBLEMS = 5


class Answers:
    """The answers of one step."""

    def __init__(self, *, reads_small: bool = True) -> None:
        self._reads_small = reads_small
        self._seen = 0
        self._samples: list[tuple[Ask, bytes]] = []
        self.problems: list[str] = []
        self.problem_count = 0

    def take(self, ask: Ask, text: bytes) -> int:
        """Note an answer, and return its size."""
        if self._reads_small and len(text) < SMALL_BYTES:
            self._judge(ask.check(orjson.loads(text)))
        if self._seen % SAMPLE_EVERY == 0 and len(self._samples) < MAX_SAMPLES:
            self._samples.append((ask, text))
        self._seen += 1
        return len(text)

    def rows_per_answer(self) -> float:
        """Return the mean over the samples; 0 for refusals."""
        counts = [len(orjson.loads(text).get("result", {}).get("rows", ())) for _, text in self._samples]
        return sum(counts) / len(counts)

    def read_samples(self, *, masked: bool) -> None:
        """Check the samples; with `masked`, nothing personal may stand in them."""
        for ask, text in self._samples:
            self._judge(ask.check(orjson.loads(text)))
            if masked:
                self._judge(problem_of_leak(text))

    def _judge(self, problem: str | None) -> None:
        if problem is None:
            return
        self.problem_count += 1
        if len(self.problems) < MAX_PROBLEMS and problem not in self.problems:
            self.problems.append(problem)
