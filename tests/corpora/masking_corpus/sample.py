"""What a labelled text is, and how a masker does on many of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One text. `kind`: the detector that has to find something, or the family of a hard negative.

    `secrets`: what may not be read in the outcome; `expected`: the outcome, exactly.
    """

    kind: str
    form: str
    text: str
    expected: str
    secrets: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Score:
    """Counts over the samples of one kind. `wrong`: samples and their outcomes that are not as expected."""

    total: int = 0
    leaked: int = 0
    wrong: list[tuple[Sample, str]] = field(default_factory=list)

    @property
    def found_share(self) -> float:
        """Share of the samples in whose outcome no secret is left."""
        return 1 - self.leaked / self.total

    @property
    def exact_share(self) -> float:
        """Share of the samples with exactly the expected outcome."""
        return 1 - len(self.wrong) / self.total


def score(samples: Iterable[Sample], mask: Callable[[str], str], by: str = "kind") -> dict[str, Score]:
    """Mask each sample's text and count, by kind or by form."""
    scores: dict[str, Score] = {}
    for sample in samples:
        counted = scores.setdefault(getattr(sample, by), Score())
        counted.total += 1
        outcome = mask(sample.text)
        counted.leaked += any(secret in outcome for secret in sample.secrets)
        if outcome != sample.expected:
            counted.wrong.append((sample, outcome))
    return scores
