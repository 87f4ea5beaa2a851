"""What has to stay readable: a cell without personal values as it is, else the words beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from canaries.oracle import Oracle
from canaries.values import Canary

WORD = re.compile(r"\w{3,}")


class Visible:
    """Compares an answer with what the server itself says."""

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self._canaries = tuple(canaries)
        self._oracle = Oracle(self._canaries)

    def differences(self, direct: Sequence[Mapping[str, Any]], answered: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return where an answer says something else, or less, than it has to."""
        if len(direct) != len(answered):
            return [f"{len(answered)} rows instead of {len(direct)}"]
        return [
            f"row {number}, {name}: {answer.get(name)!r} instead of {value!r}"
            for number, (row, answer) in enumerate(zip(direct, answered, strict=True))
            for name, value in row.items()
            if not self._is_right(value, answer.get(name))
        ]

    def _is_right(self, value: Any, answer: Any) -> bool:  # noqa: ANN401 - whatever JSON holds
        if isinstance(value, dict) and isinstance(answer, dict):
            return len(value) == len(answer) and all(
                self._is_right(one, answer.get(key)) for key, one in value.items() if not self._is_personal(key)
            )
        if isinstance(value, list) and isinstance(answer, list):
            return len(value) == len(answer) and all(map(self._is_right, value, answer))
        if not self._is_personal(value):
            return same(value, answer)
        return all(word in str(answer) for word in self._words(str(value)))

    def _is_personal(self, value: object) -> bool:
        return bool(self._oracle.leaks({"value": str(value)}))

    def _words(self, text: str) -> list[str]:
        for canary in self._canaries:
            text = text.replace(canary.text, " ")
        return WORD.findall(text)


def same(value: object, answer: object) -> bool:
    """Whether two values are equal; the wire carries exact numbers as strings."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and answer is not None:
        return str(value) == str(answer) or float(value) == float(str(answer))
    return value == answer
