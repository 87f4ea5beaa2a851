"""Which functions and operators a statement calls: every one that a name may mean."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import Catalogue
from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.findings import ASSUMES_BUILT_INS, Findings, Found
from relay.adapters.outbound.postgres.guard.function_hints import instead_of
from relay.adapters.outbound.postgres.guard.nodes import Word
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement, shown
from relay.adapters.outbound.postgres.guard.safe_functions import SAFE_FUNCTIONS, SAFE_OPERATORS
from relay.adapters.outbound.postgres.guard.spelling import bare_operator, qualified_operator
from relay.adapters.outbound.postgres.guard.type_rules import CAST_CALLS

_MAX_FUNCTION_PARTS = 2
_SAFE_CALLS = SAFE_FUNCTIONS | CAST_CALLS
_REFUSED_VALUE_FUNCTIONS = frozenset(("current_role", "current_user", "session_user", "system_user", "user"))
"""They name database roles, which nobody needs to read data."""

_PLAIN_TOO = frozenset(("overlay", "substring"))
"""Forms that with commas alone are plain calls, of whatever the search path holds; the others are pg_catalog's."""


class FunctionUses:
    """Finds the calls of one walk."""

    def __init__(self, *, catalogue: Catalogue | None, findings: Findings) -> None:
        self._catalogue = catalogue
        self._findings = findings

    def call(self, node: exp.Expr) -> None:
        """Find what a call by name may mean."""
        names = [part.name for part in node.args["parts"]]
        if len(names) > _MAX_FUNCTION_PARTS:
            raise RefusedStatement(
                "a function's name with a database in it", offset_of(node), hint="write schema.function"
            )
        if names[0] == "pg_catalog" and len(names) > 1:
            safe = names[-1] in _SAFE_CALLS
            found = Found(name=names[-1], schema=None, offset=offset_of(node), instead=instead_of(names[-1]))
            self._findings.functions.append(replace(found, known_safe=safe))
            return
        self.function(names[-1], names[0] if len(names) > 1 else None, node)

    def value_function(self, node: exp.Expr) -> None:
        """Find a function that is written without parentheses."""
        name = node.args["name"]
        safe = name not in _REFUSED_VALUE_FUNCTIONS
        self._findings.functions.append(Found(name=name, schema=None, offset=offset_of(node), known_safe=safe))

    def special_call(self, node: exp.Expr) -> None:
        """Find what a call with a syntax of its own may mean beside the built-in."""
        name, words = node.args["name"], {item.this for item in node.expressions if isinstance(item, Word)}
        if name in _PLAIN_TOO and words <= {","}:
            self.function(name, None, node)
        elif name.startswith("json") and self._catalogue is not None:
            # Before 16 and 17 these are names like any other: a function of the customer's own is what is called.
            for schema in self._catalogue.schemas_of_function(name, with_extensions=True):
                self._findings.functions.append(Found(name=name, schema=schema, offset=offset_of(node)))

    def function(self, name: str, schema: str | None, node: exp.Expr) -> None:
        """Find every function that a name may mean."""
        found = Found(name=name, schema=schema, offset=offset_of(node), instead=instead_of(name))
        catalogue = self._catalogue
        if schema is not None or catalogue is None:
            safe = schema is None and name in _SAFE_CALLS
            self._findings.functions.append(replace(found, known_safe=safe))
            if safe:
                self._findings.assumes.add(ASSUMES_BUILT_INS)
            return
        built_in = name in _SAFE_CALLS
        own = catalogue.schemas_of_function(name, with_extensions=not built_in)
        self._candidates(found, own, built_in, catalogue.is_built_in_function(name), f"pg_catalog.{shown(name)}")

    def operator(self, operator: str, node: exp.Expr) -> None:
        """Find every operator that a symbol may mean."""
        symbol = bare_operator(operator)
        if symbol[0].isalpha():
            return
        built_in = symbol in SAFE_OPERATORS
        own: tuple[str, ...] = ()
        catalogue = self._catalogue
        if catalogue is not None and symbol == operator:  # not written as pg_catalog's
            own = catalogue.schemas_of_operator(symbol, with_extensions=not built_in)
        if not built_in or own:
            found = Found(name=symbol, schema=None, offset=offset_of(node))
            self._candidates(found, own, built_in, False, qualified_operator(symbol))

    def _candidates(self, found: Found, own: tuple[str, ...], safe: bool, shadows: bool, instead: str) -> None:
        """Report everything that a name may mean: PostgreSQL picks by the types of the arguments, across schemas.

        `safe`: a built-in one of that name is on the list; `shadows`: there is a built-in one at all.
        """
        candidates = [replace(found, schema=schema, instead=instead if safe else found.instead) for schema in own]
        if safe or shadows or not own:
            candidates.insert(0, replace(found, known_safe=safe))
        self._findings.functions.extend(candidates)
