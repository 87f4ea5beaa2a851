"""What the configuration tests share: a valid file to change, and short ways to load a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from relay.bootstrap.config.load import load_settings
from relay.bootstrap.config.problems import ConfigurationError, Problem
from relay.bootstrap.config.settings import Settings

MINIMAL = """\
controlPlane:
  url: wss://api.example.com/v1/relay/connect
  token: tok-s3cret
  tenantId: acme
resources:
  - id: main-pg
    type: postgres
    connection:
      host: db.internal
      database: app
      user: reader
      password: pw-s3cret
"""


@pytest.fixture
def minimal() -> str:
    return MINIMAL


@pytest.fixture
def load_text(tmp_path: Path) -> Callable[..., Settings]:
    def load(text: str | bytes, environ: Mapping[str, str] | None = None) -> Settings:
        path = tmp_path / "relay-config.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return load_settings(path, environ or {})

    return load


@pytest.fixture
def error_of(load_text) -> Callable[..., ConfigurationError]:
    def error(text: str | bytes, environ: Mapping[str, str] | None = None) -> ConfigurationError:
        with pytest.raises(ConfigurationError) as caught:
            load_text(text, environ)
        return caught.value

    return error


@pytest.fixture
def problems_of(error_of) -> Callable[..., tuple[Problem, ...]]:
    def problems(text: str | bytes, environ: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
        return error_of(text, environ).problems

    return problems


@pytest.fixture
def problem_of(problems_of) -> Callable[..., Problem]:
    def problem(text: str | bytes, environ: Mapping[str, str] | None = None) -> Problem:
        (only,) = problems_of(text, environ)
        return only

    return problem
