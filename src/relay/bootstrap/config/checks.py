"""Checks that look at more than one key. They read the plain tree, so that they run however much else is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from relay.bootstrap.config.coercion import coerce
from relay.bootstrap.config.control_plane import is_loopback, split_url
from relay.bootstrap.config.lookups import Finding, find, resource_indexes
from relay.bootstrap.config.problems import KeyPath
from relay.bootstrap.config.rule_checks import (
    applied_by_the_database,
    hash_needs_key,
    known_kinds,
    one_rule_a_column,
)
from relay.bootstrap.config.tree import Tree

Check = Callable[[Tree], Iterator[Finding]]

_DEFAULT_DELAYS_MS = {"initialDelayMs": 1000, "maxDelayMs": 60_000}
_VERIFYING = frozenset({"require", "verify-ca", "verify-full"})


def cross_field_problems(tree: Tree) -> None:
    """Report what each check finds."""
    for check in CHECKS:
        for path, message in check(tree):
            tree.report(path, message)


def _insecure_url(tree: Tree) -> Iterator[Finding]:
    path = ("controlPlane", "url")
    url = find(tree.data, *path)
    parts = split_url(url) if isinstance(url, str) else None
    if parts is None or parts.scheme != "ws":
        return
    allowed = coerce(find(tree.data, "controlPlane", "allowInsecure"), bool)
    if not is_loopback(parts.hostname or "") and allowed is not True:
        yield path, "ws:// sends the token unencrypted: use wss://, or set controlPlane.allowInsecure"
    for key in _set_keys(find(tree.data, "controlPlane", "tls")):
        yield ("controlPlane", "tls", key), "has no effect with ws://; use wss://"


def _client_certificate(tree: Tree) -> Iterator[Finding]:
    yield from _pair(tree, ("controlPlane", "tls"), "certFile", "keyFile")
    for index in resource_indexes(tree):
        yield from _pair(tree, ("resources", index, "connection"), "sslCert", "sslKey")


def _pair(tree: Tree, path: KeyPath, one: str, other: str) -> Iterator[Finding]:
    keys = _set_keys(find(tree.data, *path))
    if (one in keys) != (other in keys):
        given, missing = (one, other) if one in keys else (other, one)
        yield (*path, given), f"needs {missing} beside it"


def _delays(tree: Tree) -> Iterator[Finding]:
    path = ("controlPlane", "reconnect")
    written = find(tree.data, *path)
    if not isinstance(written, dict):
        return
    values = {key: _integer(written.get(key, default)) for key, default in _DEFAULT_DELAYS_MS.items()}
    initial, longest = values["initialDelayMs"], values["maxDelayMs"]
    if initial is not None and longest is not None and initial > longest:
        yield (*path, *(key for key in ("initialDelayMs",) if key in written)), "initialDelayMs is above maxDelayMs"


def _unique_ids(tree: Tree) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index in resource_indexes(tree):
        resource_id = find(tree.data, "resources", index, "id")
        if not isinstance(resource_id, str):
            continue
        if resource_id in first:
            yield ("resources", index, "id"), f"is the id of resources[{first[resource_id]}] too; ids are unique"
        first.setdefault(str(resource_id), index)


def _unverified_server(tree: Tree) -> Iterator[Finding]:
    for index in resource_indexes(tree):
        path = ("resources", index, "connection")
        keys = _set_keys(find(tree.data, *path))
        mode = find(tree.data, *path, "sslmode") or "prefer"
        if "sslRootCert" in keys and mode not in _VERIFYING:
            yield (*path, "sslRootCert"), "would not be checked: set sslmode to verify-full (or verify-ca)"
        if "sslCert" in keys and mode == "disable":
            yield (*path, "sslCert"), "has no effect with sslmode disable"


def _set_keys(section: object) -> frozenset[str]:
    if not isinstance(section, dict):
        return frozenset()
    return frozenset(key for key, value in section.items() if value not in (None, ""))


def _integer(value: object) -> int | None:
    value = coerce(value, int)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


CHECKS: tuple[Check, ...] = (
    _insecure_url,
    _client_certificate,
    _delays,
    _unique_ids,
    _unverified_server,
    hash_needs_key,
    known_kinds,
    one_rule_a_column,
    applied_by_the_database,
)
