"""Run the code cells of a notebook in plain Python, and tell whether one of its asserts breaks.

    python run_cells.py NOTEBOOK PACKAGE

PACKAGE is the folder that must hold the imported rnnbook. Prints one line of JSON: {"broken": the assert, or null,
"errors": [other exceptions, cell by cell]}. Used by test_mutants.py, in a process of its own.
"""

from __future__ import annotations

import json
import sys
import traceback
import warnings
from pathlib import Path


def run(path: Path) -> dict:
    """Stops at the first assert that breaks; an exception of another kind ends its cell only."""
    cells = [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
    namespace = {"__name__": "__main__", "display": lambda *args, **kwargs: None}
    errors = []
    for i, cell in enumerate(cells):
        name, source = f"code cell {i + 1}", "".join(cell["source"])
        try:
            exec(compile(source, name, "exec"), namespace)
        except AssertionError as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            if frame.filename.startswith("code cell"):      # the notebook's own assert, maybe in a function it defines
                number = int(frame.filename.removeprefix("code cell "))
                line = "".join(cells[number - 1]["source"]).splitlines()[frame.lineno - 1].strip()
                return {"broken": f"{name}: {line}", "errors": errors}
            errors.append(f"{name}: an assert outside the notebook, {frame.filename}")
        except Exception as error:
            errors.append(f"{name}: {type(error).__name__}: {error}")
    return {"broken": None, "errors": errors}


if __name__ == "__main__":
    notebook, package = Path(sys.argv[1]), Path(sys.argv[2])
    import rnnbook

    if Path(rnnbook.__file__).resolve().parent.parent != package.resolve():
        sys.exit(f"rnnbook was imported from {rnnbook.__file__}, not from {package}")
    warnings.simplefilter("ignore")
    sys.stdout.write("\n" + json.dumps(run(notebook)) + "\n")
