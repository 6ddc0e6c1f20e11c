"""The page for teachers: its commands are run, in order, and print what it says they print."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rnnbook.cli import COMMANDS
from rnnbook.grading.sandbox.isolation import LEVELS
from rnnbook.grading.sandbox.levels import NOT_STOPPED

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "book" / "appendix" / "teaching.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
GAP = "…"
LEVEL = re.compile(rf"Isolation:\s+({'|'.join(LEVELS)})( \(\d+\))?\.")


def steps(block: str) -> list[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines below it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def misprint(stated: list[str], printed: list[str]) -> str:
    """The first stated line that was not printed, in order, without a gap where none is marked; "" if there is none."""
    place, gap = 0, False
    for line in stated:
        if line == GAP:
            gap = True
            continue
        where = next((n for n in range(place, len(printed)) if printed[n] == line), -1)
        if where < 0 or (where > place and not gap):
            return line
        place, gap = where + 1, False
    left = printed[place:] if not gap else []
    return f"more was printed: {left[0]}" if left else ""


def same_on_all_machines(text: str) -> list[str]:
    return [line.rstrip() for line in LEVEL.sub("Isolation: here.", text).splitlines()]


def environment(folder: Path) -> dict[str, str]:
    """Where `rnnbook` is this one."""
    bin = folder / "bin"
    bin.mkdir()
    (bin / "rnnbook").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m rnnbook.cli "$@"\n')
    (bin / "rnnbook").chmod(0o755)
    path = os.pathsep.join([str(bin), str(Path(sys.executable).parent), os.environ["PATH"]])
    return os.environ | {"PATH": path, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"}


@pytest.fixture
def background():
    """Starts a command that goes on; it is ready when it says that it listens, or has found its scheduler."""
    running = []

    def start(command: str, here: Path, env: dict[str, str]) -> None:
        log = here.parent / f"log-{len(running)}.txt"
        with log.open("w") as file:
            running.append(subprocess.Popen(shlex.split(command), cwd=here, env=env, stdout=file, stderr=file,
                                            start_new_session=True))
        for _ in range(600):
            if re.search(r"Scheduler at:|Registered to:", log.read_text(encoding="utf-8", errors="replace")):
                return
            assert running[-1].poll() is None, log.read_text(encoding="utf-8", errors="replace")
            time.sleep(0.1)
        raise AssertionError(f"$ {command}\nis not ready:\n{log.read_text(encoding='utf-8', errors='replace')}")

    yield start
    for process in reversed(running):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> str:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return str(server.getsockname()[1])


@pytest.mark.slow
def test_every_command_prints_what_the_page_says(tmp_path, background):
    env, here, printed, ran = environment(tmp_path), tmp_path, "", 0
    port = free_port()
    for language, block in BLOCKS:
        if language == "toml":
            name = re.match(r"# (\w+\.toml)\n", block)
            assert name, "a file on the page begins with its name"
            (here / name[1]).write_text(block, encoding="utf-8")
        elif language == "python":
            done = subprocess.run([sys.executable, "-c", block], cwd=here, env=env, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            printed = done.stdout
        elif language == "text":
            assert block == printed
        else:
            for command, stated in steps(block.replace("8786", port)):
                if command.startswith("cd "):
                    here = here / command[3:]
                    assert here.is_dir() and not stated
                    continue
                if command.endswith(" &"):
                    background(command.removesuffix(" &"), here, env)
                    continue
                done = subprocess.run(command, shell=True, cwd=here, env=env, capture_output=True, text=True)
                assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
                wrong = misprint(same_on_all_machines("\n".join(stated)), same_on_all_machines(done.stdout))
                assert not wrong, f"$ {command}\n{wrong}\n\nIt printed:\n{done.stdout}"
                ran += 1
    assert ran >= 17
    assert not (here / "grades").exists() and (here / "released" / "hw2.ipynb").exists()


def test_the_comparison_sees_a_difference():
    assert not misprint(["a", GAP, "d"], ["a", "b", "c", "d"])
    assert not misprint(["a", GAP], ["a", "b"]) and not misprint([GAP, "b"], ["a", "b"])
    assert misprint(["a", "c"], ["a", "b", "c"]) == "c"
    assert misprint(["b", GAP, "a"], ["a", "b"]) == "b" and misprint(["a", GAP, "x"], ["a", "b"]) == "x"
    assert misprint(["a"], ["a", "b"]) == "more was printed: b"


def test_every_block_is_of_a_kind_that_is_tried():
    assert {language for language, _ in BLOCKS} == {"console", "toml", "python", "text"}
    assert PAGE.count("```") == 2 * len(BLOCKS)
    assert all(block.startswith("$ ") for language, block in BLOCKS if language == "console")


def test_everything_that_is_not_stopped_is_said():
    listed = PAGE.split("What is **not** stopped:")[1].split("\n## ")[0]
    wanted = "".join(f"- {item}\n" for item in NOT_STOPPED)
    assert listed.strip() == wanted.strip(), f"put this list on the page:\n{wanted}"


def test_every_level_is_explained():
    table = PAGE.split("## What is stopped")[1].split("## Data")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(LEVELS[1:])


@pytest.mark.parametrize("page", ["README.md", "book/how-to-use.md", "book/appendix/teaching.md"])
def test_the_sample_s_homework_is_called_by_its_name(page):
    from rnnbook.grading.sample_class import folder

    named = re.findall(r"--homework (\S+)", (ROOT / page).read_text(encoding="utf-8"))
    assert named and {Path(name.strip("`")).name for name in named} == {"hw1.toml"}
    assert 'folder / "hw1.toml"' in Path(folder.__file__).read_text(encoding="utf-8")


def test_options_and_commands_in_the_text_exist():
    from rnnbook.cli import build_parser

    def options(word):
        parsers = next(a.choices for a in build_parser(word)._actions if hasattr(a, "choices") and a.choices)
        return set(parsers[word]._option_string_actions)

    known = {option for word in COMMANDS for option in options(word)}
    prose = re.sub(r"^```.*?^```$", "", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert set(re.findall(r"--[a-z][a-z-]+", prose)) <= known
    assert set(re.findall(r"`rnnbook ([a-z-]+)", prose)) <= set(COMMANDS)


@pytest.mark.slow
def test_plain_nbgrader_believes_the_patched_check_as_the_page_says(tmp_path):
    """What `rnnbook grade` gives her is in test_sample_class."""
    from rnnbook.grading.sample_class.folder import write

    assert "`mmallory` of the sample class gets 20 of 20 points from nbgrader, and 0 from `rnnbook grade`" in PAGE
    env = environment(tmp_path)
    course = tmp_path / "course"
    write(course)
    env["RNNBOOK_EXERCISES"] = str(course / "pack")
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'rnn'\n")
    mine = course / "submitted" / "mmallory" / "hw1"
    mine.mkdir(parents=True)
    shutil.copy(next((course / "submissions").glob("mallory*")), mine / "hw1.ipynb")
    nbgrader = f"{shlex.quote(sys.executable)} -m nbgrader"
    for command in ("rnnbook release hw1.toml --with-answers --out source/hw1", f"{nbgrader} generate_assignment hw1",
                    f"{nbgrader} autograde hw1"):
        done = subprocess.run(command, shell=True, cwd=course, env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{command}\n{done.stderr[-3000:]}"
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        submission = book.find_submission("hw1", "mmallory")
        assert (submission.score, submission.max_score) == (20, 20)
