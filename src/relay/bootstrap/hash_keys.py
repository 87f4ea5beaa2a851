"""Keys for hashed columns: one for each resource, so that the root key never leaves this process."""

from __future__ import annotations

import hashlib
import hmac

_PURPOSE = b"relay column hash 1\0"


def resource_key(root: str, resource_id: str) -> bytes:
    """Return the 32 bytes that hash columns of one resource: HMAC-SHA-256 of its id under the root key."""
    return hmac.new(root.encode(), _PURPOSE + resource_id.encode(), hashlib.sha256).digest()
