"""The configuration contract's own example, and what its keys become."""

from __future__ import annotations

import pytest

from relay.domain.masking import DerivedAction, MaskingRule
from relay.domain.request import Operation
from relay.domain.resource import RateLimit, ResourceLimits

EXAMPLE = r"""
controlPlane:
  url: wss://api.example.com/v1/relay/connect   # ws:// only to a loopback address, or with allowInsecure: true
  token: ${RELAY_TOKEN}
  tenantId: ${TENANT_ID}
  # optional
  proxy: http://proxy.internal:3128             # HTTP CONNECT; HTTPS_PROXY / NO_PROXY are honoured too
  tls: {caFile: /ca, certFile: /cert, keyFile: /key, pinnedSha256: ${PIN}}
  reconnect: {initialDelayMs: 1000, maxDelayMs: 60000}

resources:
  - id: main-pg                # lowercase, digits, hyphens
    type: postgres
    name: Main PostgreSQL
    connection:
      host: ${PG_HOST}
      port: 5432
      database: ${PG_DATABASE}
      user: ${PG_USER}
      password: ${PG_PASSWORD}
      sslmode: prefer          # disable | prefer | require | verify-ca | verify-full; sslRootCert, sslCert, sslKey
    allowedOperations: [query, describe_table, list_tables, explain]
    maxRowsPerQuery: 1000
    # optional, with these defaults
    schemas: [public]
    allowedTables: []
    blockedTables: []
    allowedFunctions: []
    columnRules: []
    statementTimeoutMs: 30000
    maxResponseBytes: 8388608
    maxCellBytes: 1048576      # a longer value arrives as null, with a warning
    maxPlanCost: null
    poolSize: 5                # idle connections close after 30 s; connecting gives up after 10 s
    statementCache: true       # off for PgBouncer in transaction mode
    rateLimit: {requestsPerMinute: 600, burstCapacity: 60}
    allowPrivilegedRole: false
  - id: analytics-mongo
    type: mongodb
    name: Analytics MongoDB
    connection: {uri: ${MONGO_URI}, database: ${MONGO_DATABASE}}
    allowedOperations: [query, describe_table, list_tables]
    maxRowsPerQuery: 500
    allowAggregation: false    # true: read-only pipelines, stages by allowlist

masking:
  enabled: true
  patterns:                    # beside the built-in ones, never instead
    - {name: internal-id, regex: 'EMP-\d{6}', replacement: 'EMP-******'}
  detectors: {ipv4: false}     # turn a built-in detector on or off
  derived: mask
  hashKey: ${MASKING_KEY}      # 16 bytes or more; needed only where a rule says hash

audit:
  enabled: true
  level: info                  # debug | info | warn | error
  file: null
  hashChain: {enabled: true, key: ${AUDIT_KEY:-}}

session:
  breakGlassFile: /tmp/relay-stop
"""
ENVIRON = {
    "RELAY_TOKEN": "token-abc",
    "TENANT_ID": "acme",
    "PIN": "AB:" * 31 + "AB",
    "PG_HOST": "db",
    "PG_DATABASE": "app",
    "PG_USER": "reader",
    "PG_PASSWORD": 'p: "w" #x, {y}',
    "MONGO_URI": "mongodb://u:p@mongo/",
    "MONGO_DATABASE": "events",
    "MASKING_KEY": "0123456789abcdef",
}


@pytest.fixture
def settings(load_text):
    return load_text(EXAMPLE, ENVIRON)


def test_connection_is_read_when_the_contracts_example_is_loaded(settings) -> None:
    postgres, mongo = settings.resources
    assert postgres.connection.host == "db"
    assert postgres.connection.port == 5432
    assert postgres.connection.password.read() == 'p: "w" #x, {y}'
    assert postgres.connection.sslmode == "prefer"
    assert mongo.connection.uri.read() == "mongodb://u:p@mongo/"
    assert settings.control_plane.token.read() == "token-abc"
    assert settings.control_plane.proxy.read() == "http://proxy.internal:3128"
    assert settings.control_plane.tls.pinned_sha256 == "ab" * 32
    assert settings.audit.hash_chain.key is None
    assert settings.masking.hash_key.read() == "0123456789abcdef"


def test_domain_objects_are_built_when_the_contracts_example_is_loaded(settings) -> None:
    postgres, mongo = (resource.to_resource() for resource in settings.resources)
    assert (postgres.resource_id, postgres.type, postgres.name, postgres.database) == (
        "main-pg",
        "postgres",
        "Main PostgreSQL",
        "app",
    )
    assert postgres.policy.allowed_operations == frozenset(Operation)
    assert postgres.policy.schemas == ("public",)
    assert postgres.limits == ResourceLimits()
    assert mongo.database == "events"
    assert mongo.policy.schemas == ()
    assert mongo.policy.max_rows == 500
    assert Operation.EXPLAIN not in mongo.policy.allowed_operations


def test_masking_is_built_when_the_contracts_example_is_loaded(settings) -> None:
    masking = settings.masking.to_domain()
    assert masking.rules == (MaskingRule(name="internal-id", regex=r"EMP-\d{6}", replacement="EMP-******"),)
    assert dict(masking.detectors) == {"ipv4": False}
    assert masking.derived is DerivedAction.MASK


def test_defaults_are_the_contracts_when_optional_keys_are_absent(load_text, minimal, settings) -> None:
    settings_with_defaults = load_text(minimal)
    resource, example = settings_with_defaults.resources[0], settings.resources[0]
    optional = set(type(resource).model_fields) - {"id", "name", "connection"}
    assert {name: getattr(resource, name) for name in optional} == {name: getattr(example, name) for name in optional}
    assert resource.to_resource().name == "main-pg"
    assert settings_with_defaults.session == settings.session
    assert settings_with_defaults.audit == settings.audit
    assert settings_with_defaults.control_plane.reconnect == settings.control_plane.reconnect


def test_every_key_reaches_the_domain_when_it_is_set(load_text, minimal) -> None:
    extra = """\
    schemas: [public, sales]
    allowedTables: ["sales.*"]
    blockedTables: [secrets]
    allowedFunctions: [sales.total]
    columnRules: [{table: customers, column: email, action: drop}]
    statementTimeoutMs: 1
    maxResponseBytes: 2048
    maxCellBytes: 3
    poolSize: 4
    rateLimit: {requestsPerMinute: 6, burstCapacity: 7}
"""
    resource = load_text(minimal + extra).resources[0].to_resource()
    policy = resource.policy
    assert policy.schemas == ("public", "sales")
    assert policy.allowed_tables == ("sales.*",)
    assert policy.blocked_tables == ("secrets",)
    assert policy.allowed_functions == {"sales.total"}
    assert [(rule.table, rule.column, rule.action) for rule in policy.column_rules] == [("customers", "email", "drop")]
    assert resource.limits == ResourceLimits(
        statement_timeout_ms=1,
        max_response_bytes=2048,
        max_cell_bytes=3,
        pool_size=4,
        rate=RateLimit(requests_per_minute=6, burst_capacity=7),
    )
