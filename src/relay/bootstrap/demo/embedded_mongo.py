"""A server that speaks MongoDB's wire protocol, for the demo, the tests and the benchmarks: nx-27017, over SQLite."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from relay.bootstrap.demo.child_process import ChildFailedError, child_process, wait_until_ready
from relay.bootstrap.demo.loopback import LOOPBACK, accepts_connections, free_port
from relay.bootstrap.demo.temporary_folder import temporary_folder

MODULE = "nx_27017.nx_27017"
START_TIMEOUT_S = 20.0
PORT_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedMongo:
    """A running server; it knows no users, so anybody on this machine can reach it."""

    host: str
    port: int
    database: str
    process_id: int
    log_file: Path

    @property
    def uri(self) -> str:
        """The connection string, without a database."""
        return f"mongodb://{self.host}:{self.port}"


@contextmanager
def embedded_mongo(*, database: str = "shop") -> Iterator[EmbeddedMongo]:
    """Start an empty server, about 1 s; stop it and remove its files when the block is left.

    Several may run side by side. Raises ChildFailedError if it can't be started.
    """
    if find_spec("nx_27017") is None:
        raise ChildFailedError("the package nx-27017 is not installed")
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder("relay-mongo-"))
        yield _start(stack, folder, database)


def _start(stack: ExitStack, folder: Path, database: str) -> EmbeddedMongo:
    for _ in range(PORT_ATTEMPTS - 1):
        try:
            return _start_once(stack, folder, database)
        except ChildFailedError as error:
            # between choosing the port and using it, somebody else may have taken it
            if "address already in use" not in str(error):
                raise
    return _start_once(stack, folder, database)


def _start_once(stack: ExitStack, folder: Path, database: str) -> EmbeddedMongo:
    port, log_file = free_port(), folder / "log"
    command = [sys.executable, "-W", "ignore", "-m", MODULE, "--host", LOOPBACK, "--port", str(port)]
    command += ["--data-dir", str(folder / "data"), "--log-file", str(folder / "own-log")]
    command += ["--pid-file", str(folder / "pid"), "--journal-mode", "MEMORY"]
    process = stack.enter_context(child_process(command, folder=folder, log_file=log_file))
    wait_until_ready(
        process,
        lambda: process.poll() is None and accepts_connections(port),
        timeout_s=START_TIMEOUT_S,
        name="the MongoDB-wire server",
        log_file=log_file,
    )
    return EmbeddedMongo(host=LOOPBACK, port=port, database=database, process_id=process.pid, log_file=log_file)
