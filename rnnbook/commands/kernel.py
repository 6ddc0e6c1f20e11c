"""A Jupyter kernel that outlives what it runs: cells may raise, hang, print without end, or end the process."""

from __future__ import annotations

import json
import os
import queue
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rnnbook.notebooks.sockets import local

GRACE = 5.0     # seconds an interrupted cell gets to stop, before the kernel is killed
START = 60.0    # seconds a kernel gets to start
MIME = "application/vnd.rnnbook.probe+json"

State = Literal["done", "error", "interrupted", "killed", "died"]


class KernelError(RuntimeError):
    """No kernel could be started; the message says why."""


@dataclass(frozen=True)
class Result:
    """How one run of a cell ended.

    Attributes
    ----------
    state
        "done"; "error": it raised; "interrupted": too long, and stopped when told to; "killed": too long, and did not
        stop; "died": the process ended. After the last two the kernel is gone: call `start` again.
    count
        The n of In[n], 0 where the kernel did not say.
    name, message
        The exception's type and text, "" where there was none.
    data
        What the cell displayed under MIME, None where it displayed nothing.
    """

    state: State
    count: int = 0
    name: str = ""
    message: str = ""
    data: Any = None


class Kernel:
    """A kernel of this very interpreter, with a folder to run in. Use it in a `with`; it stops at the end.

    The user's own IPython start-up files and history are left out: a notebook is run as it would run elsewhere.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = str(folder)
        self._home = tempfile.TemporaryDirectory(prefix="rnnbook-", ignore_cleanup_errors=True)
        self._manager: Any = None
        self._client: Any = None

    def __enter__(self) -> Kernel:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        self._home.cleanup()

    def start(self) -> None:
        """Start the kernel, or start it afresh.

        Raises
        ------
        KernelError
            It did not start, or did not answer within START seconds.
        """
        from jupyter_client.kernelspec import KernelSpecManager
        from jupyter_client.manager import KernelManager

        self.stop()
        specs = KernelSpecManager(kernel_dirs=[])     # no folders: only this interpreter's own kernel is left
        self._manager = KernelManager(kernel_name="python3", kernel_spec_manager=specs, **local(self._home.name))
        try:
            self._manager.start_kernel(
                cwd=self.folder, env=environment(self._home.name), extra_arguments=["--log-level=CRITICAL"])
            self._client = self._manager.blocking_client()
            self._client.start_channels()
            self._client.wait_for_ready(timeout=START)
        except Exception as error:
            self.stop()
            raise KernelError(f"the Jupyter kernel does not start: {type(error).__name__}: {error}") from error

    def stop(self) -> None:
        """Kill the kernel and all that it started. Twice does no harm."""
        client, manager, self._client, self._manager = self._client, self._manager, None, None
        if client is not None:
            client.stop_channels()
        if manager is not None:
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()

    def run(self, code: str, timeout: float, store: bool = True) -> Result:
        """Run code for at most `timeout` seconds; `store` is whether In[n] counts on. Never raises for what it runs."""
        if self._manager is None or not self._manager.is_alive():
            return self._gone("died")
        request = self._client.execute(code, silent=False, store_history=store, allow_stdin=False, stop_on_error=False)
        state: State = "done"
        deadline = time.monotonic() + timeout
        pending = _Pending(request)
        while not pending.finished:
            if time.monotonic() > deadline:
                if state == "interrupted":
                    return self._gone("killed")
                state, deadline = "interrupted", time.monotonic() + GRACE
                self._manager.interrupt_kernel()
            if not self._poll(pending) and not self._manager.is_alive():
                while self._poll(pending):      # what it sent before it ended
                    pass
                return self._gone("died", pending)
        if pending.left:
            return self._gone("died", pending)
        if pending.error and state == "done":
            state = "error"
        return Result(state, pending.count, *(pending.error or ("", "")), pending.data)

    def call(self, function: str, arguments: dict[str, Any], timeout: float) -> Result:
        """Call a function of `rnnbook.commands.probe` in the kernel; what it returns is the result's `data`."""
        probe = "__import__('rnnbook.commands.probe', fromlist=['answer'])"
        line = f"{probe}.answer({function!r}, {json.dumps(arguments)!r})"
        return self.run(line, timeout, store=False)

    def _poll(self, pending: _Pending) -> bool:
        """Take one message of each channel, waiting a moment for it; whether there was any."""
        found = False
        for channel, wait in ((self._client.get_iopub_msg, 0.1), (self._client.get_shell_msg, 0.0)):
            try:
                pending.take(channel(timeout=wait))
                found = True
            except queue.Empty:
                continue
        return found

    def _gone(self, state: State, pending: _Pending | None = None) -> Result:
        self.stop()
        return Result(state, data=None if pending is None else pending.data)


class _Pending:
    """What has been heard about one request so far. Output is let go: a cell may print without end."""

    def __init__(self, request: str) -> None:
        self.request = request
        self.count = 0
        self.error: tuple[str, str] | None = None
        self.data: Any = None
        self.left = False       # the code asked the kernel to exit: exit(), quit()
        self._idle = False
        self._replied = 0.0

    @property
    def finished(self) -> bool:
        """Replied and idle; or replied a while ago, for the message that says idle may be lost in a flood."""
        return bool(self._replied) and (self._idle or time.monotonic() - self._replied > GRACE)

    def take(self, message: dict[str, Any]) -> None:
        if message["parent_header"].get("msg_id") != self.request:
            return
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "status":
            self._idle = content["execution_state"] == "idle"
        elif kind == "display_data" and MIME in content["data"]:
            self.data = content["data"][MIME]
        elif kind == "execute_reply":
            self._replied = time.monotonic()
            self.count = content.get("execution_count") or 0
            self.left = any(item.get("source") == "ask_exit" for item in content.get("payload", []))
            if content["status"] != "ok":
                self.error = (content.get("ename", content["status"]), content.get("evalue", ""))


def environment(home: str) -> dict[str, str]:
    """The kernel's environment: the user's own, pictures inline, no start-up files, and this interpreter first."""
    folder = os.path.dirname(sys.executable)
    return {
        **os.environ,
        "IPYTHONDIR": home,
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PATH": folder + os.pathsep + os.environ.get("PATH", ""),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
