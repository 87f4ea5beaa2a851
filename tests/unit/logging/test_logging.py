from __future__ import annotations

import ast
import asyncio
import json
import logging
import sys
import threading
import warnings
from pathlib import Path

import pytest
import structlog

import relay
from relay.bootstrap.exception_hooks import (
    asyncio_exception_handler,
    install_exception_hooks,
)
from relay.bootstrap.exception_report import describe_exception
from relay.bootstrap.logging import ALLOWED_KEYS, StandardErrorLines, configure_logging, get_logger
from relay.domain.audit import Level
from relay.domain.errors import Reason, RelayError

LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
CANARY = "canary-529.982.247-25"


class Lines:
    def __init__(self) -> None:
        self.raw: list[bytes] = []

    def write_line(self, line: bytes) -> None:
        self.raw.append(line)

    @property
    def parsed(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.raw]


@pytest.fixture
def lines(monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", logging.raiseExceptions)
    for hooks, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(hooks, name, getattr(hooks, name))
    root = logging.getLogger()
    before = root.handlers[:], root.level
    written = Lines()
    configure_logging(written, "debug")
    yield written
    assert not any(CANARY.encode() in line for line in written.raw), "a canary left through the log"
    logging.captureWarnings(capture=False)
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


def raise_with_canary() -> None:
    secret = CANARY
    raise ValueError(f"driver text with {secret}")


def caught() -> ValueError:
    try:
        json.loads("{}", object_hook=lambda _: raise_with_canary())
    except ValueError as error:
        return error
    raise AssertionError


def test_line_starts_with_time_level_and_msg_when_logged(lines) -> None:
    get_logger().info("Something happened", resourceId="main-pg", count=3)
    (line,) = lines.parsed
    assert list(line) == ["time", "level", "msg", "resourceId", "count"]
    assert (line["level"], line["msg"]) == ("info", "Something happened")
    assert str(line["time"]).endswith("Z")
    assert len(str(line["time"])) == 24


@pytest.mark.parametrize(
    ("method", "level"),
    [("debug", "debug"), ("info", "info"), ("warning", "warn"), ("error", "error"), ("critical", "error")],
)
def test_level_is_the_contracts_word_when_logged(lines, method, level) -> None:
    getattr(get_logger(), method)("x")
    assert lines.parsed[0]["level"] == level


@pytest.mark.parametrize(("minimum", "count"), [("debug", 4), ("info", 3), ("warn", 2), (Level.ERROR, 1)])
def test_lines_below_the_level_are_left_out_when_configured(lines, minimum, count) -> None:
    configure_logging(lines, minimum)
    for method in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger(), method)("x")
    assert len(lines.raw) == count


def test_key_is_dropped_and_named_when_not_on_the_list(lines) -> None:
    get_logger().info("x", row=CANARY, resourceId="a", audit=True, time="never", msg_="n")
    assert lines.parsed[0]["droppedKeys"] == ["audit", "msg_", "row", "time"]
    assert "audit" not in lines.parsed[0]


def test_values_are_scrubbed_when_logged(lines) -> None:
    configure_logging(lines, "debug", scrub=lambda text: text.replace(CANARY, "***"))
    get_logger().info(f"message {CANARY}", detail=CANARY, errors=[{CANARY: CANARY}])
    assert lines.parsed[0]["msg"] == "message ***"


def test_value_is_withheld_when_it_is_an_object_with_a_telling_repr(lines) -> None:
    get_logger().info("x", detail=ValueError(CANARY), error=[{"a": CANARY.encode()}])
    assert lines.parsed[0]["detail"] == "[withheld: ValueError]"


def test_url_has_no_credential_when_logged(lines) -> None:
    get_logger().info("x", url=f"wss://u:{CANARY}@h/p?token={CANARY}")
    assert lines.parsed[0]["url"] == "wss://h/p"


@pytest.mark.parametrize("how", ["exception", "exc_info", "tuple"])
def test_exception_is_told_by_type_and_place_when_logged(lines, how) -> None:
    try:
        raise_with_canary()
    except ValueError as error:
        if how == "exception":
            get_logger().exception("Unexpected error")
        else:
            info = error if how == "exc_info" else (type(error), error, error.__traceback__)
            get_logger().error("Unexpected error", exc_info=info)
    assert lines.parsed[0]["error"] == "ValueError"
    assert lines.parsed[0]["frames"] == [], "frames of others say nothing of Relay"


def test_only_relays_own_frames_are_named_when_an_exception_passes_through_it() -> None:
    try:
        configure_logging(Lines(), "no such level")
    except ValueError as error:
        report = describe_exception(error)
    frames = report["frames"]
    assert isinstance(frames, list)
    assert str(frames[0]).startswith("relay/bootstrap/logging.py:")
    assert all(str(frame).startswith("relay/") for frame in frames)


