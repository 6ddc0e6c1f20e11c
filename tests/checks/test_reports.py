"""How reports, hints, progress and comparisons look."""

import json
import re

import numpy as np
import pytest
from made_up import CHOICE, NUMBER, RUNNING, running

from rnnbook.checks import check, compare, get, hint, progress, registry, reset
from rnnbook.checks import display as showing
from rnnbook.checks.checking import examine
from rnnbook.checks.report import MIME, as_json


@pytest.fixture(autouse=True)
def made_up_exercises(monkeypatch):
    monkeypatch.setattr(registry, "_found", {e.id: e for e in (RUNNING, NUMBER, CHOICE)})
    monkeypatch.setattr(registry, "_loaded", True)
    reset()
    yield
    reset()


def first(W, x):
    hs, _, grads = running(W, x)
    return hs, hs[0].sum(), grads


def right(W, x):
    return running(W, x)


WRONG = """\
◐ made-running: A running sum · 3 of 4 points
  Partly right: 3 of 4.
    ✓ hs       right
    ✗ total    wrong values
    ✓ grads.W  right
    ✓ grads.b  right
  What happened: The total is that of the first step
  Hint: Look at the total.
  On the tiny case:
    W (3, 2)         [[ 0.1, -0.1],
                      [ 0.6,  0.1],
                      [-0.5,  0.4]]
    x (2, 1, 2)      [[[ 1.3,  0.9]],
                      [[-0.7, -1.3]]]
    total, yours     0.62
    total, expected  -0.04"""


def test_a_report_in_plain_text(capsys):
    report = check("made-running", first)
    assert capsys.readouterr().out == WRONG + "\n"
    assert str(report) == WRONG and repr(report) == "<made-running: 3 of 4 points, partly>"


def test_the_text_is_the_same_whatever_was_drawn():
    assert {str(examine(RUNNING, first, seed=seed)) for seed in range(10)} == {WRONG}
    same = [json.dumps([as_json(r), r._repr_html_()]) for r in (examine(RUNNING, right, seed=s) for s in range(5))]
    assert len(set(same)) == 1


def test_the_token_replays_the_same_questions(capsys):
    wanted = []

    def answer(W, x):
        wanted[-1].append(x.copy())
        hs, total, grads = running(W, x)
        return hs + (len(x) == 4), total, grads

    def asked(**how):
        wanted.append([])
        report = check("made-running", answer, **how)
        return report, np.concatenate([x.ravel() for x in wanted[-1]])

    report, drawn = asked()
    again, redrawn = asked(replay=report.replay)
    _, other = asked()
    assert np.array_equal(drawn, redrawn) and again.replay == report.replay
    assert not np.array_equal(drawn, other)
    assert report.replay in report._repr_html_() and report.replay not in str(report)
    seeded, drawn = asked(seed=5)
    assert seeded.replay == "00000005" and np.array_equal(drawn, asked(replay="5")[1])


@pytest.mark.parametrize("how, words", [
    ({"seed": 1, "replay": "2"}, "both given"), ({"replay": "xyz"}, "replay is 'xyz'"), ({"seed": -1}, "seed is -1")])
def test_seeds_and_tokens_are_checked(how, words):
    with pytest.raises(ValueError, match=words):
        check("made-running", right, **how)


def test_the_data_of_a_report():
    data = as_json(examine(RUNNING, first, seed=3))
    assert json.loads(json.dumps(data)) == data
    assert (data["id"], data["status"], data["points"], data["max_points"]) == ("made-running", "partly", 3, 4)
    assert data["outputs"][1] == {"name": "total", "status": "wrong values", "detail": ""}
    assert data["mistakes"][0]["name"] == "The total is that of the first step"
    assert data["text"] == WRONG and data["replay"] == "00000003" and data["reason"] == ""
    assert "replay" not in as_json(examine(RUNNING, right, seed=3))


def test_the_html_is_whole_and_escaped():
    def answer(W, x):
        print("<script>alert(1)</script>")
        raise ValueError("<b>bold</b> & more")

    for report in (examine(RUNNING, answer, seed=0), examine(RUNNING, first, seed=0), examine(RUNNING, right, seed=0),
                   examine(CHOICE, {"sky": "<i>"}, seed=0)):
        html = report._repr_html_()
        assert "<script" not in html and "<b>" not in html and "<i>" not in html
        opened, closed = re.findall(r"<([a-z]+)[ >]", html), re.findall(r"</([a-z]+)>", html)
        assert sorted(t for t in opened if t != "br") == sorted(closed)
        assert "background:#" not in html and not re.search(r"(?<![-\w])color:#", html)     # text has the page's colour
        assert report.id in html and f"{report.points:g} of {report.max_points}" in html
        assert all(v.status in html for v in report.verdicts) or report.passed or report.reason


def test_a_verdict_is_never_told_by_sign_alone():
    html = examine(RUNNING, first, seed=0)._repr_html_()
    assert html.count("aria-hidden='true'>✗</span> wrong values") == 1
    assert html.count("aria-hidden='true'>✓</span> right") == 3


