"""Sends the requests of the tour and prints what becomes of each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from relay.bootstrap.demo.agent_process import LAST_EVENTS, AgentProcess, Record
from relay.bootstrap.demo.control_plane import ControlPlane
from relay.bootstrap.demo.table import print_table
from relay.bootstrap.demo.terminal import Terminal, printable
from relay.bootstrap.demo.tour_steps import Step

INDENT = 4
SAID_OTHERWISE = frozenset(
    {"time", "level", "msg", "audit", "event", "seq", "requestId", "relayId", "tenantId", "prevHash", "chainId"}
)
"""Keys of an audit record that are the same in each, or stand elsewhere on its printed line."""
HASH_CHARACTERS = 12
VALUE_CHARACTERS = 100


@dataclass(slots=True, kw_only=True)
class TourResult:
    """What the tour has seen. `surprises`: what did not end as it must."""

    answered: int = 0
    refused: int = 0
    masked_values: int = 0
    detections: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)


async def walk(terminal: Terminal, plane: ControlPlane, agent: AgentProcess, steps: Sequence[Step]) -> TourResult:
    """Take every step, in order."""
    result = TourResult()
    for number, step in enumerate(steps, 1):
        request_id = f"tour-{number:02}"
        terminal.line()
        terminal.bullet(f"{number:2}.", step.title, mark_style="title", style="title", indent=0)
        request = {"jsonrpc": "2.0", "id": request_id, "method": step.method} | (
            {"params": step.params} if step.params else {}
        )
        terminal.paragraph(f"→ {json.dumps(request, ensure_ascii=False)}", indent=INDENT, style="quiet")
        answer = await plane.call(step.method, step.params or None, request_id=request_id)
        _print_answer(terminal, answer, step)
        _count(result, answer, step)
        masked = isinstance(answer.get("result"), dict) and bool(answer["result"].get("masked"))
        _print_records(terminal, result, await agent.records_of(request_id, masked=masked), step)
    return result


def _print_answer(terminal: Terminal, answer: Mapping[str, Any], step: Step) -> None:
    if "error" in answer:
        data = answer["error"].get("data") or {}
        terminal.line(terminal.style("bad", f"✗ refused: {printable(str(data.get('reason')))}"), indent=INDENT)
        terminal.paragraph(str(data.get("detail", "")).rstrip(";"), indent=INDENT + 2)
        if data.get("hint"):
            terminal.paragraph(f"hint: {data['hint']}", indent=INDENT + 2)
        return
    rows = _rows(answer["result"])
    terminal.line(terminal.style("good", f"✓ answered: {_summary(answer['result'], len(rows))}"), indent=INDENT)
    print_table(terminal, rows, columns=step.columns, most_rows=step.most_rows, indent=INDENT + 2)
    for warning in answer["result"].get("warnings", ()) if isinstance(answer["result"], dict) else ():
        terminal.paragraph(f"warning: {warning}", indent=INDENT + 2)


def _rows(result: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    return list(result if isinstance(result, list) else result["rows"])


def _summary(result: Any, row_count: int) -> str:  # noqa: ANN401 - JSON
    parts = [f"{row_count} row{'' if row_count == 1 else 's'}"]
    if isinstance(result, dict):
        parts.append(f"{result['executionTimeMs']} ms")
        if result["masked"]:
            found = ", ".join(f"{each['detector']} {each['count']}" for each in result["detections"])
            parts.append(f"{result['maskedFieldCount']} values masked ({found})")
    return printable(", ".join(parts))


def _count(result: TourResult, answer: Mapping[str, Any], step: Step) -> None:
    error = answer.get("error")
    reason = None if error is None else (error.get("data") or {}).get("reason")
    if error is None:
        result.answered += 1
        if isinstance(answer["result"], dict):
            result.masked_values += answer["result"]["maskedFieldCount"]
            result.detections.update({each["detector"]: each["count"] for each in answer["result"]["detections"]})
    else:
        result.refused += 1
    if reason != step.refusal:
        wanted = f"refused with {step.refusal}" if step.refusal else "answered"
        result.surprises.append(f"“{step.title}” should have been {wanted}, but was {reason or 'answered'}")


def _print_records(terminal: Terminal, result: TourResult, records: Sequence[Record], step: Step) -> None:
    events = [record["event"] for record in records]
    if events[:1] != ["request.received"] or not LAST_EVENTS & set(events):
        result.surprises.append(f"“{step.title}” left an incomplete audit trail")
    said: dict[str, Any] = {}
    for record in records:
        # what an earlier record of this request has said already is not printed again
        news = {key: value for key, value in record.items() if key not in SAID_OTHERWISE and said.get(key) != value}
        said |= news
        details = "  ".join(f"{name}={_short(name, value)}" for name, value in news.items())
        mark = f"audit {record['seq']:>3}"
        terminal.bullet(mark, f"{record['event']}  {details}", mark_style="name", style="quiet", indent=INDENT)


def _short(name: str, value: Any) -> str:  # noqa: ANN401 - JSON
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    limit = HASH_CHARACTERS if name in {"hash", "statementSha256"} else VALUE_CHARACTERS
    return text if len(text) <= limit else f"{text[:limit]}…"
