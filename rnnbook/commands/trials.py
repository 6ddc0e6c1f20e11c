"""What `rnnbook doctor` tries. Each trial does the thing in question, most in a process of its own, and reports.

A trial takes the folder the command was called in and returns a Finding; the first words of its docstring are its name.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rnnbook import __version__
from rnnbook.commands.asking import AGAIN, EXTRA, ask, install, package, short

OLDEST, NEWEST = (3, 11), (3, 13)      # Python versions the book is tested with


@dataclass(frozen=True)
class Finding:
    """What a trial found.

    `state` is "ok", "note" (worth knowing), "missing" (and optional) or "problem"; `cure` says what to do.
    """

    state: str
    name: str
    text: str = ""
    cure: str = ""


def python(here: Path) -> Finding:
    """Python: new enough, and one that the book is tested with."""
    version = sys.version_info[:2]
    wanted = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
    text = f"{platform.python_version()}, {short(sys.executable)}"
    if version < OLDEST:
        return Finding("problem", "Python", text, f"Install Python {wanted}.")
    if version > NEWEST:
        return Finding("note", "Python", text, f"The book is tested with Python {wanted}.")
    return Finding("ok", "Python", text)


def library(here: Path) -> Finding:
    """rnnbook: can be imported from any folder, as the notebooks do."""
    found = ask("import json, rnnbook; print(json.dumps([rnnbook.__version__, rnnbook.__file__]))")
    if found.data is None:
        return Finding("problem", "rnnbook", f"cannot be imported from another folder: {found.error}",
                       AGAIN)
    version, file = found.data
    if version != __version__:
        return Finding("problem", "rnnbook", f"{version} in {short(file)}, but this command is of {__version__}",
                       AGAIN)
    return Finding("ok", "rnnbook", f"{version}, {short(os.path.dirname(file))}")


NUMPY = """
import json, numpy as np
a = np.arange(6.0).reshape(2, 3)
assert (a @ a.T).tolist() == [[5.0, 14.0], [14.0, 50.0]], "a product of two matrices comes out wrong"
assert np.isfinite(np.random.default_rng(0).normal(size=3)).all()
print(json.dumps(np.__version__))
"""


def numpy(here: Path) -> Finding:
    """NumPy: multiplies two matrices."""
    found = ask(NUMPY)
    if found.data is None:
        text = "missing" if found.lacks == "numpy" else found.error
        return Finding("problem", "NumPy", text, install("numpy"))
    if tuple(int(n) for n in found.data.split(".")[:2]) < (1, 26):
        return Finding("problem", "NumPy", f"{found.data}; expected 1.26 or newer", install("--upgrade numpy"))
    return Finding("ok", "NumPy", f"{found.data}, multiplies two matrices")


MATPLOTLIB = """
import io, json, matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
plt.plot([1, 2]); file = io.BytesIO(); plt.savefig(file)
assert file.getvalue()[:4] == bytes([137, 80, 78, 71]), "it draws no picture"
print(json.dumps(matplotlib.__version__))
"""


def matplotlib(here: Path) -> Finding:
    """matplotlib: draws a picture."""
    return optional("matplotlib", "matplotlib", MATPLOTLIB, "draws a picture", "figures in the chapters")


TORCH = """
import json, torch
def works(device):
    try:
        x = torch.ones(2, 3, device=device, requires_grad=True)
        (x @ x.T).sum().backward()
        return bool((x.grad.cpu() == 4).all()) or "wrong numbers"
    except Exception as error:
        return str(error).splitlines()[0]
seen = {"CPU": works("cpu")}
if torch.cuda.is_available():
    seen["CUDA (" + torch.cuda.get_device_name() + ")"] = works("cuda")
if getattr(torch.backends, "mps", None) and torch.backends.mps.is_available():
    seen["MPS"] = works("mps")
