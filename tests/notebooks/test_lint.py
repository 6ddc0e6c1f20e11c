"""Each rule of the linter finds its fault, and nothing else does."""

import json
import re

import pytest

from rnnbook.notebooks.lint import lint
from rnnbook.notebooks.markdown import anchors, parse, slugs
from rnnbook.notebooks.normalise import dumps, normalise

ALT = "The loss falls from two to nearly zero in forty steps, then stays flat."
PNG = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "aGVsbG8=", "text/plain": "<Figure>"}}
ERROR = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}
TITLE = "# A title\n\nOn $h_t$, with `code`, [references](appendix/references.md#elman-1990), and\n\n$$h_t = 0.5$$"


def text(source, **metadata):
    return {"cell_type": "markdown", "metadata": metadata, "source": source}


def code(source, outputs=(), count=1, tags=(), **metadata):
    if tags:
        metadata["tags"] = list(tags)
    cell = {"cell_type": "code", "metadata": metadata, "source": source, "outputs": list(outputs)}
    return cell | {"execution_count": count}


def printing(words, name="stdout"):
    return code("f()", [{"output_type": "stream", "name": name, "text": words}])


def drawing(source, tags=(), alt=ALT, **metadata):
    return code(source, [PNG], tags=tags, mystnb={"image": {"alt": alt}}, **metadata)


@pytest.fixture
def check(tmp_path):
    for folder in ("book/appendix", "exercises", "solutions"):
        (tmp_path / folder).mkdir(parents=True)
    page = tmp_path / "book/appendix/references.md"
    page.write_text("# References\n\n(elman-1990)=\nElman.\n\n## Later ones\n", "utf-8")
    (tmp_path / "exercises/01-a.ipynb").write_text(json.dumps({"cells": [
        text("# Exercises"), text('<a id="rnn-step"></a>\n\n## Exercise 1: One step'),
    ]}), "utf-8")

    def check(*cells, folder="book", title=TITLE):
        path = tmp_path / folder / "02-b.ipynb"
        nb = normalise({"nbformat": 4, "metadata": {}, "cells": [text(title), *cells]})
        path.write_text(dumps(nb), "utf-8")
        return list(lint(nb, path))

    return check


CLEAN = [
    text("## A section\n\nSee [the first exercise](../exercises/01-a.ipynb#rnn-step), [this section](#a-section),"
         " [its card](../exercises/01-a.ipynb#exercise-1-one-step), [later](appendix/references.md#later-ones)"
         " and [outside](https://example.org/x)."),
    text("> **Note.** A quote.\n\n| a | $b$ |\n|---|---|\n| 1 | $x_1$ costs \\$5 |\n\n"
         "<details><summary>Why?</summary>\n\nSo.\n\n</details>"),
    text("[Elman (1990)](appendix/references.md#elman-1990) in section 3.2 and Exercise 2.1, since 2016 in 3 steps of"
         " `0.97`.\n\n```python\nx = 0.97  # {ref}\n```"),
    code("x = 1\nassert x == 1"),
    drawing("import matplotlib.pyplot as plt\n\nplt.plot([1])\nplt.show()", tags=["hide-input"]),
]


def test_a_clean_notebook_has_no_findings(check):
    assert check(*CLEAN) == []


