"""What the parts of a query offer by name, and which columns of tables stand behind each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement


@dataclass(frozen=True, slots=True)
class BaseColumn:
    """A column of a table as the catalogue spells it; `*` where the table's columns are not known."""

    schema: str | None
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class RecursiveColumn:
    """Stands for a column of a recursive CTE until all of its origins are known; `*` for any of its columns."""

    cte: int
    column: int | str


class Atom:
    """What the analysis of flows puts in a column's place; see flows.py."""

    __slots__ = ()


Origin = BaseColumn | RecursiveColumn | Atom
Origins = frozenset[Origin]
NOTHING: Origins = frozenset()


MAX_WORK = 100_000
"""Columns that one statement may make lineage look at: a fraction of a second."""


class Budget:
    """What is left of the work that one statement may cost."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_WORK

    def spend(self, columns: int) -> None:
        """Count columns that are about to be looked at. Raises RefusedStatement."""
        self._left -= columns
        if self._left < 0:
            raise RefusedStatement("too many columns to follow", 0, hint="name the columns you need, from fewer tables")


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column of a result, with everything that it may have been computed from."""

    name: str
    origins: Origins


class Relation:
    """The columns of a table, sub-query or function, in order; never changed.

    `hidden` is None where the list is whole; else there may be columns of any other name, computed from `hidden`.
    """

    __slots__ = ("_by_name", "_everything", "columns", "hidden")

    def __init__(self, *, columns: tuple[OutputColumn, ...], hidden: Origins | None = None) -> None:
        self.columns = columns
        self.hidden = hidden
        self._by_name: dict[str, Origins] | None = None
        self._everything: Origins | None = None

    def everything(self) -> Origins:
        """Return what a whole row may have been computed from."""
        if self._everything is None:
            self._everything = union(column.origins for column in self.columns) | (self.hidden or NOTHING)
        return self._everything

    def has(self, name: str) -> bool:
        """Whether there surely is a column of that name."""
        return name in self._index()

    def named(self, name: str) -> Origins | None:
        """Return the origins of the columns of one name; None if there is surely none."""
        return self._index().get(name, self.hidden)

    def _index(self) -> dict[str, Origins]:
        if self._by_name is None:
            self._by_name = {}
            for column in self.columns:
                before = self._by_name.get(column.name)
                self._by_name[column.name] = column.origins if before is None else before | column.origins
        return self._by_name

    def renamed(self, names: Sequence[str]) -> Relation:
        """Return the same with new names for the first columns; fewer known columns than names keep nothing apart."""
        if not names:
            return self
        if len(names) > len(self.columns):
            return Relation(columns=tuple(OutputColumn(name, self.everything()) for name in names), hidden=self.hidden)
        first = tuple(OutputColumn(name, column.origins) for name, column in zip(names, self.columns, strict=False))
        return Relation(columns=first + self.columns[len(names) :], hidden=self.hidden)

    def stacked_with(self, other: Relation) -> Relation:
        """Return the columns of a set operation: by position where both lists are whole, else anything may be any."""
        if self.hidden is None and other.hidden is None and len(self.columns) == len(other.columns):
            pairs = zip(self.columns, other.columns, strict=True)
            return Relation(columns=tuple(OutputColumn(one.name, one.origins | two.origins) for one, two in pairs))
        mixed = self.everything() | other.everything()
        hidden = None if self.hidden is None else mixed
        return Relation(columns=tuple(OutputColumn(one.name, mixed) for one in self.columns), hidden=hidden)

    def merged_with(self, other: Relation, names: Iterable[str]) -> Relation:
        """Return the columns of a join by USING: the common ones once and first, then the rest of both sides."""
        shared = dict.fromkeys(names)
        first = tuple(
            OutputColumn(name, (self.named(name) or NOTHING) | (other.named(name) or NOTHING)) for name in shared
        )
        rest = tuple(one for side in (self, other) for one in side.columns if one.name not in shared)
        return Relation(columns=first + rest, hidden=_either(self.hidden, other.hidden))

    def natural_with(self, other: Relation) -> Relation:
        """Return the columns of a natural join."""
        if self.hidden is not None or other.hidden is not None:
            return Relation(columns=(), hidden=self.everything() | other.everything())
        right = {column.name for column in other.columns}
        return self.merged_with(other, [column.name for column in self.columns if column.name in right])


def side_by_side(relations: Sequence[Relation]) -> Relation:
    """Return the columns of all, in order."""
    if len(relations) == 1:
        return relations[0]
    hidden = [one.hidden for one in relations if one.hidden is not None]
    return Relation(
        columns=tuple(column for one in relations for column in one.columns), hidden=union(hidden) if hidden else None
    )


def union(sets: Iterable[Origins]) -> Origins:
    """Return all of them in one."""
    return NOTHING.union(*sets)


def _either(one: Origins | None, other: Origins | None) -> Origins | None:
    return one if other is None else other if one is None else one | other
