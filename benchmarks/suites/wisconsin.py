"""Data for the regression suite's two biggest tables, whose files its package does not carry.

They are the Wisconsin benchmark's relation (DeWitt, 1993): each column is a remainder of `unique1`, a permutation.
"""

from __future__ import annotations

ROWS = {"onek": 1_000, "tenk1": 10_000}


def fill_sql(table: str) -> str:
    """Return the statement that fills one of ROWS."""
    count = ROWS[table]
    letters = ", ".join(f"chr(65 + (number / {26**power}) % 26)" for power in range(4))
    return f"""
    INSERT INTO {table}
    SELECT number, place, number % 2, number % 4, number % 10, number % 20, number % 100, number % 1000,
      number % 2000, number % 5000, number, number % 100 * 2, number % 100 * 2 + 1,
      concat({letters}, 'AA'), concat({letters.replace("number", "place")}, 'AA'),
      (ARRAY['AAAA', 'HHHH', 'OOOO', 'VVVV'])[place % 4 + 1] || 'xx'
    FROM generate_series(0, {count - 1}) AS place, LATERAL (SELECT (place * 7919 + 17) % {count} AS number) AS permuted
    """  # noqa: S608 - constants
