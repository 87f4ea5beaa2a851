"""The constants of a statement that stand beside protected values: how many guesses they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from relay.adapters.outbound.mongodb.protection.flows import COMPUTED, Value


def leaves(value: object) -> Iterable[object]:
    """Yield each constant in a value, or in a literal, at any depth; of a part that is there twice, once."""
    waiting, seen = [value], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, Value):
            if id(one) not in seen:
                waiting += (*one.literals, *one.fields.values())
            seen.add(id(one))
        elif isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one
        else:
            yield one


def is_alone(value: Value) -> bool:
    """Whether no constant and nothing generated is beside what is stored."""
    return not value.holds_generated and all(literal is None for literal in leaves(value))


def guesses(values: Iterable[Value]) -> int | None:
    """Return how many constants there are with which a text could be compared; None: as many as somebody likes."""
    found = [literal for value in values for literal in leaves(value)]
    if any(literal is COMPUTED for literal in found):
        return None
    return sum(literal is not None and not isinstance(literal, int | float) for literal in found)
