"""`relay demo` without its extra, and the rest of the command line without the demo."""

import importlib.util
import subprocess
import sys

import pytest

from relay.bootstrap.cli import demo_command
from relay.bootstrap.cli.main import main


@pytest.mark.parametrize("missing", demo_command.EXTRA_MODULES)
def test_the_extra_is_named_when_a_module_is_missing(missing, monkeypatch, capsys):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(demo_command, "find_spec", lambda name: None if name == missing else find_spec(name))
    assert main(["demo"]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert missing in told.err
    assert "relay[demo]" in told.err


@pytest.mark.parametrize(
    "command", [["version"], ["--help"], ["run", "--config", "/nonexistent"], ["config", "schema"]]
)
def test_the_demo_is_not_imported_when_another_command_runs(command):
    script = (
        "import sys\n"
        "from relay.bootstrap.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "wrong = {name.partition('.')[0] for name in sys.modules} & "
        f"set({demo_command.EXTRA_MODULES!r})\n"
        "wrong |= {name for name in sys.modules if name.startswith('relay.bootstrap.demo')}\n"
        "sys.exit(f'imported: {wrong}' if wrong else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
