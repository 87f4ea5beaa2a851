"""How long a token is still good for, read from a JWT without verifying it: that is the control plane's affair."""

from __future__ import annotations

import base64
import binascii
import json
import math
from dataclasses import dataclass

WARN_SHARE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLife:
    """From when until when, in epoch seconds."""

    begins_s: float
    ends_s: float

    def left_s(self, now_s: float) -> int:
        """Return the whole seconds that are left, never below 0."""
        return max(0, math.floor(self.ends_s - now_s))

    def is_ending(self, now_s: float) -> bool:
        """Tell whether a fifth of its life, or less, is left."""
        return self.ends_s - now_s <= WARN_SHARE * (self.ends_s - self.begins_s)


def read_token_life(token: str, now_s: float) -> TokenLife | None:
    """Return the life of a JWT that says when it ends; without `iat` it is taken to begin now."""
    claims = _claims(token)
    ends_s = _seconds(claims.get("exp"))
    if ends_s is None:
        return None
    begins_s = _seconds(claims.get("iat"))
    return TokenLife(begins_s=now_s if begins_s is None else begins_s, ends_s=ends_s)


def _claims(token: str) -> dict[str, object]:
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        return {}
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 2**53:
        return None
    return float(value)
