"""What a database role could do beyond reading, for the operator."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from relay.adapters.outbound.audit.record import TEXT_LIMIT
from relay.domain.role import Privilege, RoleExamination

log = structlog.get_logger()


class LoggedRoles:
    """Implements RoleLog: one line a privilege, with the statement that takes it away."""

    def examined(self, resource_id: str, examination: RoleExamination, *, accepted: bool) -> None:
        """See RoleLog."""
        could_write = log.warning if accepted else log.error
        for write, message, privileges in (
            (could_write, "Database role could write", examination.dangerous),
            (log.warning, "Database role reads more than it needs", examination.excessive),
            (log.warning, "Every database role has this privilege", examination.shared),
        ):
            for privilege in privileges:
                write(message, resourceId=resource_id, **_said(privilege))
        if examination.dangerous and not accepted:
            parts = list(whole_lines(examination.proper_role, TEXT_LIMIT.keep))
            for number, part in enumerate(parts, start=1):
                detail = f"part {number} of {len(parts)}"
                log.error("Database role refused", resourceId=resource_id, detail=detail, remedy=part)


def _said(privilege: Privilege) -> dict[str, str]:
    return {"detail": privilege.what, "remedy": privilege.remedy}


def whole_lines(text: str, limit: int) -> Iterator[str]:
    """Cut a script between its lines, so that no part is longer than a log line keeps (a longer line stays one)."""
    part = ""
    for line in text.splitlines():
        if part and len(part) + 1 + len(line) > limit:
            yield part
            part = line
        else:
            part = f"{part}\n{line}" if part else line
    yield part
