"""The appendix page of all data sets, written from the code.

    python -m rnnbook.data.appendix             write book/appendix/data.md
    python -m rnnbook.data.appendix --check     change nothing; exit status 1 if the page is not up to date

The figures of a set that comes from another package are those of the version that is installed. What a set takes from
the reader's own Python differs from one release to the next, so the page states no figure of it.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import platform
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from rnnbook import data
from rnnbook.data.appendix_examples import WIDTH, shown
from rnnbook.data.public.fetching import megabytes

PAGE = Path("book/appendix/data.md")
INTRODUCTION = """\
# Data sets

<!-- Written by `python -m rnnbook.data.appendix`; change the docstrings and the code, not this page. -->

No chapter, exercise or test of this book needs a network. The sets below are generated from a seed, or come with a
package that the book installs; each is one function of `rnnbook.data`, named for the set:

```python
from rnnbook import data

moods = data.moods(seed=0)
print(moods.describe())
example = moods.train[0]
```

A set cannot be changed. `splits` maps the name of each split to its examples, and `train` and `test` are two of them;
`batch(examples)` puts examples side by side as arrays with time first; `sha256()` hashes all of them. The same seed
gives the same bytes on every machine and on Python 3.11, 3.12 and 3.13; a set from another package gives them for one
version of the package. Loading a set takes less than a second and less than 100 MB.
"""
PUBLIC = """\
## Bigger sets, by others

These are downloaded when a reader asks for one, and kept. A file is checked against the checksum that somebody
published, each time it is used. Where nobody published one, the first download is recorded and a file that differs
later is refused; nobody has then checked that the first was right. The authors of this book have downloaded none of
them: what stands here is what others state.

```python
folder = data.fetch("movie-reviews")
```

`offline=True`, or `RNNBOOK_OFFLINE=1` in the environment, uses the copy in the cache and no network. `cache=FOLDER`, or
`RNNBOOK_CACHE`, names another cache.
"""
KINDS = {       # what stands above the sets of a class; the others follow under their class's name
    "Sentences": ("Sentences", "Words, a label for the whole, and a tag for every beginning of the sentence."),
    "Tagged": ("A treebank", "Words, each with its part of speech and the name it is part of."),
    "WordTags": ("Words with one tag each", "Words, and a tag for each that may hang on the words to its right."),
    "Pairs": ("Pairs of sequences", "A sequence to read, and the sequence to write for it."),
    "Corpus": ("Text for language models", "Running text; the question is always the next character."),
    "Series": ("Series", "Measurements in time, split in time."),
    "Tasks": ("Diagnostic tasks and small worlds", "Symbols or numbers, a target at the steps that ask for one, the "
              "score of chance and the best score there can be."),
    "Captions": ("Pictures with sentences", "A picture, and the sentence that describes it."),
}


PORTABLE = {"prose": {"text": "book"}}      # how to call a set of the running Python's own so that all get the same


def page(root: Path = Path()) -> str:
    """The page as Markdown; `root` holds the book, in which the chapters that use a set are looked up."""
    made = {name: make() for name, make in data.SETS.items()}
    users = uses(root)
    parts = [INTRODUCTION, "\n".join(contents(made))]
    for kind in kinds(made.values()):
        title, about = KINDS.get(kind, (kind, _first_line(next(d for d in made.values() if type(d).__name__ == kind))))
        parts.append(f"## {title}\n\n{about}\n")
        parts += [entry(name, data.SETS[name], d, users.get(name, {})) for name, d in made.items()
                  if type(d).__name__ == kind]
    parts.append(PUBLIC)
    parts += [public_entry(public) for public in data.PUBLIC.values()]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def kinds(made: Iterable[data.Dataset]) -> list[str]:
    """The names of the classes of `made`, those of `KINDS` first."""
    found = list(dict.fromkeys(type(dataset).__name__ for dataset in made))
    return [k for k in KINDS if k in found] + [k for k in found if k not in KINDS]


def contents(made: dict[str, data.Dataset]) -> Iterator[str]:
    """A list of links to all sets, by kind."""
    for kind in kinds(made.values()):
        names = [name for name, dataset in made.items() if type(dataset).__name__ == kind]
        title = KINDS.get(kind, (kind, ""))[0]
        yield f"- {title}: " + ", ".join(f"[{name}](#{slug(name)})" for name in names)
    yield "- Bigger sets, by others: " + ", ".join(f"[{name}](#{slug(name)})" for name in data.PUBLIC)


def slug(heading: str) -> str:
    """The anchor that the site gives to a heading."""
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


def entry(name: str, make: Callable[..., data.Dataset], dataset: data.Dataset, chapters: dict[str, str]) -> str:
    """One set: its call, its docstring, its facts, an example."""
    paragraphs, source = documented(make)
    mine = platform.python_version() in dataset.source         # the reader's own Python: no figure holds for all
    facts = [("Source", source)]
    if not mine:
        facts.append(("Holds", sizes(dataset)))
    facts += [("Licence", dataset.licence), ("Made from", origin(make, dataset, mine)), ("Limits", dataset.limits),
              ("Used in", ", ".join(f"[{title}]({link})" for link, title in chapters.items()))]
    lines = [f"### {name}", "", "```python", call(f"data.{name}", make), "```", ""]
    lines += [markdown(paragraph) + "\n" for paragraph in paragraphs]
    lines += [f"- **{label}:** {markdown(fact) if label != 'Used in' else fact}" for label, fact in facts if fact]
    if mine and name in PORTABLE:
        dataset = make(**PORTABLE[name])
        options = ", ".join(f'{key}="{value}"' for key, value in PORTABLE[name].items())
        lines.append(f"- **With `{options}`:** {sizes(dataset)}; {dataset.licence}; sha256 `{dataset.sha256()}`")
    if not mine or name in PORTABLE:
        lines += ["", "```text", *shown(dataset), "```"]
    return "\n".join(lines) + "\n"


def documented(make: Callable) -> tuple[list[str], str]:
    """The paragraphs of a docstring up to its first section, and what follows "Source:"."""
    text = re.split(r"\n[A-Z][a-z]+\n-{3,}\n", inspect.getdoc(make) or "")[0]
    paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n", text) if p.strip()]
    source = " ".join(p.removeprefix("Source:").strip() for p in paragraphs if p.startswith("Source:"))
    return [p for p in paragraphs if not p.startswith("Source:")], source


def markdown(text: str) -> str:
    """Text whose only markup is `code`, for a page in which < and $ mean something."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else re.sub(r"([<>$*_])", r"\\\1", p) for p in pieces)


