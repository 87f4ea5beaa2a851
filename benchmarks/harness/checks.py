"""What makes an answer right: its rows, and nothing personal in it as it stands in the database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

RAW = {
    "email": re.compile(rb"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}"),
    "cpf": re.compile(rb"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b"),
    "credit_card": re.compile(rb"\b4\d{3}([ -]?)\d{4}\1\d{4}\1\d{4}\b"),
    "bearer_token": re.compile(rb"\bBearer [A-Za-z0-9_-]{20,}"),
}
"""Written independently of the agent's detectors, as the data set writes its values."""

LOG_BYTES_CHECKED = 4_000_000


def raw_personal_data(text: bytes) -> dict[str, int]:
    """Count what of the data set's personal values stands in a text, by kind."""
    return {kind: sum(1 for _ in pattern.finditer(text)) for kind, pattern in RAW.items()}


def problem_of_leak(text: bytes) -> str | None:
    """Say which kinds of personal data a text holds; None for none."""
    found = ", ".join(f"{count} {kind}" for kind, count in raw_personal_data(text).items() if count)
    return f"unmasked: {found}" if found else None


def problem_of_rows(answer: dict[str, Any], *, count: int, first_id: int | None) -> str | None:
    """Say what is wrong with a query's rows: their number, or (with `first_id`) which ones they are."""
    if "error" in answer:
        return f"refused: {answer['error'].get('message')}"
    rows = answer["result"]["rows"]
    if len(rows) != count:
        return f"{len(rows)} rows, {count} are right"
    if first_id is not None and [row["id"] for row in rows] != list(range(first_id, first_id + count)):
        return "rows other than the ones asked for"
    return None


def problem_of_names(answer: dict[str, Any], *, key: str, names: frozenset[str]) -> str | None:
    """Say which of the names that the rows should carry under `key` are not there."""
    if "error" in answer:
        return f"refused: {answer['error'].get('message')}"
    missing = names - {row.get(key) for row in answer["result"]["rows"]}
    return f"not named: {', '.join(sorted(missing))}" if missing else None


def problem_of_refusal(answer: dict[str, Any], *, reason: str) -> str | None:
    """Say what came in place of a refusal for `reason`."""
    if "error" not in answer:
        return "a result, where a refusal is right"
    given = answer["error"].get("data", {}).get("reason")
    return None if given == reason else f"refused for {given}, {reason} is right"


def problems_of_log(path: Path) -> list[str]:
    """Look through what the agent logged and audited, from its beginning."""
    with path.open("rb") as file:
        text = file.read(LOG_BYTES_CHECKED)
    problems = []
    if b'"event":"request.received"' not in text:
        problems.append("the agent audited no request")
    leak = problem_of_leak(text)
    if leak is not None:
        problems.append(f"in the agent's log, {leak}")
    return problems
