"""Starting KaTeX's server without a race.

sphinxcontrib-katex connects as soon as the socket's file is there, which is a moment before the server listens: on a
busy machine the connection is refused and the build ends. Here it tries until it is let in.
"""

from __future__ import annotations

import socket
import time
from pathlib import Path
from subprocess import PIPE, Popen

import sphinxcontrib.katex as katex


def start_server_process(rundir: Path, timeout: float) -> tuple[Popen, socket.socket]:
    """Start the server in `rundir` and connect to it; the KaTeX extension's own error after `timeout` seconds."""
    path = Path(rundir) / "katex.sock"
    process = Popen(katex.KaTeXServer.build_command(socket=path), stdin=PIPE, stdout=PIPE, cwd=rundir)
    end = time.monotonic() + timeout
    while process.poll() is None and time.monotonic() < end:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(str(path))
            return process, sock
        except (FileNotFoundError, ConnectionRefusedError):
            sock.close()
            time.sleep(0.005)
    process.kill()
    raise katex.KaTeXServer.timeout_error(timeout)


def install() -> None:
    """Let the KaTeX extension start its server in this way."""
    katex.KaTeXServer.start_server_process = staticmethod(start_server_process)
