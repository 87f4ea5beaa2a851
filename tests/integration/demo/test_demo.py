"""`relay demo` as its user sees it: a process, its output, and nothing afterwards."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from relay.bootstrap.demo.shop_data import ShopData
from relay.bootstrap.demo.shop_events import shop_events
from relay.bootstrap.demo.tour_steps import STEPS

TIME_LIMIT_S = 40
START = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
"""A shell without a terminal starts what it runs in the background with SIGINT ignored."""
COMMAND = "import sys\nfrom relay.bootstrap.cli.main import main\nsys.exit(main(sys.argv[1:]))\n"


@pytest.fixture
def start(tmp_path):
    """Start `relay demo`; its temporary folders go under one folder, which must be empty afterwards."""
    folder = tmp_path / "t"
    folder.mkdir()
    for each in (folder, *folder.parents):
        # as root, PostgreSQL runs as a user who must reach this
        if each != Path("/tmp") and each.is_relative_to("/tmp"):
            each.chmod(each.stat().st_mode | 0o011)
    started = []

    def run(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", START + COMMAND, "demo", *arguments],
            env={**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1", "NO_COLOR": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()
    assert list(folder.iterdir()) == []
    assert _processes_of(folder) == []


def _processes_of(folder: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if str(folder) in line and process.pid != os.getpid():
            found.append(line)
    return found


def _personal_values() -> set[str]:
    shop = ShopData()
    values = set()
    for person in shop.people:
        values |= {person.email, person.cpf, person.card, person.phone}
        values |= {contact["value"] for contact in person.profile["contacts"]}
    values |= {event["headers"]["authorization"].removeprefix("Bearer ") for event in shop_events(shop)}
    return values | {row[1] for row in shop.staff_salaries if len(row[1]) > 12}


def test_every_promise_is_kept_when_the_demo_runs(start):
    started_s = time.monotonic()
    process = start()
    output, errors = process.communicate(timeout=TIME_LIMIT_S)
    assert time.monotonic() - started_s < TIME_LIMIT_S
    assert (process.returncode, errors) == (0, "")
    assert output.count("✓ answered") == sum(step.refusal is None for step in STEPS)
    for step in STEPS:
        assert step.title in output
    for reason in ("QUERY_BLOCKED", "FUNCTION_NOT_ALLOWED", "TABLE_NOT_ALLOWED"):
        assert f"✗ refused: {reason}" in output
    assert output.count("request.received") == len(STEPS)
    assert "No listening socket in the agent" in output
    assert "The databases hold what they held" in output
    assert "The audit chain holds" in output
    assert "\x1b" not in output
    assert max(map(len, output.splitlines())) <= 120
    left = {value for value in _personal_values() if value in output}
    assert left == set()


@pytest.mark.parametrize(
    ("number", "waited_for"),
    [
        (signal.SIGINT, "Starting"),
        (signal.SIGTERM, "Starting"),
        (signal.SIGHUP, "dialled"),
        (signal.SIGINT, "A join"),
        (signal.SIGTERM, "What this shows"),
    ],
    ids=["before-databases", "before-databases-term", "agent-up", "tour", "closing"],
)
def test_nothing_is_left_when_a_signal_ends_it(start, number, waited_for):
    process = start()
    for line in process.stdout:
        if waited_for in line:
            break
    process.send_signal(number)
    time.sleep(0.02)
    process.send_signal(signal.SIGTERM)  # a second one must not cut the clean-up short
    _, errors = process.communicate(timeout=30)
    # the second may come when all is done, and the handlers are the system's again
    wanted = {128 + number, -signal.SIGTERM}
    # at the end, all may have been closed before the signal was looked at
    assert process.returncode in (wanted | {0} if waited_for == "What this shows" else wanted)
    assert errors == ""


def test_it_ends_well_when_its_reader_goes(start):
    process = start()
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == ""


@pytest.fixture
def page(start):
    process = start("--serve")
    for line in process.stdout:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)/", line):
            port = int(found[1])
            break
    yield port
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert "Everything is stopped and removed" in output


def _ask(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    own = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/json"} if method == "POST" else {}
    try:
        connection.request(method, path, body, {**own, **headers})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def test_the_page_asks_the_agent_and_nobody_else_may_when_it_is_served(page):
    status, headers, text = _ask(page, "GET", "/")
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", headers["Content-Security-Policy"])[1]
    assert status == 200
    assert f'<script nonce="{nonce}">' in text
    assert "{{" not in text
    assert not re.search(r"innerHTML|outerHTML|document\.write|insertAdjacentHTML|src=|href=", text)
    assert not re.search(r"https?://", text)

    sql = "SELECT email, '<img src=x>' AS markup FROM customers LIMIT 1"
    call = {"method": "execute", "params": {"resourceId": "main-pg", "operation": "query", "params": {"sql": sql}}}
    status, _, text = _ask(page, "POST", "/call", json.dumps(call))
    answered = json.loads(text)
    assert status == 200
    assert answered["answer"]["result"]["rows"] == [{"email": "***@***.***", "markup": "<img src=x>"}]

    call["params"]["params"]["sql"] = "DELETE FROM customers"
    _, _, text = _ask(page, "POST", "/call", json.dumps(call))
    refused = json.loads(text)
    assert refused["answer"]["error"]["data"]["reason"] == "QUERY_BLOCKED"

    _, _, text = _ask(page, "GET", "/audit?after=0")
    trail = json.loads(text)["records"]
    events = [record["event"] for record in trail if record.get("requestId") == refused["requestId"]]
    assert events == ["request.received", "request.rejected"]
    assert json.loads(_ask(page, "GET", f"/audit?after={trail[-1]['seq']}")[2])["records"] == []

    for method, path, extra, wanted in (
        ("POST", "/call", {"Origin": "http://evil.example"}, 403),
        ("POST", "/call", {"Host": "evil.example"}, 403),
        ("GET", "/", {"Host": f"evil.example:{page}"}, 403),
        ("GET", "/audit?after=-1", {}, 400),
        ("GET", "/../../etc/passwd", {}, 404),
        ("POST", "/", {}, 404),
        ("POST", "/call", {"Content-Type": "text/plain"}, 415),
        ("PUT", "/call", {}, 501),
    ):
        assert _ask(page, method, path, "{}" if method == "POST" else None, **extra)[0] == wanted, (method, path, extra)
