"""Masking throughput, side by side with the plain way, and the time that one big cell takes.

Run: python benchmarks/masking.py
The plain way is for each cell, for each pattern, `re.sub`, then one encoder call a row; it is the yardstick.
"""

# ruff: noqa: INP001, S311, SIM905 - a script of its own; its random data are no secrets; words read best as one text
from __future__ import annotations

import json
import random
import re
import statistics
import sys
import time
import uuid
from collections.abc import Callable

import orjson

from relay.adapters.outbound.masking.detectors import DETECTORS
from relay.adapters.outbound.masking.masker import build_masker
from relay.domain.masking import MaskingSettings
from relay.domain.results import Field, RowBatch

ROWS = 1_000
ROUNDS = 5
SEED = 20_260_115
PERSONAL_SHARE = 0.10
BIG_CELL_BYTES = (100_000, 10_000_000)
BIG_CELL_UNITS = (
    "a",
    "a.",
    "1",
    "1 ",
    "1-",
    "@",
    "a@a.",
    "a@a.aa ",
    "+1 ",
    "DE11 ",
    "é",
    "😀",
    "bearer ",
    "-----BEGIN PRIVATE KEY-----",
)

PLAIN_PATTERNS = (
    (r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}", "***.***.***-**"),
    (r"\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}", "**.***.***/****-**"),
    (r"[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}", "***@***.***"),
    (r"\b(?:\d{4}[- ]?){3}\d{4}\b", "****-****-****-****"),
    (r"(?:\+55\s?)?\(?\d{2}\)?\s?9?\d{4}-?\d{4}", "(**) *****-****"),
    (r"(?i)bearer\s+[A-Za-z0-9._~+/=-]+", "Bearer ***"),
    (r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", "eyJ***.***.***"),
    (r"AKIA[0-9A-Z]{16}", "AKIA****************"),
    (r"AIza[0-9A-Za-z_-]{35}", "AIza***"),
    (r"gh[pousr]_[A-Za-z0-9]{36}", "gh*_***"),
    (r"xox[baprs]-[A-Za-z0-9-]+", "xox*-***"),
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----", "-----REDACTED KEY-----"),
    (r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}", "****-****-****-****"),
)
Plain = tuple[tuple[re.Pattern[str], str], ...]
USUAL: Plain = tuple((re.compile(pattern), replacement) for pattern, replacement in PLAIN_PATTERNS)
OWN: Plain = tuple(
    (re.compile(form.pattern), detector.mask)
    for detector in DETECTORS
    if detector.on_by_default
    for form in detector.forms
)
"""The patterns that the engine itself looks for, without judges: what the plain way needs for the same recall."""

FIELDS = tuple(
    Field(name=name, type=kind)
    for name, kind in (
        ("id", "int8"), ("name", "text"), ("status", "text"), ("plan", "text"), ("city", "text"), ("contact", "text"),
        ("notes", "text"), ("amount", "numeric"), ("created_at", "timestamptz"), ("trace_id", "uuid"),
        ("profile", "jsonb"), ("active", "bool"),
    )
)  # fmt: skip
WORDS = (
    "pedido cliente entrega atrasada pagamento aprovado erro timeout no serviço retry after upstream returned "
    "status cache miss for key região São Paulo reembolso solicitado produto com defeito loja online"
).split()
NAMES = (
    "Ana",
    "Bruno",
    "Carla",
    "Diego",
    "Érica",
    "Fábio",
    "Gabriela",
    "Heitor",
    "Íris",
    "João",
    "Silva",
    "Souza",
    "Costa",
)


def personal(rng: random.Random) -> str:
    """Return one personal value."""
    number = f"{rng.randrange(10**11):011d}"
    return rng.choice(
        (
            f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}",
            f"{rng.choice(NAMES).lower()}.{rng.randrange(10**6)}@example.com",
            f"(11) 9{number[:4]}-{number[4:8]}",
            f"4{number[:3]} {number[3:7]} {number[7:11]} {number[:4]}",
            f"Bearer {rng.getrandbits(128):x}",
        )
    )


