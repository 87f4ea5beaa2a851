"""What is wrong is said all at once, with its line and without its value."""

from __future__ import annotations

import traceback

import pytest

from relay.bootstrap.config.load import MAX_CONFIG_BYTES, load_settings
from relay.bootstrap.config.problems import ConfigurationError

RESOURCE = "resources[0]"


def test_unknown_key_names_itself_its_line_and_the_nearest_when_misspelled(problem_of, minimal) -> None:
    problem = problem_of(minimal + "    poolSiz: 3\n")
    assert (problem.line, problem.column) == (13, 5)
    assert problem.path == "resources[0].poolSiz"
    assert "poolSiz;" in problem.message
    assert "poolSize" in problem.message


NEAREST = {
    "snake case": ("    max_rows_per_query: 3\n", "maxRowsPerQuery"),
    "lower case": ("    blockedtables: []\n", "blockedTables"),
    "of the other kind of database": ("    allowAggregation: true\n", "belongs at resources[].allowAggregation"),
    "of another section": ("    hashKey: 0123456789abcdef\n", "belongs at masking.hashKey"),
    "at the top": ("maskin: {}\n", "masking"),
    "in a section": ("audit: {hashChain: {enable: true}}\n", "enabled"),
    "a detector": ("masking: {detectors: {creditcard: true}}\n", "credit_card"),
    "a detector in camel case": ("masking: {detectors: {usSsn: true}}\n", "us_ssn"),
    "like nothing": ("zzz: 1\n", "the nearest known one is"),
}


@pytest.mark.parametrize(("line", "expected"), NEAREST.values(), ids=NEAREST)
def test_nearest_key_is_named_when_a_key_is_unknown(problem_of, minimal, line: str, expected: str) -> None:
    assert expected in problem_of(minimal + line).message


WRONG = {
    "id upper case": ("id: main-pg", "id: Main", "resources[0].id", "lowercase"),
    "id with a slash": ("id: main-pg", "id: a/b", "resources[0].id", "lowercase"),
    "id with a line break": ("id: main-pg", 'id: "a\\n"', "resources[0].id", "lowercase"),
    "type unknown": ("type: postgres", "type: postgress", "resources[0].type", "'postgres', 'mongodb'"),
    "type missing": ("    type: postgres\n", "", "resources[0].type", "is required"),
    "type a list": ("type: postgres", "type: [postgres]", "resources[0].type", "must be one of"),
    "host missing": ("      host: db.internal\n", "", "resources[0].connection.host", "is required"),
    "host empty": ("db.internal", "''", "resources[0].connection.host", "must not be empty"),
    "host a number": ("db.internal", "12", "resources[0].connection.host", "must be text"),
    "host with an escape": ("db.internal", '"\\e[31m"', "resources[0].connection.host", "control characters"),
    "password null is none, number not": ("pw-s3cret", "12", "resources[0].connection.password", "must be text"),
    "tenant with a line break": ("acme", '"a\\r\\nX: y"', "controlPlane.tenantId", "one line"),
    "tenant not ASCII": ("acme", "ação", "controlPlane.tenantId", "visible ASCII"),
    "url of http": ("wss://", "https://", "controlPlane.url", "wss://api.example.com"),
    "url without a host": ("wss://api.example.com", "wss://", "controlPlane.url", "wss://api.example.com"),
    "url with a bad port": ("example.com/", "example.com:99999/", "controlPlane.url", "must be an address"),
    "url with a user": ("api.example", "u:s3cret@api.example", "controlPlane.url", "no user"),
    "url with a query": ("relay/connect", "relay/connect?token=s3cret", "controlPlane.url", "no user, query"),
    "url with a backslash": ("api.example.com", "127.0.0.1\\\\@evil.com", "controlPlane.url", "must be an address"),
    "ws off loopback": ("wss://", "ws://", "controlPlane.url", "allowInsecure"),
    "connection null": (
        "connection:\n      host: db.internal\n      database: app\n      user: reader\n      password: pw-s3cret",
        "connection:",
        "resources[0].connection",
        "must be a mapping",
    ),
}


