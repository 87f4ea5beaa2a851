"""Says what the detectors find in samples of columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from types import MappingProxyType

import orjson

from relay.adapters.outbound.masking.bytes_text import text_in_hexadecimal
from relay.adapters.outbound.masking.column_masking import NUMERIC_TYPES, TYPES_WITHOUT_NUMBERS
from relay.adapters.outbound.masking.engine import Engine
from relay.adapters.outbound.masking.numbers import WHOLE_NUMBER
from relay.adapters.outbound.masking.spans import Found
from relay.adapters.outbound.masking.values import UNREADABLE, UNREADABLE_MASK, plain
from relay.application.ports.database import ColumnSample
from relay.domain.json_value import JsonValue
from relay.domain.masking import MaskingSettings
from relay.domain.protection import ColumnEvidence

_NESTED_TYPES = frozenset({"json", "jsonb", "hstore", "xml", "object", "array"})
_SHORTEST_NESTED = 2
"""`{}`, `[]`: as good as empty."""
_UNREADABLE = Found(text="", detectors=(UNREADABLE,), first_mask=UNREADABLE_MASK)


def build_examiner(settings: MaskingSettings) -> RuleExaminer:
    """Compile the settings, switched on or not. Raises ValueError for what can't be used."""
    return RuleExaminer(Engine(settings))


class RuleExaminer:
    """Implements ColumnExaminer with the masker's own detectors and patterns."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def examine(self, sample: ColumnSample) -> ColumnEvidence:
        """See ColumnExaminer; a value that can't be looked at counts as one that holds something."""
        is_nested = _is_nested(sample)
        texts = [text for text in map(_text, sample.values) if len(text) > (_SHORTEST_NESTED if is_nested else 0)]
        whole: Counter[str] = Counter()
        inside: Counter[str] = Counter()
        masks: dict[str, str] = {}
        for found in self._look(sample, texts):
            inside.update(found.detectors)
            masks.setdefault(found.detectors[0], found.first_mask)
            if found.text == found.first_mask and not is_nested:
                whole[found.detectors[0]] += 1
        return ColumnEvidence(
            column=sample.name,
            type=sample.type,
            is_text=sample.is_text,
            values=len(texts),
            mean_length=sum(map(len, texts)) / len(texts) if texts else 0.0,
            is_nested=is_nested,
            whole=MappingProxyType(dict(whole)),
            inside=MappingProxyType(dict(inside)),
            masks=MappingProxyType(masks),
        )

    def _look(self, sample: ColumnSample, texts: Sequence[str]) -> Iterator[Found]:
        """Yield what is found, value by value."""
        readable = {text: _readable(text) for text in texts}
        try:
            hits = self._engine.find(list(dict.fromkeys(readable.values())))
        except Exception:  # noqa: BLE001 - what can't be looked at may hold anything
            yield from (_UNREADABLE for _ in texts)
            return
        for text in texts:
            found = self._in_number(sample, text) or hits.get(readable[text])
            if found is not None:
                yield found

    def _in_number(self, sample: ColumnSample, text: str) -> Found | None:
        if sample.type not in NUMERIC_TYPES and (sample.is_text or sample.type in TYPES_WITHOUT_NUMBERS):
            return None
        number = WHOLE_NUMBER.fullmatch(text)
        return None if number is None else self._engine.find_number(int(number.group(1)))


def _is_nested(sample: ColumnSample) -> bool:
    is_container = any(isinstance(value, (dict, list)) for value in sample.values)
    return is_container or sample.type in _NESTED_TYPES or (sample.is_text and sample.type.startswith("_"))


def _text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dict, list)):
        return orjson.dumps(plain(value)).decode()
    return str(value)


def _readable(text: str) -> str:
    """Return what binary data says, so that a match inside it does not count as the whole of it."""
    if not text.startswith("\\x"):
        return text
    return next(text_in_hexadecimal(text), text)
