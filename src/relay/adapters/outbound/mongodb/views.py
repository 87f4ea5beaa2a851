"""Which collections a view shows rows of: its definition, read strictly.

Source: the manual's pages `core/views` and `reference/command/listCollections`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from relay.adapters.outbound.mongodb.stages import STAGES

SEARCH_STAGES = frozenset({"$search", "$searchMeta", "$vectorSearch"})
"""Read the collection that they are run on, and no other."""


class UnreadableView(Exception):  # noqa: N818 - a signal inside this adapter, not an error that leaves
    """A definition holds a stage, or a form of one, of which nobody knows what it reads."""


def reads_of_view(options: object) -> frozenset[str]:
    """Return every collection that a view's definition names. Raises UnreadableView."""
    if not isinstance(options, Mapping):
        raise UnreadableView
    return frozenset({_name(options.get("viewOn")), *_pipeline(options.get("pipeline", []))})


def _name(value: object) -> str:
    if isinstance(value, Mapping):  # a collection of another database; blocked by its name all the same
        value = value.get("coll")
    if not isinstance(value, str):
        raise UnreadableView
    return value


def _pipeline(stages: object) -> Iterator[str]:
    if not isinstance(stages, list):
        raise UnreadableView
    for stage in stages:
        if not isinstance(stage, Mapping) or len(stage) != 1:
            raise UnreadableView
        ((name, argument),) = stage.items()
        yield from _stage(name, argument)


def _stage(name: object, argument: object) -> Iterator[str]:
    if name not in STAGES and name not in SEARCH_STAGES:
        raise UnreadableView
    if name == "$facet":
        for pipeline in _document(argument).values():
            yield from _pipeline(pipeline)
    elif name == "$unionWith" and isinstance(argument, str):
        yield argument
    elif name in _NAMED_BY:
        yield from _other(_document(argument), _NAMED_BY[str(name)])


_NAMED_BY = {"$lookup": "from", "$graphLookup": "from", "$unionWith": "coll"}


def _other(argument: Mapping[str, object], key: str) -> Iterator[str]:
    if key in argument:  # a $lookup or $unionWith without one reads documents that its pipeline makes
        yield _name(argument[key])
    elif "pipeline" not in argument:
        raise UnreadableView
    yield from _pipeline(argument.get("pipeline", []))


def _document(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise UnreadableView
    return value


def all_reads(views: Mapping[str, frozenset[str] | None]) -> Mapping[str, frozenset[str] | None]:
    """Follow views of views; None, for a view whose definition is not known, goes to all that read it."""
    return {name: _follow(name, views) for name in views}


def _follow(view: str, views: Mapping[str, frozenset[str] | None]) -> frozenset[str] | None:
    found: set[str] = set()
    pending = [view]
    while pending:
        read = views.get(pending.pop(), frozenset())
        if read is None:
            return None
        pending.extend(read - found)
        found |= read
    return frozenset(found)
