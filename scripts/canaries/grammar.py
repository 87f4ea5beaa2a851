"""Random statements over tables with personal values, most of which a server takes.

Expressions are grown by type from signatures of functions on the guard's safe list; now and then any function of that
list gets whatever arguments there are. What reads columns under `hash` or `partial`, or free text, may answer
differently on databases that differ in personal values; `Statement.is_fixed` says that this one may not.
"""

# ruff: noqa: E501, PLR2004, S608, SIM905 - tables of templates, shares, statements, and words that would be a line each
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from relay.adapters.outbound.postgres.guard.safe_functions import SAFE_FUNCTIONS

DEPTH = 3
ANY_FUNCTION = 0.06
UNREPEATABLE = frozenset(
    "random random_normal gen_random_uuid uuidv4 uuidv7 now clock_timestamp statement_timestamp "
    "transaction_timestamp timeofday array_sample array_shuffle pg_backend_pid pg_postmaster_start_time pg_typeof "
    "pg_database_size pg_column_size pg_relation_size pg_table_size pg_indexes_size pg_total_relation_size "
    "pg_last_xact_replay_timestamp age current_schema current_schemas row_number rank dense_rank ntile".split()
)
FUNCTIONS = sorted(SAFE_FUNCTIONS - UNREPEATABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table's columns by type; `free`: answers about it may differ with its values."""

    name: str
    columns: Mapping[str, Sequence[str]]
    free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement; `is_fixed`: two databases that differ in personal values alone give one answer."""

    sql: str
    is_fixed: bool


def _columns(**types: str) -> Mapping[str, Sequence[str]]:
    return MappingProxyType({name: words.split() for name, words in types.items()})


TABLES = (
    Table(
        name="ruled",
        columns=_columns(text="email name status open_email", number="cpf card_number score amount", integer="id",
                         array="tags", json="profile payload", bytes="photo"),
    ),
    Table(name="ruled", columns=_columns(text="phone member card cpf_text email", integer="id", number="cpf"), free=True),
    Table(
        name="plain",
        columns=_columns(text="email email_long cpf_text phone box city status", number="cpf card_number phone_number",
                         integer="id", bytes="photo"),
    ),
    Table(name="plain", columns=_columns(text="email cpf_text", integer="id", array="tags"), free=True),
    Table(name="nested", columns=_columns(text="title mails[1]", number="numbers[1] amounts[1] floats[1] lower(spans)",
          integer="id", array="mails numbers::text[]", json="docs[1]"), free=True),
    Table(name="plain_view", columns=_columns(text="email cpf_text city", number="cpf", integer="id")),
    Table(
        name="logs",
        columns=_columns(text="message level service message", number="took_ms", integer="id status", array="lines",
                         json="payload raw"),
        free=True,
    ),
    Table(name="tickets", columns=_columns(text="body subject body", integer="id customer_id"), free=True),
)  # fmt: skip

TEXT = "text"
INTEGER = "integer"
NUMBER = "number"
FLAG = "flag"
ARRAY = "array"
JSON = "json"
BYTES = "bytes"

SIGNATURES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        TEXT: (
            "lower({text})", "upper({text})", "initcap({text})", "reverse({text})", "btrim({text})", "left({text}, {n})",
            "right({text}, {n})", "substr({text}, {n}, {n})", "substring({text} from {n})", "split_part({text}, '@', 1)",
            "split_part({text}, ' ', {n})", "split_part({text}, '.', 2)", "replace({text}, '.', '')",
            "replace({text}, {short}, {text})", "regexp_replace({text}, '[^a-z]', '', 'g')", "concat({text}, {number})",
            "substring({text} from '[a-z0-9]+')", "regexp_replace({text}, '(.)', '\\1 ', 'g')", "{text} || {text}",
            "translate({text}, 'abcdefgh@.', 'hgfedcba')", "overlay({text} placing '*' from {n})", "lpad({text}, 20)",
            "rpad({text}, {n}, '#')", "repeat({text}, 2)", "md5({text})", "encode({bytes}, 'hex')",
            "encode({bytes}, 'base64')", "encode({bytes}, 'escape')", "convert_from({bytes}, 'UTF8')", "chr({n} + 60)",
            "to_hex({integer})", "({number})::text", "({json})::text", "{array}[1]", "array_to_string({array}, '')",
            "array_to_string({array}, '|', '-')", "coalesce({text}, {text})", "nullif({text}, {text})",
            "CASE WHEN {flag} THEN {text} ELSE {text} END", "greatest({text}, {text})", "format('%s-%s', {text}, {text})",
            "concat_ws('', {text}, {text})", "quote_literal({text})", "to_char({number}, '999999999999')",
            "({json} ->> 'email')", "({json} #>> '{{user,email}}')", "({text})::varchar(9)", "({text})::char(12)",
            "({array})::text", '({text} COLLATE "C")', "(to_tsvector('simple', {text}))::text", "quote_ident({text})",
            "unistr({short})", "normalize({text})", "({bytes})::text", "(SELECT max({text}))", "to_json({text})::text",
            "(regexp_match({text}, '(\\w+)@'))[1]", "ts_headline('simple', {text}, to_tsquery('simple', 'a'))",
        ),
        NUMBER: (
            "{number} + {n}", "{number} - {number}", "{number} * 2", "{number} / 7", "mod(({number})::bigint, 1000003)",
            "abs({number})", "round(({number})::numeric, -2)", "sqrt(abs(({number})::float8))", "ln(abs({number}) + 1)",
            "({number})::float8", "({number})::numeric", "({number})::bigint", "trunc({number})", "-({number})",
            "greatest({number}, {n})", "coalesce({number}, 0)", "nullif({number}, 1)", "{integer}",
            "CASE WHEN {flag} THEN {number} ELSE 0 END", "({number})::bigint # 5", "width_bucket({number}, 0, 1e11, 1000)",
            "extract(epoch from to_timestamp(({number})::float8))", "hashint8(({number})::bigint)",
        ),
        INTEGER: (
            "length({text})", "ascii({text})", "strpos({text}, {short})", "{n}", "octet_length({bytes})", "cardinality({array})",
            "get_byte({bytes}, {n})", "hashtext({text})", "position({short} in {text})", "sign(({number})::float8)::int",
            "array_position({array}, {text})", "regexp_count({text}, {short})", "{integer} + {n}", "bit_length({text})",
        ),
        FLAG: (
            "{text} = {text}", "{text} < {text}", "{text} LIKE {short} || '%'", "{text} ~ {short}", "{number} > {n}",
            "{number} = {number}", "{text} IS NULL", "{text} IN ('a', {short})", "starts_with({text}, {short})", "true",
            "{flag} AND {flag}", "NOT {flag}", "{text} = ANY ({array})", "{number} BETWEEN {n} AND {number}", "{integer} > {n}",
            "EXISTS (SELECT 1 WHERE {flag})", "{text} IS DISTINCT FROM {text}", "{text} ILIKE '%timeout%'",
        ),
        ARRAY: (
            "string_to_array({text}, '@')", "string_to_array({text}, NULL)", "regexp_split_to_array({text}, '[.@ ]')",
            "ARRAY[{text}, {text}]", "array_append({array}, {text})", "array_cat({array}, {array})", "{array}[1:2]",
            "array(SELECT substr({text}, n, 1) FROM generate_series(1, 8) n)", "tsvector_to_array(to_tsvector('simple', {text}))",
            "array_remove({array}, {text})", "array_replace({array}, {text}, {text})", "(SELECT array_agg({text}))",
        ),
        JSON: (
            "to_jsonb({text})", "jsonb_build_object('a', {text}, 'b', {number})", "jsonb_build_array({text}, {number})",
            "jsonb_build_object({text} || 'k', 1)", "to_jsonb({array})", "to_jsonb({number})", "({json})::jsonb || '[]'",
            "jsonb_path_query_first(({json})::jsonb, '$.*')", "jsonb_set('{{\"a\": 1}}', '{{a}}', to_jsonb({text}))",
            "jsonb_strip_nulls(({json})::jsonb)",
        ),
        BYTES: (
            "convert_to({text}, 'UTF8')", "sha256({bytes})", "substr({bytes}, {n}, 6)", "{bytes} || {bytes}",
            "decode(md5({text}), 'hex')", "set_byte({bytes}, 0, 65)", "overlay({bytes} placing '\\x00'::bytea from 1)",
        ),
    }
)  # fmt: skip
AGGREGATES = (
    "count({text})", "count(DISTINCT {text})", "min({text})", "max({number})", "string_agg({text}, ',')", "array_agg({text})",
    "json_agg({text})", "sum({number})", "avg({number})", "bool_or({flag})", "jsonb_object_agg({text} || 'k', {number})",
    "string_agg({text}, '' ORDER BY {integer})", "mode() WITHIN GROUP (ORDER BY {text})", "any_value({text})",
    "percentile_disc(0.5) WITHIN GROUP (ORDER BY {number})", "count(*) FILTER (WHERE {flag})", "bit_and(({number})::bigint)",
)  # fmt: skip
WINDOWS = (
    "lag({text}) OVER (ORDER BY {integer})", "first_value({text}) OVER (PARTITION BY {text})", "rank() OVER (ORDER BY {number})",
    "string_agg({text}, '') OVER ()", "nth_value({number}, 2) OVER (ORDER BY {integer})", "count(*) OVER (PARTITION BY {text})",
)  # fmt: skip
SHORT = ("'a'", "'@'", "'b'", "'1'", "'m'", "'.'", "'com'", "'x@'", "'zz'")


class Writer:
    """Writes one statement from a source of chance."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._free = False

    def statement(self) -> Statement:
        """Write one."""
        sql = self._rng.choice((self._query, self._query, self._union, self._nested, self._joined, self._lateral))()
        return Statement(sql=sql, is_fixed=not self._free)

    def _pick(self) -> Table:
        table = self._rng.choice(TABLES)
        self._free = self._free or table.free
        return table

    def _query(self) -> str:
        table, rng = self._pick(), self._rng
        shape = rng.randrange(5)
        if shape == 0:
            return f"SELECT {self._fill(rng.choice(AGGREGATES), table)} FROM {table.name}"
        if shape == 1:
            key = self.expression(TEXT, table)
            return f"SELECT {key}, {self._fill(rng.choice(AGGREGATES), table)} FROM {table.name} GROUP BY {key}"
        if shape == 2:
            return f"SELECT {self._fill(rng.choice(WINDOWS), table)} FROM {table.name}"
        where = f" WHERE {self.expression(FLAG, table)}" if rng.random() < 0.3 else ""
        order = f" ORDER BY {self.expression(INTEGER, table)}" if rng.random() < 0.15 else ""
        return f"SELECT {self._outputs(table)} FROM {table.name}{where}{order}"

    def _union(self) -> str:
        word = self._rng.choice(("UNION ALL", "UNION", "EXCEPT", "INTERSECT"))
        one, other = self._pick(), self._pick()
        right = self._rng.choice((f"SELECT {self.expression(TEXT, other)} FROM {other.name}", "SELECT 'm'"))
        return f"SELECT {self.expression(TEXT, one)} FROM {one.name} {word} {right}"

    def _nested(self) -> str:
        table = self._pick()
        inner = Table(name="s", columns=_columns(text="a", number="b", integer="c"))
        columns = ", ".join(
            f"{self.expression(kind, table)} AS {name}" for kind, name in ((TEXT, "a"), (NUMBER, "b"), (INTEGER, "c"))
        )
        body = f"SELECT {columns} FROM {table.name}"
        if self._rng.random() < 0.5:
            return f"WITH s AS ({body}) SELECT {self._outputs(inner)} FROM s"
        return f"SELECT {self._outputs(inner)} FROM ({body}) s"

    def _joined(self) -> str:
        one, other, rng = self._pick(), self._pick(), self._rng
        left, right = (self._qualified(table, alias) for table, alias in ((one, "l"), (other, "r")))
        kind = rng.choice(("JOIN", "LEFT JOIN", "FULL JOIN"))
        on = (
            "l.id = r.id"
            if rng.random() < 0.7
            else f"{rng.choice(left.columns[TEXT])} = {rng.choice(right.columns[TEXT])}"
        )
        outputs = f"{self._outputs(left)}, {self._outputs(right)}"
        return f"SELECT {outputs} FROM {one.name} l {kind} {other.name} r ON {on}"

    def _lateral(self) -> str:
        table = self._pick()
        made = self._rng.choice(
            (
                "generate_series(1, 9) n(x)", "unnest({array}) n(x)", "regexp_split_to_table({text}, '') n(x)",
                "string_to_table({text}, '.') n(x)", "LATERAL (SELECT {text}) n(x)", "jsonb_each_text(({json})::jsonb) n(k, x)",
                "regexp_matches({text}, '[a-z0-9]+', 'g') n(x)", "LATERAL (VALUES ({text}), ({text})) n(x)",
            )
        )  # fmt: skip
        use = self._rng.choice(
            ("x", "left(x::text, 9)", "reverse(x::text)", "string_agg(x::text, '')", "substr({text}, 3, 8), x")
        )
        return f"SELECT {self._fill(use, table)} FROM {table.name}, {self._fill(made, table)}"

    @staticmethod
    def _qualified(table: Table, alias: str) -> Table:
        columns = {kind: [f"{alias}.{name}" for name in names] for kind, names in table.columns.items()}
        return Table(name=table.name, columns=columns, free=table.free)

    def _outputs(self, table: Table) -> str:
        kinds = self._rng.choices(
            (TEXT, NUMBER, INTEGER, ARRAY, JSON, BYTES, FLAG), (8, 4, 1, 2, 2, 1, 1), k=self._rng.randint(1, 2)
        )
        return ", ".join(self.expression(kind, table) for kind in kinds)

    def expression(self, kind: str, table: Table, depth: int = DEPTH) -> str:
        """Write an expression of a type over a table's columns."""
        rng = self._rng
        columns = table.columns.get(kind, ())
        if columns and (depth == 0 or rng.random() < 0.3):
            return rng.choice(columns)
        if depth == 0:
            return _PLAIN[kind](rng)
        if rng.random() < ANY_FUNCTION:
            arguments = (
                self.expression(rng.choice((TEXT, NUMBER, INTEGER)), table, depth - 1) for _ in range(rng.randint(1, 3))
            )
            return f"{rng.choice(FUNCTIONS)}({', '.join(arguments)})"
        return self._fill(rng.choice(SIGNATURES[kind]), table, depth - 1)

    def _fill(self, signature: str, table: Table, depth: int = DEPTH - 1) -> str:
        text = signature
        for kind in SIGNATURES:
            while f"{{{kind}}}" in text:
                text = text.replace(f"{{{kind}}}", f"({self.expression(kind, table, depth)})", 1)
        while "{n}" in text:
            text = text.replace("{n}", str(self._rng.randint(1, 40)), 1)
        while "{short}" in text:
            text = text.replace("{short}", self._rng.choice(SHORT), 1)
        return text.replace("{{", "{").replace("}}", "}")


_PLAIN: Mapping[str, Callable[[Random], str]] = MappingProxyType(
    {
        TEXT: lambda rng: rng.choice(SHORT),
        NUMBER: lambda rng: str(rng.randint(1, 99)),
        INTEGER: lambda rng: str(rng.randint(1, 9)),
        FLAG: lambda _: "true",
        ARRAY: lambda _: "ARRAY['x']",
        JSON: lambda _: "'{\"k\": 1}'::jsonb",
        BYTES: lambda _: "'\\x61'::bytea",
    }
)
