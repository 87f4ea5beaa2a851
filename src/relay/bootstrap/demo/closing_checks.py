"""Proves, at the end of the tour, what it promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psutil

from relay.adapters.outbound.audit.chain_verification import verify_chain
from relay.bootstrap.demo.agent_process import AgentProcess
from relay.bootstrap.demo.listening_sockets import listening_sockets
from relay.bootstrap.demo.tour import TourResult

Fingerprints = Mapping[str, tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One sentence, and whether it holds."""

    holds: bool
    sentence: str


def closing_checks(
    *, result: TourResult, agent: AgentProcess, audit_key: str, before: Fingerprints, after: Fingerprints
) -> Iterator[Check]:
    """Yield every check, with the agent still running."""
    yield _tour(result)
    yield _sockets(agent.process.pid)
    yield _unchanged(before, after)
    yield _chain(agent, audit_key)


def _tour(result: TourResult) -> Check:
    found = ", ".join(f"{name} {count}" for name, count in sorted(result.detections.items()))
    counted = f"{result.answered} answered, {result.refused} refused, {result.masked_values} values masked ({found})"
    return Check(holds=not result.surprises, sentence="; ".join([f"Requests: {counted}", *result.surprises]))


def _sockets(process_id: int) -> Check:
    try:
        found = listening_sockets(process_id)
    except psutil.Error as error:
        return Check(holds=False, sentence=f"The agent's sockets could not be looked at ({type(error).__name__})")
    if found:
        return Check(holds=False, sentence=f"The agent listens on {', '.join(found)}")
    return Check(holds=True, sentence=f"No listening socket in the agent (process {process_id}): nothing can dial it")


def _unchanged(before: Fingerprints, after: Fingerprints) -> Check:
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if changed:
        return Check(holds=False, sentence=f"Changed in the databases: {', '.join(changed)}")
    counts = ", ".join(f"{name} {count}" for name, (count, _) in after.items())
    return Check(holds=True, sentence=f"The databases hold what they held, row by row: {counts}")


def _chain(agent: AgentProcess, audit_key: str) -> Check:
    report = verify_chain(agent.lines(), audit_key.encode())
    if report.first_problem is not None:
        problem = report.first_problem
        return Check(holds=False, sentence=f"The audit chain fails at line {problem.line}: {problem.detail}")
    sentence = f"The audit chain holds: {report.record_count} records, checked with the key"
    return Check(holds=report.record_count > 0, sentence=sentence)
