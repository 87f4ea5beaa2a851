"""What is known of the stored fields that one statement reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from relay.adapters.outbound.mongodb.protection.classes import LearntClasses
from relay.adapters.outbound.mongodb.protection.flows import Column, Flow, Holds, Made, Place, Value
from relay.adapters.outbound.mongodb.protection.paths import class_path, is_at_or_above
from relay.adapters.outbound.mongodb.protection.rules import PathRule, covering, inside
from relay.adapters.outbound.mongodb.protection.steps import Steps
from relay.domain.masking import DerivedAction
from relay.domain.protection import ColumnAction, ColumnClass, ColumnKind, Protection

PLAIN_MASK = "***"
_HOLDS: Mapping[ColumnKind, Holds] = {
    ColumnKind.IDENTIFIER: Holds.IDENTIFIER,
    ColumnKind.FREE_TEXT: Holds.FREE_TEXT,
    ColumnKind.NEITHER: Holds.CLEAN,
    ColumnKind.UNKNOWN: Holds.UNKNOWN,
}


class Knowledge:
    """Rules and classes, for one statement; notes the collections whose samples it lacks.

    `rules_of` gives a collection's or view's rules. Without `classes` (offline, or where only rules are in force) no
    field is looked at for what it holds.
    """

    def __init__(
        self,
        *,
        rules_of: Callable[[str], tuple[PathRule, ...]],
        protection: Protection,
        classes: LearntClasses | None,
        steps: Steps,
    ) -> None:
        self._rules_of = rules_of
        self._steps = steps
        self._masks = protection.masks
        self._classes = classes if protection.masking_enabled else None
        self.follows_values = protection.masking_enabled and protection.derived is not DerivedAction.ALLOW
        self._columns: dict[Place, tuple[Column, ...]] = {}
        self.unsampled: dict[str, None] = {}

    def rules_of(self, collection: str) -> tuple[PathRule, ...]:
        """Return the rules of a collection or view."""
        return self._rules_of(collection)

    def mask_of(self, collection: str, rule: PathRule) -> str:
        """Return the text that takes the place of a value under a rule: of its kind, else of what a sample found."""
        if rule.kind is not None:
            return self._masks.get(rule.kind, PLAIN_MASK)
        learnt = (self._classes_of(collection) or {}).get(class_path(rule.path))
        return (learnt and learnt.mask) or PLAIN_MASK

    def columns(self, place: Place) -> tuple[Column, ...]:
        """Return the stored fields that a place holds or lies in; never none."""
        known = self._columns.get(place)
        if known is None:
            known = self._columns[place] = self._look_up(place)
        return known

    def _look_up(self, place: Place) -> tuple[Column, ...]:
        over, within = self._rules_at(place)
        ruled = tuple(self._ruled(place.collection, rule) for rule in (*over, *within))
        if over:
            return ruled
        return (*ruled, *self._classified(place, ruled=tuple(class_path(rule.path) for rule in within)))

    def made(self, value: Value, flow: Flow) -> frozenset[Made]:
        """Return all that a value holds, at any depth, as it is after a step that leaves `flow` of it."""
        return self._made(value, flow, self.columns)

    def ruled(self, value: Value) -> frozenset[Made]:
        """Return what a value holds that was computed or is under a rule; what fields hold is not asked for."""
        return self._made(value, Flow.PLAIN, self._ruled_within)

    def _made(self, value: Value, flow: Flow, columns: Callable[[Place], Iterable[Column]]) -> frozenset[Made]:
        found = {Made(column=column, flow=flow) for place in value.places for column in columns(place)}
        for one in value.made:
            found.add(one if flow <= one.flow else Made(column=one.column, flow=flow, loose=one.loose))
        for part in value.fields.values():
            self._steps.take()
            found |= self._made(part, flow, columns)
        return frozenset(found)

    def rule_over(self, place: Place) -> Column | None:
        """Return the rule that a place itself is under, not those of what it holds."""
        over = covering(self.rules_of(place.collection), place.path)
        return None if over is None else self._ruled(place.collection, over)

    def leaves_as_it_is(self, place: Place) -> bool:
        """Whether no detector need look at what a place holds: it is all under a `pass` rule, or becomes tokens."""
        over, within = self._rules_at(place)
        if not over or any(rule.action is not ColumnAction.PASS for rule in within):
            return False
        return over[0].action in (ColumnAction.PASS, ColumnAction.HASH)

    def _ruled_within(self, place: Place) -> Iterable[Column]:
        over, within = self._rules_at(place)
        return [self._ruled(place.collection, rule) for rule in (*over, *within)]

    def _rules_at(self, place: Place) -> tuple[tuple[PathRule, ...], tuple[PathRule, ...]]:
        """Return the rule over a place, and those within it that are stricter."""
        rules = self.rules_of(place.collection)
        over, within = covering(rules, place.path), inside(rules, place.path)
        if over is None:
            return (), within
        return (over,), within if over.action is ColumnAction.PASS else ()

    def _ruled(self, collection: str, rule: PathRule) -> Column:
        holds = Holds.EXEMPT if rule.action is ColumnAction.PASS else Holds.RULED
        return Column(name=f"{collection}.{rule.path}".rstrip("."), holds=holds, action=rule.action)

    def _classified(self, place: Place, *, ruled: tuple[str, ...]) -> list[Column]:
        name = f"{place.collection}.{class_path(place.path)}".rstrip(".")
        nothing = [Column(name=name, holds=Holds.CLEAN)]
        classes = self._classes_of(place.collection) if self.follows_values else None
        if classes is None:
            return nothing
        path = class_path(place.path)
        near = {known: one for known, one in classes.items() if is_at_or_above(path, known)}
        over = {known: one for known, one in classes.items() if known != path and is_at_or_above(known, path)}
        free = {
            known: one
            for known, one in (near or over).items()
            if not any(is_at_or_above(rule, known) for rule in ruled)
        }
        found = [_column(f"{place.collection}.{known}", one) for known, one in free.items()]
        if not (near or over) or any(known != path for known in near):
            found.append(Column(name=name, holds=Holds.UNKNOWN))  # what the sample did not happen to hold
        return found or nothing

    def _classes_of(self, collection: str) -> Mapping[str, ColumnClass] | None:
        """Return the classes by path; a collection that has to be sampled first is noted, and counts as clean."""
        if self._classes is None:
            return None
        classes = self._classes.of(collection)
        if classes is None:
            self.unsampled[collection] = None
        else:
            self._steps.take(1 + len(classes) // 10)
        return classes


def _column(name: str, known: ColumnClass) -> Column:
    mask = known.mask or PLAIN_MASK
    return Column(name=name, holds=_HOLDS[known.kind], detector=known.detector, mask=mask)
