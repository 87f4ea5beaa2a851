"""Column rules that protect nothing, for the operator."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from relay.domain.policy import ColumnRule

log = structlog.get_logger()


class LoggedRules:
    """Implements RuleLog: one line a rule."""

    def missing(self, resource_id: str, rules: Sequence[ColumnRule]) -> None:
        """See RuleLog."""
        for rule in rules:
            log.warning("Column rule protects nothing: there is no such column", **_said(resource_id, rule))

    def unhashable(self, resource_id: str, rules: Sequence[ColumnRule]) -> None:
        """See RuleLog."""
        for rule in rules:
            log.warning("Column rule gives nulls: the column's type can't be hashed", **_said(resource_id, rule))


def _said(resource_id: str, rule: ColumnRule) -> dict[str, str]:
    return {"resourceId": resource_id, "column": f"{rule.table}.{rule.column}", "detail": f"action {rule.action}"}
