"""A server on this machine that serves files, and fails in every way a server can."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FaultyServer:
    """Serves `files` (path → bytes); `faults` (path → name of a fault) says what goes wrong; `requests` counts."""

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, str] = {}
        self.requests: list[str] = []
        self.before = lambda: None          # called before each answer
        self.over = threading.Event()
        self.pair = threading.Barrier(2, timeout=60)
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                owner.requests.append(self.path)
                owner.before()
                owner.answer(self)

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.over.set()
        self.http.shutdown()
        self.http.server_close()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.http.server_port}{path}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        fault, body = self.faults.get(handler.path), self.files.get(handler.path)
        if fault == "silent":               # takes the connection and never says a word
            self.over.wait(60)
            return
        if fault == "broken":
            handler.send_error(503)
            return
        if body is None:
            handler.send_error(404)
            return
        if fault == "together":             # answers when two have asked
            self.pair.wait()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if fault in ("truncated", "stalls"):
            body = body[: len(body) // 2]
        handler.wfile.write(body)
        handler.wfile.flush()
        if fault == "stalls":               # half of it, then silence
            self.over.wait(60)
