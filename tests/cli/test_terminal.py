"""What is written reaches any terminal."""

import io

import pytest

from rnnbook.commands.terminal import Terminal


class Stream(io.TextIOWrapper):
    """A stream in an encoding that says whether it is a terminal."""

    def __init__(self, encoding, tty=False):
        super().__init__(io.BytesIO(), encoding=encoding)
        self.tty = tty

    def isatty(self):
        return self.tty

    def text(self):
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


@pytest.mark.parametrize("encoding, expected", [
    ("utf-8", "✓ passes “h_t” 世"), ("cp1252", '+ passes "h_t" ?'), ("ascii", '+ passes "h_t" ?')])
def test_a_narrow_encoding_gets_ascii(encoding, expected):
    stream = Stream(encoding)
    Terminal(stream).write("✓ passes “h_t” 世", end="")
    assert stream.text() == expected


def test_colour_is_for_terminals_only(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("WT_SESSION", "1")
    assert Terminal(Stream("utf-8")).paint("x", "good") == "x"
    assert Terminal(Stream("utf-8", tty=True)).paint("x", "good") == "\x1b[32mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Terminal(Stream("utf-8", tty=True)).paint("x", "good") == "x"


def test_paragraphs_fold_at_80_columns_and_keep_line_breaks():
    stream = Stream("utf-8")
    Terminal(stream).paragraph("word " * 30 + "\nnext", indent="    ", first="  * ")
    lines = stream.text().splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].startswith("  * word") and lines[1].startswith("    word") and lines[-1] == "    next"


def test_a_table_is_aligned():
    stream = Stream("utf-8")
    Terminal(stream).table(("id", "n"), [("a", "10"), ("long", "2")], right=(1,))
    assert stream.text().splitlines() == ["id     n", "a     10", "long   2"]
