"""Port of what an operator must know of column rules that protect nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from relay.domain.policy import ColumnRule


class RuleLog(Protocol):
    """Tells the operator which column rules do not do what they say. Names of the customer's are in it: no audit."""

    def missing(self, resource_id: str, rules: Sequence[ColumnRule]) -> None:
        """Write which rules name a table or column that does not exist; never raises."""
        ...

    def unhashable(self, resource_id: str, rules: Sequence[ColumnRule]) -> None:
        """Write which rules would hash a column whose type can't be hashed, and give nulls; never raises."""
        ...
