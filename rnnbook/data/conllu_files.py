"""Tagged sentences from CoNLL-U files, the format in which Universal Dependencies publishes its treebanks."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any

from rnnbook.data.tagged import POS, TaggedSentence

COLUMNS = 10
BIO = {"B": "B", "I": "I", "S": "B", "E": "I"}      # BIOES says more than BIO, nothing else


def read_conllu(path: str | PathLike[str]) -> tuple[TaggedSentence, ...]:
    """The sentences of a CoNLL-U file: words, universal parts of speech, and entities.

    Words are the lines with a whole number as id. Of a multiword token ("2-3 don't") the words 2 and 3 are given, as
    their tags belong to them; an empty node ("8.1"), a word that is not in the text, is left out. Entities are those of
    "NER=B-PER" in the column MISC, "O" for a word without; BIOES tags become BIO, and an I-X that continues nothing
    becomes B-X (IOB1). Comments, lemmas, features and trees are not kept. UTF-8, with or without a byte order mark;
    lines end in LF or CRLF.

    Needs the package conllu: `pip install "rnnbook[data]"`.

    Raises
    ------
    ValueError
        Naming the file and the line: no UTF-8, not ten columns, an id out of order, no part of speech or one that is
        not universal, an entity that is not BIO; a file without sentences.
    FileNotFoundError
        There is no such file.

    Source: https://universaldependencies.org/format.html
    """
    try:
        import conllu
    except ImportError as error:
        raise ImportError('read_conllu needs the package conllu: pip install "rnnbook[data]"') from error
    sentences = []
    for lines in _blocks(_text(Path(path))):
        rows = []
        for number, line in lines:
            where = f"path: {path}, line {number}"
            _check_columns(line, where)
            try:
                token = conllu.parse(line)[0][0]
            except conllu.exceptions.ParseException as error:
                raise ValueError(f"{where}: {error}") from error
            rows.append((where, token))
        sentences.append(_sentence(rows))
    if not sentences:
        raise ValueError(f"path: {path} holds no sentence; expected lines of {COLUMNS} columns with tabs between them")
    return tuple(sentences)


def _text(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ValueError(f"path: {path}, line {line}: byte 0x{raw[error.start]:02x} is not UTF-8; expected a UTF-8 file"
                         ) from error


def _blocks(text: str) -> Iterator[list[tuple[int, str]]]:
    """The lines of each sentence with their numbers, without comments: blank lines end a sentence."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        if line.strip() == "":
            if block:
                yield block
            block = []
        elif not line.startswith("#"):
            block.append((number, line))
    if block:
        yield block


def _check_columns(line: str, where: str) -> None:
    columns = line.split("\t")
    if len(columns) != COLUMNS:
        raise ValueError(f"{where}: {len(columns)} columns; expected {COLUMNS} with tabs between them")
    for k, column in enumerate(columns, start=1):
        if column == "" or column != column.strip() or "  " in column:
            raise ValueError(f"{where}: column {k} is {column!r}; expected no spaces at its ends and no two in a row, "
                             "'_' where there is nothing")


def _sentence(rows: list[tuple[str, Any]]) -> TaggedSentence:
    """Words, parts of speech and entities of the rows of one sentence."""
    words: list[str] = []
    pos: list[str] = []
    entities: list[str] = []
    for where, token in rows:
        if not isinstance(token["id"], int):        # (2, "-", 3) or (8, ".", 1)
            continue
        if token["id"] != len(words) + 1:
            raise ValueError(f"{where}: id {token['id']}; expected {len(words) + 1}")
        if token["upos"] not in POS:
            got = "is '_'" if token["upos"] == "_" else f"is {token['upos']!r}"
            raise ValueError(f"{where}: UPOS {got}; expected one of {', '.join(POS)}")
        words.append(token["form"])
        pos.append(token["upos"])
        entities.append(_entity((token["misc"] or {}).get("NER"), entities[-1] if entities else "O", where))
    if not words:
        raise ValueError(f"{rows[0][0]}: a sentence without words; expected lines with whole numbers as ids")
    return TaggedSentence(tuple(words), tuple(pos), tuple(entities))


def _entity(tag: str | None, before: str, where: str) -> str:
    """`tag` in BIO, where `before` is the tag of the word before."""
    if tag in (None, "O"):
        return "O"
    place, dash, kind = str(tag).partition("-")
    if place not in BIO or not dash or not kind:
        raise ValueError(f"{where}: NER={tag}; expected O, B-TYPE or I-TYPE")
    continues = BIO[place] == "I" and before != "O" and before[2:] == kind
    return f"{'I' if continues else 'B'}-{kind}"
