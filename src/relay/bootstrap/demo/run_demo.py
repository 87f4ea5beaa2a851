"""`relay demo` from start to stop: databases, control plane, agent, tour, checks, and perhaps a page."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from relay.bootstrap.demo.agent_process import AgentProcess, agent_process
from relay.bootstrap.demo.child_process import ChildFailedError
from relay.bootstrap.demo.closing_checks import Fingerprints, closing_checks
from relay.bootstrap.demo.control_plane import ControlPlane, RelayGoneError
from relay.bootstrap.demo.demo_configuration import TENANT_ID, demo_configuration, demo_secrets
from relay.bootstrap.demo.embedded_mongo import EmbeddedMongo, embedded_mongo
from relay.bootstrap.demo.embedded_postgres import EmbeddedPostgres, embedded_postgres
from relay.bootstrap.demo.page_server import serve_page
from relay.bootstrap.demo.shop_data import ShopData
from relay.bootstrap.demo.shop_databases import fill_mongo, fill_postgres, fingerprints
from relay.bootstrap.demo.stop_signals import raise_if_stopped, stop_signals, told_of_stop
from relay.bootstrap.demo.temporary_folder import temporary_folder
from relay.bootstrap.demo.terminal import Terminal, terminal_for
from relay.bootstrap.demo.tour import walk
from relay.bootstrap.demo.tour_steps import STEPS

READY_TIMEOUT_S = 20.0
POLL_INTERVAL_S = 0.02
FINE, CHECK_FAILED, UNREACHABLE = 0, 1, 3
WHAT_NEXT = (
    ("relay demo --serve", "send requests of your own, from a page on this machine"),
    ("relay config schema", "every key of relay-config.yaml"),
    ("relay query check --config F --resource ID 'SELECT …'", "what would be allowed, offline"),
    ("relay run --config F", "the agent, against your own control plane"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demo:
    terminal: Terminal
    postgres: EmbeddedPostgres
    mongo: EmbeddedMongo
    secrets: Mapping[str, str]
    before: Fingerprints
    folder: Path
    serve: bool


def run_demo(*, serve: bool = False) -> int:
    """Run the demo on standard output; 0 if all that it promises was kept, 1 if not, 3 if something did not start.

    Everything that it starts is stopped and removed before it returns, or raises StoppedBySignal.
    """
    terminal, started_s = terminal_for(sys.stdout), time.monotonic()
    with stop_signals():
        try:
            status = _with_databases(terminal, serve=serve)
        except ChildFailedError as error:
            sys.stderr.write(f"relay demo: {error}\n")
            return UNREACHABLE
    terminal.line(terminal.style("quiet", f"Everything is stopped and removed; {time.monotonic() - started_s:.1f} s."))
    return status


def _with_databases(terminal: Terminal, *, serve: bool) -> int:
    terminal.line(terminal.style("title", "Relay: an agent that dials out, checks, masks and audits"))
    terminal.line(terminal.style("quiet", "Starting PostgreSQL and a MongoDB-wire server, with the data of a shop …"))
    with (
        temporary_folder("relay-demo-") as folder,
        embedded_postgres() as postgres,
        embedded_mongo() as mongo,
    ):
        shop = ShopData()
        fill_postgres(postgres, shop)
        fill_mongo(mongo, shop)
        demo = _Demo(
            terminal=terminal,
            postgres=postgres,
            mongo=mongo,
            secrets=demo_secrets(postgres),
            before=fingerprints(postgres, mongo),
            folder=folder,
            serve=serve,
        )
        return anyio.run(_until_signalled, demo)


@contextmanager
def _cancelled_by_signals() -> Iterator[None]:
    """Cancel the block when a stop signal comes, and go on behind it."""
    loop = asyncio.get_running_loop()
    with anyio.CancelScope() as scope, told_of_stop(lambda: loop.call_soon_threadsafe(scope.cancel)):
        yield


async def _until_signalled(demo: _Demo) -> int:
    """Run the rest; a signal that cuts it short is raised only when all that is async has been closed."""
    statuses: list[int] = []
    with _cancelled_by_signals():
        statuses.append(await _with_agent(demo))
    if not statuses:
        raise_if_stopped()
    return statuses[0]


async def _with_agent(demo: _Demo) -> int:
    plane = ControlPlane(token=demo.secrets["RELAY_TOKEN"], tenant_id=TENANT_ID)
    async with plane.open():
        configuration = demo_configuration(url=plane.url, postgres=demo.postgres, mongo=demo.mongo, folder=demo.folder)
        async with agent_process(configuration, demo.secrets, demo.folder) as agent:
            try:
                await _wait_until_ready(plane, agent, resource_count=len(configuration["resources"]))
                status = await _tour(demo, plane, agent)
                if demo.serve:
                    with _cancelled_by_signals():
                        await serve_page(plane, agent, on_open=partial(_print_addresses, demo))
            except (RelayGoneError, TimeoutError):
                raise ChildFailedError(f"the agent went away:\n{agent.log_tail()}") from None
    return status


async def _wait_until_ready(plane: ControlPlane, agent: AgentProcess, *, resource_count: int) -> None:
    deadline_s = anyio.current_time() + READY_TIMEOUT_S
    while True:
        resources = plane.resource_updates[-1]["resources"] if plane.resource_updates else []
        if [resource["status"] for resource in resources] == ["healthy"] * resource_count:
            return
        if agent.process.poll() is not None:
            raise ChildFailedError(f"the agent ended with status {agent.process.returncode}:\n{agent.log_tail()}")
        if anyio.current_time() > deadline_s:
            raise ChildFailedError(f"the agent was not ready within {READY_TIMEOUT_S:g} s:\n{agent.log_tail()}")
        await anyio.sleep(POLL_INTERVAL_S)


async def _tour(demo: _Demo, plane: ControlPlane, agent: AgentProcess) -> int:
    terminal = demo.terminal
    terminal.line(terminal.style("quiet", f"The agent, process {agent.process.pid}, has dialled the control plane."))
    result = await walk(terminal, plane, agent, STEPS)
    after = await anyio.to_thread.run_sync(fingerprints, demo.postgres, demo.mongo)
    checks = list(
        closing_checks(result=result, agent=agent, audit_key=demo.secrets["AUDIT_KEY"], before=demo.before, after=after)
    )
    terminal.line()
    terminal.line(terminal.style("title", "What this shows"))
    for check in checks:
        terminal.bullet("✓" if check.holds else "✗", check.sentence, mark_style="good" if check.holds else "bad")
    if not demo.serve:
        terminal.line()
        terminal.line(terminal.style("title", "What next"))
        for command, purpose in WHAT_NEXT:
            terminal.line(terminal.style("name", command), indent=2)
            terminal.line(purpose, indent=6)
        terminal.line()
    return FINE if all(check.holds for check in checks) else CHECK_FAILED


def _print_addresses(demo: _Demo, address: str) -> None:
    places = (
        ("Page", address),
        ("PostgreSQL, as its owner", demo.postgres.uri),
        ("MongoDB", f"{demo.mongo.uri}/{demo.mongo.database}"),
        ("Configuration and audit trail", f"{demo.folder}/relay-config.yaml, agent.jsonl"),
        ("Refuse everything", f"touch {demo.folder}/relay-stop"),
    )
    demo.terminal.line()
    demo.terminal.line(demo.terminal.style("title", "It stays up until Ctrl-C"))
    for name, place in places:
        demo.terminal.line(f"  {name:<30} {demo.terminal.style('name', place)}")
