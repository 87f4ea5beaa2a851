"""From the tree of an answer's documents to what is done to them: here, and by the masker."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from relay.adapters.outbound.mongodb.protection.documents import Documents
from relay.adapters.outbound.mongodb.protection.flows import Flow, Holds, Made, Value
from relay.adapters.outbound.mongodb.protection.knowledge import Knowledge
from relay.adapters.outbound.mongodb.protection.output_tree import OutputNode, OutputTrees
from relay.adapters.outbound.mongodb.protection.outputs import Change, Outputs, Replacement
from relay.adapters.outbound.mongodb.protection.refusals import refuse
from relay.adapters.outbound.mongodb.protection.steps import Steps
from relay.domain.masking import DerivedAction
from relay.domain.protection import ColumnAction, Protection
from relay.domain.results import DETECT, Handling, Treatment

_TEXTS = (Holds.FREE_TEXT, Holds.UNKNOWN)
PASSED = Treatment(handling=Handling.PASS)
NAME_THE_FIELD = "output the field itself, which is masked where it must be, or count and group by it"


class Treatments:
    """Decides what becomes of the fields of one answer. With `derived: deny` a value to be masked whole is refused."""

    def __init__(self, *, knowledge: Knowledge, documents: Documents, protection: Protection, steps: Steps) -> None:
        self._documents = documents
        self._knowledge = knowledge
        self._protection = protection
        self._trees = OutputTrees(knowledge=knowledge, steps=steps)

    def of(self, value: Value) -> Outputs:
        """Return what happens to the documents that the last stage yields."""
        tree = self._trees.of(value)
        closed = not value.places and not value.made and not value.varying
        treatments = {name: self._treatment(node) for name, node in tree.children.items()}
        exempt = {name: PASSED for name in tree.children if self._is_exempt(self._documents.field(value, name))}
        return Outputs(
            change=self._change(tree, "the document"),
            treatments=MappingProxyType({**treatments, **exempt}),
            default=self._treatment(OutputNode(made=tree.made, is_text=tree.is_text)),
            names=frozenset(value.fields) if closed else None,
            hash_key=self._protection.hash_key,
        )

    def _change(self, node: OutputNode, at: str) -> Change:
        fields = {name: self._change(child, name) for name, child in node.children.items()}
        kept = MappingProxyType({name: change for name, change in fields.items() if not change.is_nothing})
        whole = _whole(node)
        if whole is not None and self._protection.derived is DerivedAction.DENY:
            refuse(whole.column, "computed with", at, NAME_THE_FIELD)
        pair = node.rule
        if pair is not None and pair[1].action is not ColumnAction.PASS:
            mask = self._knowledge.mask_of(*pair) if pair[1].action is ColumnAction.MASK else ""
            if whole is None:
                return Change(action=pair[1].action, mask=mask, fields=kept)
        if whole is None:
            return Change(fields=kept)
        text = whole.column.mask if node.is_text else None
        return Change(replacement=Replacement(mask=text, null_too=whole.flow is Flow.OPAQUE), fields=kept)

    def _treatment(self, node: OutputNode) -> Treatment:
        whole = _whole(node)
        if whole is not None:
            mask = whole.column.mask if node.is_text else None
            return Treatment(handling=Handling.WHOLE, mask=mask, detector=whole.column.detector)
        return _scrub(list(_made_within(node)))

    def _is_exempt(self, value: Value) -> bool:
        """Whether a field holds exempt values or tokens, and nothing else that is stored."""
        if value.fields or not (value.places or value.made):
            return False
        made = all(one.column.holds is Holds.EXEMPT for one in value.made)
        return made and all(map(self._knowledge.leaves_as_it_is, value.places))


def _whole(node: OutputNode) -> Made | None:
    """Return of what a value to be masked as a whole was made, the most that was lost first."""
    found = [one for one in node.made if _is_hidden(one)]
    return max(found, key=lambda one: (one.flow, one.column.detector is not None, one.column.name), default=None)


def _is_hidden(one: Made) -> bool:
    holds = one.column.holds
    if holds is Holds.RULED:
        return True
    return one.flow > Flow.PLAIN if holds is Holds.IDENTIFIER else holds in _TEXTS and one.flow is Flow.OPAQUE


def _made_within(node: OutputNode) -> Iterable[Made]:
    yield from node.made
    for child in node.children.values():
        yield from _made_within(child)


def _scrub(made: list[Made]) -> Treatment:
    texts = [one for one in made if one.column.holds in _TEXTS and one.flow in (Flow.CASED, Flow.PICKED, Flow.CUT)]
    if not texts:
        return DETECT
    cuts = [one for one in texts if one.flow is Flow.CUT]
    lengths = {one.cut_length for one in cuts}
    return Treatment(
        handling=Handling.SCRUB,
        is_cut=bool(cuts),
        starts_whole=bool(cuts) and all(one.starts_whole for one in cuts),
        cut_length=lengths.pop() if len(lengths) == 1 else None,
    )
