"""What of the labelled pieces went and what stayed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from masking_stranger.pieces import Artifact


@dataclass(slots=True)
class Outcome:
    """Counts by kind of value, family of look-alike and kind of artifact."""

    values: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    look_alikes: Counter[str] = field(default_factory=Counter)
    touched: Counter[str] = field(default_factory=Counter)
    artifacts: Counter[str] = field(default_factory=Counter)
    inexact: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[str, str, str, str]] = field(default_factory=list)
    """What is wrong, the text, what came out, what should have."""


def outcome_of(made: Iterable[Artifact], mask: Callable[[str], str]) -> Outcome:
    """Mask each artifact and compare piece by piece: a value's text gone, a look-alike's still there."""
    counted = Outcome()
    for artifact in made:
        masked = mask(artifact.text)
        counted.artifacts[artifact.kind] += 1
        if masked != artifact.expected:
            counted.inexact[artifact.kind] += 1
        for kind, text in artifact.values:
            counted.values[kind] += 1
            if text in masked:
                counted.left[kind] += 1
                counted.examples.append((f"left {kind} {text!r}", artifact.text, masked, artifact.expected))
        for family, text in artifact.look_alikes:
            counted.look_alikes[family] += 1
            if text not in masked:
                counted.touched[family] += 1
                counted.examples.append((f"touched {family} {text!r}", artifact.text, masked, artifact.expected))
        if masked != artifact.expected:
            counted.examples.append((f"inexact {artifact.kind}", artifact.text, masked, artifact.expected))
    return counted
