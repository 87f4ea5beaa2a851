"""Gives a transaction the key that hashed columns are computed with."""

from __future__ import annotations

from relay.adapters.outbound.postgres.driver_types import Connection
from relay.adapters.outbound.postgres.guard.protected_expressions import INNER_KEY_SETTING, OUTER_KEY_SETTING

BLOCK_BYTES = 64
"""Of SHA-256 (RFC 2104: B)."""
_INNER_PAD, _OUTER_PAD = 0x36, 0x5C

# As parameters, so that the key stands in no statement's text; for this transaction alone.
SETTINGS_SQL = f"""
SELECT pg_catalog.set_config('{INNER_KEY_SETTING}', $1, true), pg_catalog.set_config('{OUTER_KEY_SETTING}', $2, true)"""


def padded_blocks(key: bytes) -> tuple[str, str]:
    """Return the inner and outer block of HMAC in hexadecimal; `key` is no longer than one."""
    block = key.ljust(BLOCK_BYTES, b"\0")
    return _padded(block, _INNER_PAD), _padded(block, _OUTER_PAD)


def _padded(block: bytes, pad: int) -> str:
    return bytes(byte ^ pad for byte in block).hex()


async def set_hash_key(connection: Connection, key: bytes) -> None:
    """Set the key until the transaction of `connection` ends. Raises what the driver raises."""
    await connection.fetchrow(SETTINGS_SQL, *padded_blocks(key))
