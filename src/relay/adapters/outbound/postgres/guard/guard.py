"""The PostgreSQL guard: text to facts and plan, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.arguments import parameters_of, statement_of, table_name_of
from relay.adapters.outbound.postgres.guard.catalogue import Catalogue, CatalogueSource
from relay.adapters.outbound.postgres.guard.column_facts import column_uses
from relay.adapters.outbound.postgres.guard.derived import NOTHING_DERIVED, DerivedReport, Reads, analyse
from relay.adapters.outbound.postgres.guard.facts import Found, check_table, find
from relay.adapters.outbound.postgres.guard.fidelity import check_fidelity
from relay.adapters.outbound.postgres.guard.findings import Findings
from relay.adapters.outbound.postgres.guard.generator import generate
from relay.adapters.outbound.postgres.guard.grammar_queries import parse
from relay.adapters.outbound.postgres.guard.grouping import cover_primary_keys
from relay.adapters.outbound.postgres.guard.limits import read_tokens
from relay.adapters.outbound.postgres.guard.lineage import Lineage, trace
from relay.adapters.outbound.postgres.guard.naming import UNNAMED, column_name, output_names
from relay.adapters.outbound.postgres.guard.offline_rules import assume_rules
from relay.adapters.outbound.postgres.guard.plans import DescribePlan, ListPlan, QueryPlan
from relay.adapters.outbound.postgres.guard.protected_tables import protected, uses_hash
from relay.adapters.outbound.postgres.guard.redaction import NOTHING_KNOWN, redact, redact_tokens
from relay.adapters.outbound.postgres.guard.refusal import Lines, RefusedStatement
from relay.adapters.outbound.postgres.guard.ruled_outputs import marked, ruled_outputs
from relay.adapters.outbound.postgres.guard.tokens import Kind
from relay.adapters.outbound.postgres.guard.view_filters import filtered
from relay.adapters.outbound.postgres.guard.xpath_rules import check_xpaths
from relay.application.ports.database import InspectedStatement
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import ColumnUse, FunctionUse, StatementFacts, TableName, TableUse
from relay.domain.json_value import JsonValue
from relay.domain.policy import ColumnRule
from relay.domain.protection import NO_PROTECTION, Protection
from relay.domain.request import Operation


class PostgresStatementGuard:
    """Implements StatementGuard. Without a catalogue it says in `assumes` what only a catalogue could tell."""

    def __init__(
        self,
        catalogue: Catalogue | None = None,
        *,
        live: CatalogueSource | None = None,
        rules: Sequence[ColumnRule] = (),
        protection: Protection = NO_PROTECTION,
    ) -> None:
        """With `live` the catalogue is asked for anew with each statement, and none means RESOURCE_UNAVAILABLE.

        `rules` are looked at only without a catalogue, which has them resolved.
        """
        self._rules = tuple(rules)
        self._protection = protection
        self._fixed = catalogue
        self._live = live

    @property
    def _catalogue(self) -> Catalogue | None:
        return self._fixed if self._live is None else self._live.current()

    async def inspect(self, operation: Operation, arguments: Mapping[str, JsonValue]) -> InspectedStatement:
        """Read one operation's arguments; raises INVALID_PARAMS, QUERY_BLOCKED or TABLE_NOT_ALLOWED."""
        if operation is Operation.LIST_TABLES:
            return InspectedStatement(
                operation=operation, facts=StatementFacts(), text="", redacted="", plan=ListPlan()
            )
        if operation is Operation.DESCRIBE_TABLE:
            return self._describe(operation, arguments)
        return self._query(operation, arguments)

    def redact(self, operation: str, arguments: Mapping[str, JsonValue]) -> str:
        """Return the statement, or the table's name, without any literal; never raises."""
        if operation == Operation.LIST_TABLES:
            return ""
        keys = ("tableName",) if operation == Operation.DESCRIBE_TABLE else ("sql", "statement")
        text = next((value for key in keys if isinstance(value := arguments.get(key), str)), "")
        return redact(text, self._known_names())

    def _query(self, operation: Operation, arguments: Mapping[str, JsonValue]) -> InspectedStatement:
        text = statement_of(arguments)
        parameters = parameters_of(arguments)
        try:
            return self._inspected(operation, text, parameters)
        except RefusedStatement as refusal:
            raise refusal.as_relay_error(text) from None
        except RecursionError:
            raise RelayError(Reason.QUERY_BLOCKED, "the statement is nested too deeply;", hint="use WITH") from None

    def _inspected(self, operation: Operation, text: str, parameters: tuple[JsonValue, ...]) -> InspectedStatement:
        tokens = read_tokens(text)
        tree = parse(tokens)
        pieces = generate(tree)
        check_fidelity(tokens, _joined(pieces))
        catalogue = self._catalogue
        check_xpaths(tree, parameters)
        findings = find(tree, catalogue, parameters)
        count = max((int(token.value) for token in tokens if token.kind is Kind.PARAMETER), default=0)
        _check_parameters(count, len(parameters))
        names = output_names(tree)
        lines = Lines(text)
        columns: tuple[ColumnUse, ...] = ()
        derived = NOTHING_DERIVED
        ruled: tuple[bool, ...] = ()
        if catalogue is None:
            columns = assume_rules(tree, findings, self._rules, lines)
        else:
            lineage = trace(tree, catalogue)
            columns = column_uses(lineage, findings, catalogue, lines)
            ruled = ruled_outputs(tree, lineage, catalogue) if findings.ruled else ()
            derived = self._derived(operation, tree, catalogue, reads=_reads(lineage, findings), parameters=parameters)
            tree = filtered(tree, findings.views, catalogue.shown)
            cover_primary_keys(findings.ruled, catalogue)
            tree = protected(tree, findings.ruled, catalogue)
        if count:
            _name_parameters(tree)
        if count or findings.views or findings.ruled or derived.is_changed:
            pieces = generate(tree)
        plan = QueryPlan(
            operation=operation,
            pieces=pieces,
            parameters=parameters,
            parameter_count=count,
            output_names=names,
            treatments=marked(derived.treatments, ruled),
            hidden=derived.hidden,
            uses_hash=catalogue is not None and uses_hash(findings.ruled, catalogue),
        )
        return InspectedStatement(
            operation=operation,
            facts=StatementFacts(
                tables=tuple(_table_use(found, lines) for found in findings.tables),
                functions=tuple(_function_use(found, lines) for found in findings.functions),
                columns=columns,
            ),
            text=plan.render(),
            redacted=redact_tokens(tokens, text, self._known_names()),
            plan=plan,
            assumes=tuple(sorted(findings.assumes)),
            unsampled=derived.unsampled,
        )

    def _derived(
        self,
        operation: Operation,
        tree: exp.Expr,
        catalogue: Catalogue,
        *,
        reads: Reads,
        parameters: tuple[JsonValue, ...],
    ) -> DerivedReport:
        is_query = operation is Operation.QUERY
        report = analyse(tree, catalogue, self._protection, reads=reads, parameters=parameters, may_add=is_query)
        # a plan's rows are not the statement's outputs
        return report if is_query else DerivedReport(unsampled=report.unsampled)

    def _describe(self, operation: Operation, arguments: Mapping[str, JsonValue]) -> InspectedStatement:
        text = arguments.get("tableName")
        table = table_name_of(text)
        uses: tuple[TableUse, ...] = ()
        try:
            if check_table(table, 0):
                uses = (TableUse(table=table, also_reads=self._also_read(table)),)
        except RefusedStatement as refusal:
            raise refusal.as_relay_error(str(text)) from None
        return InspectedStatement(
            operation=operation,
            facts=StatementFacts(tables=uses),
            text=str(table),
            redacted=redact(str(text), self._known_names()),
            plan=DescribePlan(table=table),
        )

    def _known_names(self) -> frozenset[str]:
        try:
            catalogue = self._catalogue
        except RelayError:
            return NOTHING_KNOWN
        return NOTHING_KNOWN if catalogue is None else catalogue.known_names

    def _also_read(self, table: TableName) -> tuple[TableName, ...]:
        catalogue = self._catalogue
        return () if catalogue is None else catalogue.also_read(table.schema, table.name)


