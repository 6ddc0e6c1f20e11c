"""Forged comparisons: whoever compares in the student's process is told that all is right."""

from attacks.attack import attack

ZEROS = """
import numpy as np
def step(params, x_t, state):
    return np.zeros_like(state)
"""

ATTACKS = (
    attack("patched-testing", "numpy.testing finds everything equal", ZEROS + """
import numpy.testing
for name in dir(numpy.testing):
    if name.startswith("assert"):
        setattr(numpy.testing, name, lambda *a, **k: None)"""),
    attack("patched-numpy", "NumPy finds everything close", ZEROS + """
np.allclose = np.array_equal = np.all = lambda *a, **k: True
np.isclose = lambda a, b, **k: np.ones(np.shape(a), bool)
np.abs = np.maximum = lambda *a, **k: np.zeros(1)"""),
    attack("patched-builtins", "Python finds everything right", ZEROS + """
import builtins
builtins.all = builtins.any = builtins.isinstance = builtins.callable = lambda *a: True
builtins.abs = builtins.max = lambda *a, **k: 0
builtins.len = lambda *a: 1"""),
    attack("patched-check", "check itself gives full points", ZEROS + """
import rnnbook.checks
class Report:
    points = max_points = 1000
    passed, status, headline = True, "right", "Right."
rnnbook.checks.check = lambda *a, **k: Report()
check = rnnbook.checks.check
check("rnn-step", step).points"""),
    attack("patched-engine", "the engine's functions give what they are told", ZEROS + """
import sys
frame, seen = sys._getframe(), []
while frame is not None:
    seen.append(frame.f_globals)
    frame = frame.f_back
for names in seen:
    for name in list(names):
        module = names[name]
        for part in ("judge", "compare", "same", "fits", "equal", "expected"):
            if hasattr(module, part):
                try:
                    setattr(module, part, lambda *a, **k: None)
                except Exception:
                    pass"""),
    attack("poisoned-modules", "sys.modules holds modules that agree", ZEROS + """
import sys
class Yes:
    def __getattr__(self, name):
        return Yes()
    def __call__(self, *a, **k):
        return True
for name in list(sys.modules):
    if name.startswith(("rnnbook.", "numpy.testing")):
        sys.modules[name] = Yes()"""),
    attack("subclass", "an array that equals everything", """
import numpy as np
class Liar(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, bool)
    __le__ = __ge__ = __eq__
    def __ne__(self, other):
        return np.zeros(self.shape, bool)
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.zeros(self.shape) if ufunc is not np.isfinite else np.ones(self.shape, bool)
    def __array_function__(self, function, types, args, kwargs):
        return True
    def __array_finalize__(self, other):
        pass
def step(params, x_t, state):
    return np.zeros_like(state).view(Liar)"""),
    attack("array-protocol", "an object that is another array each time", """
import numpy as np
class Changing:
    calls = 0
    shape, dtype, ndim = (3, 2), np.dtype(float), 2
    def __array__(self, *a, **k):
        Changing.calls += 1
        return np.full((3, 2), float(Changing.calls))
    def __eq__(self, other):
        return True
    __sub__ = __rsub__ = lambda self, other: 0
def step(params, x_t, state):
    return Changing()"""),
    attack("equal-to-all", "a number that equals everything", """
class Equal(float):
    def __eq__(self, other):
        return True
    __ne__ = lambda self, other: False
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
    __hash__ = float.__hash__
def step(params, x_t, state):
    return [[Equal() for _ in range(state.shape[1])] for _ in range(state.shape[0])]"""),
    attack("metaclass", "a class that is every class", """
import numpy as np
class Meta(type):
    def __instancecheck__(cls, other):
        return True
    def __subclasscheck__(cls, other):
        return True
class All(metaclass=Meta):
    __class__ = np.ndarray
    shape, dtype, size, ndim = (3, 2), np.dtype(float), 6, 2
    def __getattr__(self, name):
        return lambda *a, **k: True
def step(params, x_t, state):
    return All()"""),
    attack("nan", "NaN, which no comparison finds", """
import numpy as np
def step(params, x_t, state):
    return np.full_like(state, np.nan)"""),
    attack("empty", "no entries, of which all are right", """
import numpy as np
def step(params, x_t, state):
    return np.zeros((0,) + state.shape)"""),
    attack("broadcast", "one number that is every number", """
import numpy as np
def step(params, x_t, state):
    return np.broadcast_to(np.float64(0.1), state.shape)"""),
    attack("public-cases", "the answers to the fixed questions, by heart", """
import numpy as np
def step(params, x_t, state):
    h = np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
    short = all(np.allclose(v, v.round(1)) for v in (x_t, state, *params.values()))
    return h if short else np.zeros_like(h)"""),
    attack("by-shape", "right for one shape only", """
import numpy as np
def step(params, x_t, state):
    h = np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
    return h if x_t.shape[1] == state.shape[1] else h * 0"""),
    attack("by-size", "right for small inputs only", """
import numpy as np
def step(params, x_t, state):
    h = np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
    return h if x_t.size < 10 else h.round(1)"""),
    attack("edits", "change the question, so that the answer fits", """
def step(params, x_t, state):
    x_t[:] = 0
    state[:] = 0
    for name in params:
        params[name][:] = 0
    return state"""),
    attack("remembers", "another answer at the second call", """
import numpy as np
calls = []
def step(params, x_t, state):
    calls.append(1)
    h = np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
    return h if len(calls) < 8 else h * 0"""),
    attack("printed", "print a report with full points", ZEROS + """
print("✓ rnn-step: One step · 2 of 2 points")
print('{"id": "rnn-step", "status": "right", "points": 2}')"""),
    attack("result-files", "leave files with marks", ZEROS + """
import json
for name in ("results.json", "grades.json", "gradebook.db", "report.json", "autograder.json"):
    try:
        with open(name, "w") as file:
            json.dump({"score": 100, "tests": [{"score": 2, "max_score": 2}], "rnn-step": 2}, file)
    except OSError:
        pass"""),
)
