"""The kernel outlives what it runs, and says how each cell ended."""

import json
import sys

import pytest

from rnnbook.commands.kernel import Kernel


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("kernel")


@pytest.fixture(scope="module")
def kernel(folder):
    with Kernel(folder) as kernel:
        yield kernel


def test_a_cell_runs_in_its_folder(kernel, folder):
    assert kernel.run("import os; assert os.path.samefile(os.getcwd(), " + repr(str(folder)) + ")", 30).state == "done"


def test_it_is_this_python_whatever_jupyter_offers(folder, tmp_path, monkeypatch):
    spec = tmp_path / "kernels" / "python3"
    spec.mkdir(parents=True)
    other = {"argv": ["no-such-python"], "display_name": "Python 3", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(other))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with Kernel(folder) as kernel:
        assert kernel.run(f"import sys; assert sys.prefix == {sys.prefix!r}", 30).state == "done"


def test_an_error_has_a_name_and_the_learners_lines(kernel):
    result = kernel.run("import json\n\ndef f(text):\n    return json.loads(text)\n\nf('{')", 30)
    assert (result.state, result.name) == ("error", "JSONDecodeError")
    lines = kernel.call("failure", {}, 30).data["lines"]
    assert [(line["line"], line["text"].strip(), line["function"]) for line in lines] == [
        (6, "f('{')", ""), (4, "return json.loads(text)", "f")]
    assert {line["count"] for line in lines} == {result.count}


def test_lines_of_a_module_beside_the_notebook_are_the_learners_too(kernel, folder):
    (folder / "helper.py").write_text("def half(x):\n    return x / 0\n")
    kernel.run("import helper\nhelper.half(1)", 30)
    lines = kernel.call("failure", {}, 30).data["lines"]
    assert [(line["file"], line["line"]) for line in lines] == [("", 2), ("helper.py", 2)]


def test_magics_and_shell_lines_are_as_in_jupyter(kernel):
    assert kernel.run("%time x = 1\n!echo hello\nassert x == 1", 30).state == "done"
    assert kernel.run("%%time\ny = 2", 30).state == "done"


def test_nobody_types(kernel):
    assert kernel.run("input('your name')", 30).name == "StdinNotImplementedError"


@pytest.mark.slow
@pytest.mark.parametrize("code", ["while True: pass", "while True: print('x' * 200)", "import time; time.sleep(60)"])
def test_a_cell_that_hangs_is_interrupted_and_its_names_stay(kernel, code):
    kernel.run("kept = 1", 30)
    assert kernel.run(code, 0.5).state == "interrupted"
    assert kernel.run("assert kept == 1", 30).state == "done"


@pytest.mark.slow
def test_a_cell_that_will_not_be_interrupted_is_killed(kernel, monkeypatch):
    monkeypatch.setattr("rnnbook.commands.kernel.GRACE", 0.5)
    stubborn = "import time\nwhile True:\n    try:\n        time.sleep(9)\n    except BaseException:\n        pass"
    assert kernel.run(stubborn, 0.5).state == "killed"
    kernel.start()
    assert kernel.run("1", 30).state == "done"


@pytest.mark.slow
@pytest.mark.parametrize("code", ["import os; os._exit(0)", "import os; os.kill(os.getpid(), 9)", "exit()", "quit()"])
def test_a_cell_that_ends_the_process_is_told(kernel, code):
    assert kernel.run(code, 30).state == "died"
    kernel.start()
    assert kernel.run("1", 30).state == "done"


def test_after_the_end_there_is_no_kernel_left(folder):
    kernel = Kernel(folder)
    with kernel:
        pass
    assert kernel.run("1", 1).state == "died"
