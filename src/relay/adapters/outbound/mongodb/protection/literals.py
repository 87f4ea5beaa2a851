"""The constants of a statement that stand beside protected values: how many guesses they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from relay.adapters.outbound.mongodb.protection.flows import COMPUTED, Value


def leaves(value: object) -> Iterable[object]:
    """Yield each constant in a value, or in a literal, at any depth."""
    if isinstance(value, Value):
        for literal in value.literals:
            yield from leaves(literal)
        for part in value.fields.values():
            yield from leaves(part)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def is_alone(value: Value) -> bool:
    """Whether no constant and nothing generated is beside what is stored."""
    return not value.holds_generated and all(literal is None for literal in leaves(value))


def guesses(values: Iterable[Value]) -> int | None:
    """Return how many constants there are with which a text could be compared; None: as many as somebody likes."""
    found = [literal for value in values for literal in leaves(value)]
    if any(literal is COMPUTED for literal in found):
        return None
    return sum(literal is not None and not isinstance(literal, int | float) for literal in found)
