"""Rounds: a fresh agent, and each workload by the agent and by the limit, one right after the other."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from harness.agent import AgentRun, run_agent
from harness.answers import Answers
from harness.checks import problems_of_log
from harness.closed_loop import Speed, Step, measure
from harness.control_plane import BenchControlPlane
from harness.limit import MODES
from harness.limit_process import LimitProcess
from harness.machine import load_average, own_cpu_s, spin_ms
from harness.workloads import WORKLOADS, Ask
from relay.bootstrap.demo.embedded_postgres import EmbeddedPostgres

AGENT = "agent"
Key: TypeAlias = tuple[str, int]
"""A workload's name and the concurrency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long everything takes."""

    rounds: int
    seconds: float
    warm_up_s: float
    workloads: frozenset[str]

    def steps(self) -> Iterator[Step]:
        """Yield the steps of one round."""
        for workload in WORKLOADS:
            for concurrency in workload.concurrencies if workload.name in self.workloads else ():
                yield Step(workload=workload, concurrency=concurrency, seconds=self.seconds, warm_up_s=self.warm_up_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round gave; `speeds` by step and by who answered."""

    speeds: dict[Key, dict[str, Speed]]
    agent: AgentRun
    spin_ms: tuple[float, float]
    """Before and after."""
    load: float
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What all rounds share."""

    plane: BenchControlPlane
    postgres: EmbeddedPostgres
    limit: LimitProcess
    plan: Plan

    async def run_round(self, directory: Path) -> Round:
        """Run all steps against a fresh agent; who goes first changes from step to step."""
        spin_before, speeds = spin_ms(), {}
        async with run_agent(self.plane, self.postgres, directory) as agent:
            for number, step in enumerate(self.plan.steps()):
                key = (step.workload.name, step.concurrency)
                who = [AGENT, *MODES] if step.workload.has_limit else [AGENT]
                order = who if number % 2 else who[::-1]
                speeds[key] = {each: await self._measure(each, step, agent) for each in order}
                _say(key, speeds[key])
        problems = [*agent.problems, *problems_of_log(agent.log)]
        for (name, concurrency), by_who in speeds.items():
            for each, speed in by_who.items():
                problems += [f"{name} c{concurrency}, {each}: {problem}" for problem in speed.problems]
        return Round(
            speeds=speeds,
            agent=agent,
            spin_ms=(spin_before, spin_ms()),
            load=load_average(),
            problems=tuple(problems),
        )

    async def _measure(self, who: str, step: Step, agent: AgentRun) -> Speed:
        if who == AGENT:
            return await self._measure_agent(step, agent)
        return await self.limit.measure(who, step)

    async def _measure_agent(self, step: Step, agent: AgentRun) -> Speed:
        answers = Answers()

        async def serve(ask: Ask) -> int:
            return answers.take(ask, await self.plane.ask(ask.params))

        own_before_s, began = own_cpu_s(), time.perf_counter()
        speed = await measure(step, serve, agent.cpu_s)
        asker_cpu_share = (own_cpu_s() - own_before_s) / (time.perf_counter() - began)
        answers.read_samples(masked=True)
        return replace(
            speed,
            rows_per_s=answers.rows_per_answer() * speed.requests_per_s,
            asker_cpu_share=asker_cpu_share,
            problems=tuple(answers.problems),
        )


def _say(key: Key, by_who: dict[str, Speed]) -> None:
    figures = "  ".join(f"{who} {by_who[who].requests_per_s:9.1f}/s" for who in (AGENT, *MODES) if who in by_who)
    sys.stderr.write(f"  {key[0]:<15}c{key[1]:<3} {figures}\n")
