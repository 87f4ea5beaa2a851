"""Where in the documents that leave protected values stand, from what is known of the last stage's documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from relay.adapters.outbound.mongodb.protection.flows import NOTHING, Holds, Made, Place, Value
from relay.adapters.outbound.mongodb.protection.knowledge import Knowledge
from relay.adapters.outbound.mongodb.protection.paths import below, without_positions
from relay.adapters.outbound.mongodb.protection.rules import PathRule, covering, inside, strictest
from relay.adapters.outbound.mongodb.protection.steps import Steps
from relay.domain.protection import ColumnAction


@dataclass(slots=True, kw_only=True)
class OutputNode:
    """One field of the documents: the rules it is under, what was made into it, its own fields."""

    rules: list[tuple[str, PathRule]] = field(default_factory=list)
    made: set[Made] = field(default_factory=set)
    is_text: bool = True
    children: dict[str, OutputNode] = field(default_factory=dict)

    def child(self, name: str) -> OutputNode:
        """Return the node of a field, made if need be."""
        return self.children.setdefault(name, OutputNode())

    @property
    def rule(self) -> tuple[str, PathRule] | None:
        """The strictest rule with its collection."""
        best = strictest(rule for _, rule in self.rules)
        return next((pair for pair in self.rules if pair[1] is best), None)


class OutputTrees:
    """Makes the tree of one statement's documents."""

    def __init__(self, *, knowledge: Knowledge, steps: Steps) -> None:
        self._knowledge = knowledge
        self._steps = steps

    def of(self, value: Value) -> OutputNode:
        """Return the tree."""
        node = OutputNode()
        self._fill(node, value)
        return node

    def _fill(self, node: OutputNode, value: Value) -> None:
        self._steps.take()
        for place in value.places:
            self._place(node, place, value)
        node.made |= value.made
        if value.made:
            node.is_text = node.is_text and value.is_text
        for name, part in value.fields.items():
            self._fill(node.child(name), part)
            if name.isdecimal():
                self._fill(node, part)  # what was meant for one element of an array may stand in each

    def _place(self, node: OutputNode, place: Place, value: Value) -> None:
        rules = self._knowledge.rules_of(place.collection)
        over = covering(rules, place.path)
        if over is not None:
            node.rules.append((place.collection, over))
            if over.action is not ColumnAction.PASS:
                return
        for rule in inside(rules, place.path):
            path = below(rule.path, without_positions(place.path)).split(".")
            if path[0] in value.fields and value.fields[path[0]] is not NOTHING:
                continue  # another value took its place, and is looked at by itself
            at = node
            for name in path:
                self._steps.take()
                at = at.child(name)
            at.rules.append((place.collection, rule))


def rules_of_view(tree: OutputNode) -> tuple[PathRule, ...]:
    """Return the rules that follow the data into a view: a bare field takes its rule, what is computed is masked."""
    return tuple(_rules_within(tree, ""))


def _rules_within(node: OutputNode, path: str) -> Iterator[PathRule]:
    best = strictest([rule for _, rule in node.rules] + [_computed(one) for one in node.made if one.column.action])
    if best is not None and (best.action is not ColumnAction.PASS or _is_all_exempt(node)):
        yield PathRule(path=path, action=best.action, kind=best.kind)
    for name, child in node.children.items():
        yield from _rules_within(child, f"{path}.{name}" if path else name)


def _is_all_exempt(node: OutputNode) -> bool:
    return all(one.column.holds is Holds.EXEMPT for one in node.made)


def _computed(one: Made) -> PathRule:
    strict = one.column.action in (ColumnAction.DENY, ColumnAction.DROP, ColumnAction.PASS)
    return PathRule(path="", action=one.column.action if strict and one.column.action else ColumnAction.MASK)
