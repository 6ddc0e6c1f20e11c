"""The command line itself: words, help, exit status, and what is said when something is missing."""

import os
import subprocess
import sys

import cli_notebooks as nb
import pytest

import rnnbook
from rnnbook.checks import registry
from rnnbook.cli import main

PACK = '''
from rnnbook.checks import Exercise, Mistake

EXERCISES = (Exercise(
    id="pack-double", title="Twice", goal="Double it.", points=3, minutes=2, level=1, section="homework-1",
    returns=("y",), reference=lambda x: 2 * x, cases=lambda rng: [{"x": float(rng.integers(3, 9))} for _ in range(3)],
    hints=("One.", "Two.", "Three."),
    mistakes=(Mistake("It is squared", lambda x: x ** 2, "Once more, with feeling: x + x."),),
),)
'''


@pytest.fixture
def pack(tmp_path):
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "homework.py").write_text(PACK)
    yield folder
    registry.unload_packs()


def test_version(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0 and capsys.readouterr().out == f"rnnbook {rnnbook.__version__}\n"


def test_alone_it_prints_help(capsys):
    assert main([]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("check", "list", "doctor"))


@pytest.mark.parametrize("words", [["grade"], ["check"], ["check", "x.ipynb", "--timeout", "0"],
                                   ["check", "x.ipynb", "--timeout", "soon"]])
def test_a_wrong_call_is_2(words, capsys):
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2 and "usage: rnnbook" in capsys.readouterr().err


def test_help_is_ascii(capsys):
    for words in (["--help"], ["check", "--help"], ["list", "--help"], ["doctor", "--help"]):
        with pytest.raises(SystemExit):
            main(words)
        assert capsys.readouterr().out.isascii()


def test_a_missing_notebook_is_2_and_no_traceback(capsys):
    assert main(["check", "not-there.ipynb"]) == 2
    assert capsys.readouterr().err == "rnnbook: not-there.ipynb is not there.\n"


def test_a_notebook_without_exercises_is_2(tmp_path, capsys):
    assert main(["check", str(nb.write(tmp_path / "n.ipynb", "x = 1"))]) == 2
    assert "has no exercises in it" in " ".join(capsys.readouterr().err.split())


def test_a_mistyped_id_alone_is_2_and_the_right_one_is_named(tmp_path, capsys):
    assert main(["check", str(nb.write(tmp_path / "n.ipynb", 'check("rnn-stpe", 1)'))]) == 2
    assert "did you mean 'rnn-step'" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("module", ["nbformat", "jupyter_client", "ipykernel"])
def test_without_jupyter_it_says_what_to_install(module, tmp_path, capsys, monkeypatch):
    path = nb.write(tmp_path / "n.ipynb", nb.exercise("rnn-step", nb.STEP))
    monkeypatch.setitem(sys.modules, module, None)
    assert main(["check", str(path)]) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert f"{module} is missing" in err and err.endswith('pip install -e ".[notebooks]"')


def test_a_kernel_that_does_not_start_is_2(tmp_path, capsys, monkeypatch):
    import jupyter_client.manager

    def fails(*args, **more):
        raise OSError("no sockets left")

    monkeypatch.setattr(jupyter_client.manager.KernelManager, "start_kernel", fails)
    assert main(["check", str(nb.write(tmp_path / "n.ipynb", nb.exercise("rnn-step", nb.STEP)))]) == 2
    assert "no sockets left" in " ".join(capsys.readouterr().err.split())


def test_list_shows_every_exercise_in_80_columns(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    assert all(id in out for id in registry.exercises())
    assert max(map(len, out.splitlines())) <= 80
    points = sum(e.points for e in registry.exercises().values())
    assert f"{len(registry.exercises())} exercises, {points} points" in out


@pytest.mark.parametrize("asked", ["2", "02", "02-hidden-state", "hidden-state"])
def test_list_of_one_chapter(asked, capsys, pack):
    assert main(["list", "--chapter", asked, "--exercises", str(pack)]) == 0
    out = capsys.readouterr().out
    assert "rnn-step" in out and "pack-double" not in out


def test_list_of_a_chapter_without_exercises(capsys):
    assert main(["list", "--chapter", "99"]) == 2
    assert "02-hidden-state" in capsys.readouterr().err


def test_list_shows_a_pack(capsys, pack):
    assert main(["list", "--exercises", str(pack)]) == 0
    out = capsys.readouterr().out
    assert "homework-1" in out and "pack-double" in out and "Twice" in out


def test_a_pack_that_is_not_there_or_does_not_load(tmp_path, capsys):
    assert main(["list", "--exercises", str(tmp_path / "none")]) == 2
    assert "no such folder" in " ".join(capsys.readouterr().err.split())
    (tmp_path / "bad.py").write_text("1 / 0")
    assert main(["list", "--exercises", str(tmp_path)]) == 2
    assert "ZeroDivisionError" in " ".join(capsys.readouterr().err.split())


@pytest.mark.slow
def test_a_pack_is_known_to_the_command_and_to_the_kernel(tmp_path, capsys, pack):
    path = nb.write(tmp_path / "n.ipynb", nb.exercise("pack-double", "def double(x):\n    return x ** 2"))
    assert main(["check", str(path), "--exercises", str(pack)]) == 1
    out = capsys.readouterr().out
    assert "It is squared" in out and "0 of 3 points" in out and "stopped" not in out
    nb.write(path, nb.exercise("pack-double", "def double(x):\n    return x + x"))
    assert main(["check", str(path), "--exercises", str(pack)]) == 0


def test_a_reader_that_goes_away_is_no_error():
    process = subprocess.Popen([sys.executable, "-m", "rnnbook.cli", "list"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    process.stdout.close()      # rnnbook list | head
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


def test_a_name_that_the_console_cannot_show():
    done = subprocess.run([sys.executable, "-m", "rnnbook.cli", "check", "schön.ipynb"], capture_output=True, text=True,
                          encoding="ascii", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 2 and done.stderr == "rnnbook: sch?n.ipynb is not there.\n"
