"""One example of a set, as lines of text that fit the page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from rnnbook.data.dataset import Dataset
from rnnbook.data.series import Series
from rnnbook.data.tasks import Steps, Tasks

WIDTH = 41          # characters of a line: what a screen 375 px wide holds without scrolling
BLOCKS = 5          # of words above one another
ENTRIES = 8         # of an array


def shown(dataset: Dataset) -> list[str]:
    """The first training example (the first of another split where nothing is for training), field by field."""
    example = next(examples[0] for examples in dataset.splits.values() if len(examples))
    if isinstance(dataset, Series):
        return _fields({"time": dataset.times, **dict(zip(dataset.channels or ["value"], np.atleast_2d(example.T),
                                                          strict=True))})
    if isinstance(dataset, Tasks):
        return _fields({**_inputs(dataset, example), "asked": _asked(dataset, example)})
    if hasattr(example, "_asdict"):
        return _fields(example._asdict())
    return _fields({"": example})


def _inputs(dataset: Tasks, example: Steps) -> dict[str, Any]:
    """The symbols of a sequence, or one row for each of the numbers of a step."""
    if dataset.symbols:
        return {"inputs": dataset.decode(example.inputs)}
    return dict(zip(dataset.columns, example.inputs.T, strict=True))


def _asked(dataset: Tasks, example: Steps) -> str:
    """The first targets that count, with their steps."""
    steps = np.flatnonzero(example.mask)
    said = [dataset.classes[int(example.targets[t])] if dataset.classes else _number(example.targets[t]) for t in steps]
    pairs = [f"{target} at step {t}" for t, target in zip(steps[:3], said, strict=False)]
    return ", ".join(pairs) + (", …" if len(steps) > 3 else "")


def _fields(fields: dict[str, Any]) -> list[str]:
    """`name  value`, the names in a column of their own; what is empty is left out.

    Fields with one entry for each word stand below one another, word by word.
    """
    words = {name: value for name, value in fields.items() if _is_words(value)}
    aligned = {name: value for name, value in words.items()
               if sum(len(value) == len(other) for other in words.values()) > 1}
    texts = {name: brief(value) for name, value in fields.items() if name not in aligned}
    texts = {name: text for name, text in texts.items() if text}
    longest = max(map(len, [*texts, *aligned]))
    margin = longest + 2 if longest else 0
    lines = []
    for name, text in texts.items():
        first, *more = [line for part in text.split("\n") for line in _wrapped(part, WIDTH - margin)]
        lines += [f"{name:{margin}}{first}".rstrip(), *(f"{'':{margin}}{line}".rstrip() for line in more)]
    return lines + list(_grid(aligned, margin))


def _is_words(value: Any) -> bool:
    """Whether this is a tuple of strings, some of more than a character."""
    return isinstance(value, tuple) and all(isinstance(item, str) for item in value) and any(len(i) > 1 for i in value)


def _grid(fields: dict[str, tuple[str, ...]], margin: int) -> Iterator[str]:
    """Fields of equal length in columns, broken into blocks that fit the width."""
    columns = list(zip(*fields.values(), strict=True))
    widths = [max(map(len, column)) + 1 for column in columns]
    start = blocks = 0
    while start < len(columns):
        blocks += 1
        if blocks > BLOCKS:
            yield f"{'':{margin}}…"
            return
        end = start + 1
        while end < len(columns) and margin + sum(widths[start : end + 1]) <= WIDTH + 1:
            end += 1
        for row, name in enumerate(fields):
            yield (f"{name:{margin}}" + "".join(f"{columns[c][row]:{widths[c]}}" for c in range(start, end))).rstrip()
        start = end


def _wrapped(text: str, width: int) -> list[str]:
    """At most four lines."""
    lines = textwrap.wrap(text, width) or [""]
    return lines if len(lines) <= 4 else [*lines[:3], lines[3][: width - 2] + " …"]


def brief(value: Any) -> str:
    """A value in a line or two."""
    if isinstance(value, str):
        return value
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, Iterable):
        items = [brief(item) for item in value]
        if items and all(len(item) == 1 for item in items):
            return "".join(items)                  # single characters: the text they make
        return " ".join(items)
    return _number(value)


def _array(array: np.ndarray) -> str:
    """The first entries of the first rows; the shape where that does not say it all."""
    if array.ndim > 2:
        return f"{array.dtype.name} array of shape {array.shape}"
    rows = np.atleast_2d(array)
    lines = [" ".join(_number(v) for v in row[:ENTRIES]) + (" …" if len(row) > ENTRIES else "") for row in rows[:4]]
    return "\n".join(lines + ([f"… {array.shape[0]} rows"] if len(rows) > 4 else []))


def _number(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "1" if value else "0"
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)
