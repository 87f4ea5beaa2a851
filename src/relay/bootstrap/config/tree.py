"""Node tree to plain values: scalars typed and interpolated, each with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import yaml

from relay.bootstrap.config.interpolation import InterpolationError, interpolate, is_text
from relay.bootstrap.config.problems import KeyPath, Place, Problem, problem_at
from relay.bootstrap.config.shield import unshield
from relay.bootstrap.config.yaml_nodes import MAX_DEPTH, MAX_NODES

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,3})?")
BOOLEAN_WORDS: Mapping[str, bool] = MappingProxyType(
    {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
)


class _Unresolved:
    """Stands for a value that already has its problem, so that no second one is reported for it."""

    def __repr__(self) -> str:
        return "UNRESOLVED"


UNRESOLVED = _Unresolved()


@dataclass(slots=True, kw_only=True)
class Tree:
    """A document as dicts, tuples and scalars, the place of each path, and what was wrong on the way.

    `bare_keys`: keys of a flow mapping without a value, as the rest of an unquoted value after a comma becomes.
    """

    data: object = None
    places: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    bare_keys: set[KeyPath] = field(default_factory=set)

    def place_of(self, path: KeyPath) -> Place:
        """Return the place of a path, or of the nearest one above it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place())

    def report(self, path: KeyPath, message: str) -> None:
        """Add a problem at a path."""
        self.problems.append(problem_at(self.place_of(path), path, message))


class _TooLargeError(Exception):
    pass


def build_tree(root: yaml.Node | None, environ: Mapping[str, str]) -> Tree:
    """Convert a node tree; whatever is wrong with single values is in the result's `problems`."""
    builder = _TreeBuilder(environ)
    if root is None:
        builder.tree.data = {}
        return builder.tree
    try:
        builder.tree.data = builder.convert(root, ())
    except _TooLargeError:
        builder.tree.data = UNRESOLVED
    return builder.tree


class _TreeBuilder:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.tree = Tree()
        self._environ = environ
        self._nodes = 0

    def convert(self, node: yaml.Node, path: KeyPath) -> object:
        mark = node.start_mark
        self.tree.places.setdefault(path, Place(line=mark.line + 1, column=mark.column + 1))
        self._count(path)
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return tuple(self.convert(item, (*path, index)) for index, item in enumerate(node.value))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        return self._refuse(path, "a YAML tag (!…) is not supported here; put a value that begins with ! in quotes")

    def _count(self, path: KeyPath) -> None:
        # Counted as expanded: an alias counts as much as what it stands for.
        self._nodes += 1
        if self._nodes > MAX_NODES or len(path) > MAX_DEPTH:
            self.tree.report((), f"more than {MAX_NODES} values or {MAX_DEPTH} levels, counting what aliases stand for")
            raise _TooLargeError

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> object:
        values: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key is None:
                continue
            key_path = (*path, key)
            if key in values:
                self._duplicate(key_node, key_path)
                continue
            mark = key_node.start_mark
            self.tree.places[key_path] = Place(line=mark.line + 1, column=mark.column + 1)
            if node.flow_style and _is_absent(value_node):
                self.tree.bare_keys.add(key_path)
            values[key] = self.convert(value_node, key_path)
        return values

    def _key(self, node: yaml.Node, path: KeyPath) -> str | None:
        mark = node.start_mark
        place = Place(line=mark.line + 1, column=mark.column + 1)
        if node.tag == _MERGE:
            message = "merge keys (<<) are not supported; write the keys out"
        elif not isinstance(node, yaml.ScalarNode) or not node.tag.startswith(_TAG):
            message = "a key must be a plain word"
        else:
            return unshield(str(node.value))
        self.tree.problems.append(problem_at(place, path, message))
        return None

    def _duplicate(self, node: yaml.Node, path: KeyPath) -> None:
        first = self.tree.places[path].line
        place = Place(line=node.start_mark.line + 1, column=node.start_mark.column + 1)
        self.tree.problems.append(problem_at(place, path, f"the key is there twice (first in line {first})"))

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> object:
        text = unshield(node.value)
        if not is_text(text):
            return self._refuse(path, "a \\u escape stands for half a character")
        kind = node.tag.removeprefix(_TAG)
        if kind in {"str", "timestamp", "value", "merge"}:
            return self._interpolated(text, path)
        if kind == "null":
            return None
        if kind == "bool" and text.lower() in BOOLEAN_WORDS:
            return BOOLEAN_WORDS[text.lower()]
        if kind in {"int", "float"}:
            return _number(text)
        return self._refuse(path, "a YAML tag (!…) is not supported here; put a value that begins with ! in quotes")

    def _interpolated(self, text: str, path: KeyPath) -> object:
        try:
            return interpolate(text, self._environ)
        except InterpolationError as error:
            for message in error.messages:
                self.tree.report(path, message)
        return UNRESOLVED

    def _refuse(self, path: KeyPath, message: str) -> object:
        self.tree.report(path, message)
        return UNRESOLVED


def _number(text: str) -> object:
    """Read decimal numbers only: YAML 1.1 would make 12:30 a 750 and 010 an 8."""
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) and not text.lstrip("-+").isdigit() else text


def _is_absent(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.value and not node.style