print(json.dumps([torch.__version__, seen]))
"""


def torch(here: Path) -> Finding:
    """PyTorch: a forward and a backward pass on every device it sees."""
    finding = optional("torch", "PyTorch", TORCH, "", "the PyTorch sections")
    if finding.state != "ok":
        return finding
    version, seen = json.loads(finding.text)
    broken = [f"{device}: {how}" for device, how in seen.items() if how is not True]
    if broken:
        return Finding("problem", "PyTorch", f"{version}; a small computation fails on {'; '.join(broken)}",
                       "Install the build for your machine: https://pytorch.org/get-started/locally")
    others = [device for device in seen if device != "CPU"]
    where = f"computes on {' and '.join(seen)}" + ("" if others else "; no GPU seen, none is needed")
    return Finding("ok", "PyTorch", f"{version}, {where}")


def jupyter(here: Path) -> Finding:
    """Jupyter: the packages that `rnnbook check` uses, and JupyterLab to open notebooks."""
    needed = ("nbformat", "jupyter_client", "ipykernel")
    missing = [name for name in needed if ask(f"import {name}; print(1)").data != 1]
    if missing:
        return Finding("problem", "Jupyter", f"not there: {', '.join(missing)}", EXTRA)
    lab = package("jupyterlab")
    if lab is None:
        return Finding("missing", "JupyterLab", "(optional) to open the notebooks in a browser",
                       f"{install('jupyterlab')} (another editor of notebooks will do)")
    return Finding("ok", "JupyterLab", lab)


KERNEL = """
import json
from rnnbook.commands.kernel import Kernel
with Kernel(".") as kernel:
    print(json.dumps(kernel.run("assert 1 + 1 == 2", 30).state))
"""


def kernel(here: Path) -> Finding:
    """Kernel: a Jupyter kernel starts and runs a cell."""
    found = ask(KERNEL)
    if found.lacks:
        return untried("kernel", found.lacks)
    if found.data != "done":
        text = found.error if found.data is None else f"it does not run a cell: {found.data}"
        return Finding("problem", "kernel", text, install("--upgrade --force-reinstall ipykernel"))
    return Finding("ok", "kernel", "starts and runs a cell")


KERNEL_OF_JUPYTER = """
import json
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="python3", startup_timeout=60)
try:
    reply = client.execute("import sys", user_expressions={"python": "sys.executable"}, reply=True, timeout=60)
    print(json.dumps(eval(reply["content"]["user_expressions"]["python"]["data"]["text/plain"])))
finally:
    client.stop_channels(); manager.shutdown_kernel(now=True)
"""


def kernel_of_jupyter(here: Path) -> Finding:
    """python3: the kernel that Jupyter itself offers under this name is this Python."""
    found = ask(KERNEL_OF_JUPYTER)
    cure = f"Point it here: {short(sys.executable)} -m ipykernel install --sys-prefix"
    if found.data is None:
        if found.lacks:
            return untried("python3", found.lacks)
        return Finding("problem", "python3", f"the kernel Jupyter starts for “Python 3” fails: {found.error}", cure)
    if not same_python(found.data, sys.executable):
        return Finding("problem", "python3", f"“Python 3” in Jupyter is another Python: {short(found.data)}", cure)
    return Finding("ok", "python3", "“Python 3” in Jupyter is this Python")


def same_python(one: str, other: str) -> bool:
    """Whether two interpreters share their environment: one folder holds both. The last link may have several names."""
    folders = [os.path.realpath(os.path.dirname(os.path.abspath(path))) for path in (one, other)]
    same_file = os.path.exists(one) and os.path.samefile(one, other)
    return folders[0] == folders[1] or (same_file and sys.prefix == sys.base_prefix)


TIME_LIMIT = """
import json, signal
def stop(number, frame):
    raise TimeoutError
signal.signal(signal.SIGALRM, stop)
signal.setitimer(signal.ITIMER_REAL, 0.1)
try:
    while True:
        pass
except TimeoutError:
    print(json.dumps("stopped"))
