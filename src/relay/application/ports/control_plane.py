"""Port of what Relay says unasked."""

from __future__ import annotations

from typing import Protocol


class ResourceListener(Protocol):
    """Is told when the list of resources changed, to send the whole of it again."""

    def resources_changed(self) -> None:
        """Take note; returns at once, never raises."""
        ...
