"""Learns what the columns of tables hold, from small samples, before the first statement on them is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import anyio
import anyio.to_thread

from relay.application.ports.clock import Clock
from relay.application.ports.database import ColumnSample, ColumnSampler
from relay.application.ports.masking import ColumnExaminer
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.protection import ColumnClass, ColumnKind, classify

SAMPLE_ROWS = 300
SAMPLE_TIMEOUT_S = 2.0
"""For one table."""
ALL_SAMPLES_TIMEOUT_S = 5.0
"""For all tables of one round; no table is begun that would not have its whole time."""
ASK_AGAIN_AFTER_S = 60.0
"""A table that could not be sampled."""
LOOK_AGAIN_AFTER_S = 600.0
"""A table with a column that had no values yet."""
EMPTY_FOR_S = 1.0
"""A table without rows: what comes into it is to be known soon."""
KNOWN_FOR_S = 3600.0
"""Any table: rows change."""

Key = tuple[str, TableName]


class LearnColumns:
    """Samples tables, one statement for all who wait for the same one, and has the sampler keep what that says.

    No value outlives a call.
    """

    def __init__(self, *, examiner: ColumnExaminer, clock: Clock) -> None:
        self._examiner = examiner
        self._clock = clock
        self._under_way: dict[Key, anyio.Event] = {}
        self._again_at_s: dict[Key, float] = {}

    async def learn(self, resource_id: str, sampler: ColumnSampler, tables: Sequence[TableName]) -> None:
        """Sample the tables one after the other; one that can't be sampled is learnt as unknown for a minute.

        Those that there was no time for are not learnt at all. Raises RESOURCE_UNAVAILABLE.
        """
        ends_at_s = self._clock.monotonic_s() + ALL_SAMPLES_TIMEOUT_S
        for table in tables:
            key = (resource_id, table)
            other = self._under_way.get(key)
            if other is not None:
                await other.wait()
                continue
            left_s = ends_at_s - self._clock.monotonic_s()
            if left_s < SAMPLE_TIMEOUT_S:
                return
            self._under_way[key] = anyio.Event()
            try:
                classes = await self._classes(sampler, table, SAMPLE_TIMEOUT_S)
                sampler.learn(table, classes)
                self._remember(key, classes)
            finally:
                self._under_way.pop(key).set()

    def forget_outdated(self, resource_id: str, sampler: ColumnSampler) -> None:
        """Have tables whose sample said too little sampled again at their next use, when their time has come."""
        now_s = self._clock.monotonic_s()
        due = [key for key, at_s in self._again_at_s.items() if key[0] == resource_id and at_s <= now_s]
        for key in due:
            del self._again_at_s[key]
            sampler.forget(key[1])

    def _remember(self, key: Key, classes: Mapping[str, ColumnClass]) -> None:
        self._again_at_s[key] = self._clock.monotonic_s() + _good_for_s(classes)

    async def _classes(self, sampler: ColumnSampler, table: TableName, timeout_s: float) -> Mapping[str, ColumnClass]:
        """Return the classes by column, none where no sample could be had."""
        samples: Sequence[ColumnSample] = ()
        with anyio.move_on_after(max(timeout_s, 0.0)):
            try:
                samples = await sampler.sample(table, max_rows=SAMPLE_ROWS, timeout_s=timeout_s)
            except RelayError as error:
                if error.reason is Reason.RESOURCE_UNAVAILABLE:
                    raise
        classes = {}
        for sample in samples:
            # in a thread: a column of long texts would hold the loop for some hundredths of a second
            evidence = await anyio.to_thread.run_sync(self._examiner.examine, sample, abandon_on_cancel=True)
            classes[sample.name] = classify(evidence)
        return classes


def _good_for_s(classes: Mapping[str, ColumnClass]) -> float:
    """Return how long what a sample says holds; no classes mean that none could be had."""
    unknown = [each.kind is ColumnKind.UNKNOWN for each in classes.values()]
    if not unknown:
        return ASK_AGAIN_AFTER_S
    if all(unknown):
        return EMPTY_FOR_S
    return LOOK_AGAIN_AFTER_S if any(unknown) else KNOWN_FOR_S
