"""Rules follow the data into views, at any depth."""

from __future__ import annotations

from collections.abc import Mapping

from relay.adapters.outbound.mongodb.protection.checks import Checks
from relay.adapters.outbound.mongodb.protection.documents import Documents
from relay.adapters.outbound.mongodb.protection.expressions import Expressions
from relay.adapters.outbound.mongodb.protection.knowledge import Knowledge
from relay.adapters.outbound.mongodb.protection.output_tree import OutputTrees, rules_of_view
from relay.adapters.outbound.mongodb.protection.rules import PathRule
from relay.adapters.outbound.mongodb.protection.scope import Scope
from relay.adapters.outbound.mongodb.protection.stages import Pipelines, UnknownStageError
from relay.adapters.outbound.mongodb.protection.steps import Steps
from relay.domain.errors import Reason, RelayError
from relay.domain.protection import NO_PROTECTION

Rules = Mapping[str, tuple[PathRule, ...]]
Definitions = Mapping[str, Mapping[str, object] | None]


class ViewRules:
    """Rules by collection, those of views worked out when first asked for.

    `definitions`: `{viewOn, pipeline}` by view, None for one that can't be read.
    """

    def __init__(self, rules: Rules, definitions: Definitions) -> None:
        self._own = rules
        self._definitions = definitions
        self._known: dict[str, tuple[PathRule, ...] | None] = {}

    def of(self, name: str) -> tuple[PathRule, ...]:
        """Return the rules of a collection or view; COLUMN_NOT_ALLOWED for a view that can't be followed."""
        if not self._own:
            return ()
        if name not in self._known:
            self._known[name] = None  # a view that reads itself is not there twice
            self._known[name] = self._work_out(name)
        found = self._known[name]
        if found is None:
            raise RelayError(
                Reason.COLUMN_NOT_ALLOWED,
                f"{name} is a view, and where it shows protected fields can't be told;",
                hint="read the collections that it is made of, or ask the operator for a column rule of its own",
            )
        return found

    def _work_out(self, name: str) -> tuple[PathRule, ...] | None:
        own = self._own.get(name, ())
        if name not in self._definitions:
            return own
        try:
            inherited = self._inherited(self._definitions[name])
        except (RelayError, UnknownStageError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
            return own or None
        return (*own, *(rule for rule in inherited if rule.path not in {one.path for one in own}))

    def _inherited(self, definition: Mapping[str, object] | None) -> tuple[PathRule, ...]:
        if definition is None:
            raise UnknownStageError
        pipeline = definition.get("pipeline", [])
        if not isinstance(pipeline, list):
            raise UnknownStageError
        steps = Steps()
        knowledge = Knowledge(rules_of=self.of, protection=NO_PROTECTION, classes=None, steps=steps)
        checks = Checks(knowledge, quiet=True)
        documents = Documents(steps, named=checks.named)
        pipelines = Pipelines(Expressions(knowledge=knowledge, checks=checks, documents=documents))
        scope = Scope(root=pipelines.collection(str(definition["viewOn"])))
        value = pipelines.follow(pipeline, scope, "view")
        return rules_of_view(OutputTrees(knowledge=knowledge, steps=steps).of(value))
