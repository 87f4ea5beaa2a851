"""Keeps the health file fresh."""

from __future__ import annotations

import anyio

from relay.adapters.outbound.system.health_file import UPDATE_INTERVAL_S, HealthFile


class HealthReporter:
    """Writes the state at each change and every few seconds; takes the file away at the end."""

    def __init__(self, *, file: HealthFile) -> None:
        self._file = file
        self._connected = False

    def set_connected(self, connected: bool) -> None:
        """Write a change at once."""
        self._connected = connected
        self._file.update(connected=connected)

    async def run(self) -> None:
        """Run until cancelled."""
        try:
            while True:
                self._file.update(connected=self._connected)
                await anyio.sleep(UPDATE_INTERVAL_S)
        finally:
            self._file.remove()
