"""The built site, served on a loopback port, and a real Chromium to look at it.

The strict build happens once for all workers and stays in `_build/test-site` for as long as its sources stay the same.
"""

from __future__ import annotations

import gzip
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from site_contents import MODES, ROOT

OUTPUT = ROOT / "_build" / "test-site"
SOURCES = ("_config.yml", "_toc.yml", "requirements-book.txt", "book", "exercises", "solutions", "rnnbook")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]
COMPRESSED = {".html", ".css", ".js", ".svg", ".json"}


def fingerprint() -> str:
    """Hash of every file that the site is made of."""
    digest = hashlib.sha256()
    for name in SOURCES:
        top = ROOT / name
        files = sorted(path for path in top.rglob("*") if path.is_file()) if top.is_dir() else [top] * top.is_file()
        for path in files:
            if "__pycache__" not in path.parts and ".ipynb_checkpoints" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold a lock that test workers in other processes wait for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            import fcntl
        except ImportError:                 # Windows: workers may build twice
            yield
            return
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def site() -> Path:
    """Folder of the HTML, built with warnings as errors."""
    html, stamp = OUTPUT / "_build" / "html", OUTPUT / "fingerprint"
    with one_at_a_time(ROOT / "_build" / "test-site.lock"):
        wanted = fingerprint()
        if not (stamp.is_file() and stamp.read_text() == wanted):
            shutil.rmtree(OUTPUT, ignore_errors=True)
            code = "from jupyter_book.cli.main import main; main()"
            command = [sys.executable, "-c", code, "build", ".", "-W", "--keep-going", "-n", "-q",
                       "--path-output", str(OUTPUT)]
            log = OUTPUT.with_suffix(".log")        # not a pipe: a child may outlive the build
            with log.open("w", encoding="utf-8") as handle:
                done = subprocess.run(command, cwd=ROOT, stdout=handle, stderr=subprocess.STDOUT, timeout=300)
            if done.returncode:
                pytest.fail(f"the strict build failed:\n{log.read_text(encoding='utf-8')[-6000:]}", pytrace=False)
            stamp.write_text(wanted)
    return html


class GzipHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files as a good host does: text compressed."""

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.suffix not in COMPRESSED or not path.is_file():
            super().do_GET()
            return
        data = gzip.compress(path.read_bytes(), mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture(scope="session")
def base(site: Path) -> Iterator[str]:
    """Address of the served site, with a slash at its end."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(GzipHandler, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium of this machine, with a fresh profile."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None and os.environ.get("RNNBOOK_NO_BROWSER") == "1":
        pytest.skip("RNNBOOK_NO_BROWSER=1: the browser tests are left out")
    if path is None:
        pytest.fail(f"no browser: none of {', '.join(BROWSERS)} is installed. Install Chromium, "
                    "or set RNNBOOK_NO_BROWSER=1 to leave these tests out.", pytrace=False)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


class Visit:
    """A page that is open, and what went wrong while it loaded."""

    def __init__(self, page: Any, base: str) -> None:
        self.page, self.base = page, base
        self.console: list[str] = []
        self.outside: list[str] = []
        self.failed: list[str] = []
        page.on("console", lambda m: self.console.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith((base, "data:", "blob:")) else self.outside.append(r.url))
        page.on("response", lambda r: self.failed.append(f"{r.status} {r.url}") if r.status >= 400 else None)


@pytest.fixture
def visit(browser: Any, base: str) -> Iterator[Callable[..., Visit]]:
    """`visit("book/index", "dark")` opens a page in a context of its own."""
    contexts = []

    def opened(name: str, mode: str = "light") -> Visit:
        context = browser.new_context(reduced_motion="reduce", **MODES[mode])
        contexts.append(context)
        seen = Visit(context.new_page(), base)
        seen.page.goto(f"{base}{name}.html", wait_until="load")
        seen.page.evaluate("document.fonts.ready.then(() => true)")
        return seen

    yield opened
    for context in contexts:
        context.close()
