"""Nothing that a page points at is missing."""

from __future__ import annotations

import re

LINK = re.compile(r"\]\(([^)\s]+)\)")
SOURCE_PATH = re.compile(r"`((?:src|tests|docs|scripts|benchmarks|requirements)/[\w./-]+)`")
ARCHITECTURE_ROW = re.compile(r"^\| [^|]+ \| ([^|]+) \| (`[^|]+`) \|$", re.MULTILINE)


def test_relative_link_resolves_when_it_stands_on_a_page(pages) -> None:
    broken, seen = [], 0
    for page in pages:
        for target in LINK.findall(page.prose):
            if target.startswith("https://"):
                continue
            seen += 1
            path, _, anchor = target.partition("#")
            file = (page.path.parent / path).resolve() if path else page.path
            other = next((each for each in pages if each.path == file), None)
            if not file.exists() or (anchor and (other is None or anchor not in other.anchors)):
                broken.append((page.name, target))
    assert broken == []
    assert seen > 30


def test_source_path_exists_when_a_page_names_it(pages, root) -> None:
    found = {(page.name, path) for page in pages for path in SOURCE_PATH.findall(page.prose)}
    assert len(found) > 20
    assert sorted(each for each in found if not (root / each[1]).exists()) == []


def test_class_is_where_the_way_of_a_request_says(page, root) -> None:
    rows = ARCHITECTURE_ROW.findall(page("docs/architecture.md").text.partition("## The way of one request")[2])
    assert len(rows) > 10
    for names, files in rows:
        first, *others = re.findall(r"`([^`]+)`", files)
        start = root / "src/relay" / first
        # the files after the first stand beside it, or are paths of their own
        paths = [start, *(root / "src/relay" / other if "/" in other else start.parent / other for other in others)]
        source = "".join(path.read_text(encoding="utf-8") for path in paths)
        for name in re.findall(r"`([^`]+)`", names):
            assert re.search(rf"^(?:class|def|async def) {name}\b", source, re.MULTILINE), (name, files)