def make_row(rng: random.Random, number: int) -> dict[str, object]:
    """Return one row of twelve columns; about a tenth of its cells hold something personal."""
    row: dict[str, object] = {
        "id": number,
        "name": f"{rng.choice(NAMES)} {rng.choice(NAMES)} {number}",
        "status": rng.choice(("open", "closed", "pending")),
        "plan": rng.choice(("free", "pro", "team")),
        "city": rng.choice(("São Paulo", "Recife", "Curitiba", "Manaus")),
        "contact": f"canal {number}",
        "notes": " ".join(rng.choices(WORDS, k=30)),
        "amount": f"{rng.randrange(10**7) / 100:.2f}",
        "created_at": f"2026-01-{rng.randrange(1, 29):02d}T10:{rng.randrange(60):02d}:00+00:00",
        "trace_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "profile": {
            "tags": rng.sample(("vip", "beta", "churn"), 2), "score": rng.random(), "address": {"zip": "01310-100"},
        },
        "active": rng.choice((True, False)),
    }  # fmt: skip
    for name in ("contact", "notes", "name"):
        if rng.random() < PERSONAL_SHARE * len(FIELDS) / 3:
            row[name] = personal(rng) if name == "contact" else f"{row[name]} {personal(rng)}"
    return row


def plain_value(value: object, patterns: Plain) -> object:
    """Mask a value the plain way."""
    if isinstance(value, str):
        for pattern, replacement in patterns:
            value = pattern.sub(replacement, value)
        return value
    if isinstance(value, dict):
        return {str(plain_value(key, patterns)): plain_value(item, patterns) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_value(item, patterns) for item in value]
    if value is None or isinstance(value, bool):
        return value
    text = plain_value(str(value), patterns)
    return value if text == str(value) else text


def plain_rows(rows: list[dict[str, object]], patterns: Plain) -> list[bytes]:
    """Mask and encode rows the plain way."""
    return [orjson.dumps({name: plain_value(value, patterns) for name, value in row.items()}) for row in rows]


def measure(work: Callable[[], object]) -> float:
    """Return the seconds of one call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def main() -> None:
    """Measure both ways in alternation and print the medians, then the big cells."""
    rng = random.Random(SEED)
    rows = [make_row(rng, number) for number in range(ROWS)]
    size = len(json.dumps(rows, ensure_ascii=False).encode())
    masker = build_masker(MaskingSettings())
    batch = RowBatch(rows=rows)  # type: ignore[arg-type]  # rows of JSON values
    masked = masker.mask_rows(batch, FIELDS)
    ours, usual, own, encoding = [], [], [], []
    for _ in range(ROUNDS):
        ours.append(measure(lambda: masker.mask_rows(batch, FIELDS)))
        usual.append(measure(lambda: plain_rows(rows, USUAL)))
        own.append(measure(lambda: plain_rows(rows, OWN)))
        encoding.append(measure(lambda: [orjson.dumps(row) for row in rows]))
    write = sys.stdout.write
    share = masked.masked_value_count / (ROWS * len(FIELDS))
    write(f"{ROWS} rows x {len(FIELDS)} columns, {size / 1e6:.2f} MB, {share:.1%} of the cells masked\n")
    for name, times in (
        ("relay", ours),
        ("plain, 13 usual patterns", usual),
        (f"plain, the engine's own {len(OWN)}", own),
        ("encoding alone", encoding),
    ):
        median = statistics.median(times)
        write(f"  {name:<28} {median * 1e3:8.2f} ms {size / median / 1e6:9.1f} MB/s\n")
    for name, times in (("usual patterns", usual), ("own patterns", own)):
        write(f"  ratio to the plain way, {name:<15} {statistics.median(times) / statistics.median(ours):5.1f} x\n")
    write("one big cell\n")
    for cell_bytes in BIG_CELL_BYTES:
        for unit in BIG_CELL_UNITS:
            text = unit * (cell_bytes // len(unit.encode()))
            cell = RowBatch(rows=[{"cell": text}])
            seconds = measure(lambda cell=cell: masker.mask_rows(cell, (Field(name="cell", type="text"),)))
            write(f"  {cell_bytes:>10} bytes of {unit!r:<32} {seconds * 1e3:10.1f} ms\n")


if __name__ == "__main__":
    main()
