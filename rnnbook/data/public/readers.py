"""From the files of the public sets to Python: parallel text, reviews in folders, the .tsf format for series."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnnbook.data.dataset import frozen


class Review(NamedTuple):
    """A review: its text, its class ("pos" or "neg") and its stars, from 1 to 10."""

    text: str
    label: str
    stars: int


class NamedSeries(NamedTuple):
    """One series of a .tsf file: what its attributes say, and its values, NaN where the file has "?"."""

    attributes: dict[str, str]
    values: np.ndarray      # float (T,), read-only


def read_parallel(source: Path | str, target: Path | str) -> list[tuple[str, str]]:
    """Two text files in which line i of one translates line i of the other: a list of pairs (UTF-8).

    Raises
    ------
    ValueError
        Where the files differ in their number of lines.
    """
    sources, targets = (Path(file).read_text(encoding="utf-8").removesuffix("\n").split("\n")
                        for file in (source, target))
    if len(sources) != len(targets):
        raise ValueError(f"source has {len(sources)} lines and target {len(targets)}; expected as many")
    return list(zip(sources, targets, strict=True))


def read_reviews(folder: Path | str) -> list[Review]:
    """Reviews of a folder with `pos/` and `neg/`, each file named number_stars.txt, in the order of their numbers.

    Raises
    ------
    ValueError
        Where `folder` holds no such files.
    """
    reviews = []
    for label in ("pos", "neg"):
        for file in sorted(Path(folder, label).glob("*_*.txt"), key=lambda file: int(file.stem.partition("_")[0])):
            reviews.append(Review(file.read_text(encoding="utf-8"), label, int(file.stem.partition("_")[2])))
    if not reviews:
        raise ValueError(f"folder is {str(folder)!r}, without reviews; expected pos/ and neg/ with number_stars.txt")
    return reviews


def read_tsf(path: Path | str) -> list[NamedSeries]:
    """Every series of a .tsf file: a header of `@attribute name type`, and after `@data` one series a line.

    A line is attribute:…:attribute:value,value,… Values that are missing ("?") become NaN.

    Raises
    ------
    ValueError
        Where a line has not one part for each attribute and one for the values; it names the line.
    """
    names: list[str] = []
    series = []
    in_data = False
    # the archive's headers are not all UTF-8; this encoding never fails, and the values are plain ASCII
    for number, line in enumerate(Path(path).read_text(encoding="cp1252", errors="replace").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if not in_data:
            word, *rest = line.split()
            in_data = word.lower() == "@data"
            if word.lower() == "@attribute" and rest:
                names.append(rest[0])
            continue
        *attributes, values = line.strip().split(":")
        if len(attributes) != len(names):
            raise ValueError(f"line {number} of {Path(path).name} has {len(attributes)} attributes; "
                             f"expected {len(names)} ({', '.join(names)})")
        try:
            numbers = [np.nan if v.strip() == "?" else float(v) for v in values.split(",")]
        except ValueError as error:
            raise ValueError(f"line {number} of {Path(path).name}: {error}; expected numbers or ?") from None
        series.append(NamedSeries(dict(zip(names, attributes, strict=True)), frozen(numbers)))
    if not in_data:
        raise ValueError(f"{Path(path).name} has no line @data; expected a .tsf file")
    return series