LONG = "\n".join(f"x_{i} = {i}" for i in range(16))
BAD = {
    "a role": (text("See {ref}`x`."), "a role"),
    "a directive": (text("```{note}\nx\n```"), "a directive"),
    "a fenced directive": (text(":::{note}\nx\n:::"), "a directive"),
    "a label": (text("(name)=\n## Named"), "a label"),
    "TeX delimiters": (text("Then \\(x\\)."), "TeX delimiters"),
    "a lone dollar": (text("The state $h_t is a vector."), "without its partner"),
    "a spaced dollar": (text("The state $ h_t $ is a vector."), "without its partner"),
    "HTML": (text("<div>x</div>"), "<div>"),
    "an open details": (text("<details><summary>Why?</summary>\n\nSo."), "<details> opens 1 times"),
    "a table without header": (text("| | b |\n|---|---|\n| 1 | 2 |"), "every column needs one"),
    "a table glued to text": (text("Text\n\n    | a | b |\n    |---|---|\n    | 1 | 2 |"), "not every reader takes"),
    "a broken link": (text("[the loop](03-c.ipynb)"), "no file 03-c.ipynb"),
    "a broken anchor": (text("[step](../exercises/01-a.ipynb#rnn-stop)"), "no heading #rnn-stop"),
    "a broken anchor in a page": (text("[E](appendix/references.md#elman-1991)"), "no heading #elman-1991"),
    "an absolute link": (text("[x](/book/02-b.ipynb)"), "is not relative"),
    "a link that says here": (text("[here](02-b.ipynb)"), "should say where it goes"),
    "a second title": (text("# Another"), "a second title"),
    "a skipped level": (text("### Deep"), "has level 3 after level 1"),
    "a heading twice": (text("## A title"), "anchor of another"),
    "a word": (text("This is simply true."), "'simply'"),
    "an exclamation mark": (text("It works!"), "an exclamation mark"),
    "a citation": (text("As Elman (1990) says."), "no link to the references"),
    "a citation in brackets": (text("It is old (Goodfellow et al., 2016)."), "no link to the references"),
    "an accuracy": (text("It reaches 0.97 on the test set."), "'0.97' looks measured"),
    "a percentage": (text("It is right on 98 % of them."), "'98 %' looks measured"),
    "a factor": (text("It is 7 times faster."), "looks measured"),
    "a number in a table": (text("| model | accuracy |\n|---|---|\n| RNN | 0.97 |"), "'0.97' looks measured"),
    "a path in prose": (text("It is in /home/me/book."), "an absolute path"),
    "a path in code": (code("open('/home/me/x')"), "an absolute path"),
    "a path in an output": (printing("/work/x.py"), "an absolute path"),
    "a long line": (code("x = '" + "a" * 80 + "'"), "a line of 86 columns"),
    "a long cell": (code(LONG), "16 lines of code"),
    "a cell far too long": (code(LONG + "\n" + LONG, rnnbook={"reason": "r"}), "32 lines of code"),
    "a removed cell": (code("x = 1", tags=["remove-cell"]), "the tag remove-cell"),
    "an nbval comment": (code("# NBVAL_IGNORE_OUTPUT\nx = 1"), "use the tag"),
    "a magic": (code("%matplotlib inline"), "no plain Python"),
    "a cell that never ran": (code("x = 1", count=None), "was never run"),
    "an error": (code("f()", [ERROR]), "an error is stored"),
    "stderr": (printing("w", "stderr"), "stderr"),
    "an address": (printing("<f at 0x7f00aa>"), "a memory address"),
    "HTML alone": (code("f()", [PNG | {"data": {"text/html": "x"}}]), "without plain text"),
    "no plt.show()": (drawing("import matplotlib.pyplot as plt\n\nplt.plot([1])"), "ends with plt.show()"),
    "no alt text": (drawing("plt.show()", alt=""), "alt text is ''"),
    "short alt text": (drawing("plt.show()", alt="A curve."), "alt text is 'A curve.'"),
    "alt text about the picture": (drawing("plt.show()", alt="A figure showing how losses fall"), "say what"),
    "no reason": (code("f()", tags=["nbval-ignore-output"]), "without a reason"),
    "a hidden assert": (code("assert x == 1", tags=["hide-input"]), "holds a statement that matters"),
    "a hidden function": (code("def f():\n    return 1", tags=["hide-input"]), "holds a statement that matters"),
    "a hidden training": (code("import torch", tags=["hide-input"]), "hidden, and imports torch"),
    "an attachment": (text("x") | {"attachments": {"a.png": {"image/png": "x"}}}, "attachments"),
}
ENOUGH = [code(f"y_{i} = {i}") for i in range(10)]      # one ignored cell in eleven is allowed


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_found_alone(check, name):
    cell, message = BAD[name]
    findings = check(cell, *ENOUGH)
    assert len(findings) == 1 and message in findings[0], findings
    assert re.match(r"cell 2 \([\w-]+\): ", findings[0])


def test_the_rules_between_cells(check):
    ignored = [code(f"f({i})", tags=["nbval-ignore-output"], rnnbook={"reason": "sampled"}) for i in range(2)]
    assert check(*ignored, *ENOUGH) == ["2 of 12 code cells are tagged nbval-ignore-output; at most 10%"]
    assert check(ignored[0], *ENOUGH) == []
    twice = check(drawing("plt.show()"), drawing("plt.show()"))
    assert len(twice) == 1 and "alt text of another picture" in twice[0]
    needed = check(code("fig = 1\nx = 2", tags=["hide-input"]), code("print(x)"), code("fig = 3\nprint(fig)"))
    assert len(needed) == 1 and "makes 'x', which a later cell uses" in needed[0]
    assert "does not begin with its title" in check(title="No title")[0]


def test_a_reason_lifts_a_rule_that_has_a_star(check):
    given = text("Given: 0.97", rnnbook={"reason": "the example's own numbers"})
    assert check(given, code(LONG, rnnbook={"reason": "one loop"})) == []


def test_what_only_chapters_keep_to(check):
    solution = [code(LONG), text("It is 0.97.")]
    assert check(*solution, folder="solutions", title="# T") == []
    assert ["an exercise with stored outputs" in f for f in check(code("x"), folder="exercises", title="# T")] == [True]
    assert check(code("x", count=None), folder="exercises", title="# T") == []


def test_a_notebook_that_is_not_normalised_is_one_finding(tmp_path):
    nb = normalise({"nbformat": 4, "metadata": {}, "cells": [text("# T")]})
    nb["metadata"]["language_info"]["version"] = "3.11.7"
    findings = list(lint(nb, tmp_path / "x.ipynb"))
    assert len(findings) == 1 and "not normalised" in findings[0]


def test_anchors_are_githubs(tmp_path):
    source = "# Exercise 2.1: One step\n\n## The `rnn` and $h_t$\n\n## Again\n\n## Again\n\n## Été, *naïve*"
    assert slugs(parse(source).headings) == ["exercise-21-one-step", "the-rnn-and-h_t", "again", "again-1", "été-naïve"]
    page = tmp_path / "page.md"
    page.write_text("---\ntitle: x\n---\n# A\n\n(b)=\n## B\n\n<span id='c'></span>\n", "utf-8")
    assert anchors(page) == {"a", "b", "c"}
    page.write_text("# Changed\n", "utf-8")
    assert "changed" in anchors(page)
