"""PostgreSQL's lexical rules."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.adapters.outbound.postgres.guard.tokens import Kind, tokenize

VALUES = [
    ("'it''s'", [(Kind.STRING, "it's")]),
    ("'a\\'", [(Kind.STRING, "a\\")]),
    ("E'a\\'b'", [(Kind.STRING, "a'b")]),
    ("e'\\x41\\101\\u00e9\\U0001F600\\n\\q'", [(Kind.STRING, "AAé😀\nq")]),
    ("E'\\uD83D\\uDE00'", [(Kind.STRING, "😀")]),
    ("'a'\n  -- why\n 'b'", [(Kind.STRING, "ab")]),
    ("E'a'\n'\\n'", [(Kind.STRING, "a\n")]),
    ("$$a'b$$", [(Kind.STRING, "a'b")]),
    ("$x$a$$b$y$c$x$", [(Kind.STRING, "a$$b$y$c")]),
    ("b'01' X'1f'", [(Kind.BITS, "B'01'"), (Kind.BITS, "X'1f'")]),
    ("1_000 0x1F 0o17 0b101 0X_ff", [(Kind.NUMBER, text) for text in ("1000", "31", "15", "5", "255")]),
    ("1. .5 1.5e-3 1e+5", [(Kind.NUMBER, text) for text in ("1.", ".5", "1.5e-3", "1e+5")]),
    ("1..2", [(Kind.NUMBER, "1"), (Kind.MARK, ".."), (Kind.NUMBER, "2")]),
    ('Foo "Foo" "a""b"', [(Kind.WORD, "foo"), (Kind.NAME, "Foo"), (Kind.NAME, 'a"b')]),
    ("É a$1", [(Kind.NAME, "É"), (Kind.WORD, "a$1")]),
    ("a" * 70, [(Kind.WORD, "a" * 63)]),
    ("a<-1", [(Kind.WORD, "a"), (Kind.OPERATOR, "<"), (Kind.OPERATOR, "-"), (Kind.NUMBER, "1")]),
    ("a@-1", [(Kind.WORD, "a"), (Kind.OPERATOR, "@-"), (Kind.NUMBER, "1")]),
    ("a*/*x*/b", [(Kind.WORD, "a"), (Kind.OPERATOR, "*"), (Kind.WORD, "b")]),
    ("a--b\n-c", [(Kind.WORD, "a"), (Kind.OPERATOR, "-"), (Kind.WORD, "c")]),
    ("/*/* */ x */a", [(Kind.WORD, "a")]),
    ("a=>b a:=b a::b a!=b", [
        *((Kind.WORD, "a"), (Kind.MARK, "=>"), (Kind.WORD, "b"), (Kind.WORD, "a"), (Kind.MARK, ":="), (Kind.WORD, "b")),
        *((Kind.WORD, "a"), (Kind.MARK, "::"), (Kind.WORD, "b"), (Kind.WORD, "a"), (Kind.OPERATOR, "<>")),
        (Kind.WORD, "b"),
    ]),
    ("$1::int", [(Kind.PARAMETER, "1"), (Kind.MARK, "::"), (Kind.WORD, "int")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_tokens_are_postgresql_s_when_read(text, expected):
    assert [token[:2] for token in tokenize(text)] == [*expected, (Kind.END, "")]


REFUSED = [
    ("'a", 0), ('x "a', 2), ("$a$ $A$", 0), ("/* /* */", 0), ("1x", 1), ("0xg", 1), ("1_", 1), ("$1a", 2), ("$0", 0),
    ("U&'a'", 0), ('u&"a"', 0), ("n'a'", 0), ("b'2'", 0), ("E'\\", 0), ("E'\\u12'", 0), ("E'\\uD800'", 0),
    ("E'\\0'", 0), ("E'\\xff'", 0), ("E'\\v'", 0), ('""', 0), ("a\u00a0b", 1), ("\u200b", 0), ("\x00", 0), ("\x01", 0),
    ("\\d", 0), ("{", 0), ("é" * 40, 0), ("@" * 64, 0), ("b'1'\n'0'", 0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "offset"), REFUSED)
def test_text_is_refused_with_its_place_when_versions_disagree_or_it_is_no_sql(text, offset):
    with pytest.raises(RefusedStatement) as refused:
        list(tokenize(text))
    assert refused.value.offset == offset
