"""What a database role could do beyond reading, for the operator."""

from __future__ import annotations

import structlog

from relay.domain.role import RoleExamination

log = structlog.get_logger()


class LoggedRoles:
    """Implements RoleLog: one line a privilege, with the statement that takes it away."""

    def examined(self, resource_id: str, examination: RoleExamination, *, accepted: bool) -> None:
        """See RoleLog."""
        for privilege in examination.dangerous:
            write = log.warning if accepted else log.error
            write("Database role could write", resourceId=resource_id, detail=privilege.what, remedy=privilege.remedy)
        for privilege in examination.shared:
            log.warning(
                "Every database role has this privilege",
                resourceId=resource_id,
                detail=privilege.what,
                remedy=privilege.remedy,
            )
        if examination.dangerous and not accepted:
            log.error("Database role refused", resourceId=resource_id, remedy=examination.proper_role)
