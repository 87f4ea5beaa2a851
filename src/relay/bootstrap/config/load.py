"""The one way in: find the configuration, read it, and give settings or everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from relay.bootstrap.config.environment import environment_tree
from relay.bootstrap.config.problems import ConfigurationError, Problem
from relay.bootstrap.config.resource import ResourceSettings
from relay.bootstrap.config.settings import Settings, settings_model
from relay.bootstrap.config.tree import Tree, build_tree
from relay.bootstrap.config.validation import validate
from relay.bootstrap.config.yaml_nodes import compose

DEFAULT_CONFIG_PATH = Path("/app/relay-config.yaml")
PATH_VARIABLE = "RELAY_CONFIG_PATH"
ENVIRONMENT = "environment"
"""The source that errors name when there is no file."""
MAX_CONFIG_BYTES = 1_048_576
_NONE: Mapping[str, type[ResourceSettings]] = MappingProxyType({})


def resolve_config_path(cli_value: str | Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the file to read: `--config`, else the variable, else the default if it is there; None: no file at all."""
    chosen = cli_value or environ.get(PATH_VARIABLE)
    if chosen:
        return Path(chosen)
    try:
        os.lstat(DEFAULT_CONFIG_PATH)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        # It may be there: reading it will say why it can't be read, where the environment alone would hide that.
        pass
    return DEFAULT_CONFIG_PATH


def load_settings(
    path: Path | None,
    environ: Mapping[str, str],
    *,
    extra_resource_types: Mapping[str, type[ResourceSettings]] = _NONE,
) -> Settings:
    """Read the file, or without a path the environment alone; blocks briefly. Raises ConfigurationError."""
    tree = environment_tree(environ) if path is None else _file_tree(path, environ)
    settings = validate(tree, settings_model(extra_resource_types))
    if settings is None:
        raise ConfigurationError(tree.problems, source=_source(path))
    return settings


def _source(path: Path | None) -> str:
    return ENVIRONMENT if path is None else str(path)


def _file_tree(path: Path, environ: Mapping[str, str]) -> Tree:
    content = _read(path)
    root = content if isinstance(content, Problem) else compose(content)
    if isinstance(root, Problem):
        raise ConfigurationError([root], source=_source(path))
    return build_tree(root, environ)


def _read(path: Path) -> str | Problem:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_CONFIG_BYTES + 1)
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else "not a path"
        return Problem(message=f"the file can't be read: {cause}")
    if len(content) > MAX_CONFIG_BYTES:
        return Problem(message=f"the file is larger than {MAX_CONFIG_BYTES} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    return Problem(message="the file is not UTF-8 text", line=line)
