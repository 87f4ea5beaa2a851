"""What happens to the documents of an answer between the fetch and the masker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import cast

from relay.adapters.outbound.mongodb.protection.actions import Changes
from relay.domain.protection import ColumnAction
from relay.domain.results import DETECT, Treatment

_MISSING = object()
_JSON_BEGINS = ("{", "[")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """What takes the place of a computed value; `null_too`: whether there was one must not be told either."""

    mask: str | None
    null_too: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of one field of a document, or, deeper, of its fields."""

    action: ColumnAction | None = None
    mask: str = "***"
    replacement: Replacement | None = None
    fields: Mapping[str, Change] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_nothing(self) -> bool:
        """Whether it changes nothing."""
        return self.action in (None, ColumnAction.PASS) and self.replacement is None and not self.fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Changes and treatments of one answer's fields; `default` is for a name that is not among the treatments.

    `names`: the only fields that may be there, None where stored documents leave as they are.
    """

    change: Change = field(default_factory=Change)
    treatments: Mapping[str, Treatment] = field(default_factory=lambda: MappingProxyType({}))
    default: Treatment = DETECT
    names: frozenset[str] | None = None
    hash_key: bytes | None = field(default=None, repr=False)

    def treatment(self, name: str) -> Treatment:
        """Return how a field is handled by the masker."""
        return self.treatments.get(name) or self.treatments.get(_first(name), self.default)

    def applied(self, document: Mapping[str, object]) -> Mapping[str, object]:
        """Return a document as it may go on."""
        return self.counted(document)[0]

    def counted(self, document: Mapping[str, object]) -> tuple[Mapping[str, object], Sequence[str]]:
        """Return a document as it may go on, and the top-level fields in which rules replaced values, once for each."""
        if self.names is not None:
            document = {name: value for name, value in document.items() if _first(name) in self.names}
        if self.change.is_nothing:
            return document, ()
        application = _Application(Changes(hash_key=self.hash_key))
        return application.document(self.change, document), application.replaced


class _Application:
    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._depth = 0
        self.replaced: list[str] = []

    def document(self, change: Change, document: Mapping[str, object]) -> Mapping[str, object]:
        if change.action is not None:
            return {}  # all of it is under a rule, the names of its fields too
        if change.replacement is not None:
            return {name: self._value(change, value) for name, value in document.items()}
        out = dict(document)
        for name, deeper in change.fields.items():
            _put(out, name, self._field(name, deeper, out.get(name, _MISSING)))
        for name in [name for name in out if "." in name]:
            _put(out, name, self._field(name, _by_path(change, name), out[name]))
        return out

    def _field(self, name: str, change: Change, value: object) -> object:
        before = self._changes.replaced
        self._depth += 1
        new = self._value(change, value)
        self._depth -= 1
        if self._depth == 0:
            self.replaced += [name] * (self._changes.replaced - before)
        return new

    def _value(self, change: Change, value: object) -> object:
        replacement = change.replacement
        if replacement is not None and (replacement.null_too or value not in (None, _MISSING)):
            return replacement.mask
        if value is _MISSING or change.action is ColumnAction.DENY:
            return _MISSING
        if change.action is not None:
            return self._changes.change(change.action, change.mask, value)
        return self._within(change, value)

    def _within(self, change: Change, value: object) -> object:
        if isinstance(value, list):
            return [item for item in (self._value(change, item) for item in value) if item is not _MISSING]
        if isinstance(value, Mapping):
            return self.document(change, cast("Mapping[str, object]", value))
        if change.fields and isinstance(value, str) and value.lstrip()[:1] in _JSON_BEGINS:
            return change.mask  # a document written as text, as some servers do within lists
        return value


def _first(name: str) -> str:
    """Return the first part of a field's name: a stored name may have points, and some servers name paths so."""
    return name.partition(".")[0]


def _by_path(change: Change, name: str) -> Change:
    for part in name.split("."):
        if change.action is None and change.replacement is None and not part.isdecimal():
            change = change.fields.get(part, _NO_CHANGE)
    return change


def _put(out: dict[str, object], name: str, new: object) -> None:
    if new is _MISSING:
        out.pop(name, None)
    else:
        out[name] = new


_NO_CHANGE = Change()
NO_OUTPUTS = Outputs()
