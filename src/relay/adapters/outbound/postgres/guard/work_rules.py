"""Work that no time limit ends: calls that compare everything with everything and look at no clock meanwhile.

PostgreSQL checks for cancellation between rows and in most loops, but not in these; measured on PostgreSQL 18, each ran
for 10 s to more than 85 s beyond statement_timeout with values that the statement itself had made. Data of a table is
as large as the customer made it; so what counts is whether a statement makes large values (`BUILDERS`), and whether
one side of such a call is known to be small.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.nodes import (
    ArrayQuery,
    SpecialCall,
)
from relay.adapters.outbound.postgres.guard.sources import Source
from relay.adapters.outbound.postgres.guard.type_rules import element_type
from relay.adapters.outbound.postgres.guard.work_judges import JUDGES, Judges, refused
from relay.adapters.outbound.postgres.guard.work_nodes import (
    chars,
    is_aggregate,
    is_constant,
    is_large,
    is_slow_to_read,
    symbol,
)
from relay.adapters.outbound.postgres.guard.work_sizes import Sizes
from relay.adapters.outbound.postgres.guard.work_tables import (
    ARRAY_BUILDERS,
    ATTRIBUTES,
    BUILDERS,
    LARGE_CHARS,
    PAIRWISE,
    PATH_CALLS,
    SEARCHES,
    SHAPES,
    SMALL_CHARS,
)
from relay.domain.json_value import JsonValue


class WorkRules:
    """Looks at the nodes of one walk, and judges when all sources are known."""

    def __init__(
        self, *, parameters: Sequence[JsonValue], sources: Mapping[str, Sequence[Source]], root: exp.Expr
    ) -> None:
        self._judges = Judges(sizes=Sizes(parameters=parameters, sources=sources, root=root))
        self._sources = sources
        self._builds = any(map(is_large, parameters))
        self._builds_arrays = False
        self._heavy: list[tuple[Callable[[Judges, exp.Expr], None], exp.Expr]] = []
        self._shapes: set[str] = set()
        self._sums: list[exp.Expr] = []
        self._accepted: set[int] = set()
        self._attributes: list[tuple[str, exp.Expr]] = []

    def literal(self, node: exp.Expr) -> None:
        """Remember a large literal."""
        self._builds = self._builds or len(str(node.this)) > LARGE_CHARS

    def array(self, node: exp.Expr) -> None:
        """Remember an array of computed values: ARRAY[a, a] of the same grows, one sub-query in the other."""
        if isinstance(node, ArrayQuery) or not all(map(is_constant, node.expressions)):
            self._builds = self._builds_arrays = True

    def call(self, node: exp.Expr) -> None:
        """Remember a call for what it builds, and for what it costs."""
        name = node.args["name"] if isinstance(node, SpecialCall) else node.args["parts"][-1].name
        if name in BUILDERS or is_aggregate(name):
            self._builds = True
        self._builds_arrays = self._builds_arrays or name in ARRAY_BUILDERS
        rule = JUDGES.get(name) or (JUDGES["jsonpath"] if PATH_CALLS.fullmatch(name) else None)
        if rule is not None:
            self._heavy.append((rule, node))

    def operation(self, node: exp.Expr) -> None:
        """Remember an operator, in the same way."""
        operator = symbol(node)
        if operator == "||":
            self._builds = True
            self._heavy.append((Judges.doubled, node))
        if operator in PAIRWISE:
            self._heavy.append((Judges.one_side_small, node))
        elif operator in SEARCHES:
            self._heavy.append((Judges.search, node))
        elif operator == "+":
            self._sums.append(node)
        elif operator == "-" and node.args.get("this") is not None:
            self._heavy.append((Judges.no_array_taken_away, node))
        elif operator in ("@?", "@@"):
            self._heavy.append((Judges.one_sided_path, node))
        elif operator.endswith("NORMALIZED"):
            self._heavy.append((Judges.small_text, node))

    def cast(self, node: exp.Expr) -> None:
        """Remember a cast to a type that is slow to read or to compare."""
        to = node.args["to"]
        name = element_type(to.args["name"])
        if name in SHAPES and is_constant(node.this) and chars(node.this) <= SMALL_CHARS:
            self._shapes.add(name)
        elif name == "jsonpath":
            self._heavy.append((Judges.one_sided_path, node))
        elif is_slow_to_read(name):
            self._heavy.append((Judges.small_text, node))
        else:
            return
        self._accepted.add(id(to))

    def type_name(self, node: exp.Expr) -> None:
        """Refuse a polygon that is not a short literal; remember what no cast was seen to make."""
        name = element_type(node.args["name"])
        if id(node) in self._accepted:
            return
        if name in SHAPES:
            raise refused(f"a {name} that is not a short literal", node, f"write it, in up to {SMALL_CHARS} characters")
        if name == "jsonpath" or is_slow_to_read(name):
            self._heavy.append((Judges.nothing_large, node))

    def attribute(self, name: str, node: exp.Expr) -> None:
        """Remember `(value).name` where it may be a call or a cast that is slow."""
        if name in ATTRIBUTES:
            self._attributes.append((name, node))

    def finish(self) -> None:
        """Refuse the first heavy call. Raises RefusedStatement."""
        for name, node in self._attributes:
            if self._may_be_call(node) and (self._builds or (name == "path" and self._shapes)):
                raise refused(f"{name} after a dot", node, f'call a column otherwise: AS "{name}_"')
        if "path" in self._shapes and self._sums:
            raise refused("+ beside paths", self._sums[0], "write the whole path as one literal")
        self._judges.builds = self._builds
        for rule, node in self._heavy:
            rule(self._judges, node)

    def _may_be_call(self, node: exp.Expr) -> bool:
        """Whether `x.name` may be more than a column: a row has no cast to such types, a function's value has."""
        if not isinstance(node, exp.Column):
            return True
        return any(source.is_function for source in self._sources.get(node.args["table"].name, ()))
