"""Errors in words that a student may see: of what a student's process says, only what was known before it ran.

A message is shown if it is one of the usual ones below, its numbers left out, and if each name in it stands in the
notebook. A line of a traceback is shown if it stands in the notebook. Of any other error only its class is told.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rnnbook.checks import outputs
from rnnbook.checks.exercise import Exercise
from rnnbook.checks.judging import HEADLINES
from rnnbook.checks.outputs import Failure
from rnnbook.grading.program import Program

CLASSES = {name for name, found in vars(builtins).items() if isinstance(found, type)
           and issubclass(found, BaseException)} | {"LinAlgError", "AxisError"}
TYPES = {"NoneType", "ndarray", "int", "float", "str", "list", "tuple", "dict", "bool", "function", "module", "numpy",
         "builtin_function_or_method", "ellipsis", "method", "type", "torch", "Tensor", "LSTMState", "set", "float64"}
NAME = r"'([\w.]{1,40})'"

USUAL: tuple[tuple[str, str], ...] = (
    (rf"name {NAME} is not defined", "the name {0} is not defined"),
    (rf"cannot access local variable {NAME}", "the variable {0} is read before it has a value"),
    (rf"^{NAME}$", "there is no entry {0}"),
    (rf"{NAME} object has no attribute {NAME}", "a {0} has no {1}"),
    (rf"module {NAME} has no attribute {NAME}", "the module {0} has no {1}"),
    (rf"No module named {NAME}", "there is no module {0}"),
    (rf"{NAME} object is not callable", "a {0} cannot be called"),
    (rf"{NAME} object is not iterable|cannot unpack non-iterable {NAME}", "a {0} has no items to go through"),
    (rf"{NAME} object is not subscriptable", "a {0} has no entries"),
    (rf"{NAME} object does not support item assignment", "entries of a {0} cannot be changed"),
    (rf"unsupported operand type\(s\) for \S+: {NAME} and {NAME}", "a {0} and a {1} do not go together"),
    (r"missing \d+ required positional argument", "a function is called with too few arguments"),
    (r"takes \d+ positional arguments? but \d+ (was|were) given", "a function is called with too many arguments"),
    (r"got an unexpected keyword argument", "a function is called with an argument it does not have"),
    (r"matrix product: its inner sizes", "in a matrix product the inner sizes must be equal"),
    (r"shapes .* not aligned", "in a product the sizes do not fit"),
    (r"matmul: Input operand", "in a matrix product the numbers of axes do not fit"),
    (r"could not be broadcast", "the shapes of two arrays do not fit together"),
    (r"could not broadcast input array", "an array does not fit the place it is written to"),
    (r"array dimensions except for the concatenation axis", "arrays that are joined differ along another axis"),
    (r"need at least one array", "there are no arrays to join"),
    (r"all input arrays must have the same shape", "arrays that are stacked differ in shape"),
    (r"must have same number of dimensions|all the input arrays must have same number", "arrays differ in their axes"),
    (r"cannot reshape array", "an array cannot be given that shape"),
    (r"axes don't match|repeated axis in transpose", "the axes do not fit the array"),
    (r"axis -?\d+ is out of bounds", "there is no such axis"),
    (r"too many indices for array", "an array has fewer axes than it has indices"),
    (r"out of bounds for axis|index out of range", "an index is out of range"),
    (r"arrays used as indices must be of integer", "an array of indices must hold integers"),
    (r"only integers, slices|only integer scalar arrays|indices must be integers", "an index must be an integer"),
    (r"truth value of an array", "an array with several entries is neither true nor false"),
    (r"setting an array element with a sequence|inhomogeneous shape", "the entries of an array differ in size"),
    (r"not enough values to unpack", "there are fewer values than names"),
    (r"too many values to unpack", "there are more values than names"),
    (r"only (length-1|0-dimensional) arrays can be converted", "an array stands where one number is expected"),
    (r"assignment destination is read-only", "an array that may not be changed is written to"),
    (r"division by zero", "division by zero"),
    (r"maximum recursion depth", "a function calls itself without an end"),
)
"""A pattern, and what is told instead."""

PLAIN = {
    "none": "It returns None. Is the return statement missing, or out of reach?",
    "time": "It did not come to its end in the time it has. Is there a loop that never ends?",
    "state": "Two calls with the same inputs give different answers. It keeps something from one call to the next "
             "(a global variable, a list that grows), or draws random numbers of its own.",
    "origin": "It calls a function of the book's own. Write your own answer.",
}


@dataclass(frozen=True)
class Notebook:
    """The names and lines of a notebook as it was handed in, and the numbers of its cells."""

    names: frozenset[str]
    cells: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()

    @classmethod
    def of(cls, program: Program) -> Notebook:
        """Those of a program."""
        source = "\n".join(cell.source for cell in program.cells)
        return cls(frozenset(re.findall(r"\w+", source)),
                   tuple(tuple(line.strip() for line in cell.source.splitlines()) for cell in program.cells),
                   tuple(cell.index for cell in program.cells))

    def knows(self, name: str) -> bool:
        """Whether a name stands in the notebook, or is a type that everyone knows; of a dotted name all parts."""
        return all(part in self.names or part in TYPES for part in name.split("."))

    def lines(self, given: Sequence[str]) -> tuple[str, ...]:
        """Those lines of a traceback, "step, line 3: h = x @ W", that stand in the notebook just so."""
        kept = []
        for line in given[:6]:
            found = re.fullmatch(r"(\w{1,60}|<(?:module|lambda|listcomp|genexpr)>), line (\d{1,5}): (.*)", line)
            if not found or not (found[1].startswith("<") or found[1] in self.names):
                continue
            number = int(found[2]) - 1
            if found[3] and any(number < len(cell) and cell[number] == found[3] for cell in self.cells):
                kept.append(line)
        return tuple(kept)


@lru_cache(maxsize=4)
def notebook_of(program: Program) -> Notebook:
    """The names and lines of a program."""
    return Notebook.of(program)


def headline(exercise: Exercise, inputs: Sequence[str], kind: str, failure: Failure | None,
             notebook: Notebook) -> str:
    """The headline of a report on an answer that was not judged; `inputs` are the names of the function's arguments."""
    return f"{HEADLINES.get(kind, '')} {_message(exercise, inputs, kind, failure, notebook)}".strip()


