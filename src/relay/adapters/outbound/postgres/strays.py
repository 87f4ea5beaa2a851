"""Backends that did not end when they were told to: PostgreSQL can't interrupt every computation.

Their connections are gone for us, and their statements go on. Only few may, or the server would drown in them.
"""

from __future__ import annotations

import structlog

from relay.adapters.outbound.postgres.driver_types import Connection
from relay.domain.errors import Reason, RelayError

MAX_STRAYS = 2
STILL_THERE_SQL = "SELECT a.pid FROM pg_catalog.pg_stat_activity a WHERE a.pid = ANY ($1::pg_catalog.int4[])"

log = structlog.get_logger()


class Strays:
    """Server processes left behind on one resource. Each look at the server forgets those that are gone.

    Behind a pooler the numbers are the pooler's own, which the server does not know: they are forgotten at once, and
    the pooler's limit of connections holds.
    """

    def __init__(self) -> None:
        self._pids: set[int] = set()

    def add(self, pid: int) -> None:
        """Remember a server process that was left behind."""
        self._pids.add(pid)
        log.warning("A statement goes on although its end was asked for", pid=pid)

    def check(self) -> None:
        """Raise RESOURCE_UNAVAILABLE while too many are known."""
        if len(self._pids) >= MAX_STRAYS:
            raise RelayError(
                Reason.RESOURCE_UNAVAILABLE,
                "earlier statements are still running on the server, which could not end them;",
                hint="try again later",
            )

    async def look(self, connection: Connection) -> None:
        """Ask the server which of them are still there. Raises what the driver raises."""
        if self._pids:
            rows = await connection.fetch(STILL_THERE_SQL, sorted(self._pids))
            self._pids = {row["pid"] for row in rows}
