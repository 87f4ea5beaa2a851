"""Tables fit, and values steer no terminal."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.bootstrap.demo.table import NARROWEST_COLUMN, fit, pad, print_table, text_width
from relay.bootstrap.demo.terminal import Terminal, printable, terminal_for


class FakeTerminalFile(io.StringIO):
    def isatty(self) -> bool:
        return True


def _terminal(*, width=80, coloured=False) -> Terminal:
    return Terminal(out=io.StringIO(), width=width, coloured=coloured)


def test_rows_line_up_when_a_table_is_printed():
    terminal = _terminal()
    print_table(terminal, [{"id": 1, "email": "***@***.***"}, {"id": 22, "email": None}], indent=2)
    assert terminal.out.getvalue().splitlines() == [
        "  id │ email",
        "  ───┼────────────",
        "  1  │ ***@***.***",
        "  22 │ null",
    ]


def test_the_rest_is_counted_when_there_are_many_rows():
    terminal = _terminal()
    print_table(terminal, [{"n": number} for number in range(9)], most_rows=2)
    assert terminal.out.getvalue().splitlines()[-1] == "… and 7 more"


def test_nothing_is_printed_when_there_are_no_rows():
    terminal = _terminal()
    print_table(terminal, [])
    assert terminal.out.getvalue() == ""


def test_missing_cells_are_empty_when_rows_differ():
    terminal = _terminal()
    print_table(terminal, [{"kind": "column", "name": "id"}, {"kind": "index"}], columns=("kind", "name"))
    assert terminal.out.getvalue().splitlines()[-1] == "index  │"


@given(
    rows=st.lists(st.dictionaries(st.sampled_from("abcde"), st.text(max_size=300), min_size=5), min_size=1, max_size=4),
    width=st.integers(60, 160),
)
def test_no_line_is_wider_than_the_terminal_when_cells_are_long(rows, width):
    terminal = _terminal(width=width)
    print_table(terminal, rows, indent=4)
    assert all(text_width(line) <= width for line in terminal.out.getvalue().split("\n"))


@given(text=st.text(max_size=60), width=st.integers(1, 40))
def test_a_cell_has_exactly_its_width_when_padded(text, width):
    assert text_width(pad(printable(text), width)) == width


@given(needed=st.lists(st.integers(1, 500), min_size=1, max_size=8), room=st.integers(60, 160))
def test_widths_stay_in_the_room_when_fitted(needed, room):
    widths = fit(needed, room)
    assert sum(widths) <= max(room, NARROWEST_COLUMN * len(needed))
    assert all(width <= need for width, need in zip(widths, needed, strict=True))


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\x9b31m", "\\x9b31m"),
        ("\u2028", "\\u2028"),
        ("ação ✓", "ação ✓"),
    ],
    ids=["escape", "lines", "reordered", "c1", "separator", "plain"],
)
def test_control_characters_are_escaped_when_printed(hostile, shown):
    assert printable(hostile) == shown
    terminal = _terminal()
    print_table(terminal, [{hostile: hostile}])
    assert hostile not in terminal.out.getvalue() or hostile == shown


@given(st.text(max_size=200))
def test_no_control_character_is_left_when_any_text_is_printed(text):
    assert all(character >= " " and character != "\x7f" for character in printable(text))


@pytest.mark.parametrize(
    ("file", "environment", "coloured"),
    [
        (FakeTerminalFile(), {"TERM": "xterm"}, True),
        (FakeTerminalFile(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (FakeTerminalFile(), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (FakeTerminalFile(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
    ids=["terminal", "no-color", "no-color-empty", "dumb", "pipe"],
)
def test_colours_are_on_only_when_a_terminal_takes_them(file, environment, coloured):
    terminal = terminal_for(file, environment)
    print_table(terminal, [{"email": "***@***.***"}])
    assert terminal.coloured is coloured
    assert ("\x1b[" in file.getvalue()) is coloured


def test_a_paragraph_is_wrapped_when_longer_than_the_terminal():
    terminal = _terminal(width=60)
    terminal.paragraph("palavra " * 40, indent=4)
    assert all(line.startswith("    palavra") and len(line) <= 60 for line in terminal.out.getvalue().splitlines())


def test_a_question_mark_stands_in_when_the_encoding_lacks_a_character():
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    terminal_for(out, {}).line("✓ ação")
    assert out.buffer.getvalue() == b"? a??o\n"