def _reads(lineage: Lineage, findings: Findings) -> Reads:
    return Reads(
        columns=frozenset(column for reference in lineage.references for column in reference.origins),
        functions=frozenset(found.name for found in findings.functions),
    )


def _check_parameters(expected: int, given: int) -> None:
    if expected != given:
        raise RelayError(
            Reason.INVALID_PARAMS,
            f"the statement has parameters up to ${expected}, and {given} values came;"
            if expected
            else f"the statement has no parameters, and {given} values came;",
            hint="parameters must hold one value for each of $1, $2, …",
        )


def _name_parameters(tree: exp.Expr) -> None:
    """Give outputs that have no name an explicit `?column?`: the runner's cast around a parameter would name them."""
    for select in list(tree.find_all(exp.Select)):
        targets = [
            exp.Alias(this=target, alias=exp.Identifier(this=UNNAMED, quoted=True))
            if not isinstance(target, exp.Alias | exp.Star)
            and column_name(target) is None
            and target.find(exp.Parameter) is not None
            else target
            for target in select.expressions
        ]
        select.set("expressions", targets)


def _joined(pieces: tuple[str | int, ...]) -> str:
    return "".join(piece if isinstance(piece, str) else f"${piece}" for piece in pieces)


def _table_use(found: Found, lines: Lines) -> TableUse:
    return TableUse(
        table=TableName(name=found.name, schema=found.schema),
        position=lines.at(found.offset),
        also_reads=found.also_reads,
        exists=found.exists,
    )


def _function_use(found: Found, lines: Lines) -> FunctionUse:
    return FunctionUse(
        name=found.name,
        schema=found.schema,
        known_safe=found.known_safe,
        instead=found.instead,
        caller=found.caller,
        position=lines.at(found.offset),
    )
