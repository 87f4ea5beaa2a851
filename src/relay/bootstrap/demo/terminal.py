"""Plain lines for a pipe, coloured ones for a terminal. What comes from outside can steer neither."""

from __future__ import annotations

import os
import shutil
import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from typing import TextIO

PIPE_WIDTH = 120
NARROWEST, WIDEST = 60, 160
RESET = "\x1b[0m"
STYLES: Mapping[str, str] = {
    "title": "\x1b[1m",
    "good": "\x1b[32m",
    "bad": "\x1b[31m",
    "masked": "\x1b[33m",
    "quiet": "\x1b[2m",
    "name": "\x1b[36m",
}


def printable(text: str) -> str:
    """Replace control characters, and those that reorder text, by their escapes."""
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
        return character.encode("unicode_escape").decode("ascii")
    return character


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Where the demo prints. `width` in columns."""

    out: TextIO
    width: int
    coloured: bool

    def style(self, name: str, text: str) -> str:
        """Return the text in one of STYLES, if colours are on."""
        return f"{STYLES[name]}{text}{RESET}" if self.coloured and text else text

    def line(self, text: str = "", *, indent: int = 0) -> None:
        """Print one line, and send it on its way."""
        self.out.write(f"{' ' * indent}{text}".rstrip() + "\n")
        self.out.flush()

    def paragraph(self, text: str, *, indent: int = 0, style: str | None = None) -> None:
        """Print a text from outside, wrapped at the width."""
        for part in textwrap.wrap(printable(text), self.width - indent, break_on_hyphens=False):
            self.line(self.style(style, part) if style else part, indent=indent)

    def bullet(
        self, mark: str, text: str, *, mark_style: str = "quiet", style: str | None = None, indent: int = 2
    ) -> None:
        """Print a text from outside behind a mark, wrapped beside it."""
        room = self.width - indent - len(mark) - 1
        for number, part in enumerate(textwrap.wrap(printable(text), room, break_on_hyphens=False)):
            head = self.style(mark_style, mark) if number == 0 else " " * len(mark)
            self.line(f"{head} {self.style(style, part) if style else part}", indent=indent)


def terminal_for(out: TextIO, environment: Mapping[str, str] = os.environ) -> Terminal:
    """Return colours for a terminal that has them and did not decline (https://no-color.org), else plain text."""
    if isinstance(out, TextIOWrapper):
        out.reconfigure(errors="replace")  # a character that the terminal's encoding lacks must not end the tour
    is_terminal = out.isatty()
    columns = shutil.get_terminal_size((PIPE_WIDTH, 24)).columns if is_terminal else PIPE_WIDTH
    wants_colour = not environment.get("NO_COLOR") and environment.get("TERM", "") != "dumb"
    return Terminal(out=out, width=min(max(columns, NARROWEST), WIDEST), coloured=is_terminal and wants_colour)
