"""What `relay scan` prints: findings as comments, proposed rules as YAML. Names and counts, never a value."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import yaml

from relay.application.use_cases.scan_resource import ColumnFinding, TableFinding
from relay.domain.json_value import JsonValue
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction, ColumnKind, share_at_least

INDENT = "    "
"""Of a resource's keys, as they stand in the example file."""
EXPLANATION = """\
# A share is the part of the sampled values in which a detector found something; a column is an identifier where nearly
# every value is a match as a whole, free text where some hold one. "At least" is the lower end of the 95 % interval of
# the share (Wilson's), which is the wider the fewer values there were."""
PASTE = """\
# To be pasted among the keys of the resource, in place of its columnRules. Free text is left to the detectors and to
# masking.derived: take the # away to mask it whole."""


class ScanReport:
    """One scan of one resource; `rules` are those that are configured already, `kinds` what a rule may name."""

    def __init__(
        self, resource_id: str, findings: Sequence[TableFinding], rules: Sequence[ColumnRule], kinds: Collection[str]
    ) -> None:
        self._kinds = kinds
        self._resource_id = resource_id
        self._findings = findings
        self._rules = rules

    def as_yaml(self) -> str:
        """Return findings and proposed rules as one YAML document, which `relay config check` takes when pasted."""
        return "\n".join([*self._header(), *self._tables(), PASTE, *self._proposals()]) + "\n"

    def as_json(self) -> str:
        """Return the same as one JSON object."""
        tables: list[JsonValue] = [
            {
                "table": str(found.table),
                "error": None if found.error is None else found.error.message,
                "columns": [self._column(found, each) for each in found.columns],
            }
            for found in self._findings
        ]
        proposed: list[JsonValue] = [dict(rule) for rule in self._proposed(ColumnKind.IDENTIFIER)]
        answer = {"resource": self._resource_id, "tables": tables, "proposed": proposed}
        return json.dumps(answer, indent=2, ensure_ascii=False) + "\n"

    def _header(self) -> Iterator[str]:
        columns = sum(len(found.columns) for found in self._findings)
        hit = sum(bool(each.evidence.inside) for found in self._findings for each in found.columns)
        failed = sum(found.error is not None for found in self._findings)
        tables = len(self._findings)
        yield f"# {self._resource_id}: {tables} tables, {columns} columns; personal data in samples of {hit} columns."
        if failed:
            yield f"# {failed} tables could not be sampled."
        yield EXPLANATION

    def _tables(self) -> Iterator[str]:
        for found in self._findings:
            if found.error is not None:
                yield f"#\n# {shown(str(found.table))}: not sampled, {found.error.reason}"
            hits = [each for each in found.columns if each.evidence.inside]
            if hits:
                yield f"#\n# {shown(str(found.table))}"
            for each in hits:
                rule = self._rule_of(found, each)
                under = "" if rule is None else f"; under a rule already: {rule.action}"
                yield f"#   {shown(each.evidence.column)}: {_words(each)}{under}"

    def _proposals(self) -> Iterator[str]:
        proposed = list(self._proposed(ColumnKind.IDENTIFIER))
        known: list[Mapping[str, JsonValue]] = [_as_written(rule) for rule in self._rules]
        yield f"{INDENT}columnRules:{'' if known or proposed else ' []'}"
        yield from (f"{INDENT}  - {_flow(rule)}" for rule in (*known, *proposed))
        yield from (f"{INDENT}  # - {_flow(rule)}" for rule in self._proposed(ColumnKind.FREE_TEXT))

    def _proposed(self, kind: ColumnKind) -> Iterator[Mapping[str, JsonValue]]:
        """Yield rules for columns of a kind that have none; names with control characters fit in no configuration."""
        for found in self._findings:
            for each in found.columns:
                table, column, detector = str(found.table), each.evidence.column, each.kind.detector
                if (
                    each.kind.kind is kind
                    and detector
                    and not self._rule_of(found, each)
                    and (table + column).isprintable()
                ):
                    rule = {"table": table, "column": column, "action": ColumnAction.MASK.value}
                    yield rule | ({"kind": detector} if detector in self._kinds else {})

    def _rule_of(self, found: TableFinding, column: ColumnFinding) -> ColumnRule | None:
        names = (str(found.table), found.table.name)
        return next((one for one in self._rules if one.column == column.evidence.column and one.table in names), None)

    def _column(self, found: TableFinding, column: ColumnFinding) -> dict[str, JsonValue]:
        evidence, rule = column.evidence, self._rule_of(found, column)
        detectors: list[JsonValue] = [
            {
                "detector": name,
                "values": count,
                "wholeValues": evidence.whole.get(name, 0),
                "share": round(count / evidence.values, 4),
                "atLeast": round(share_at_least(count, evidence.values), 4),
            }
            for name, count in _by_count(evidence.inside)
        ]
        return {
            "column": evidence.column,
            "type": evidence.type,
            "kind": column.kind.kind.value,
            "values": evidence.values,
            "detectors": detectors,
            "rule": None if rule is None else rule.action.value,
        }


def _words(column: ColumnFinding) -> str:
    evidence = column.evidence
    shares = ", ".join(
        f"{name} in {_percent(count / evidence.values)} (at least {_percent(share_at_least(count, evidence.values))})"
        for name, count in _by_count(evidence.inside)
    )
    return f"{column.kind.kind.value.replace('_', ' ')}; {shares} of {evidence.values} values"


def _by_count(counts: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _percent(share: float) -> str:
    return f"{100 * share:.{0 if share > 0.1 or share == 0 else 1}f} %"  # noqa: PLR2004 - a tenth


def _as_written(rule: ColumnRule) -> dict[str, JsonValue]:
    written: dict[str, JsonValue] = {"table": rule.table, "column": rule.column, "action": rule.action.value}
    return written | ({} if rule.kind is None else {"kind": rule.kind})


def _flow(rule: Mapping[str, JsonValue]) -> str:
    """Write one rule on one line; `${` would be read as a reference."""
    literal = {key: str(value).replace("${", "$${") for key, value in rule.items()}
    text: str = yaml.safe_dump(literal, default_flow_style=True, sort_keys=False, allow_unicode=True, width=1 << 30)
    return text.strip()


def shown(name: str) -> str:
    """Return a name as it may stand in a comment: one line, no control characters."""
    return name if name.isprintable() else json.dumps(name)