@pytest.mark.parametrize("row", WRONG.values(), ids=WRONG)
def test_problem_says_where_and_what_when_a_value_is_wrong(problem_of, minimal, row) -> None:
    old, new, path, message = row
    assert old in minimal
    problem = problem_of(minimal.replace(old, new))
    assert problem.path == path
    assert message in problem.message
    assert problem.line is not None
    assert "s3cret" not in str(problem)


ADDED = {
    "port above": ("      port: 65536\n", "resources[0].connection.port", "65535 or less"),
    "port zero": ("      port: 0\n", "resources[0].connection.port", "1 or more"),
    "port as text": ('      port: "5432"\n', "resources[0].connection.port", "a whole number"),
    "port a boolean": ("      port: true\n", "resources[0].connection.port", "a whole number"),
    "port a float": ("      port: 5432.0\n", "resources[0].connection.port", "a whole number"),
    "port octal": ("      port: 010\n", "resources[0].connection.port", "a whole number"),
    "port a time": ("      port: 12:30\n", "resources[0].connection.port", "a whole number"),
    "port huge": (f"      port: {'9' * 5000}\n", "resources[0].connection.port", "a whole number"),
    "sslmode unknown": ("      sslmode: verify\n", "resources[0].connection.sslmode", "'verify-full'"),
    "root certificate unused": ("      sslRootCert: /ca\n", "resources[0].connection.sslRootCert", "verify-full"),
    "certificate without key": ("      sslCert: /c\n", "resources[0].connection.sslCert", "needs sslKey"),
    "key without certificate": ("      sslKey: /c\n", "resources[0].connection.sslKey", "needs sslCert"),
    "certificate never sent": (
        "      sslCert: /c\n      sslKey: /k\n      sslmode: disable\n",
        "resources[0].connection.sslCert",
        "no effect",
    ),
    "unknown operation": ("    allowedOperations: [query, drop]\n", "resources[0].allowedOperations[1]", "'explain'"),
    "operations as text": ("    allowedOperations: query\n", "resources[0].allowedOperations", "must be a list"),
    "null operation": ("    allowedOperations: [~]\n", "resources[0].allowedOperations[0]", "must be"),
    "no rows": ("    maxRowsPerQuery: 0\n", "resources[0].maxRowsPerQuery", "1 or more"),
    "no schemas": ("    schemas: []\n", "resources[0].schemas", "must not be empty"),
    "schemas null": ("    schemas:\n", "resources[0].schemas", "must be a list"),
    "schema glob": ('    schemas: ["*"]\n', "resources[0].schemas[0]", "globs belong under allowedTables"),
    "empty glob": ('    blockedTables: [""]\n', "resources[0].blockedTables[0]", "must not be empty"),
    "function without schema": ("    allowedFunctions: [f]\n", "resources[0].allowedFunctions[0]", "schema.name"),
    "function with arguments": ("    allowedFunctions: [a.f()]\n", "resources[0].allowedFunctions[0]", "schema.name"),
    "rule's action": (
        "    columnRules: [{table: t, column: c, action: hide}]\n",
        "resources[0].columnRules[0].action",
        "'pass'",
    ),
    "rule without column": (
        "    columnRules: [{table: t, action: mask}]\n",
        "resources[0].columnRules[0].column",
        "is required",
    ),
    "hash without a key": (
        "    columnRules: [{table: t, column: c, action: hash}]\n",
        "resources[0].columnRules[0].action",
        "masking.hashKey",
    ),
    "plan cost zero": ("    maxPlanCost: 0\n", "resources[0].maxPlanCost", "above 0"),
    "plan cost infinite": ("    maxPlanCost: .inf\n", "resources[0].maxPlanCost", "a number"),
    "pool of none": ("    poolSize: 0\n", "resources[0].poolSize", "1 or more"),
    "rate": ("    rateLimit: {requestsPerMinute: 0}\n", "resources[0].rateLimit.requestsPerMinute", "1 or more"),
    "flag as a word": ("    statementCache: maybe\n", "resources[0].statementCache", "true or false"),
    "flag as a number": ("    statementCache: 1\n", "resources[0].statementCache", "true or false"),
    "pattern name": (
        "masking: {patterns: [{name: A B, regex: x, replacement: y}]}\n",
        "masking.patterns[0].name",
        "lowercase",
    ),
    "look-ahead": (
        "masking: {patterns: [{name: a, regex: '(?=s3cret)x', replacement: y}]}\n",
        "masking.patterns[0].regex",
        "linear time",
    ),
    "back-reference": (
        "masking: {patterns: [{name: a, regex: '(a)\\1', replacement: y}]}\n",
        "masking.patterns[0].regex",
        "linear time",
    ),
    "unclosed group": (
        "masking: {patterns: [{name: a, regex: '(s3cret', replacement: y}]}\n",
        "masking.patterns[0].regex",
        "linear time",
    ),
    "pattern of nothing": (
        "masking: {patterns: [{name: a, regex: 'x*', replacement: y}]}\n",
        "masking.patterns[0].regex",
        "empty text",
    ),
    "short hash key": ("masking: {hashKey: s3cret}\n", "masking.hashKey", "16 bytes or more"),
    "derived": ("masking: {derived: pass}\n", "masking.derived", "'deny'"),
    "section empty": ("masking:\n", "masking", "can be left out"),
    "section a list": ("audit: []\n", "audit", "must be a mapping"),
    "level": ("audit: {level: warning}\n", "audit.level", "'warn'"),
    "break-glass relative": ("session: {breakGlassFile: stop}\n", "session.breakGlassFile", "absolute path"),
}


