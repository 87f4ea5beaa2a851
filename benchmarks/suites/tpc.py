"""TPC-H and TPC-DS: their tables, loaded from the package's small files, and their queries."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import asyncpg

from suites import psql_script

SUITES = ("tpc-h", "tpc-ds")
ADAPTED = {
    # suite, query -> what PostgreSQL can't read in it, and the same in PostgreSQL's words
    ("tpc-h", 3): ("AS STRING)", "AS TEXT)"),
    ("tpc-ds", 30): ("c_last_review_date,", "c_last_review_date_sk,"),
    ("tpc-ds", 36): ("WHEN lochierarchy =", "WHEN Grouping(i_category) + Grouping(i_class) ="),
    ("tpc-ds", 70): ("WHEN lochierarchy =", "WHEN Grouping(s_state) + Grouping(s_county) ="),
    ("tpc-ds", 86): ("WHEN lochierarchy =", "WHEN Grouping(i_category) + Grouping(i_class) ="),
}
_REMARK = re.compile(r"^(?:#|--).*$", re.MULTILINE)
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_DECIMAL = re.compile(r"[+-]?\d+\.\d+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DIGITS_OF_TEXT = ("_zip", "_phone", "_street_number")
_TYPES = (("bigint", _INTEGER), ("numeric", re.compile(rf"{_INTEGER.pattern}|{_DECIMAL.pattern}")), ("date", _DATE))


def queries(folder: Path, suite: str) -> Iterator[tuple[int, str]]:
    """Yield numbers and queries; in the file each is followed by what sqlglot's optimizer makes of it."""
    text = _REMARK.sub("", (folder / suite / f"{suite}.sql").read_text())
    for place, statement in enumerate(psql_script.statements(text)):
        number, is_made = divmod(place, 2)
        if not is_made:
            yield number + 1, statement.sql.replace(*ADAPTED.get((suite, number + 1), ("", "")))


async def load(connection: asyncpg.Connection, folder: Path, suite: str) -> None:
    """Make the suite's tables; a column's type is the narrowest that all its values have."""
    for file in sorted((folder / suite).glob("*.csv.gz")):
        with gzip.open(file, "rt", newline="") as stream:
            header, *rows = csv.reader(stream, delimiter="|")
        table = file.name.removesuffix(".csv.gz")
        columns = ", ".join(
            f'"{name}" {_type(name, [row[place] for row in rows])}' for place, name in enumerate(header)
        )
        await connection.execute(f'CREATE TABLE "{table}" ({columns})')
        records = io.StringIO()
        csv.writer(records).writerows(rows)
        await connection.copy_to_table(table, source=io.BytesIO(records.getvalue().encode()), format="csv")
    await connection.execute("ANALYZE")


def _type(name: str, values: Sequence[str]) -> str:
    if name.endswith(_DIGITS_OF_TEXT):
        return "text"
    given = [value for value in values if value]
    return next((name for name, form in _TYPES if given and all(map(form.fullmatch, given))), "text")
