"""Lays out rows as a table that fits the terminal."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence

from relay.bootstrap.demo.terminal import Terminal, printable
from relay.domain.json_value import JsonValue

SEPARATOR = " │ "
NARROWEST_COLUMN = 6
MOST_ROWS = 5
MASK = "***"


def print_table(
    terminal: Terminal,
    rows: Sequence[Mapping[str, JsonValue]],
    *,
    columns: Sequence[str] = (),
    most_rows: int = MOST_ROWS,
    indent: int = 0,
) -> None:
    """Print the first rows; `columns` picks some, else all that the rows have. What does not fit is cut with `…`."""
    names = [*columns] or list(dict.fromkeys(name for row in rows for name in row))
    if not rows or not names:
        return
    shown = [[cell_text(row.get(name, "")) for name in names] for row in rows[:most_rows]]
    heads = [printable(name) for name in names]
    needed = [max(map(text_width, column)) for column in zip(heads, *shown, strict=True)]
    widths = fit(needed, terminal.width - indent - len(SEPARATOR) * (len(names) - 1))
    line = SEPARATOR.join(terminal.style("name", pad(head, width)) for head, width in zip(heads, widths, strict=True))
    terminal.line(line, indent=indent)
    terminal.line(terminal.style("quiet", "─┼─".join("─" * width for width in widths)), indent=indent)
    for row in shown:
        cells = zip(row, widths, strict=True)
        terminal.line(SEPARATOR.join(_cell(terminal, pad(text, width)) for text, width in cells), indent=indent)
    if len(rows) > most_rows:
        terminal.line(terminal.style("quiet", f"… and {len(rows) - most_rows} more"), indent=indent)


def cell_text(value: JsonValue) -> str:
    """Write a value in one line: text as it is, anything else as JSON."""
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def fit(needed: Sequence[int], room: int) -> list[int]:
    """Return widths that add up to `room` at most, taking from the widest first; none falls below the narrowest."""
    widths = list(needed)
    while sum(widths) > room and max(widths) > NARROWEST_COLUMN:
        widths[widths.index(max(widths))] -= 1
    return widths


def pad(text: str, width: int) -> str:
    """Return the text at exactly this width, cut with `…` if it is longer."""
    if text_width(text) <= width:
        return text + " " * (width - text_width(text))
    while text and text_width(text) > width - 1:
        text = text[:-1]
    return f"{text}…" + " " * (width - 1 - text_width(text))


def text_width(text: str) -> int:
    """Return how many columns a text takes: wide characters take two, combining ones none."""
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _cell(terminal: Terminal, text: str) -> str:
    return terminal.style("masked", text) if MASK in text else text
