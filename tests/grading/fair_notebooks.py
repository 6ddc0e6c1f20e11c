"""A chapter's notebook with right answers, in the many forms in which students hand it in: none changes an answer."""

from __future__ import annotations

import copy
import json
import zlib
from collections.abc import Callable, Mapping

import nbformat
from fair_answers import name_of
from hand_ins import as_bytes, stripped, untouched, with_answers

Answers = Mapping[str, str]


def cell(source: str, kind: str = "code", **metadata: object) -> dict:
    more = {"outputs": [], "execution_count": None} if kind == "code" else {}
    common = {"cell_type": kind, "id": f"new{zlib.crc32(source.encode())}", "metadata": dict(metadata)}
    return common | {"source": source} | more


def is_answer(c: dict) -> bool:
    return c["metadata"].get("rnnbook", {}).get("part") == "answer"


def is_check(c: dict) -> bool:
    return c["metadata"].get("rnnbook", {}).get("part") == "check"


def answers_of(notebook: dict) -> list[dict]:
    return [c for c in notebook["cells"] if is_answer(c)]


def before(*sources: str) -> Callable[[dict], dict]:
    """Cells of one's own after the imports."""
    def shape(notebook: dict) -> dict:
        at = next(n for n, c in enumerate(notebook["cells"]) if c["cell_type"] == "code") + 1
        notebook["cells"][at:at] = [cell(source) for source in sources]
        return notebook
    return shape


def around(change: Callable[[str], str]) -> Callable[[dict], dict]:
    """Every answer's cell changed."""
    def shape(notebook: dict) -> dict:
        for c in answers_of(notebook):
            c["source"] = change(c["source"])
        return notebook
    return shape


def cells(change: Callable[[list[dict]], list[dict]]) -> Callable[[dict], dict]:
    def shape(notebook: dict) -> dict:
        return notebook | {"cells": change(notebook["cells"])}
    return shape


def each(change: Callable[[dict], None]) -> Callable[[dict], dict]:
    def shape(notebook: dict) -> dict:
        for c in notebook["cells"]:
            change(c)
        return notebook
    return shape


def with_metadata(**metadata: object) -> Callable[[dict], dict]:
    return lambda notebook: notebook | {"metadata": metadata}


def colab(notebook: dict) -> dict:
    """As Colab saves it: its own metadata beside others', and ids of its own."""
    for n, c in enumerate(notebook["cells"]):
        c["metadata"] = {"id": f"Xy{n}", "colab": {"base_uri": "https://localhost:8080/"}} | c["metadata"]
        c.pop("id", None)
    return notebook | {"metadata": {"colab": {"provenance": [], "toc_visible": True}, "accelerator": "GPU",
                                    "kernelspec": {"name": "python3", "display_name": "Python 3"},
                                    "language_info": {"name": "python"}}, "nbformat_minor": 0}


def colab_bare(notebook: dict) -> dict:
    """As Colab saves a copy whose metadata was lost."""
    return colab(stripped(notebook))


def minor(number: int) -> Callable[[dict], dict]:
    def shape(notebook: dict) -> dict:
        if number < 5:
            for c in notebook["cells"]:
                c.pop("id", None)
        return notebook | {"nbformat_minor": number}
    return shape


def lines(notebook: dict) -> dict:
    """Sources as lists of lines, as Jupyter itself writes them."""
    for c in notebook["cells"]:
        text = c["source"] if isinstance(c["source"], str) else "".join(c["source"])
        c["source"] = text.splitlines(keepends=True)
    return notebook


def with_outputs(notebook: dict) -> dict:
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0KGgo=" * 2000}}
    error = {"output_type": "error", "ename": "NameError", "evalue": "name 'h'", "traceback": ["\x1b[0;31mNameError"]}
    for n, c in enumerate(notebook["cells"]):
        if c["cell_type"] == "code":
            stream = {"output_type": "stream", "name": "stdout", "text": ["0.0\n"] * 50}
            c["outputs"], c["execution_count"] = [stream, picture, error], 1000 - n
    return notebook


def twice(notebook: dict) -> dict:
    """A first try that is wrong above each answer, in a cell of its own."""
    found = []
    for c in notebook["cells"]:
        if is_answer(c):
            name = name_of(c["metadata"]["rnnbook"]["exercise"])
            found.append(cell(f"# first try\ndef {name}(*args):\n    return 0"))
        found.append(c)
    return notebook | {"cells": found}


def below_the_stub(notebook: dict) -> dict:
    """The stubs stay, and the answer stands in a new cell below each."""
    stubs = {c["metadata"]["rnnbook"]["exercise"]: c["source"] for c in answers_of(untouched())}
    found = []
    for c in notebook["cells"]:
        found.append(c | {"source": stubs[c["metadata"]["rnnbook"]["exercise"]]} if is_answer(c) else c)
        if is_answer(c):
            found.append(cell(c["source"]))
    return notebook | {"cells": found}


def answers_first(notebook: dict) -> dict:
    """Every answer moved to the top, in the other order, the checks left where they were."""
    rest = [c for c in notebook["cells"] if not is_answer(c)]
    return notebook | {"cells": [*rest[:4], *reversed(answers_of(notebook)), *rest[4:]]}


def in_one_cell(notebook: dict) -> dict:
    """All answers in one new cell above, the old ones emptied."""
    whole = "\n\n".join(c["source"] if isinstance(c["source"], str) else "".join(c["source"])
                        for c in answers_of(notebook))
    kept = [c for c in notebook["cells"] if not is_answer(c)]
    return notebook | {"cells": [*kept[:4], cell(whole), *kept[4:]]}


