from __future__ import annotations

import time
from itertools import pairwise

import anyio
import pytest

from relay.application.turns import Turns


async def test_others_run_between_two_turns_when_each_holds_the_loop() -> None:
    turns, seen = Turns(), []

    async def hold_the_loop() -> None:
        async with turns.turn():
            time.sleep(0.02)  # noqa: ASYNC251 - holding the loop is the point
            seen.append("turn")

    async def tick() -> None:
        while seen.count("turn") < 5:
            seen.append("tick")
            await anyio.sleep(0.001)

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(hold_the_loop)
        group.start_soon(tick)
    turn_places = [place for place, what in enumerate(seen) if what == "turn"]
    between = [seen[start + 1 : end].count("tick") for start, end in pairwise(turn_places)]
    assert min(between) > 1


async def test_turn_is_free_again_when_its_holder_failed() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="refused"):
        async with turns.turn():
            raise ValueError("refused")
    with anyio.fail_after(1):
        async with turns.turn():
            pass