def error(message: str, notebook: Notebook) -> str:
    """An error, "NameError: name 'h' is not defined", in words known beforehand.

    >>> error("ValueError: 0.25", Notebook(frozenset(), ()))
    'ValueError'
    """
    found = re.match(r"\w+", message)
    if not found or found[0] not in CLASSES:
        return "An error of its own"
    rest = message[found.end():].lstrip(": ")
    for pattern, words in USUAL:
        match = re.search(pattern, rest)
        if match:
            names = [name for name in match.groups() if name is not None] if "{" in words else []
            if all(notebook.knows(name) for name in names):
                return f"{found[0]}: {words.format(*names)}"
    return found[0]


def problem(text: str, notebook: Notebook) -> str:
    """What is told of a cell that failed, "cell 3: NameError: name 'h' is not defined, in <module>, line 1: h"; "" for
    what is not of this form."""
    found = re.match(r"cell (\d{1,5}): (?:line \d{1,5}: )?(.*)", text, re.DOTALL)
    if not found or not any(int(found[1]) == number for number in notebook.numbers):
        return ""
    where, what = f"cell {found[1]}", found[2]
    if what.startswith("not Python"):
        return f"{where}: a part of it is not Python"
    if what.startswith("it did not come to its end"):
        return f"{where}: it did not come to its end in the time it has"
    if what == "commands of the system do nothing while grading":
        return f"{where}: {what}"
    magic = re.fullmatch(r"(%{1,2})(\w+) .*while grading", what)
    if magic and magic[2] in notebook.names:
        return f"{where}: {magic[1]}{magic[2]} does nothing while grading"
    return f"{where}: {error(what, notebook)}" if re.match(r"\w+(:|$)", what) else ""


def _message(exercise, inputs, kind, failure, notebook):
    message = failure.message if failure else ""
    if kind in PLAIN:
        return PLAIN[kind]
    if kind == "exception":
        return f"{error(message, notebook)}."
    if kind == "callable":
        value = exercise.kind in ("number", "choice")
        return "The answer is a function; expected its value." if value else "The answer is not a function."
    if kind == "arguments":
        taken = re.match(r"The function takes (\d{1,2}) argument", message)
        said = f"The function takes {taken[1]}; expected" if taken else "Expected"
        return f"{said} {len(inputs)}: {', '.join(inputs)}."
    if kind == "edits":
        found = re.match(r"It changes its input (\w+)", message)
        name = f" {found[1]}" if found and found[1] in inputs else ""
        return f"It changes its input{name}. Make a copy, or a new array, and leave what comes in as it is."
    if kind == "outputs":
        parts = outputs.groups(tuple(exercise.returns))
        return f"Expected {', '.join(parts)}." if len(parts) > 1 else "What it returns cannot be read as an array."
    if kind == "package":
        found = re.match(r"It calls (\w+);", message)
        name = found[1] if found and found[1] in notebook.names else "a package"
        return f"It calls {name}, which this exercise does not allow."
    return ""

