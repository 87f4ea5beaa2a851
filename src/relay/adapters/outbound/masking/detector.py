"""What a detector is: a row of data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from relay.adapters.outbound.masking.surroundings import Span

Judge = Callable[[bytes, int, int], Span | None]
"""Looks at a candidate in its surroundings: the span to mask, or None. Linear in the candidate's length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to write a value: an RE2 pattern over the view's bytes, and who judges its matches.

    `trigger`: a narrower pattern that is found wherever the judge could accept, for the first look that says which
    texts are worth a second; it may count on a separator before and behind the text. `begins_number`: the judge accepts
    nothing right behind a digit, so that the first look need not begin at each digit of a long number; a state for each
    way in which digits can follow one another would be too many.
    """

    pattern: str
    judge: Judge
    trigger: str = ""
    begins_number: bool = False

    @property
    def first_look(self) -> str:
        """Return the pattern that is found wherever the judge could accept."""
        return self.trigger or (f"[^0-9](?:{self.pattern})" if self.begins_number else self.pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """One kind of personal data or credential, and the fixed mask that takes its place.

    `examples` are masked as a whole, `counter_examples` stay as they are.
    """

    name: str
    mask: str
    on_by_default: bool
    forms: tuple[Form, ...]
    source: str
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]
