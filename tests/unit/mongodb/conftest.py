"""The corpus of statements, a guard to put them to, and one that knows what fields are protected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from relay.adapters.outbound.mongodb.guard import MongoStatementGuard
from relay.adapters.outbound.mongodb.live_catalogue import CatalogueSnapshot, LiveCatalogue
from relay.adapters.outbound.mongodb.protection.classes import LearntClasses
from relay.application.ports.database import InspectedStatement
from relay.domain.masking import DerivedAction
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction, ColumnClass, ColumnKind, Protection
from relay.domain.request import Operation

KEY = b"k" * 32
EMAIL = ColumnClass(kind=ColumnKind.IDENTIFIER, detector="email", mask="***@***.***")
CPF = ColumnClass(kind=ColumnKind.IDENTIFIER, detector="cpf", mask="***.***.***-**")
TEXT = ColumnClass(kind=ColumnKind.FREE_TEXT, detector="email", mask="***@***.***")
CLEAN = ColumnClass(kind=ColumnKind.NEITHER)
PEOPLE = {
    "_id": CLEAN,
    "email": EMAIL,
    "cpf": CPF,
    "contact.email": EMAIL,
    "contact.city": CLEAN,
    "phones.number": EMAIL,
    "note": TEXT,
    "status": CLEAN,
    "total": CLEAN,
    "at": CLEAN,
    "tags": CLEAN,
}
"""What a sample of the collection `people` said; it has fields that the sample did not hold."""


@pytest.fixture
def guard() -> MongoStatementGuard:
    return MongoStatementGuard()


def rules_of(rules: Mapping[str, str]) -> list[ColumnRule]:
    """Return rules by `collection.path`."""
    return [
        ColumnRule(table=name.partition(".")[0], column=name.partition(".")[2], action=ColumnAction(action))
        for name, action in rules.items()
    ]


@dataclass
class Asking:
    """A guard with rules and classes, and the statements put to it."""

    guard: MongoStatementGuard

    def inspect(self, **arguments: Any) -> InspectedStatement:
        asked = {"collection": "people", **arguments}
        return asyncio.run(self.guard.inspect(Operation.QUERY, asked))

    def outputs(self, **arguments: Any) -> Any:
        statement = self.inspect(**arguments)
        assert statement.plan is not None, statement.unsampled
        return statement.plan.outputs


@pytest.fixture
def ask() -> Callable[..., Asking]:
    """Make a guard. `rules` by `collection.path`, `classes` by collection, `views` by name."""

    def make(
        rules: Mapping[str, str] | None = None,
        *,
        classes: Mapping[str, Mapping[str, ColumnClass]] | None = None,
        views: Mapping[str, Mapping[str, object] | None] | None = None,
        derived: DerivedAction = DerivedAction.MASK,
        enabled: bool = True,
        key: bytes | None = KEY,
    ) -> Asking:
        learnt = LearntClasses()
        for name, known in ({"people": PEOPLE} if classes is None else classes).items():
            learnt.learn(name, known)
        made = rules_of(rules or {})
        live = None
        if views is not None:
            live = LiveCatalogue(must_know=lambda _name: False, rules=made)
            names = frozenset({"people", "orders", *views})
            live.look(CatalogueSnapshot(names=names, views={}, definitions=views))
        protection = Protection(masking_enabled=enabled, derived=derived, hash_key=key)
        return Asking(MongoStatementGuard(live=live, rules=made, protection=protection, classes=learnt))

    return make
