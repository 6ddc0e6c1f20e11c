"""The appendix page of all data sets is what the code makes of it, and reads as it should."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pytest

from rnnbook import data
from rnnbook.data import appendix
from rnnbook.data.appendix_examples import WIDTH, shown

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = (ROOT / appendix.PAGE).read_text(encoding="utf-8")


@lru_cache
def written():
    return appendix.page(ROOT)


@pytest.mark.slow
def test_the_page_is_up_to_date():
    assert written() == COMMITTED, "run: python -m rnnbook.data.appendix"


@pytest.mark.slow
def test_the_page_is_the_same_on_another_python(monkeypatch):
    """The version of the running Python, and what hangs on it, stand nowhere."""
    monkeypatch.setattr("platform.python_version", lambda: "3.99.1")
    monkeypatch.setattr("rnnbook.data.documentation.help_pages", lambda: ["So it was said. " * 20 + "It ended."] * 3)
    assert appendix.page(ROOT) == COMMITTED


def test_every_set_has_its_entry_and_its_link():
    for name in [*data.SETS, *data.PUBLIC]:
        assert f"\n### {name}\n" in COMMITTED
        assert f"[{name}](#{name})" in COMMITTED


def test_every_entry_states_licence_limits_and_what_made_it():
    entries = [part for part in re.split(r"\n##", COMMITTED) if part.startswith("# ")][1:]
    assert len(entries) == len(data.SETS) + len(data.PUBLIC)
    for entry in entries:
        assert "- **Licence:** " in entry and "- **Limits:** " in entry
        assert ("- **Made from:** " in entry) != ("data.fetch(" in entry)


def test_a_checksum_that_nobody_published_is_said_to_be_missing():
    entry = COMMITTED.split("### tatoeba-de-en\n")[1].split("\n### ")[0]
    assert "none was published; recorded at the first download" in entry and "sha256" not in entry


def test_the_page_fits_a_small_screen():
    blocks = re.findall(r"```(?:text|python)\n(.*?)```", COMMITTED, re.DOTALL)
    assert len(blocks) > len(data.SETS)
    assert not [line for block in blocks for line in block.splitlines() if len(line) > WIDTH]
    assert not re.search(r"^\|", COMMITTED, re.MULTILINE), "no table"


@pytest.mark.parametrize("name", ["moods", "agreement", "numbers", "recall", "adding", "pendulum", "eeg"])
def test_an_example_has_lines_of_a_given_width(name):
    lines = shown(data.SETS[name]())
    assert lines and max(map(len, lines)) <= WIDTH
    assert not any(line != line.rstrip() for line in lines)


def test_words_stand_above_their_tags():
    words, tags = [line for line in shown(data.moods()) if not line.startswith("label")][:2]
    assert [m.start() for m in re.finditer(r"\S+", words)] == [m.start() for m in re.finditer(r"\S+", tags)]


def test_the_calls_of_a_chapter_are_found():
    cells = ["%matplotlib inline\nfrom rnnbook import data\nx = data.moods(seed=3)",
             "from rnnbook.data import flags as f\nf()",
             "def positions(): ...\npositions()\n# data.intents()\ndata.batch()"]
    assert appendix.called(cells) == {"moods", "flags"}


def test_chapters_are_linked_by_their_title():
    assert appendix.uses(ROOT)["positions"] == {"../02-hidden-state.ipynb": "2. Hidden state"}


def test_markup_of_the_page_is_escaped_and_code_is_not():
    assert appendix.markdown("a <pad> costs $5, `<pad>` *never*") == r"a \<pad\> costs \$5, `<pad>` \*never\*"


def test_a_docstring_is_taken_up_to_its_first_section():
    def make():
        """What it is.

        More of
        it.

        Source: a book.

        Parameters
        ----------
        seed
            Hidden.
        """

    assert appendix.documented(make) == (["What it is.", "More of it."], "a book.")


def test_check_changes_nothing_and_says_whether_the_page_is_old(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(appendix, "page", lambda: "new\n")
    monkeypatch.setattr(appendix, "PAGE", tmp_path / "data.md")
    assert appendix.main(["--check"]) == 1 and not appendix.PAGE.exists()
    assert appendix.main([]) == 0 and appendix.PAGE.read_text() == "new\n"
    capsys.readouterr()
    assert appendix.main(["--check"]) == 0 and capsys.readouterr().out == ""
