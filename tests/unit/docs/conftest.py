"""The pages, taken apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Page:
    """One Markdown file; `prose` is the text without code blocks, `blocks` are those by language."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def prose(self) -> str:
        return FENCE.sub("", self.text)

    def blocks(self, language: str) -> list[str]:
        return [body for found, body in FENCE.findall(self.text) if found == language]

    @property
    def anchors(self) -> set[str]:
        """Names of the headings, as GitHub makes them."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.fixture(scope="session")
def page() -> Callable[[str], Page]:
    return lambda name: Page(path=ROOT / name, text=(ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def pages(page) -> list[Page]:
    """Every page of the repository."""
    paths = [ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("benchmarks/*.md"), *(ROOT / "docs").rglob("*.md")]
    return [page(str(path.relative_to(ROOT))) for path in sorted(paths)]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