def test_hints_come_one_at_a_time(capsys):
    assert [hint("made-running").text for _ in range(4)] == ["first", "second", "third", "third"]
    assert hint("made-number").step == 1 and hint("made-number", 3).text == "third"
    assert "made-running, hint 1 of 3: first" in capsys.readouterr().out
    with pytest.raises(ValueError, match="step is 4"):
        hint("made-running", 4)
    reset()
    assert hint("made-running").step == 1
    assert "hint 1 of 3" in hint("made-running", 1)._repr_html_()


def test_progress(capsys):
    check("made-running", first, show=False)
    check("made-number", 42, show=False)
    capsys.readouterr()
    found = progress("02")
    assert capsys.readouterr().out == """\
1 of 3 done, 4 of 8 points
  ◐ made-running  partly         3 of 4
  ✓ made-number   done           1 of 1
  ○ made-choice   not tried yet  0 of 3
"""
    assert (found.points, found.max_points) == (4, 8) and "not tried yet" in found._repr_html_()
    check("made-number", 41, show=False)
    assert progress(2).lines[1].state == "not right yet"
    with pytest.raises(ValueError, match="chapter is '09'; there are exercises for 02"):
        progress("09")
    reset()
    assert progress().points == 0


def test_compare_prints_one_line(capsys):
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    exact, close, differs = compare("a", a, a), compare("b", a + 1e-9, a), compare("c", a + [[0, 0], [0, 0.5]], a)
    assert (exact.exact, exact.close, exact.max_difference) == (True, True, 0.0)
    assert (close.exact, close.close) == (False, True) and close.max_difference == pytest.approx(1e-9, rel=1e-3)
    assert (differs.exact, differs.close, differs.max_difference) == (False, False, 0.5)
    assert exact and close and not differs
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "a              exact    max |difference| 0",
        "b              close    max |difference| 1e-09",
        "c              differs  max |difference| 0.5     first at [1, 1]: 4.5, expected 4.0",
    ]


def test_compare_tells_shapes_and_nan():
    a = np.arange(6.0).reshape(2, 3)
    assert "shape (3, 2), expected (2, 3). The numbers are right but its axes" in str(compare("a", a.T, a))
    assert str(compare("a", 2 * a.T, a)).endswith("expected (2, 3). The two sizes stand in the other order.")
    nan = compare("a", a * np.nan, a)
    assert not nan.close and nan.max_difference == np.inf
    assert compare("a", np.array([np.nan, 1]), [np.nan, 1]).exact
    assert compare("a", [True, False], np.array([True, True])).max_difference == 1
    assert compare("a", np.array([0], dtype=np.uint8), np.array([1], dtype=np.uint8)).max_difference == 1
    with pytest.raises(ValueError, match="mine is of type str"):
        compare("a", "word", a)


class Shell:
    """As much of IPython as is needed."""

    execution_count = 1


def test_in_a_notebook_a_report_is_shown_once(monkeypatch):
    shown = []
    shell = Shell()
    monkeypatch.setattr(showing, "_shell", lambda: shell)
    monkeypatch.setattr(showing, "_publish", lambda thing: shown.append(thing._bundle()))
    report = check("made-running", first)
    report._ipython_display_()                   # the same cell ends in `report`
    assert len(shown) == 1 and set(shown[0]) == {"text/plain", "text/html", MIME}
    shell.execution_count = 2
    report._ipython_display_()                   # a later cell does
    assert len(shown) == 2
    line = compare("a", [1.0], [1.0])
    line._ipython_display_()
    assert len(shown) == 2


@pytest.mark.slow
def test_in_a_real_kernel():
    import nbclient
    import nbformat
    cells = [
        "import numpy as np\nfrom rnnbook.checks import *",
        "def step(params, x_t, state):\n    return np.tanh(x_t @ params['W_xh'].T + state @ params['W_hh'].T)\n"
        "report = check('rnn-step', step)\nreport.points",
        "def step(params, x_t, state):\n    return x_t @ state\nreport = check('rnn-step', step)\nreport",
        "report",
        "compare('a', [1.0], [1.0])",
        "progress('02')",
        "hint('rnn-step')",
        "def step(params, x_t, state):\n    raise NotImplementedError\ncheck('rnn-step', step).points",
    ]
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    nbclient.NotebookClient(nb, timeout=60, kernel_name="python3").execute()
    outputs = [cell.outputs for cell in nb.cells]
    assert not any(o.get("name") == "stderr" for out in outputs for o in out)
    assert [len(out) for out in outputs] == [0, 2, 1, 1, 1, 1, 1, 2]
    assert outputs[1][0].data[MIME]["mistakes"][0]["name"] == "The bias b_h is missing"
    assert outputs[1][1].data["text/plain"] == "0"
    assert outputs[2][0].data[MIME]["lines"] == ["step, line 2: return x_t @ state"]
    assert outputs[4][0].text.startswith("a ")
    assert outputs[7][0].data["text/plain"].splitlines()[1] == "  Not tried yet."


def test_ids_are_looked_up_before_anything_runs():
    with pytest.raises(ValueError, match="made-number"):
        get("made-numbr")
