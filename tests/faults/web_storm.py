"""Web processes that are killed at random in the middle of requests. Run by test_killed_web.py and by hand.

python -m tests.faults.web_storm SEED KILLS RECORDS TOKEN

Two writers make companies by the API and send each again, under its key, until it is answered. What serves
them is killed with SIGKILL again and again; the socket stays open, as that of a server that forks.
Prints how many were killed, and how many requests were cut off.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial

import django

WRITERS = 2


def main(seed: int, kills: int, records: int, token: str) -> None:
    django.setup()
    chance = random.Random(seed)
    sock = socket.create_server(("127.0.0.1", 0), backlog=64)
    port = sock.getsockname()[1]
    web = _fork(partial(serve, sock))
    halves = [range(at, records, WRITERS) for at in range(WRITERS)]
    writers = [_fork(partial(write, port, half, token)) for half in halves]
    done, left = 0, set(writers)
    try:
        while left:
            time.sleep(chance.uniform(0.02, 0.3))
            if done < kills:
                _kill(web)
                web = _fork(partial(serve, sock))
                done += 1
            left -= {one for one in left if os.waitpid(one, os.WNOHANG)[0]}
    finally:
        _kill(web)
        for one in left:
            _kill(one)
    print(json.dumps({"kills": done}))


def serve(sock: socket.socket) -> None:
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args: object) -> None:
            return

    server = ThreadedWSGIServer(sock.getsockname(), Quiet, bind_and_activate=False)
    server.socket.close()
    server.socket = sock
    server.server_bind = lambda: None  # type: ignore[method-assign]
    server.server_name, server.server_port = sock.getsockname()
    server.setup_environ()
    server.set_app(get_wsgi_application())
    server.serve_forever()


def write(port: int, numbers: range, token: str) -> None:
    cut_off = 0
    for at in numbers:
        body = json.dumps({"name": f"Firm {at}"}).encode()
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"storm-{at}",
        }
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            try:
                connection.request("POST", "/api/v1/companies", body=body, headers=headers)
                answer = connection.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException):
                cut_off += 1
                continue
            finally:
                connection.close()
            if answer.status == 201:
                break
            if answer.status not in (409, 429, 503):
                raise SystemExit(f"{answer.status} {said[:300]!r}")
            time.sleep(0.02)  # the one that was cut off still holds the key
    print(json.dumps({"cut_off": cut_off}), flush=True)


def _fork(child: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        from django.db import connections

        connections.close_all()
        child()
        os._exit(0)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        return


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
