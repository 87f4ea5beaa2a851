"""The embedded servers start side by side, give the reader no way to write, and leave nothing."""

import os
import pwd
import shutil
import socket
import sys
import tempfile
from pathlib import Path

import asyncpg
import psutil
import pymongo
import pytest

from relay.bootstrap.demo import embedded_postgres as embedded_postgres_module
from relay.bootstrap.demo import postgres_binaries
from relay.bootstrap.demo.child_process import ChildFailedError, child_process, run_to_end, wait_until_ready
from relay.bootstrap.demo.embedded_mongo import embedded_mongo
from relay.bootstrap.demo.embedded_postgres import OWNER, READER, SUPERUSER, embedded_postgres
from relay.bootstrap.demo.listening_sockets import listening_sockets


@pytest.fixture(scope="module")
def postgres():
    with embedded_postgres() as server:
        server.run_script("CREATE TABLE secret (n int); INSERT INTO secret VALUES (1);")
        yield server


async def test_both_answer_and_nothing_is_left_when_servers_run_side_by_side():
    with embedded_postgres() as one, embedded_postgres(database="other base") as two, embedded_mongo() as three:
        assert len({one.port, two.port, three.port}) == 3
        connection = await asyncpg.connect(two.dsn().replace(" ", "%20"))
        assert await connection.fetchval("SELECT current_database()") == "other base"
        await connection.close()
        with pymongo.MongoClient(three.uri) as client:
            client.shop.events.insert_one({"_id": 1})
            assert client.shop.events.count_documents({}) == 1
        folders = [one.log_file.parent, two.log_file.parent, three.log_file.parent]
        processes = [one.process_id, two.process_id, three.process_id]
        assert all(psutil.pid_exists(process) for process in processes)
    assert not any(folder.exists() for folder in folders)
    assert not any(psutil.pid_exists(process) for process in processes)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO secret VALUES (2)",
        "DELETE FROM secret",
        "CREATE TABLE planted (n int)",
        "CREATE TEMPORARY TABLE planted (n int)",
        "CREATE SCHEMA planted",
        "COPY secret TO PROGRAM 'id'",
        "SELECT pg_read_file('/etc/passwd')",
        f"SET ROLE {OWNER}",
    ],
)
def test_the_reader_is_refused_when_it_writes_outside_a_read_only_transaction(postgres, statement):
    with pytest.raises(ChildFailedError, match=r"permission denied|not allowed"):
        postgres.run_script(f"SET default_transaction_read_only = off; {statement};", role=READER)


async def test_the_reader_reads_when_the_owner_makes_a_table(postgres):
    postgres.run_script("CREATE TABLE later AS SELECT 7 AS n;")
    connection = await asyncpg.connect(postgres.dsn())
    assert await connection.fetchval("SELECT n FROM later") == 7
    await connection.close()


async def test_nobody_enters_when_the_password_is_wrong(postgres):
    for role in (SUPERUSER, OWNER, READER):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(postgres.dsn(role).replace(postgres.passwords[role], "wrong"))


def test_no_password_is_shown_when_the_server_is_printed(postgres):
    shown = repr(postgres) + " ".join(psutil.Process(postgres.process_id).cmdline())
    assert not any(password in shown for password in postgres.passwords.values())


def test_only_loopback_is_listened_on_when_a_server_runs(postgres):
    assert listening_sockets(postgres.process_id) == (f"tcp 127.0.0.1:{postgres.port}",)


def test_another_port_is_taken_when_the_first_is_in_use(monkeypatch):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = busy.getsockname()[1]
        ports = iter([taken, embedded_postgres_module.free_port()])
        monkeypatch.setattr(embedded_postgres_module, "free_port", lambda: next(ports))
        with embedded_postgres() as server:
            assert server.port != taken
            assert server.run_script("SELECT 1;").strip() == "1"


def test_the_log_is_told_when_a_setting_is_wrong():
    with pytest.raises(ChildFailedError, match="no_such_setting"), embedded_postgres(settings={"no_such_setting": "1"}):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")
def test_postgres_runs_as_nobody_when_root_has_it_in_a_closed_folder(monkeypatch):
    monkeypatch.setattr(postgres_binaries, "_everybody_reaches", lambda path: path == Path(tempfile.gettempdir()))
    with embedded_postgres() as server:
        assert server.binaries.is_relative_to(server.log_file.parent)
        assert psutil.Process(server.process_id).uids().real == pwd.getpwnam("nobody").pw_uid
        assert server.run_script("SELECT 1;").strip() == "1"


_AS_NOBODY = """
import os, pwd, sys
from relay.bootstrap.demo.embedded_postgres import embedded_postgres
if os.geteuid() == 0:
    # only now: the interpreter itself may be where nobody else reaches
    user = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
with embedded_postgres() as postgres:
    print(postgres.run_script("SELECT 1;").strip())
"""


def test_postgres_runs_when_the_user_is_not_root():
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    try:
        environment = {"PATH": os.defpath, "TMPDIR": str(folder), "HOME": str(folder)}
        printed = run_to_end([sys.executable, "-c", _AS_NOBODY], folder=folder, environment=environment)
        assert printed == "1\n"
        assert list(folder.iterdir()) == []
    finally:
        shutil.rmtree(folder)


def test_the_whole_group_ends_when_the_block_is_left(tmp_path):
    command = ["/bin/sh", "-c", "sleep 60 & echo $!; trap '' TERM; wait; sleep 60"]
    log = tmp_path / "log"
    with child_process(command, folder=tmp_path, log_file=log) as process:
        wait_until_ready(process, lambda: b"\n" in log.read_bytes(), timeout_s=5, name="sh", log_file=log)
        grandchild = int(log.read_text())
        process.kill()
        process.wait()
        assert psutil.pid_exists(grandchild)
    assert not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("command", "timeout_s", "said"),
    [
        (["/bin/sh", "-c", "echo broken >&2; exit 7"], 5.0, "status 7:\nbroken"),
        (["/bin/sh", "-c", "sleep 60"], 0.2, "took more than 0.2 s"),
    ],
    ids=["status", "slow"],
)
def test_the_reason_is_told_when_a_command_fails(tmp_path, command, timeout_s, said):
    with pytest.raises(ChildFailedError, match=said):
        run_to_end(command, folder=tmp_path, environment={"PATH": os.defpath}, timeout_s=timeout_s)


@pytest.mark.parametrize(
    ("family", "kind", "name"),
    [(socket.AF_INET, socket.SOCK_STREAM, "tcp"), (socket.AF_INET, socket.SOCK_DGRAM, "udp"), (None, None, "unix")],
    ids=["tcp", "udp", "unix"],
)
def test_a_socket_is_found_when_this_process_can_be_reached(tmp_path, family, kind, name):
    before = listening_sockets(os.getpid())
    with socket.socket(family or socket.AF_UNIX, kind or socket.SOCK_STREAM) as own:
        own.bind(str(tmp_path / "s") if family is None else ("127.0.0.1", 0))
        if kind != socket.SOCK_DGRAM:
            own.listen()
        found = set(listening_sockets(os.getpid())) - set(before)
        assert [each.partition(" ")[0] for each in found] == [name]
