"""Has the operator told of column rules that protect nothing."""

from __future__ import annotations

from relay.application.ports.failures import FailureLog
from relay.application.ports.rule_log import RuleLog
from relay.application.registry import ResourceEntry
from relay.domain.errors import RelayError
from relay.domain.policy import ColumnRule

Findings = tuple[frozenset[ColumnRule], frozenset[ColumnRule]]
NOTHING: Findings = (frozenset(), frozenset())


class RuleCheck:
    """Looks once for each shape of a resource's tables; what was said before is not said again."""

    def __init__(self, *, rule_log: RuleLog, failures: FailureLog) -> None:
        self._rule_log = rule_log
        self._failures = failures
        self._looked_at: dict[str, str | None] = {}
        self._said: dict[str, Findings] = {}

    async def look(self, entry: ResourceEntry) -> None:
        """Look at a resource that was just probed and is healthy; never raises."""
        key, sampler = entry.resource.resource_id, entry.database.sampler
        if sampler is None or not entry.resource.policy.column_rules:
            return
        if key in self._looked_at and self._looked_at[key] == entry.fingerprint:
            return
        try:
            missing, unhashable = await sampler.missing_columns(), await sampler.unhashable_columns()
        except RelayError:
            return  # the next probe looks again
        except Exception as error:  # noqa: BLE001 - it must not stop the probes
            self._failures.unexpected(error)
            return
        self._looked_at[key] = entry.fingerprint
        said_missing, said_unhashable = self._said.get(key, NOTHING)
        self._said[key] = frozenset(missing), frozenset(unhashable)
        if new := [rule for rule in missing if rule not in said_missing]:
            self._rule_log.missing(key, new)
        if new := [rule for rule in unhashable if rule not in said_unhashable]:
            self._rule_log.unhashable(key, new)