def call(name: str, make: Callable) -> str:
    """The call with its default values, broken into lines that fit a small screen."""
    values = [str(p.replace(annotation=inspect.Parameter.empty)) for p in inspect.signature(make).parameters.values()]
    whole = f"{name}({', '.join(values)})"
    if len(whole) <= WIDTH - 5:             # the copy button stands in the first line
        return whole
    whole_values = [v.replace(" ", "\0") if len(v) < WIDTH - 5 else v for v in values]      # \0: no break here
    lines = textwrap.wrap(", ".join(whole_values), WIDTH - 5, break_long_words=False)
    return f"{name}(\n" + "".join(f"    {line}\n" for line in lines).replace("\0", " ").rstrip() + ",\n)"


def sizes(dataset: data.Dataset) -> str:
    """How many examples each split has, and the further counts of its kind."""
    if isinstance(dataset, data.Series):
        parts = [f"{sum(map(len, stretches))} steps {split}" for split, stretches in dataset.splits.items()]
    else:
        parts = [f"{len(examples)} {split}" for split, examples in dataset.splits.items()]
    return ", ".join([" + ".join(parts), *dataset._more()])


def origin(make: Callable, dataset: data.Dataset, mine: bool) -> str:
    """What determines every byte."""
    if mine:
        return "the reader's own Python, so its size and hash differ from release to release; `describe()` says both"
    seed = "seed 0" if "seed" in inspect.signature(make).parameters else ""
    made = " and ".join(filter(None, [seed, dataset.source])) or "the code of the book"
    return f"{made}; sha256 `{dataset.sha256()}`"


def public_entry(public: data.PublicSet) -> str:
    """One public set."""
    recorded = "none was published; recorded at the first download"
    checks = {file.name: f"{file.checksum.partition(':')[0]} `{file.checksum.partition(':')[2]}`"
              if file.checksum else recorded for file in public.files}
    read_in = list(dict.fromkeys(file.checksum_from for file in public.files if file.checksum_from))
    home = f"[{urlsplit(public.homepage).netloc}]({public.homepage})"
    read = public.read if len(public.read) <= WIDTH else public.read.replace("(", "(\n    ").replace(", ", ",\n    ")
    lines = [f"### {public.name}", "", "```python", f'folder = data.fetch("{public.name}")', read, "```", "",
             public.about, "", f"- **Download:** {megabytes(public.bytes)}; described at {home}",
             f"- **Licence:** {public.licence}", f"- **Cite:** {public.citation}"]
    lines += [f"- **Checksum of {name}:** {check}" for name, check in checks.items()]
    lines += [f"- **Checksums read in:** {', '.join(read_in)}"] if read_in else []
    return "\n".join([*lines, f"- **Limits:** {public.limits}"]) + "\n"


def uses(root: Path) -> dict[str, dict[str, str]]:
    """For each set the chapters that call it: link → title."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((root / "book").glob("[0-9][0-9]-*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        title = next((line[2:].strip() for cell in cells if cell["cell_type"] == "markdown"
                      for line in "".join(cell["source"]).splitlines() if line.startswith("# ")), path.stem)
        for name in sorted(called("".join(c["source"]) for c in cells if c["cell_type"] == "code")):
            found.setdefault(name, {})[f"../{path.name}"] = title
    return found


def called(cells: Iterable[str]) -> set[str]:
    """The sets that the cells call, as `data.name(…)` or, imported from rnnbook.data, as `name(…)`."""
    names: set[str] = set()
    imported: dict[str, str] = {}
    for cell in cells:
        source = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in cell.splitlines())
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.module == "rnnbook.data":
                imported |= {alias.asname or alias.name: alias.name for alias in node.names}
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in imported:
                names.add(imported[node.func.id])
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("data."):
                names.add(ast.unparse(node.func).removeprefix("data."))
    return names & set(data.SETS)


def _first_line(dataset: data.Dataset) -> str:
    return (type(dataset).__doc__ or "").strip().splitlines()[0]


def main(arguments: list[str] | None = None) -> int:
    about = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m rnnbook.data.appendix", description=about)
    parser.add_argument("--check", action="store_true", help="change nothing; exit status 1 if the page is out of date")
    check = parser.parse_args(arguments).check
    text = page()
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    if check:
        print(f"{PAGE} is not up to date; run: python -m rnnbook.data.appendix")
        return 1
    PAGE.write_text(text, encoding="utf-8")
    print(f"{PAGE} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
