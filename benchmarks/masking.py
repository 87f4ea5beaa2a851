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
from relay.adapters.outbound.masking.masker import PassThroughMasker, RuleMasker, build_masker
from relay.domain.masking import MaskingRule, MaskingSettings
from relay.domain.results import Field, RowBatch

ROWS = 1_000
ROUNDS = 7
SEED = 20_260_115
PERSONAL_SHARE = 0.10
CLEAN_SHARE, LOG_SHARE, JSON_SHARE = 0.02, 0.2, 0.25
"""Rows with something personal in one value, in the other mixes."""
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
    "a@b.co ",
    "529.982.247-25 ",
    "52998224725 ",
    "52998224726 ",
    "99999999 ",
    "4111 1111 1111 1111 ",
    "(11) 98765-4321 ",
    "11987654321 ",
    "a%40b.co ",
    "a\u200b",
    "\uff11",
)
CUSTOM_PATTERNS = (r"(a+)+$", r"a(?:.*z)?", r"[a-z]")
"""A customer's: nested repetition, one that looks far ahead for each match, one that matches everywhere."""

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


def clean_row(rng: random.Random, number: int) -> dict[str, object]:
    """Return a row of which one in fifty holds something personal, in its notes."""
    row = make_row(rng, number)
    row["name"], row["contact"] = f"{rng.choice(NAMES)} {rng.choice(NAMES)}", f"canal {number}"
    row["notes"] = " ".join(rng.choices(WORDS, k=30)) + (f" {personal(rng)}" if rng.random() < CLEAN_SHARE else "")
    return row


def log_row(rng: random.Random, number: int) -> dict[str, object]:
    """Return a log line with its fields; one message in five names somebody."""
    who = f" user={personal(rng)}" if rng.random() < LOG_SHARE else ""
    return {
        "id": 10**6 + number,
        "created_at": f"2026-01-{rng.randrange(1, 29):02d}T10:{rng.randrange(60):02d}:{rng.randrange(60):02d}.5+00:00",
        "level": rng.choice(("INFO", "WARN", "ERROR")),
        "service": rng.choice(("checkout", "billing", "auth", "search")),
        "trace_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "message": f"{' '.join(rng.choices(WORDS, k=12))} "
        f"order={rng.randrange(10**8)} took={rng.randrange(3000)}ms{who} "
        f"at com.shop.Handler.run(Handler.java:{rng.randrange(400)}) {' '.join(rng.choices(WORDS, k=8))}",
    }


def json_row(rng: random.Random, number: int) -> dict[str, object]:
    """Return a document of some depth; one in four holds something personal."""
    items = [{"sku": f"SKU-{rng.randrange(10**5)}", "qty": rng.randrange(9), "price": rng.random()} for _ in range(4)]
    note = personal(rng) if rng.random() < JSON_SHARE else " ".join(rng.choices(WORDS, k=6))
    payload = {"items": items, "note": note, "ok": True, "next": None, "tags": rng.sample(WORDS, 3)}
    return {"id": number, "kind": rng.choice(("order", "refund")), "payload": payload}


Mix = Callable[[random.Random, int], dict[str, object]]
MIXES: tuple[tuple[str, Mix, tuple[Field, ...]], ...] = (
    ("mixed, 10 % of the cells personal", make_row, FIELDS),
    ("mixed, mostly clean", clean_row, FIELDS),
    (
        "log lines",
        log_row,
        tuple(
            Field(name=name, type=kind)
            for name, kind in (
                ("id", "int8"), ("created_at", "timestamptz"), ("level", "text"), ("service", "text"),
                ("trace_id", "uuid"), ("message", "text"),
            )
        ),
    ),
    (
        "JSON documents",
        json_row,
        (Field(name="id", type="int8"), Field(name="kind", type="text"), Field(name="payload", type="jsonb")),
    ),
)  # fmt: skip


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


def compare(name: str, make: Mix, fields: tuple[Field, ...], masker: RuleMasker) -> None:
    """Measure both ways in alternation over the same rows and print medians; the best of each in parentheses."""
    rng = random.Random(SEED)
    rows = [make(rng, number) for number in range(ROWS)]
    size = len(json.dumps(rows, ensure_ascii=False).encode())
    batch = RowBatch(rows=rows)  # type: ignore[arg-type]  # rows of JSON values
    masked = masker.mask_rows(batch, fields)
    ways: dict[str, Callable[[], object]] = {
        "relay": lambda: masker.mask_rows(batch, fields),
        f"plain, {len(USUAL)} usual patterns": lambda: plain_rows(rows, USUAL),
        f"plain, the engine's own {len(OWN)}": lambda: plain_rows(rows, OWN),
        "encoding alone": lambda: [orjson.dumps(row) for row in rows],
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, work in ways.items():
            times[way].append(measure(work))
    share = masked.masked_value_count / (ROWS * len(fields))
    write = sys.stdout.write
    write(f"{name}: {ROWS} rows x {len(fields)} columns, {size / 1e6:.2f} MB, {share:.1%} of the cells masked\n")
    ours = times["relay"]
    for way, each in times.items():
        median = statistics.median(each)
        ratio = f"{median / statistics.median(ours):7.1f} x ({min(each) / min(ours):.1f} x)"
        write(f"  {way:<30} {median * 1e3:9.2f} ms ({min(each) * 1e3:.2f}) {size / median / 1e6:8.1f} MB/s {ratio}\n")


def big_cell(masker: RuleMasker | PassThroughMasker, what: str, cell_bytes: int, unit: str) -> None:
    """Print the time that one cell of that size takes."""
    cell = RowBatch(rows=[{"cell": unit * (cell_bytes // len(unit.encode()))}])
    seconds = measure(lambda: masker.mask_rows(cell, (Field(name="cell", type="text"),)))
    sys.stdout.write(f"  {cell_bytes:>10} bytes of {what:<40} {seconds * 1e3:10.1f} ms\n")


def main() -> None:
    """Measure the mixes, then the big cells."""
    masker = build_masker(MaskingSettings())
    if isinstance(masker, RuleMasker):
        for name, make, fields in MIXES:
            compare(name, make, fields, masker)
    sys.stdout.write("one big cell\n")
    for cell_bytes in BIG_CELL_BYTES:
        for unit in BIG_CELL_UNITS:
            big_cell(masker, repr(unit), cell_bytes, unit)
    for regex in CUSTOM_PATTERNS:
        rules = (MaskingRule(name="custom", regex=regex, replacement="#"),)
        big_cell(build_masker(MaskingSettings(rules=rules)), f"'a', custom pattern {regex}", BIG_CELL_BYTES[0], "a")


if __name__ == "__main__":
    main()
