"""Run a program cell by cell in one namespace, and find the answers in it."""

from __future__ import annotations
import __future__

import ast
import contextlib
import linecache
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, ModuleType
from typing import Any

from rnnbook.checks import guard
from rnnbook.checks.guard import Printed, TimeUp
from rnnbook.grading.program import Cell, Program
from rnnbook.grading.standin import Inert

SECONDS = 10.0      # one cell may take
_MISSING = object()
_CHECK = re.compile(r'report = check\("(?P<id>[\w-]+)", (?P<name>\w+)\)\nreport\.points\n?')
_PYTHON = ("time", "timeit", "capture", "prun")      # magics whose rest is Python


class Cells:
    """A program that is run: its namespace, the answers in it, and what went wrong.

    Attributes
    ----------
    answers
        exercise -> the object that its cells define.
    problems
        Cells that failed, in words.
    """

    def __init__(self, program: Program, names: Mapping[str, str], seconds: float = SECONDS) -> None:
        self.program, self.names, self.seconds = program, dict(names), seconds
        self.answers: dict[str, Any] = {}
        self.checked: dict[str, Any] = {}
        self.problems: list[str] = []
        self.printed = Printed()
        self._owner: dict[str, str | None] = {}      # name -> the exercise of the cell that bound it last
        self._flags: dict[int, int] = {}
        self._cell: Cell | None = None
        self._notes: dict[str, None] = {}
        module = ModuleType("__main__")
        sys.modules["__main__"] = module
        self.namespace = vars(module)
        self.namespace.update(__builtins__=__builtins__, get_ipython=lambda: _Shell(self), display=_display, In=[],
                              Out={})

    def run(self, before: Callable[[Cell], None] = lambda cell: None) -> None:
        """Run all cells in order, then once more those that failed: helpers may be defined further down."""
        failed = []
        for cell in self.program.cells:
            before(cell)
            problem, again = self._run(cell)
            if problem and again:
                failed.append(cell)
            elif problem:
                self.problems.append(problem)
        for cell in failed:
            before(cell)
            problem, _ = self._run(cell)
            if problem:
                self.problems.append(problem)
        self.problems += self._notes

    def answer(self, exercise: str) -> Any:
        """The answer to an exercise; raises KeyError if there is none.

        What its own cells define under its name, or what was passed to its check if that was made elsewhere; where it
        has no cells, what was passed to `check`, else what has its name at the end.
        """
        if exercise in self.answers:
            return self.answers[exercise]
        if exercise in self.checked:
            return self.checked[exercise]
        if any(cell.exercise == exercise for cell in self.program.cells):
            raise KeyError(exercise)
        return self.namespace[self.names[exercise]]

    def check(self, id: Any = None, answer: Any = None, *args: Any, **kwargs: Any) -> Inert:
        """What `rnnbook.checks.check` does here: remember what it was given."""
        if isinstance(id, str) and id in self.names and answer is not None:
            cell = self._cell
            if cell is not None and cell.exercise == id and cell.role == "check":
                name = self.names[id]
                if answer is not self.namespace.get(name) or self._owner.get(name) in (None, id):
                    self.answers[id] = answer
            else:
                self.checked[id] = answer
        return Inert()

    def note(self, what: str) -> None:
        """Put a remark on the cell that runs among the problems, once."""
        where = f"cell {self._cell.index}: " if self._cell else ""
        self._notes[where + what] = None

    def execute(self, source: str, filename: str) -> None:
        """Run source in the namespace. An import that fails is noted, and what follows it is run all the same."""
        if (known := _CHECK.fullmatch(source)) and (check := self.namespace.get("check")) is not None \
                and known["name"] in self.namespace:
            self.namespace["report"] = check(known["id"], self.namespace[known["name"]])     # no need to compile it
            return
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        if "__future__" not in source:           # the usual cell, at once
            code = compile(source, filename, "exec", flags=self._flags.get(0, 0), dont_inherit=True)
            try:
                exec(code, self.namespace)
                return
            except ImportError as error:
                body, at = ast.parse(source, filename).body, _place(error, code)
                number = next((n for n, statement in enumerate(body) if _holds(statement, at)), None)
                if number is None or not isinstance(body[number], ast.Import | ast.ImportFrom):
                    raise
                self.note(f"line {body[number].lineno}: {guard.told(error)}")
                tree = ast.Module(body[number + 1:], [])
        else:
            tree = ast.parse(source, filename)
        for part in _parts(tree):
            if isinstance(part.body[0], ast.Import | ast.ImportFrom):
                try:
                    self._execute(part, filename)
                except ImportError as error:
                    self.note(f"line {part.body[0].lineno}: {guard.told(error)}")
            else:
                self._execute(part, filename)

    def _execute(self, part: ast.Module, filename: str) -> None:
        first = part.body[0]
        if isinstance(first, ast.ImportFrom) and first.module == "__future__":
            for alias in first.names:
                feature = getattr(__future__, alias.name, None)
                self._flags[0] = self._flags.get(0, 0) | getattr(feature, "compiler_flag", 0)
        code = compile(part, filename, "exec", flags=self._flags.get(0, 0), dont_inherit=True)
        exec(code, self.namespace)

    def _run(self, cell: Cell) -> tuple[str, bool]:
        """Run one cell: what went wrong, "" if nothing; and whether another try could go better."""
        name = self.names.get(cell.exercise) if cell.exercise else None
        before = {n: self.namespace.get(n, _MISSING) for n in self.names.values()}
        self._cell, problem, again = cell, "", True
        try:
            with contextlib.redirect_stdout(self.printed), contextlib.redirect_stderr(self.printed), \
                    guard.time_limit(self.seconds):
                self.execute(cell.source, f"<cell {cell.index}>")
        except TimeUp:
            problem, again = f"cell {cell.index}: it did not come to its end in {self.seconds:g} s", False
        except SyntaxError as error:
            problem, again = f"cell {cell.index}: not Python: line {error.lineno}: {error.msg}", False
        except BaseException as error:
            lines = guard.learner_lines(error)
            where = f", in {lines[-1]}" if lines else ""
            problem = f"cell {cell.index}: {guard.told(error)}{where}"
        for n, value in before.items():
            if self.namespace.get(n, _MISSING) is not value:
                self._owner[n] = cell.exercise if n == name else None      # several answers may stand in one cell
        if name is not None and cell.exercise is not None and cell.role == "answer":
            value = self.namespace.get(name, _MISSING)
            if value is not _MISSING and (value is not before[name] or (not problem and name in _bound(cell.source))):
                self.answers[cell.exercise] = value
                self._owner[name] = cell.exercise
        self._cell = None
        return problem, again


