"""The registry, and private packs."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from rnnbook.checks import check, exercises, get, load_pack, progress, registry
from rnnbook.checks.checking import examine
from rnnbook.checks.proving import problems

PACK = Path(__file__).parents[2] / "exercises" / "example-pack"

ONE = """
from rnnbook.checks import Exercise
EXERCISES = (Exercise(id={id!r}, title="T", goal="G", points=1, minutes=1, level=1, returns=("n",), kind="number",
                      reference={value}, mistakes=(), hints=("a", "b", "c"), section=""),)
"""


@pytest.fixture(autouse=True)
def no_packs():
    yield
    registry.unload_packs()


def write(folder, id="mine-n", value=1, name="one.py"):
    (folder / name).write_text(ONE.format(id=id, value=value))
    return folder


def test_exercises_come_in_the_order_of_the_chapter():
    chapter = importlib.import_module("rnnbook.checks.ch02_hidden_state").EXERCISES
    assert [e.id for e in exercises().values() if e.chapter == "02"] == [e.id for e in chapter]
    assert get("rnn-step") is exercises()["rnn-step"]
    with pytest.raises(TypeError):
        exercises()["x"] = 1


def test_an_unknown_id_names_near_ones():
    with pytest.raises(ValueError, match="Did you mean 'rnn-step'"):
        get("rnn-stepp")
    with pytest.raises(ValueError, match="There are: rnn-"):
        get("zzzzzz")
    with pytest.raises(ValueError, match="id is a function; expected a string"):
        check(lambda: 0, "rnn-step")


def test_the_example_pack_is_loaded_and_proves_itself():
    before = list(exercises())
    loaded = load_pack(PACK)
    assert [e.id for e in loaded] == ["leaky-leaky_step", "leaky-half_life"]
    assert list(exercises()) == [*before, *(e.id for e in loaded)]
    for exercise in loaded:
        assert problems(exercise, range(3)) == []


def test_a_file_that_becomes_a_pack_is_looked_at_anew():
    """Its functions were anybody's before; from then on they are answers, and refused."""
    file = PACK / "leaky_units.py"
    space = {}
    exec(compile("def step(params, x_t, state):\n    return 0 * state\n", str(file), "exec"), space)
    registry.unload_packs()
    assert examine(get("rnn-step"), space["step"], seed=0).reason != "origin"
    load_pack(PACK)
    assert examine(get("rnn-step"), space["step"], seed=0).reason == "origin"
    registry.unload_packs()
    assert examine(get("rnn-step"), space["step"], seed=0).reason != "origin"


def test_a_private_pack_works_like_the_book():
    leaky, half_life = load_pack(PACK)
    assert check("leaky-half_life", 7, show=False).passed
    assert check("leaky-half_life", 6, show=False).mistakes[0].name == "That is one step too few"
    assert "leaky-half_life" in str(progress())
    assert examine(leaky, leaky.reference, seed=0).reason == "origin"
    assert "exercise pack" in examine(leaky, leaky.reference, seed=0).headline
    assert not set(exercises()) & {"half_life"} and half_life.name == "half_life"


def test_the_readme_of_the_example_pack_names_what_exists():
    text = (PACK / "README.md").read_text()
    for name in ("load_pack", "rnnbook.checks.proving", "RNNBOOK_EXERCISES", "leaky_units.py", "leaky-half_life"):
        assert name in text
    assert registry.VARIABLE == "RNNBOOK_EXERCISES"


def test_an_id_that_is_taken_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"'rnn-step' .* has the id of one in rnnbook\.checks\.ch02_hidden_state"):
        load_pack(write(tmp_path, "rnn-step"))
    assert get("rnn-step").kind == "function"


def test_two_files_of_a_pack_with_one_id(tmp_path):
    write(tmp_path)
    with pytest.raises(ValueError, match="'mine-n'"):
        load_pack(write(tmp_path, name="two.py"))


def test_a_pack_is_read_anew(tmp_path):
    load_pack(write(tmp_path, value=1))
    load_pack(write(tmp_path, value=2))
    assert get("mine-n").reference == 2


def test_helpers_are_not_exercises(tmp_path):
    (tmp_path / "_values.py").write_text("VALUE = 5")
    (tmp_path / "a.py").write_text("from _values import VALUE" + ONE.format(id="mine-n", value="VALUE"))
    assert [e.reference for e in load_pack(tmp_path)] == [5]


def test_a_folder_without_exercises(tmp_path):
    with pytest.raises(ValueError, match="holds no exercises"):
        load_pack(tmp_path)
    (tmp_path / "a.py").write_text("x = 1")
    with pytest.raises(ValueError, match="has no EXERCISES"):
        load_pack(tmp_path)


def test_the_environment_variable_loads_packs(tmp_path):
    code = "from rnnbook.checks import exercises; print(list(exercises())[-1])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env={"RNNBOOK_EXERCISES": str(write(tmp_path)), "PATH": ""})
    assert done.stdout == "mine-n\n"


def test_checks_need_numpy_alone():
    code = ("import sys, rnnbook.checks as c; c.exercises(); c.check('rnn-step', None, show=False); c.progress(); "
            "print(sorted({'torch', 'matplotlib', 'IPython', 'multiprocessing'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n") and done.stderr == ""
