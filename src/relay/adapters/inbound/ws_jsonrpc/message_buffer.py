"""Puts the pieces of one WebSocket message together, within a limit."""

from __future__ import annotations

from relay.adapters.inbound.ws_jsonrpc.jsonrpc import MAX_MESSAGE_BYTES

MAX_FRAGMENTS = 1024
"""Frames of one message. Without a limit, frames of no bytes could go on for ever and keep the processor busy."""


class MessageTooBigError(Exception):
    """The message is longer than the limit, in bytes or in fragments; the rest of it is not kept."""


class MessageBuffer:
    """Counts as it collects, across frames and parts of frames, so that no more than the limit is ever held."""

    def __init__(self, *, max_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._pieces: list[str | bytes] = []
        self._bytes = 0
        self._fragments = 0

    def add(self, piece: str | bytes | bytearray, *, is_last: bool, is_frame_end: bool = False) -> str | bytes | None:
        """Return the whole message with its last piece, else None. Raises MessageTooBigError."""
        piece = piece if isinstance(piece, str) else bytes(piece)
        self._bytes += _length(piece)
        self._fragments += is_frame_end
        if self._bytes > self._max_bytes or self._fragments > MAX_FRAGMENTS:
            raise MessageTooBigError
        if piece:
            self._pieces.append(piece)
        return self._whole(piece) if is_last else None

    def _whole(self, last: str | bytes) -> str | bytes:
        pieces, self._pieces, self._bytes, self._fragments = self._pieces, [], 0, 0
        if isinstance(last, str):
            return "".join(piece for piece in pieces if isinstance(piece, str))
        return b"".join(piece for piece in pieces if isinstance(piece, bytes))


def _length(piece: str | bytes) -> int:
    if isinstance(piece, bytes) or piece.isascii():
        return len(piece)
    return len(piece.encode("utf-8"))