"""


def time_limit(here: Path) -> Finding:
    """Time limit: an endless loop in an answer is stopped."""
    found = ask(TIME_LIMIT, patience=20)
    if found.data == "stopped":
        return Finding("ok", "time limit", "stops an endless loop")
    return Finding("note", "time limit", "no SIGALRM here: an endless loop is stopped by tracing its lines",
                   "Nothing to do.")


EXERCISES = """
import json
from rnnbook import checks
from rnnbook.checks.checking import examine
known = checks.exercises()
wrong = [e.id for e in known.values() if examine(e, e.reference, seed=0, watch=False).status != "right"]
print(json.dumps([len(known), wrong]))
"""


def exercises(here: Path) -> Finding:
    """Exercises: they load, and each accepts its own answer."""
    found = ask(EXERCISES)
    cure = f"Get the book's folder afresh. {AGAIN}"
    if found.lacks:
        return untried("exercises", found.lacks)
    if found.data is None:
        return Finding("problem", "exercises", found.error, cure)
    count, wrong = found.data
    if wrong or not count:
        text = f"these refuse their own answer: {', '.join(wrong)}" if wrong else "there are none"
        return Finding("problem", "exercises", text, cure)
    return Finding("ok", "exercises", f"{count}, and each accepts its own answer")


def folder(here: Path) -> Finding:
    """Folder: can be written, and no file in it hides a library."""
    try:
        with tempfile.NamedTemporaryFile(dir=here, prefix=".rnnbook-"):
            pass
    except OSError as error:
        return Finding("problem", "this folder", f"cannot be written: {error.strerror}",
                       "Copy the notebooks to a folder of your own; your work could not be saved here.")
    names = set(sys.stdlib_module_names) | {"numpy", "torch", "matplotlib", "rnnbook", "IPython", "ipykernel"}
    hiding = sorted(file.name for file in here.glob("*.py") if file.stem in names)
    if hiding:
        return Finding("problem", "this folder", f"{' and '.join(hiding)} in it hides a library of the same name",
                       "Give the file another name.")
    return Finding("ok", "this folder", "can be written")


def versions(here: Path) -> Finding:
    """Versions: the packages against the pins of the book's folder, where that is at hand."""
    file = pins_file(here)
    if file is None:
        return Finding("note", "versions", "the book's folder is not here, so its pins were not compared")
    off, alike = [], 0
    pins = read_pins(file)
    for name, pinned in pins.items():
        have = package(name)
        if have is None:
            continue
        if have.split("+")[0] == pinned:
            alike += 1
        else:
            off.append(f"{name} is {have}, tested with {pinned}")
    if off:
        return Finding("note", "versions", "; ".join(off),
                       f"If something looks odd, in the book's folder: {install(f'-r {file.name}')}")
    if not alike:
        return Finding("note", "versions", f"none of the packages in {file.name} is installed")
    return Finding("ok", "versions", f"{alike} of the {len(pins)} packages in {file.name}, each as pinned")


def pins_file(here: Path) -> Path | None:
    """The reader's requirements file: of the book's folder around `here`, or around the library."""
    for start in (here, Path(__file__).resolve()):
        for parent in (start, *start.parents):
            file = parent / "requirements-reader.txt"
            if file.is_file() and (parent / "rnnbook").is_dir():
                return file
    return None


def read_pins(file: Path) -> dict[str, str]:
    """name -> version, for the lines name==version."""
    lines = [line.split("#")[0].split(";")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()]
    pairs = [line.split("==") for line in lines if "==" in line]
    return {name.strip(): version.strip() for name, version in pairs}


def untried(name: str, module: str) -> Finding:
    """The finding where something else has to be put right first."""
    return Finding("note", name, f"not tried, for {module} is missing", "First put the problem above right.")


def optional(module: str, name: str, code: str, does: str, needed_by: str) -> Finding:
    """The finding on a library that the core does without."""
    found = ask(code)
    if found.lacks == module:
        return Finding("missing", name, f"(optional) needed by {needed_by}", install(module))
    if found.data is None:
        return Finding("problem", name, found.error, install(f"--upgrade --force-reinstall {module}"))
    return Finding("ok", name, f"{found.data}, {does}" if does else json.dumps(found.data))
