"""Numbers from which a canary's number could be computed back."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
OTHER_BASES = ((re.compile(r"[0-9a-fA-F]{8,}"), 16), (re.compile(r"[0-7]{10,}"), 8), (re.compile(r"[01]{25,}"), 2))
FEWEST_DIGITS = 9
SMALLEST = 2.0
CLOSE = 1e-8
"""Relative: closer than any two unrelated numbers of a test come."""
MULTIPLES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 100, 1000)
WAYS: dict[str, Callable[[int], float]] = {
    "square root": math.sqrt,
    "cube root": math.cbrt,
    "natural logarithm": math.log,
    "logarithm": math.log10,
    "square": lambda number: float(number * number),
    "complement": lambda number: float(10 ** len(str(number)) - number),
    "nines' complement": lambda number: float(10 ** len(str(number)) - 1 - number),
    "radians": math.radians,
    **{f"times {factor}": (lambda number, factor=factor: float(number * factor)) for factor in MULTIPLES},
    **{f"divided by {factor}": (lambda number, factor=factor: number / factor) for factor in MULTIPLES},
}


class Numbers:
    """Knows what the usual ways make of each canary that is a number."""

    def __init__(self, digits: Iterable[tuple[str, str]]) -> None:
        """`digits`: canaries' names and digits."""
        known = {(name, int(text)) for name, text in digits if len(text) >= FEWEST_DIGITS}
        self._exact = {number: name for name, number in known}
        made = [(way(number), name, kind) for name, number in known for kind, way in WAYS.items()]
        self._made = sorted(made)
        self._values = [value for value, _, _ in self._made]

    def found(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield a canary's name and what was done to it."""
        for pattern, base in OTHER_BASES:
            for word in pattern.findall(text):
                name = self._exact.get(int(word, base))
                if name is not None:
                    yield name, f"in base {base}"
        for word in NUMBER.findall(text):
            yield from self._near(abs(float(word)))

    def _near(self, value: float) -> Iterator[tuple[str, str]]:
        if not SMALLEST < value < math.inf or value == int(value) < 10**6:
            return
        place = bisect_left(self._values, value)
        for made, name, kind in self._made[max(0, place - 1) : place + 1]:
            if abs(made - value) <= CLOSE * value:
                yield name, kind
