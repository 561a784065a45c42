"""Another system, on this machine: keeps what it was sent, and answers what it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Standin:
    """`answers`: (status, body, headers) for the next calls, the last one for all that follow."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answers: list[tuple[int, str, dict[str, str]]] = [(200, '{"errcode": 0, "code": 0}', {})]
        self.hangs = 0.0
        self.url = ""

    def answer(self, status: int, body: str = "", **headers: str) -> None:
        self.answers = [(status, body, {name.replace("_", "-"): one for name, one in headers.items()})]


@contextmanager
def standin() -> Iterator[Standin]:
    found = Standin()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found.calls.append(
                {"path": self.path, "headers": dict(self.headers), "body": body, "method": self.command}
            )
            status, text, headers = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
            if found.hangs:
                time.sleep(found.hangs)
            try:
                self.send_response(status)
                for name, one in headers.items():
                    self.send_header(name, one)
                self.end_headers()
                self.wfile.write(text.encode())
            except OSError:
                return

        do_GET = do_POST

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
