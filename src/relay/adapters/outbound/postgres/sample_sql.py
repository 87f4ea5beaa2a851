"""The statement that takes a sample: bounded in rows, in the length of each value, and in pages read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

SPREAD_OVER_PAGES = 40
"""Of a large table so many pages are read, and some rows of each."""
USUAL_ROWS_A_PAGE = 50.0
FEWEST_ROWS = 50
MOST_VALUES = 30_000
"""Of a table with very many columns fewer rows are read."""
LONGEST_VALUE = 1000
SHORTEST_BOUND = 100
MOST_CHARACTERS = 4_000_000
MOST_STORED_BYTES = 1 << 20
"""A document that takes more than this is not read at all: the server would have to unpack it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """A relation with the columns that may be read; `pages`: 0 where it has none of its own (views)."""

    schema: str
    name: str
    columns: tuple[str, ...]
    pages: int = 0
    rows_a_page: float | None = None

    @property
    def is_large(self) -> bool:
        """Whether a sample of some pages is cheaper than, and better than, the first rows."""
        return self.pages > SPREAD_OVER_PAGES


def sample_sql(facts: TableFacts, texts: Collection[str], max_rows: int, *, is_spread: bool) -> str:
    """Return the statement; columns come as text, by place, those of `texts` cut before they are read whole."""
    rows = min(max_rows, max(FEWEST_ROWS, MOST_VALUES // len(facts.columns)))
    length = max(SHORTEST_BOUND, min(LONGEST_VALUE, MOST_CHARACTERS // (rows * len(facts.columns))))
    outputs = ", ".join(_output(column, length, is_text=column in texts) for column in facts.columns)
    source = f"{_quoted(facts.schema)}.{_quoted(facts.name)} AS t"
    if is_spread:
        percent = 100 * SPREAD_OVER_PAGES / facts.pages
        share = min(1.0, rows / (SPREAD_OVER_PAGES * (facts.rows_a_page or USUAL_ROWS_A_PAGE)))
        source += f" TABLESAMPLE SYSTEM ({percent:.6f}) WHERE pg_catalog.random() < {share:.6f}"
    return f"SELECT {outputs} FROM {source} LIMIT {rows:d}"  # noqa: S608 - names are quoted, numbers are our own


def _output(column: str, length: int, *, is_text: bool) -> str:
    """Return a column's beginning as text; `format` writes any type with its own output function, never with a cast."""
    name = f"t.{_quoted(column)}"
    if is_text:
        return f"pg_catalog.left(CAST({name} AS pg_catalog.text), {length:d})"
    written = f"pg_catalog.left(pg_catalog.format('%s', {name}), {length:d})"
    return f"CASE WHEN pg_catalog.pg_column_size({name}) < {MOST_STORED_BYTES:d} THEN {written} END"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