@pytest.mark.parametrize(("text", "path", "message"), ADDED.values(), ids=ADDED)
def test_problem_says_where_and_what_when_an_added_value_is_wrong(problem_of, minimal, text, path, message) -> None:
    problem = problem_of(minimal + text)
    assert problem.path == path
    assert message in problem.message
    assert problem.line is not None
    assert problem.line >= 13
    assert "s3cret" not in str(problem)


def test_regex_fault_writes_nothing_elsewhere_when_it_does_not_compile(problem_of, minimal, capfd) -> None:
    problem_of(minimal + "masking: {patterns: [{name: a, regex: '(s3cret', replacement: y}]}\n")
    assert capfd.readouterr() == ("", "")


CONTROL_PLANE = {
    "proxy without scheme": ("proxy: proxy.internal:3128", "proxy", "http://proxy.internal:3128"),
    "proxy with a path": ("proxy: http://u:s3cret@p/x", "proxy", "must be an address"),
    "proxy of socks": ("proxy: socks5://p:1", "proxy", "must be an address"),
    "pin too short": ("tls: {pinnedSha256: abcd}", "tls.pinnedSha256", "64 hexadecimal"),
    "certificate alone": ("tls: {certFile: /c}", "tls.certFile", "needs keyFile"),
    "delays crossed": (
        "reconnect: {initialDelayMs: 9000, maxDelayMs: 8000}",
        "reconnect.initialDelayMs",
        "above maxDelayMs",
    ),
    "longest below the default first": ("reconnect: {maxDelayMs: 500}", "reconnect", "above maxDelayMs"),
    "no delay": ("reconnect: {initialDelayMs: 0}", "reconnect.initialDelayMs", "10 or more"),
}


@pytest.mark.parametrize(("line", "path", "message"), CONTROL_PLANE.values(), ids=CONTROL_PLANE)
def test_problem_says_where_and_what_when_the_link_is_wrong(problem_of, minimal, line, path, message) -> None:
    problem = problem_of(minimal.replace("  tenantId", f"  {line}\n  tenantId"))
    assert problem.path == f"controlPlane.{path}"
    assert message in problem.message
    assert "s3cret" not in str(problem)


ALL_AT_ONCE = """\
controlPlane:
  url: ws://api.example.com/x
  token: ${NOPE}
  tenantID: a
  tenantId: a
  tenantId: b
resources:
  - id: one
    type: postgres
    connection: {host: h, database: d, user: u, port: 0, passwrd: x}
    schemas: !!set {a}
    poolSize: lots
  - id: one
    type: mysql
  - id: three
    type: mongodb
    connection: {uri: http://s3cret, database: d}
    columnRules: [{table: t, column: c, action: hash}]
"""