def test_members_and_causes_are_told_by_type_when_there_are_any() -> None:
    error = ExceptionGroup(CANARY, [caught(), ExceptionGroup("inner", [KeyError(CANARY)])])
    error.__cause__ = OSError(CANARY)
    error.__cause__.__context__ = error
    report = describe_exception(error)
    assert report["error"] == "ExceptionGroup"
    assert report["errors"] == ["ValueError", "ExceptionGroup", "OSError", "KeyError"]
    assert CANARY not in json.dumps(report)


def test_reason_is_told_when_the_error_is_relays_own() -> None:
    assert describe_exception(RelayError(Reason.QUERY_FAILED, CANARY))["reason"] == "QUERY_FAILED"


@pytest.mark.parametrize("name", ["httpx", "asyncpg", "pymongo.command", "motor", "relay.something"])
def test_text_of_a_library_is_withheld_when_it_logs(lines, name) -> None:
    logging.getLogger(name).warning("statement failed: %s", CANARY)
    logging.getLogger(name).info("below warning")
    assert [(line["level"], line["logger"]) for line in lines.parsed] == [("warn", name)]


def test_constant_is_shown_without_arguments_when_known_to_be_safe(lines) -> None:
    logging.getLogger("asyncio").warning("Executing %s took %.3f seconds", CANARY, 1.5)
    assert lines.parsed[0]["msg"] == "Executing %s took %.3f seconds"


def test_exception_of_a_library_is_told_by_type_when_it_logs_one(lines) -> None:
    logging.getLogger("asyncpg").error(CANARY, exc_info=caught())
    assert (lines.parsed[0]["error"], lines.parsed[0]["level"]) == ("ValueError", "error")


def test_nothing_is_printed_when_a_library_logs_with_wrong_arguments(lines, capsys) -> None:
    logging.getLogger("asyncpg").error("%d %d", CANARY)  # noqa: PLE1206 - that is what is tested
    assert capsys.readouterr() == ("", "")
    assert len(lines.raw) == 1


def test_warning_is_withheld_when_python_issues_one(lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn(CANARY, stacklevel=1)
    assert lines.parsed[0]["logger"] == "py.warnings"


def test_uncaught_exception_is_told_on_standard_error_when_the_process_ends(lines, capsys) -> None:
    install_exception_hooks()
    error = caught()
    sys.excepthook(type(error), error, error.__traceback__)
    shown = capsys.readouterr().err
    assert CANARY not in shown
    assert json.loads(shown)["error"] == "ValueError"


def test_exception_of_a_thread_is_logged_when_nobody_catches_it(lines) -> None:
    install_exception_hooks()
    thread = threading.Thread(target=raise_with_canary, name="worker")
    thread.start()
    thread.join()
    assert (lines.parsed[0]["thread"], lines.parsed[0]["error"]) == ("worker", "ValueError")


def test_death_of_the_writer_is_told_on_standard_error_when_its_thread_ends(lines, capsys) -> None:
    install_exception_hooks()
    thread = threading.Thread(target=raise_with_canary, name="relay-line-writer")
    thread.start()
    thread.join()
    assert lines.raw == []
    assert "ValueError" in capsys.readouterr().err


def test_exception_in_a_finalizer_is_logged_when_the_interpreter_ignores_it(lines) -> None:
    install_exception_hooks()

    class Telling:
        def __repr__(self) -> str:
            return CANARY

        def __del__(self) -> None:
            raise_with_canary()

    Telling()
    assert lines.parsed[0]["error"] == "ValueError"


async def test_problem_of_the_event_loop_is_logged_without_its_text_when_reported(lines) -> None:
    loop = asyncio.get_running_loop()
    asyncio_exception_handler(loop, {"message": f"Exception in callback {CANARY}", "exception": caught()})
    asyncio_exception_handler(loop, {"message": "Task exception was never retrieved"})
    assert [line["msg"] for line in lines.parsed] == [
        "Unhandled exception in event loop", "Task exception was never retrieved"
    ]  # fmt: skip


def keys_of_log_calls() -> dict[str, set[str]]:
    """Return the keywords of every call of a logger's method in Relay's source, by file."""
    found: dict[str, set[str]] = {}
    package = Path(relay.__file__).parent
    for file in package.rglob("*.py"):
        source = file.read_text()
        if "structlog" not in source and "get_logger" not in source:
            continue
        keys = {
            keyword.arg
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOG_METHODS
            for keyword in node.keywords
            if keyword.arg is not None
        }
        found[file.relative_to(package).as_posix()] = keys - {"exc_info"}
    return found


def test_every_key_that_relay_logs_is_on_the_list_when_its_source_is_read() -> None:
    found = keys_of_log_calls()
    assert {"key", "error"} <= found["adapters/outbound/system/break_glass.py"], "the search finds what is there"
    assert {file: keys - ALLOWED_KEYS for file, keys in found.items() if keys - ALLOWED_KEYS} == {}


def test_lines_go_to_standard_error_when_a_command_prints_results(lines, capsys) -> None:
    configure_logging(StandardErrorLines(), "info")
    get_logger().info("é")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert json.loads(shown.err)["msg"] == "é"
