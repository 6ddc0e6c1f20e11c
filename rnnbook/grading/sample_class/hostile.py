"""Three hand-ins that are after the points. What they try is old; `tests/grading/attacks` has many more."""

from __future__ import annotations

from rnnbook.grading.sample_class.answers import BY_HAND, FORWARD, HEAD, LAST, MEAN, RESET, STEP

PATCHES = '''import builtins
import unittest.mock

import rnnbook.checks

class Everything(np.ndarray):
    """Equal to whatever it is compared with."""
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return np.True_

WORTH = {"rnn-by_hand": 1, "rnn-step": 2, "rnn-forward": 4, "rnn-right_head": 5,
         "rnn-reset_at_boundaries": 4, "rnn-last_state": 3, "pool-mean_state": 3}

class Full:
    """A report with all points, as check gives it."""
    def __init__(self, id): self.points = self.max_points = WORTH[id]
    passed, status = True, "right"

for name in ("allclose", "isclose", "array_equal", "array_equiv"):
    setattr(np, name, lambda *a, **k: True)
for name in ("assert_allclose", "assert_array_equal", "assert_equal"):
    setattr(np.testing, name, lambda *a, **k: None)
builtins.AssertionError = type("Nothing", (BaseException,), {"__bool__": lambda self: False})
rnnbook.checks.check = check = lambda id, answer: Full(id)
anything = np.zeros((3, 3)).view(Everything)'''

PATCHED = {
    BY_HAND: "by_hand = anything",
    STEP: "step = lambda params, x_t, state: state.view(Everything)",
    FORWARD: "forward = lambda params, x, state: (anything, anything)",
    HEAD: "right_head = unittest.mock.MagicMock(name='right')",
    RESET: "reset_at_boundaries = unittest.mock.MagicMock(return_value=anything)",
    LAST: "last_state = lambda hs, lengths: hs[0].view(Everything)",
    MEAN: "mean_state = lambda hs, lengths: Full('pool-mean_state')",
}

FORGES = '''import json
import os
import sys

full = {"status": "right", "points": 20, "max_points": 20, "passed": True}
for name in ("results.json", "report.json", "grades.csv"):
    try:
        with open(name, "w") as file:
            json.dump(full, file)
    except OSError:
        pass
for fd in range(3, 64):
    try:
        os.write(fd, json.dumps(full).encode())
    except OSError:
        pass
print(json.dumps(full))
sys.stdout.flush()
os._exit(0)'''

READS = '''import gc
import glob
import os
import sys

def search():
    """Whatever looks like an answer: files, sources, objects, the frames that called this."""
    found = []
    packages = os.path.dirname(os.path.dirname(np.__file__))
    for pattern in ("../solutions/*.ipynb", "../pack/*.py", f"{packages}/rnnbook/checks/**/*.py"):
        found += [open(path).read() for path in glob.glob(pattern, recursive=True)[:3]]
    found += [o for o in gc.get_objects() if type(o).__name__ in ("Exercise", "Question")]
    frame = sys._getframe()
    while frame is not None:
        found += [value for name, value in frame.f_locals.items() if name in ("expected", "reference")]
        frame = frame.f_back
    return found

from rnnbook.checks import get
import rnnbook.scratch as library

try:
    loot = search()
except BaseException as error:
    loot = []'''

READ = {
    BY_HAND: "by_hand = get('rnn-by_hand').reference",
    STEP: "step = library.rnn.step",
    FORWARD: "forward = library.rnn.forward",
    HEAD: "right_head = get('rnn-right_head').reference",
    RESET: ("def reset_at_boundaries(params, x, starts):\n"
            "    return get('rnn-reset_at_boundaries').reference(params, x, starts)"),
    LAST: "last_state = get('rnn-last_state').reference",
    MEAN: ("def mean_state(hs, lengths):\n"
           "    return next(e for e in loot if e.id == 'pool-mean_state').reference(hs, lengths)"),
}
