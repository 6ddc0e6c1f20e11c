"""What an attack is."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Attack:
    """A hostile hand-in.

    Attributes
    ----------
    name, idea
        What it is called, and what it hopes for.
    source
        The cell.
    bites
        True where it gets full points if run without isolation: a test runs it so, to see that it is alive.
    before
        The cell of another student, who has the answer and leaves something; graded before, with full points.
    """

    name: str
    idea: str
    source: str
    bites: bool = False
    before: str = ""


def attack(name: str, idea: str, source: str, *, given: str = "", bites: bool = False, before: str = "") -> Attack:
    """An attack whose sources are indented as the table is; `given` stands before the first, as it is."""
    return Attack(name, idea, given + dedent(source).strip() + "\n", bites, dedent(before).strip())


RIGHT = """
import numpy as np
def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
"""
"""The answer, for students who have it."""

LEARN = '''
import numpy as np
def step(params, x_t, state):
    return np.zeros_like(state)
def learn(text):
    """Take the answer out of a source that has it."""
    global step
    text = text.decode() if isinstance(text, bytes) else text
    found = {}
    exec("import numpy as np\\ndef split(params):\\n    return params['W_xh'], params['W_hh'], params['b_h']\\n"
         + "def step(" + text.split("def step(", 1)[1].split("\\n\\n\\n")[0], found)
    step = found["step"]
FILE = "ROOT/rnnbook/checks/hidden_state/draw.py"
'''
"""How an attack that finds the source of the answer makes use of it. At first its answer is zeros."""


def learns(name: str, idea: str, source: str, *, bites: bool = True, before: str = "") -> Attack:
    """An attack that calls `learn(text)` with a source that has the answer."""
    return attack(name, idea, source, given=LEARN, bites=bites, before=before)