def test_everything_is_reported_when_every_kind_of_problem_is_there(error_of) -> None:
    error = error_of(ALL_AT_ONCE)
    assert [(problem.line, problem.path) for problem in error.problems] == [
        (2, "controlPlane.url"),
        (3, "controlPlane.token"),
        (4, "controlPlane.tenantID"),
        (6, "controlPlane.tenantId"),
        (10, "resources[0].connection.port"),
        (10, "resources[0].connection.passwrd"),
        (11, "resources[0].schemas"),
        (12, "resources[0].poolSize"),
        (13, "resources[1].id"),
        (14, "resources[1].type"),
        (17, "resources[2].connection.uri"),
        (18, "resources[2].columnRules[0].action"),
    ]
    assert "s3cret" not in str(error)
    assert all(f"relay-config.yaml:{problem.line}:" in str(error) for problem in error.problems)
    assert "12 problems" in str(error)


def test_traceback_shows_no_value_when_loading_fails(tmp_path, minimal) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(minimal.replace("tok-s3cret", "tok s3cret").replace("main-pg", "BAD"))
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path, {})
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "2 problems" in shown
    assert caught.value.__context__ is None
    assert "s3cret" not in shown


LOOPBACK = ["ws://127.0.0.1:1/x", "ws://localhost/x", "ws://[::1]:8/x", "ws://127.9.9.9/", "WS://LOCALHOST:1/"]


@pytest.mark.parametrize("url", LOOPBACK)
def test_ws_is_accepted_when_the_host_is_loopback(load_text, minimal, url: str) -> None:
    text = minimal.replace("wss://api.example.com/v1/relay/connect", url)
    assert load_text(text).control_plane.url == url


NOT_LOOPBACK = ["ws://127.0.0.1.evil.com/", "ws://localhost.evil.com/", "ws://10.0.0.1/", "ws://0.0.0.0/", "ws://[::]/"]


@pytest.mark.parametrize("url", NOT_LOOPBACK)
def test_ws_is_refused_when_the_host_only_looks_like_loopback(problem_of, load_text, minimal, url: str) -> None:
    text = minimal.replace("wss://api.example.com/v1/relay/connect", url)
    assert "allowInsecure" in problem_of(text).message
    for written in ("true", "${YES}", "on"):
        allowed = text.replace("  tenantId", f"  allowInsecure: {written}\n  tenantId")
        assert load_text(allowed, {"YES": "1"}).control_plane.allow_insecure


def test_tls_settings_are_refused_when_the_address_is_not_tls(problem_of, minimal) -> None:
    text = minimal.replace("wss://api.example.com", "ws://localhost").replace(
        "  tenantId", f"  tls: {{pinnedSha256: {'ab' * 32}}}\n  tenantId"
    )
    problem = problem_of(text)
    assert problem.path == "controlPlane.tls.pinnedSha256"
    assert "no effect" in problem.message


def test_require_verifies_when_an_authority_is_given(load_text, minimal) -> None:
    connection = load_text(minimal + "      sslmode: require\n      sslRootCert: /ca\n").resources[0].connection
    assert connection.effective_sslmode == "verify-ca"
    assert load_text(minimal).resources[0].connection.effective_sslmode == "prefer"


FILES = {
    "missing": (None, "No such file"),
    "too large": (b"#" * (MAX_CONFIG_BYTES + 1), "larger than"),
    "ten megabytes": (b"a: " + b"x" * 10_000_000, "larger than"),
    "not UTF-8": (b"a: 1\nb: \xff\n", "not UTF-8"),
    "UTF-16": ("a: 1".encode("utf-16"), "not UTF-8"),
}


@pytest.mark.parametrize(("content", "message"), FILES.values(), ids=FILES)
def test_file_is_refused_when_it_cannot_be_a_configuration(tmp_path, content, message: str) -> None:
    path = tmp_path / "c.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        load_settings(path, {})


def test_directory_is_refused_when_it_is_given_as_the_file(tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="Is a directory"):
        load_settings(tmp_path, {})


def test_byte_order_mark_is_ignored_when_an_editor_left_one(load_text, minimal) -> None:
    assert load_text(b"\xef\xbb\xbf" + minimal.encode()).resources[0].id == "main-pg"
