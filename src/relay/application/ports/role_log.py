"""Port of what an operator must know of the database roles."""

from __future__ import annotations

from typing import Protocol

from relay.domain.role import RoleExamination


class RoleLog(Protocol):
    """Tells the operator what a role could do. Names of the customer's objects are in it: it is no audit record."""

    def examined(self, resource_id: str, examination: RoleExamination, *, accepted: bool) -> None:
        """Write what was found; called once for each different finding of a resource; never raises."""
        ...
