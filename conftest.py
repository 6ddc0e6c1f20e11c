"""What pytest needs to know about this project.

`pytest` runs tests/. `pytest --nbval tests book solutions exercises` re-runs every notebook too, cell by cell, and
compares what it shows with what is stored: text by nbval, pictures here, by RMS. Notebooks in book/ then run a second
time with another processor's arithmetic (rnnbook/notebooks/kernels.py).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nbval.kernel
from jupyter_client.manager import KernelManager
from nbval.plugin import IPyNbCell, IPyNbFile

from rnnbook.notebooks import kernels, pictures
from rnnbook.notebooks.execute import ENVIRONMENT
from rnnbook.notebooks.sockets import local

os.environ.update(ENVIRONMENT)          # before NumPy and torch start; kernels inherit it
ROOT = Path(__file__).parent
PICTURE_EXEMPT = "figure-of-training"   # tag of a cell that draws a training run: its data are asserted instead


def _kernel_manager(**options):
    """nbval's kernel manager, its sockets in a folder of its own."""
    folder = tempfile.TemporaryDirectory(prefix="rnnbook-kernel-")
    manager = KernelManager(**local(folder.name), **options)
    manager.rnnbook_folder = folder         # goes when the manager goes
    return manager


nbval.kernel.KernelManager = _kernel_manager


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        import matplotlib.font_manager  # noqa: F401  the first import on a machine builds a font cache, and says so on stderr


def pytest_report_header(config):
    if config.option.nbval:
        settings = " ".join(f"{name}={value}" for name, value in kernels.other_kernel().items())
        return f"other kernel: {settings or 'none on this machine'}"
    return None


def pytest_ignore_collect(collection_path, config):
    """Notebooks that tests use as samples are no notebooks of the book."""
    if collection_path.suffix == ".ipynb":
        top = collection_path.relative_to(ROOT).parts[0] if collection_path.is_relative_to(ROOT) else ""
        return top not in ("book", "solutions", "exercises") or None
    return None


def pytest_collect_file(file_path, parent):
    """Collect a chapter a second time, under another kernel; nbval collects it the first time."""
    wanted = parent.config.option.nbval and file_path.suffix == ".ipynb"
    if wanted and file_path.is_relative_to(ROOT / "book"):
        name = f"{file_path.name} (other kernel)"
        return OtherKernelNotebook.from_parent(parent, path=file_path, name=name, nodeid=f"{parent.nodeid}/{name}")
    return None


class OtherKernelNotebook(IPyNbFile):
    """A notebook whose kernel computes as another processor would."""

    def setup(self):
        before = dict(os.environ)
        os.environ.update(kernels.other_kernel())
        try:
            super().setup()             # starts the kernel
        finally:
            os.environ.clear()
            os.environ.update(before)


def pytest_xdist_make_scheduler(config, log):
    """What `-n 2` hands out in one piece: a notebook, a file of tests, or all of tests/site, which share one site."""
    if config.getvalue("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Pieces(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith("tests/site/"):
                return "tests/site"
            if nodeid.startswith("tests/book/test_mutants.py"):
                return nodeid                       # each runs the book once: apart, they fill both workers
            return super()._split_scope(nodeid)

    return Pieces(config, log)


def _compare_outputs(self, test, ref, skip_compare=None):
    """nbval's comparison, which skips PNGs, and then theirs."""
    if not _nbval_compare_outputs(self, test, ref, skip_compare):
        return False
    if PICTURE_EXEMPT in self.cell.metadata.get("tags", []):
        return True
    drawn, stored = _pngs(test), _pngs(ref)
    if len(drawn) != len(stored):
        self.comparison_traceback.append(f"drew {len(drawn)} pictures; stored are {len(stored)}")
        return False
    for i, (new, old) in enumerate(zip(drawn, stored, strict=True)):
        distance = pictures.rms(new, old)
        if distance > pictures.TOLERANCE:
            self.comparison_traceback.append(
                f"picture {i + 1} differs from the stored one by RMS {distance:.1f} of 255 grey levels; "
                f"tolerance {pictures.TOLERANCE} (make run stores it anew)"
            )
            return False
    return True


def _pngs(outputs):
    return [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]


_nbval_compare_outputs = IPyNbCell.compare_outputs
IPyNbCell.compare_outputs = _compare_outputs
