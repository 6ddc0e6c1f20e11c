"""`rnnbook doctor`: tries what the book needs, and says what is wrong and what to do about it."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

from rnnbook.commands import isolation_trials, trials
from rnnbook.commands.terminal import Terminal
from rnnbook.commands.trials import Finding

DESCRIPTION = """\
Try what the book needs, one thing after another: Python, NumPy, matplotlib,
PyTorch and its devices, a Jupyter kernel, this folder, the exercises. Every
line says whether it works; where it does not, the line below says what to do."""

EPILOG = "Exit status: 0 without problems, 1 with one. What is optional is never a problem."

SIGNS = {"ok": ("✓", "good"), "note": ("·", "quiet"), "missing": ("·", "quiet"), "problem": ("✗", "bad")}
WORDS = {"ok": "ok", "note": "note", "missing": "missing", "problem": "problem"}

TRIALS: tuple[Callable[[Path], Finding], ...] = (
    trials.python, trials.library, trials.numpy, trials.matplotlib, trials.torch, trials.jupyter, trials.kernel,
    trials.kernel_of_jupyter, trials.time_limit, trials.exercises, trials.folder, trials.versions,
    *isolation_trials.TRIALS,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`rnnbook doctor` takes none."""


def run(args: argparse.Namespace, out: Terminal) -> int:
    """Carry out `rnnbook doctor`."""
    problems = missing = 0
    for finding in findings(Path.cwd()):
        show(finding, out)
        out.stream.flush()
        problems += finding.state == "problem"
        missing += finding.state == "missing"
    out.write()
    optional = " What is missing is optional." if missing else ""
    if problems:
        count = "1 problem" if problems == 1 else f"{problems} problems"
        out.write(f"{count}: start with the first one.{optional}")
        return 1
    out.write(f"No problems.{optional}")
    return 0


def findings(here: Path) -> Iterator[Finding]:
    """What each trial found. A trial that fails itself is a problem like any other."""
    for trial in TRIALS:
        try:
            yield trial(here)
        except Exception as error:
            name = (trial.__doc__ or trial.__name__).split(":")[0]
            yield Finding("problem", name, f"{type(error).__name__}: {error}")


def show(finding: Finding, out: Terminal) -> None:
    """Write one finding: sign, word, name, what was seen; below it what to do."""
    sign, colour = SIGNS[finding.state]
    lead = f"{sign} {WORDS[finding.state]:<8} {finding.name:<12} "
    indent = " " * len(lead)
    text = finding.text or "works"
    first, *rest = textwrap.wrap(lead + text, out.width, subsequent_indent=indent, break_long_words=False,
                                 break_on_hyphens=False, drop_whitespace=True)
    out.write("\n".join([out.paint(first[:len(lead)], colour) + first[len(lead):], *rest]))
    if finding.cure:
        out.paragraph(finding.cure, indent=indent, first=indent[:-3] + "→  ")