def _place(error: BaseException, code: CodeType) -> tuple[int, int]:
    """Line and column at which a cell ended with an error; the column counts bytes, as those of the syntax tree do."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code is code:
            line, _, column, _ = list(code.co_positions())[trace.tb_lasti // 2]
            return line or 0, column or 0
        trace = trace.tb_next
    return 0, 0


def _holds(statement: ast.stmt, at: tuple[int, int]) -> bool:
    end = statement.end_lineno or statement.lineno, statement.end_col_offset or 0
    return (statement.lineno, statement.col_offset) <= at < end


def _parts(tree: ast.Module) -> Iterator[ast.Module]:
    """The statements, each import by itself, the others in runs."""
    run: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            if run:
                yield ast.Module(run, [])
            yield ast.Module([statement], [])
            run = []
        else:
            run.append(statement)
    if run:
        yield ast.Module(run, [])


def _bound(source: str) -> set[str]:
    """The names that a cell's own statements give a value."""
    names: set[str] = set()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(statement.name)
        else:
            names |= {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            if isinstance(statement, ast.Import | ast.ImportFrom):
                names |= {alias.asname or alias.name for alias in statement.names}
    return names


def _display(*values: Any, **kwargs: Any) -> None:
    for value in values:
        print(value)


class _Shell:
    """What `get_ipython()` gives: magics that time Python run it, the others do nothing and are noted."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells

    def run_cell_magic(self, name: str, line: str = "", cell: str = "") -> None:
        if name in _PYTHON:
            self._cells.execute(cell, f"<cell of %%{name}>")
        else:
            self._cells.note(f"%%{name} and what is below it is not run while grading")

    def run_line_magic(self, name: str, line: str = "", *args: Any) -> None:
        if name in _PYTHON and line:
            self._cells.execute(line, f"<line of %{name}>")
        elif name != "matplotlib":
            self._cells.note(f"%{name} does nothing while grading")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        def nothing(*args: Any, **kwargs: Any) -> None:
            self._cells.note("commands of the system do nothing while grading" if name in ("system", "getoutput")
                             else f"get_ipython().{name} does nothing while grading")
        return nothing
