"""Lets `${…}` stand unquoted in flow style, as in `{uri: ${MONGO_URI}}`, where YAML would read its brace as a mapping.

Before parsing, the characters of a reference that mean something to YAML are swapped for private ones, one for one,
so that lines and columns stay; after parsing they are swapped back in each scalar.
"""

from __future__ import annotations

import re

_REFERENCE = re.compile(r"\$\{[^{}\r\n]*\}")
_INDICATORS = "{}[],:#"
_PRIVATE_BASE = 0x10F000
"""In the last private plane of Unicode, where no font or file has anything."""
_TO_PRIVATE = {ord(character): _PRIVATE_BASE + ord(character) for character in _INDICATORS}
_FROM_PRIVATE = {private: public for public, private in _TO_PRIVATE.items()}
_PRIVATE = re.compile("[" + "".join(map(chr, _FROM_PRIVATE)) + "]")


def shield(text: str) -> str:
    """Hide the references of a YAML text from its parser; length and line breaks stay."""
    return _REFERENCE.sub(lambda match: match.group().translate(_TO_PRIVATE), text)


def unshield(text: str) -> str:
    """Bring the references of one scalar back."""
    return text.translate(_FROM_PRIVATE)


def find_private(text: str) -> int | None:
    """Return the offset of a character that a file may not contain, since it is taken here."""
    match = _PRIVATE.search(text)
    return None if match is None else match.start()
