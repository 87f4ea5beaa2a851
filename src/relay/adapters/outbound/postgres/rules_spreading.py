"""How the rules of one resource spread over the relations of one snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from relay.adapters.outbound.postgres.graph import reach
from relay.adapters.outbound.postgres.guard.catalogue import CatalogueSnapshot, TableRules
from relay.adapters.outbound.postgres.guard.relations import BaseColumn
from relay.adapters.outbound.postgres.rules_actions import computed, passed_on, strictest
from relay.adapters.outbound.postgres.rules_dependencies import Dependencies, Key
from relay.adapters.outbound.postgres.rules_functions import ProtectedFunctions
from relay.adapters.outbound.postgres.rules_views import TracedOutput, TracedView, ViewTracer
from relay.domain.protection import ColumnAction


@dataclass(slots=True, kw_only=True)
class SpreadRules:
    """What is known so far of one relation."""

    actions: dict[str, ColumnAction] = field(default_factory=dict)
    masks: dict[str, str] = field(default_factory=dict)
    untraceable: str | None = None

    def meet(self, column: str, action: ColumnAction, mask: str | None) -> None:
        before = self.actions.get(column)
        self.actions[column] = action if before is None else strictest((before, action))
        if mask is not None:
            self.masks.setdefault(column, mask)

    def meet_all(self, others: SpreadRules, columns: Collection[str] | None = None, *, may_open: bool = True) -> None:
        """Take over rules of these columns (None: of all); without `may_open` none that lets values pass."""
        for column, action in others.actions.items():
            if (columns is None or column in columns) and (may_open or action is not ColumnAction.PASS):
                self.meet(column, action, others.masks.get(column))


class Spreading:
    """One pass over one snapshot."""

    def __init__(self, snapshot: CatalogueSnapshot, dependencies: Dependencies, tracer: ViewTracer) -> None:
        self.own: defaultdict[Key, SpreadRules] = defaultdict(SpreadRules)
        self.functions = ProtectedFunctions(dependencies.functions, {})
        self._all: defaultdict[Key, SpreadRules] = defaultdict(SpreadRules)
        self._snapshot = snapshot
        self._dependencies = dependencies
        self._tracer = tracer

    def run(self) -> None:
        self._take(self.own)
        self._inherit(self.own)
        generated = self._generated()
        self._take(generated)
        self._inherit(generated)
        views = self._views_in_order()
        for key in views:
            self._follow_view(key)
        self._refuse_views_over_functions(views)

    def found(self) -> Mapping[Key, TableRules]:
        """Return what was found, by relation."""
        return {
            key: TableRules(actions=rules.actions, masks=rules.masks, untraceable=rules.untraceable)
            for key, rules in self._all.items()
            if rules.actions or rules.untraceable
        }

    def _take(self, found: Mapping[Key, SpreadRules]) -> None:
        for key, rules in found.items():
            self._all[key].meet_all(rules)

    def _inherit(self, found: Mapping[Key, SpreadRules]) -> None:
        """Bring rules down to all children, and up to all parents; not from those to their other children."""
        down = self._dependencies.children
        up: defaultdict[Key, set[Key]] = defaultdict(set)
        for parent, children in down.items():
            for child in children:
                up[child].add(parent)
        for key, rules in found.items():
            below = reach({key}, down)
            for other in (below | reach(below, up)) - {key}:
                self._all[other].meet_all(rules, self._snapshot.tables.get(other, ()), may_open=other in below)

    def _generated(self) -> Mapping[Key, SpreadRules]:
        found: defaultdict[Key, SpreadRules] = defaultdict(SpreadRules)
        for (key, column), sources in self._dependencies.generated.items():
            action = computed(self._action(key, source) for source in sources)
            if action is not None and column not in self.own[key].actions:
                found[key].meet(column, action, None)
        return found

    def _views_in_order(self) -> list[Key]:
        """Return the views that show anything protected, each after those that it reads."""
        readers: defaultdict[Key, set[Key]] = defaultdict(set)
        for view, relations in self._dependencies.view_reads.items():
            for relation in relations:
                readers[relation].add(view)
        concerned = reach(set(self._all), readers) & self._dependencies.views.keys()
        ordered: dict[Key, None] = {}
        for view in sorted(concerned):
            self._place(view, concerned, ordered)
        return list(ordered)

    def _place(self, view: Key, concerned: set[Key], ordered: dict[Key, None]) -> None:
        pending = [view]
        seen: set[Key] = set()
        while pending:
            one = pending[-1]
            before = (self._dependencies.view_reads.get(one, set()) & concerned) - ordered.keys() - seen
            seen.add(one)
            if before:
                pending.extend(sorted(before))
                continue
            ordered.setdefault(pending.pop())

    def _follow_view(self, key: Key) -> None:
        self._follow_untraceable(key)
        own, columns = self.own[key], self._snapshot.tables.get(key, ())
        traced = self._tracer.traced(self._dependencies.views[key], self._snapshot, self._snapshot.tables)
        if traced is None or len(traced.outputs) != len(columns) or not self._is_whole(key, traced):
            protected = self._protected_behind(key)
            if protected is not None and not own.actions:
                self._all[key].untraceable = protected
            return
        for column, output in zip(columns, traced.outputs, strict=True):
            if column not in own.actions:
                self._follow_output(key, column, output)

    def _follow_output(self, key: Key, column: str, output: TracedOutput) -> None:
        behind = [((one.schema or "", one.table), one.column) for one in output.origins]
        actions = [self._action(*one) for one in behind]
        action = passed_on(actions) if output.is_bare else computed(actions)
        if action is not None:
            masks = (self._all[of].masks.get(name) for of, name in behind if of in self._all)
            self._all[key].meet(column, action, next(filter(None, masks), None) if output.is_bare else None)

    def _is_whole(self, key: Key, traced: TracedView) -> bool:
        """Whether the trace knows of every protected column that the server says the view depends on."""
        return all(
            BaseColumn(of[0], of[1], name) in traced.reads
            for of, name in self._dependencies.view_columns.get(key, ())
            if self._is_protected(of, name)
        )

    def _protected_behind(self, key: Key) -> str | None:
        """Return a protected column of the relations that a view reads."""
        relations = sorted(self._dependencies.view_reads.get(key, set()) & self._all.keys())
        return next(filter(None, map(self._first_protected, relations)), None)

    def _first_protected(self, key: Key) -> str | None:
        rules = self._all[key]
        protected = [name for name, action in rules.actions.items() if action is not ColumnAction.PASS]
        return rules.untraceable or (f"{key[0]}.{key[1]}.{min(protected)}" if protected else None)

    def _refuse_views_over_functions(self, views: Iterable[Key]) -> None:
        """Find the functions that may read what is protected, and refuse the views that call one, and theirs."""
        while True:
            protected = {key: column for key in list(self._all) if (column := self._first_protected(key))}
            self.functions = ProtectedFunctions(self._dependencies.functions, protected)
            if not self._refuse_callers():
                return
            for key in chain(views, self._views_in_order()):
                self._follow_untraceable(key)

    def _refuse_callers(self) -> bool:
        changed = False
        for key, called in self._dependencies.view_functions.items():
            column = next(filter(None, map(self.functions.column_of, sorted(called))), None)
            if column is not None and not self.own[key].actions and self._all[key].untraceable is None:
                self._all[key].untraceable = column
                changed = True
        return changed

    def _follow_untraceable(self, key: Key) -> None:
        behind = sorted(self._dependencies.view_reads.get(key, set()) & self._all.keys())
        column = next((found for one in behind if (found := self._all[one].untraceable)), None)
        if column is not None and not self.own[key].actions:
            self._all[key].untraceable = self._all[key].untraceable or column

    def _action(self, key: Key, column: str) -> ColumnAction | None:
        return self._all[key].actions.get(column) if key in self._all else None

    def _is_protected(self, key: Key, column: str) -> bool:
        return self._action(key, column) not in (None, ColumnAction.PASS)
