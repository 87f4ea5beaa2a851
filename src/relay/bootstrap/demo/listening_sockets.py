"""Looks for sockets on which a process could be reached."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

_ACCEPTS_CONNECTIONS = 0x10000
"""`__SO_ACCEPTCON`, the flag of a listening socket in /proc/net/unix (Linux, include/uapi/linux/net.h)."""


def listening_sockets(process_id: int) -> tuple[str, ...]:
    """Return what a process and its children listen on: TCP, bound UDP, and on Linux Unix sockets.

    Raises psutil.Error if the process is gone or belongs to somebody else: no answer is not a "none".
    """
    top = psutil.Process(process_id)
    return tuple(found for process in (top, *top.children(recursive=True)) for found in _of_process(process))


def _of_process(process: psutil.Process) -> Iterator[str]:
    for connection in process.net_connections(kind="inet"):
        is_datagram = connection.type == socket.SOCK_DGRAM
        if connection.laddr and (connection.status == psutil.CONN_LISTEN or (is_datagram and not connection.raddr)):
            yield f"{'udp' if is_datagram else 'tcp'} {connection.laddr.ip}:{connection.laddr.port}"
    yield from _unix_listeners(process.pid)


def _unix_listeners(process_id: int) -> Iterator[str]:
    table = Path(f"/proc/{process_id}/net/unix")
    if not table.exists():
        return
    own = set(_socket_inodes(process_id))
    for line in table.read_text(errors="replace").splitlines()[1:]:
        # Num RefCount Protocol Flags Type St Inode [Path]
        parts = line.split(maxsplit=7)
        if parts[6] in own and int(parts[3], 16) & _ACCEPTS_CONNECTIONS:
            yield f"unix {parts[7] if len(parts) > 7 else '(unnamed)'}"  # noqa: PLR2004 - the columns above


def _socket_inodes(process_id: int) -> Iterator[str]:
    for descriptor in Path(f"/proc/{process_id}/fd").iterdir():
        with suppress(FileNotFoundError):
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                yield target.removeprefix("socket:[").removesuffix("]")
