"""One read-only transaction a request: how it opens and how it always ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import anyio
import asyncpg

from relay.adapters.outbound.postgres.driver_types import Connection, Pool
from relay.adapters.outbound.postgres.errors import DRIVER_ERRORS, translate
from relay.adapters.outbound.postgres.strays import Strays

CONNECT_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 5.0
"""For rollback, cancellation on the server included; after it the connection is thrown away."""

# A rollback takes back settings, roles, LISTEN, cursors and whatever a statement made; it keeps advisory locks, which
# are freed here. It also keeps what PREPARE, LOAD, setseed() and extensions (dblink's connections) leave in a session:
# the first two are no queries, the others no safe functions.
CLOSING = "ROLLBACK; SELECT pg_catalog.pg_advisory_unlock_all()"

# The snapshot that SELECT 1 takes is what makes a later SET TRANSACTION READ WRITE fail. Before PostgreSQL 16 nothing
# makes a RESET fail (`set_config('transaction_read_only', NULL, true)`): there, guard and role stand in its way.
# pg_temp stands last in the path, since it would come first unnamed; pg_catalog unnamed comes first, as it should.
OPENING = """BEGIN READ ONLY; SELECT 1;
SET LOCAL search_path = {path};
SET LOCAL statement_timeout = {statement_timeout_ms};
SET LOCAL lock_timeout = {statement_timeout_ms};
SET LOCAL idle_in_transaction_session_timeout = {idle_timeout_ms};
SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'iso_8601';
SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL lc_monetary = 'C';
SET LOCAL standard_conforming_strings = on; SET LOCAL transform_null_equals = off; SET LOCAL xmloption = 'content'"""


def opening_sql(schemas: Sequence[str], timeout_s: float) -> str:
    """Return the one simple message that opens; `schemas` come from the configuration."""
    path = ", ".join('"' + schema.replace('"', '""') + '"' for schema in schemas)
    timeout_ms = max(1, round(timeout_s * 1000))
    return OPENING.format(
        path=f"{path}, pg_temp" if path else "pg_temp",
        statement_timeout_ms=timeout_ms,
        idle_timeout_ms=timeout_ms + round(CLOSE_TIMEOUT_S * 1000),
    )


@asynccontextmanager
async def read_only(
    pool: Pool, *, schemas: Sequence[str], timeout_s: float, redacted: str = "", strays: Strays | None = None
) -> AsyncIterator[Connection]:
    """Give a connection inside a read-only transaction, and roll it back in whatever way the block ends.

    A cancelled block cancels its statement on the server. A server process that does not roll back in 5 s is left
    behind, to `strays`. Raises RelayError for everything that the driver raises, also out of the block.
    """
    connection = None
    try:
        connection = await pool.acquire(timeout=CONNECT_TIMEOUT_S)
        await connection.execute(opening_sql(schemas, timeout_s))
        yield connection  # type: ignore[misc]  # the pool's proxy has the connection's methods
    except DRIVER_ERRORS as error:
        raise translate(error, redacted=redacted) from None
    finally:
        if connection is not None:
            await _give_back(pool, connection, strays)


async def _give_back(
    pool: Pool, connection: asyncpg.pool.PoolConnectionProxy[asyncpg.Record], strays: Strays | None
) -> None:
    with anyio.CancelScope(shield=True):
        clean = False
        with anyio.move_on_after(CLOSE_TIMEOUT_S):
            try:
                await connection.execute(CLOSING)
                clean = True
            except Exception:  # noqa: BLE001 - a connection that can't be rolled back is thrown away below
                clean = False
        if not clean:
            with suppress(asyncpg.InterfaceError):  # it was lost, and the pool has taken it back already
                if strays is not None and not connection.is_closed():
                    strays.add(connection.get_server_pid())
                connection.terminate()
        with anyio.move_on_after(CLOSE_TIMEOUT_S):
            await pool.release(connection)
