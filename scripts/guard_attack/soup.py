"""Input without a plan: text of any characters, shuffled tokens, and statements of the corpora with places changed."""

# ruff: noqa: PLR2004 - shares and rows of a table that would be longer as one
from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

CASES = Path(__file__).parents[2] / "tests" / "unit" / "postgres_guard"
PIECES = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|\s+|[^\w\s]")
WORDS = """
select from where ( ) , * . ; :: ' " -- /* */ $$ $q$ E' U&" U&' B' X' N' \\ [ ] => := @ ? | || - + / < > = <> !~ ~~ % ^
with recursive as materialized union all except intersect values table only lateral join left full cross natural using
on group by rollup cube grouping sets having window over partition order rows range groups between unbounded preceding
following exclude ties limit offset fetch first with for update share into distinct case when then else end cast and or
not in is null true false unknown exists any some array row interval extract position substring overlay trim coalesce
nullif greatest least collate at time zone local filter within tablesample system ordinality json_object json_array
json_table xmltable xmlelement returning insert delete merge execute do call copy set reset show begin commit rollback
1 1.5 .5 1e9 0x1F 0b1 1_000 'x' '' $1 $2 $0 customers orders id name c c.* c.id c.evil (c).evil ('x').pg_read_file
salaries pay hidden.secrets pg_authid pg_stat_activity count(*) lower( pg_sleep( pg_read_file( nextval( current_user
shop.peek( OPERATOR(shop.<=>) ::int ::regclass ::running int text[] numeric(10,2) timestamp double precision varying
""".split()  # noqa: SIM905 - a list would be a line a word
CHARACTERS = (
    "\0\t\n\r\v\f\x1f \x7f\x85\xa0\u200b\u2028\ufeff\ud800\udfff\U0010ffff\xdf\u0130\u0131\u017f\xe9\xf1\u6f22"
    "'\"\\$&;:-/*()[]{}<>=.,@#?|~^%!`_0123eExXbBuUnN"
)


def corpus() -> list[str]:
    """Return every statement of both corpora."""
    hostile = [json.loads(line)[1] for line in (CASES / "hostile.jsonl").read_text().splitlines()]
    expressions = [f"select {line}" for line in (CASES / "honest_expressions.txt").read_text().splitlines()]
    return [*hostile, *expressions, *(CASES / "honest_statements.txt").read_text().splitlines()]


def characters(random: Random) -> str:
    """Return text of odd characters, a keyword here and there."""
    length = random.choice((5, 30, 200))
    return "".join(random.choice(WORDS) if random.random() < 0.2 else random.choice(CHARACTERS) for _ in range(length))


def tokens(random: Random) -> str:
    """Return words and marks in any order."""
    glue = random.choice((" ", " ", "", "\n"))
    return glue.join(["select ", *(random.choice(WORDS) for _ in range(random.randint(1, 40)))])


def mutation(random: Random, statements: Sequence[str]) -> str:
    """Return a statement with one to four places changed; now and then one piece many times."""
    pieces = PIECES.findall(random.choice(statements))
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(pieces) + 1)
        other = PIECES.findall(random.choice(statements)) or ["x"]
        start = random.randrange(len(other))
        kind = random.randrange(6)
        if kind == 0:
            pieces[place:place] = [" ", random.choice(WORDS), " "]
        elif kind == 1:
            del pieces[place : place + random.randint(1, 3)]
        elif kind == 2:
            pieces[place : place + 1] = [random.choice(other)]
        elif kind == 3:
            pieces[place:place] = other[start : start + random.randint(1, 12)]
        elif kind == 4 and pieces:
            pieces[place:place] = pieces[place : place + 3] * random.choice((2, 3, 50))
        else:
            pieces[place:place] = [random.choice(CHARACTERS)]
    return "".join(pieces)
