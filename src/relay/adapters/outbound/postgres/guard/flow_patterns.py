"""What a pattern or a separator looks for: text, kinds of characters, or single characters that would tell a value."""

from __future__ import annotations

import re

MIN_NEEDLE = 3
"""Characters of a constant that what is hidden may be compared with."""

_OPTIONS = re.compile(r"\(\?[a-z]+\)|\*\*\*[=:]|\(\?[:=!]|\(\?<[=!]")
_ESCAPES = re.compile(r"\\.")
_CLASSES = re.compile(r"\[\^?\]?(?:\[[:.=][^\]\[]*\]|\\.|[^\]\\])*\]")
_KINDS = re.compile(
    r"\\[dDwWsSyYmMAZntr]|\\[^A-Za-z0-9@]|\[\[:[a-z]+:\]\]"
    r"|\[\^?(?:0-9|a-z|A-Z|\\[dwsntr]|\\?[^\w\s@\[\]\\-]|\s)+_?-?\]|\{[0-9,]*\}"
)
_OPTIONAL = re.compile(r"\w(?:[?*]|\{[0-9,]*\}\??)")
_WORDED = re.compile(r"[^\W_]|@")
_META = re.compile(r"[\\^$.|?*+()\[\]{}]")
_BLANKS = re.compile(r"(?:\\[sntr]|[^\w\\@.\-\[\](){}?*|^$]|\[(?:\\[sntr]|[^\w\\@.\-\[\]^])+\])+")
_RUNS = re.compile(
    r"(?=.*[^()])(?:\\[dDwWsS]\+|\[\^?(?:0-9|a-z|A-Z|\\[dws]|_)+\]\+|\[\[:[a-z]+:\]\]\+|\\[^\w]"
    r"|[^\w\\.\[\]{}?*+|^$()]|\((?!\?)|\))+"
)
_LONGEST = 256
"""A longer pattern counts as one that may look for anything."""


def needle(pattern: str) -> int:
    """Return how many characters a regular expression surely looks for, outside of its classes."""
    if len(pattern) > _LONGEST:
        return 0
    bare = _OPTIONS.sub("", pattern)
    bare = _CLASSES.sub("", _ESCAPES.sub("", bare))
    return min(len(_WORDED.findall(_OPTIONAL.sub("", one))) for one in bare.split("|"))


def is_of_kinds(pattern: str) -> bool:
    """Whether a regular expression tells digits, letters and punctuation apart, but none of them from one another."""
    return len(pattern) <= _LONGEST and _WORDED.search(_KINDS.sub("", _OPTIONS.sub("", pattern))) is None


def tells_little(pattern: str) -> bool:
    """Whether rows found by a regular expression are no single characters: runs of a kind, or what follows a word."""
    return (len(pattern) <= _LONGEST and _RUNS.fullmatch(pattern) is not None) or needle(pattern) >= MIN_NEEDLE


def tells_no_place(pattern: str) -> bool:
    """Whether the place or number of a regular expression's matches tells no single characters."""
    return is_of_kinds(pattern) or (len(pattern) >= MIN_NEEDLE and _META.search(pattern) is None)


def is_blank_pattern(pattern: str) -> bool:
    """Whether a regular expression parts a text at blanks, commas and the like."""
    return len(pattern) <= _LONGEST and _BLANKS.fullmatch(pattern) is not None


def is_blank(separator: str) -> bool:
    """Whether a separator is none of the characters that values consist of."""
    return not any(char.isalnum() or char in "@.-_" for char in separator)


def is_punctuation(separator: str) -> bool:
    """Whether a separator has no letters and digits."""
    return not any(char.isalnum() for char in separator)