def only_answers(notebook: dict) -> dict:
    """A new notebook: an import, the answers and nothing else, without the book's metadata."""
    found = [cell("import numpy as np"), *(cell(c["source"]) for c in answers_of(notebook))]
    return {"cells": found, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def split(notebook: dict) -> dict:
    """Each answer's cell split: a comment and an import in the marked one, the rest in a new one below."""
    found = []
    for c in notebook["cells"]:
        if is_answer(c):
            found += [c | {"source": "import numpy as np\nhelper = 1"}, cell(c["source"])]
        else:
            found.append(c)
    return notebook | {"cells": found}


def old_format(notebook: dict) -> dict:
    """nbformat 3."""
    for c in notebook["cells"]:
        c.pop("id", None)
        c["source"] = "".join(c["source"])
    return json.loads(nbformat.writes(nbformat.convert(nbformat.from_dict(notebook), 3), 3))


def wrap_if(source: str) -> str:
    return "if True:\n" + "\n".join(f"    {line}" if line else "" for line in source.splitlines())


def try_except(source: str) -> str:
    return f"try:\n    del unknown\nexcept NameError as problem:\n    print(problem)\n{source}"


PLOT = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot(np.tanh(np.linspace(-3, 3, 50)))\nplt.show()"
KERNEL = {"kernelspec": {"display_name": ".venv (3.12.3)", "language": "python", "name": "python3"},
          "language_info": {"codemirror_mode": {"name": "ipython", "version": 3}, "name": "python", "version": "3.12.3",
                            "pygments_lexer": "ipython3"}}
SHAPES: dict[str, Callable[[dict], dict]] = {
    "as it is": lambda notebook: notebook,
    "stripped": stripped, "Colab": colab, "Colab, bare": colab_bare,
    "VS Code": lambda notebook: with_metadata(**KERNEL)(
        each(lambda c: c["metadata"].update({"vscode": {"languageId": "python"}}))(notebook)),
    "Kaggle": with_metadata(kaggle={"accelerator": "none"}, papermill={"duration": 3.2}, **KERNEL),
    **{f"nbformat 4.{n}": minor(n) for n in range(6)}, "nbformat 3": old_format,
    "lists of lines": lines, "outputs": with_outputs, "a first try above": twice, "below the stub": below_the_stub,
    "answers first": answers_first, "in one cell": in_one_cell, "only answers": only_answers, "split": split,
    "matplotlib inline": before("%matplotlib inline\n" + PLOT),
    "plots": around(lambda s: f"{s}\n{PLOT}\nplt.savefig('figure.png')"),
    "pip": before("!pip install numpy pandas\n%pip install torch", "import pandas as pd",
                  "import torch\nimport seaborn as sns"),
    "%%time": around(lambda s: f"%%time\n{s}"), "%time": around(lambda s: f"{s}\n%time print(sum(range(10)))"),
    "%timeit": around(lambda s: f"{s}\n%timeit -n 1 -r 1 np.tanh(1.0)"),
    "%%capture": around(lambda s: f"%%capture\n{s}"),
    "autoreload": before("%load_ext autoreload\n%autoreload 2", "%config InlineBackend.figure_format = 'retina'"),
    "help": before("?np.tanh", "np.tanh?", "!ls -la\nfiles = !ls"),
    "drive": before("from google.colab import drive\ndrive.mount('/content/drive')\n%cd /content/drive/MyDrive"),
    "prints": around(lambda s: f"print('x' * 5000)\n{s}\nprint('done')"),
    "if": around(wrap_if), "try": around(try_except), "carriage returns": around(lambda s: s.replace("\n", "\r\n")),
    "imports in each cell": around(lambda s: f"import numpy as np, sys, os, math\nfrom typing import *\n{s}"),
    "from numpy import *": before("from numpy import *\nimport numpy\nimport numpy as np"),
    "future": before("from __future__ import annotations"),
    "a failing cell": before("1 / 0", "assert False, 'my own test'", "def broken(:\n    pass"),
    "checks gone": cells(lambda found: [c for c in found if not is_check(c)]),
    "checks many": cells(lambda found: [c for c in found for _ in range(1 + 2 * is_check(c))]),
    "text gone": cells(lambda found: [c for c in found if c["cell_type"] == "code"]),
    "empty cells": cells(lambda found: [x for c in found for x in (c, cell(""), cell("   \n"), cell("", "raw"))]),
    "own tests": before("np.random.seed(0)\nrng = np.random.default_rng(0)\nh = x = params = state = W = None"),
    "compare and hint": before("from rnnbook.checks import *\nhint('rnn-step')\ncompare('h', 1.0, 1.0)\nprogress()"),
    "display": around(lambda s: f"{s}\nfrom IPython.display import display, Markdown\ndisplay(Markdown('**ok**'))"),
    "warnings": before("import warnings\nwarnings.filterwarnings('error')\nnp.seterr(all='raise')"),
    "print options": before("np.set_printoptions(precision=2, suppress=True)\nimport logging\nlogging.basicConfig()"),
}


def hand_in(shape: str, sources: Answers) -> bytes:
    """The file: these answers in this form."""
    notebook = with_answers(sources, untouched())
    return as_bytes(SHAPES[shape](copy.deepcopy(notebook)))
