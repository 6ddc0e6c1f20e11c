"""CoNLL-U files from anywhere: what is read, and what is refused with the number of the line."""

from __future__ import annotations

import sys

import pytest

from rnnbook import data

pytest.importorskip("conllu")


def row(id, form, upos="NOUN", misc="_"):
    return "\t".join((str(id), form, "_", upos, "_", "_", "_", "_", "_", misc))


SIMPLE = "\n".join((
    "# sent_id = 1", "# text = Mei Lin doesn't run.",
    row(1, "Mei", "PROPN", "NER=B-PER"), row(2, "Lin", "PROPN", "SpaceAfter=Yes|NER=I-PER"),
    row("3-4", "doesn't", "_"), row(3, "does", "AUX"), row(4, "n't", "PART"),
    row(5, "run", "VERB", "NER=O|SpaceAfter=No"), row("5.1", "away", "ADV"), row(6, ".", "PUNCT"), "",
    row(1, "New York", "PROPN", "NER=B-LOC"), row(2, "!", "PUNCT"), "", ""))
WORDS = [("Mei", "Lin", "does", "n't", "run", "."), ("New York", "!")]


@pytest.fixture
def written(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "some.conllu"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path
    return write


@pytest.mark.parametrize("text", [
    SIMPLE, SIMPLE.replace("\n", "\r\n"), SIMPLE.rstrip("\n"), "\n\n" + SIMPLE, SIMPLE.replace("\n\n", "\n \n\n"),
], ids=["LF", "CRLF", "no last newline", "blank lines first", "two blank lines"])
def test_words_parts_of_speech_and_entities(written, text):
    first, second = data.read_conllu(written(text))
    assert [first.words, second.words] == WORDS
    assert first.pos == ("PROPN", "PROPN", "AUX", "PART", "VERB", "PUNCT")
    assert first.entities == ("B-PER", "I-PER", "O", "O", "O", "O")
    assert second.entities == ("B-LOC", "O")


def test_a_byte_order_mark_is_no_part_of_the_text(written):
    assert [s.words for s in data.read_conllu(written(SIMPLE, "utf-8-sig"))] == WORDS
    assert data.read_conllu(str(written(row(1, "Zoë", "PROPN"), "utf-8-sig")))[0].words == ("Zoë",)


def test_a_word_may_be_a_number_sign(written):
    assert data.read_conllu(written("# a comment\n" + row(1, "#", "SYM")))[0].words == ("#",)


@pytest.mark.parametrize(("tags", "expected"), [
    (["S-PER", "B-LOC", "I-LOC", "E-LOC", "O"], ("B-PER", "B-LOC", "I-LOC", "I-LOC", "O")),
    (["I-PER", "I-PER", "I-LOC", "O", "I-LOC"], ("B-PER", "I-PER", "B-LOC", "O", "B-LOC")),
])
def test_other_ways_to_mark_spans_become_bio(written, tags, expected):
    text = "\n".join(row(i, "x", misc=f"NER={tag}") for i, tag in enumerate(tags, start=1))
    assert data.read_conllu(written(text))[0].entities == expected


def test_what_is_read_makes_a_data_set(written):
    sentences = data.read_conllu(written(SIMPLE))
    made = data.Tagged.of({"train": sentences[:1], "test": sentences[1:]}, name="mine", about="two sentences;",
                          licence="CC BY-SA 4.0", source="some.conllu")
    assert made.entity_labels == ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
    assert made.batch(made.train).entities[:, 0].tolist() == [3, 4, 0, 0, 0, 0]
    assert made.vocab.decode(made.batch(made.test).tokens[:, 0]) == ["<unk>", "<unk>"]
    assert "CC BY-SA 4.0, from some.conllu" in made.describe()


@pytest.mark.parametrize(("text", "message"), [
    (row(1, "a") + "\n" + "2\tb\tNOUN", r"line 2: 3 columns; expected 10 with tabs between them"),
    ("# one\n\n" + row(1, "a") + "\n" + row(2, "b").replace("\t", "  "), r"line 4: 1 columns; expected 10"),
    (row(1, "a").replace("\ta\t", "\t\t"), r"line 1: column 2 is ''; expected .* '_' where there is nothing"),
    (row(1, "a "), r"line 1: column 2 is 'a '; expected no spaces at its ends"),
    (row(1, "a  b"), r"line 1: column 2 is 'a  b'; expected .* no two in a row"),
    (row("one", "a"), r"line 1: .*'one' is not a valid ID"),
    (row(1, "a") + "\n" + row("3-2", "b"), r"line 2: .*'3-2' is not a valid ID"),
    (row(1, "a").replace("a\t_\tNOUN\t_\t_\t_", "a\t_\tNOUN\t_\t_\troot"), r"line 1: Failed parsing field 'head'"),
    (row(1, "a") + "\n" + row(3, "b"), r"line 2: id 3; expected 2"),
    (row(1, "a") + "\n" + row(1, "b"), r"line 2: id 1; expected 2"),
    (row(1, "a", "_"), r"line 1: UPOS is '_'; expected one of ADJ, ADP"),
    (row(1, "a", "NN"), r"line 1: UPOS is 'NN'; expected one of ADJ, ADP"),
    (row(1, "a", misc="NER=PER"), r"line 1: NER=PER; expected O, B-TYPE or I-TYPE"),
    (row(1, "a", misc="NER=B-"), r"line 1: NER=B-; expected"),
    (row("1-2", "a") + "\n\n" + row(1, "b"), r"line 1: a sentence without words"),
    ("", r"holds no sentence; expected lines of 10 columns"),
    ("# only a comment\n\n", r"holds no sentence"),
    (b"\n\n1\tcaf\xe9\t_\tNOUN", r"line 3: byte 0xe9 is not UTF-8"),
    (SIMPLE.encode("utf-16"), r"line 1: byte 0xff is not UTF-8; expected a UTF-8 file"),
])
def test_a_malformed_file_is_refused_with_the_line(written, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        data.read_conllu(written(text))
    assert "some.conllu" in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        data.read_conllu(tmp_path / "none.conllu")


def test_without_the_package_the_message_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "conllu", None)
    with pytest.raises(ImportError, match=r'package conllu: pip install "rnnbook\[data\]"'):
        data.read_conllu(tmp_path / "some.conllu")
