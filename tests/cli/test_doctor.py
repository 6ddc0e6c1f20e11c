"""`rnnbook doctor`: each trial sees what is broken, and nothing broken stops it."""

import io
import os
import subprocess
import sys

import pytest

from rnnbook.commands import doctor, trials
from rnnbook.commands.asking import Answer, ask
from rnnbook.commands.terminal import Terminal
from rnnbook.commands.trials import Finding


@pytest.fixture
def shadow(tmp_path, monkeypatch):
    """Put a module before the real one, for every process that the doctor starts."""
    folder = tmp_path / "shadow"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))

    def put(name, code):
        (folder / f"{name}.py").write_text(code)

    return put


def absent(name):
    return f"raise ModuleNotFoundError(\"No module named '{name}'\", name='{name}')"


def call():
    """The whole command, in a process of its own."""
    return subprocess.run([sys.executable, "-m", "rnnbook.cli", "doctor"], capture_output=True, text=True,
                          encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"})


def run(monkeypatch, *findings):
    """What the doctor prints and its exit status, on trials that give these findings."""
    monkeypatch.setattr(doctor, "TRIALS", tuple(lambda here, finding=finding: finding for finding in findings))
    out = Terminal(io.StringIO())
    return doctor.run(None, out), out.stream.getvalue()


def test_without_problems_it_is_0(monkeypatch):
    missing = Finding("missing", "PyTorch", "(optional)", "Do this.")
    status, text = run(monkeypatch, Finding("ok", "NumPy", "2.0"), missing)
    assert status == 0 and text.endswith("No problems. What is missing is optional.\n")
    assert text.splitlines()[0] == "✓ ok       NumPy        2.0" and "→  Do this." in text


def test_with_a_problem_it_is_1(monkeypatch):
    status, text = run(monkeypatch, Finding("problem", "NumPy", "missing", "Install it."))
    assert status == 1 and "✗ problem  NumPy        missing" in text and "1 problem" in text


def test_a_trial_that_fails_itself_is_a_problem(monkeypatch):
    def trial(here):
        """Moon: it is full."""
        raise OSError("clouds")

    monkeypatch.setattr(doctor, "TRIALS", (trial,))
    out = Terminal(io.StringIO())
    assert doctor.run(None, out) == 1 and "Moon" in out.stream.getvalue() and "clouds" in out.stream.getvalue()


def test_numpy_missing_broken_and_old(shadow, tmp_path):
    shadow("numpy", absent("numpy"))
    finding = trials.numpy(tmp_path)
    assert (finding.state, finding.text) == ("problem", "missing") and finding.cure.endswith("-m pip install numpy")
    shadow("numpy", "raise ImportError('a DLL is not there')")
    assert trials.numpy(tmp_path).text == "ImportError: a DLL is not there"
    shadow("numpy", "import os; os.kill(os.getpid(), 4)" if os.name == "posix" else "raise SystemExit(3)")
    assert trials.numpy(tmp_path).state == "problem"


@pytest.mark.parametrize("module, trial", [("matplotlib", trials.matplotlib), ("torch", trials.torch)])
def test_what_is_optional_may_be_missing_but_not_broken(module, trial, shadow, tmp_path):
    shadow(module, absent(module))
    finding = trial(tmp_path)
    assert finding.state == "missing" and "optional" in finding.text and module in finding.cure
    shadow(module, "raise OSError('cannot load the library')")
    assert trial(tmp_path).state == "problem" and "cannot load the library" in trial(tmp_path).text


def test_a_device_that_computes_wrongly_is_a_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "ask", lambda code: Answer(["2.0", {"CPU": True, "CUDA (X)": "no kernel image"}]))
    finding = trials.torch(tmp_path)
    assert finding.state == "problem" and "CUDA (X): no kernel image" in finding.text and "CPU" not in finding.text


@pytest.mark.slow
@pytest.mark.parametrize("module", ["nbformat", "ipykernel", "jupyter_client"])
def test_jupyter_missing(module, shadow, tmp_path):
    shadow(module, absent(module))
    finding = trials.jupyter(tmp_path)
    assert finding.state == "problem" and module in finding.text and '".[notebooks]"' in finding.cure
    if module == "jupyter_client":
        for trial in (trials.kernel, trials.kernel_of_jupyter):
            assert trial(tmp_path).state == "note" and "jupyter_client is missing" in trial(tmp_path).text


def test_a_kernel_of_another_python_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "ask", lambda code: Answer("/opt/elsewhere/bin/python3"))
    finding = trials.kernel_of_jupyter(tmp_path)
    assert finding.state == "problem" and "another Python" in finding.text
    monkeypatch.setattr(trials, "ask", lambda code: Answer(sys.executable))
    assert trials.kernel_of_jupyter(tmp_path).state == "ok"


def test_a_file_that_hides_a_library(tmp_path):
    assert trials.folder(tmp_path).state == "ok"
    (tmp_path / "torch.py").write_text("")
    (tmp_path / "mine.py").write_text("")
    finding = trials.folder(tmp_path)
    assert finding.state == "problem" and "torch.py" in finding.text and "mine.py" not in finding.text


def test_a_folder_that_cannot_be_written(tmp_path):
    assert trials.folder(tmp_path / "gone").state == "problem"


def test_versions_are_compared_with_the_pins(tmp_path, monkeypatch):
    (tmp_path / "rnnbook").mkdir()
    pins = "# a remark\nnumpy==0.1  # old\npytest==0.2\nnot-there==3\n-e .\n"
    (tmp_path / "requirements-reader.txt").write_text(pins)
    finding = trials.versions(tmp_path)
    assert finding.state == "note" and "numpy is" in finding.text and "tested with 0.1" in finding.text
    assert "not-there" not in finding.text
    import numpy

    (tmp_path / "requirements-reader.txt").write_text(f"numpy=={numpy.__version__}\n")
    assert trials.versions(tmp_path).state == "ok"
    (tmp_path / "requirements-reader.txt").write_text("not-there==3\n")
    assert trials.versions(tmp_path).state == "note"


def test_a_python_that_is_too_old_or_too_new(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "OLDEST", (99, 0))
    assert trials.python(tmp_path).state == "problem"
    monkeypatch.setattr(trials, "OLDEST", (3, 0))
    monkeypatch.setattr(trials, "NEWEST", (3, 1))
    assert trials.python(tmp_path).state == "note"


def test_exercises_that_do_not_load(tmp_path, monkeypatch):
    (tmp_path / "bad.py").write_text("1 / 0")
    monkeypatch.setenv("RNNBOOK_EXERCISES", str(tmp_path))
    finding = trials.exercises(tmp_path)
    assert finding.state == "problem" and "ZeroDivisionError" in finding.text


def test_a_question_that_hangs_is_given_up():
    assert "no answer within" in ask("while True: pass", patience=0.5).error


@pytest.mark.slow
def test_this_installation_is_well():
    done = call()
    assert done.returncode == 0 and "No problems." in done.stdout and done.stderr == ""
    for name in ("Python", "rnnbook", "NumPy", "kernel", "python3", "time limit", "exercises", "this folder"):
        assert f" {name} " in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.slow
def test_without_numpy_the_doctor_still_answers(shadow):
    shadow("numpy", absent("numpy"))
    done = call()
    assert done.returncode == 1 and done.stderr == ""
    assert "✗ problem  NumPy        missing" in done.stdout and "start with the first one" in done.stdout
