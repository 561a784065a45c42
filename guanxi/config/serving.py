"""`guanxi serve`: pages and API, events, and background work, as one supervised command.

pages    WSGI: every page and the API (Django answers three to eight times as fast there as on ASGI)
events   ASGI, on the port after it: the open connections that tell browsers what changed
worker   jobs, schedules, and the relay that hands facts to who listens
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from guanxi.config.supervision import Program, supervise

THREADS = (
    "threads of each (default: %(default)s). All but two may wait for what is being sent, so slow"
    " connections can keep others from saving, not from reading; a proxy in front waits in"
    " their place (see deploy/proxy.md)"
)


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    try:
        from guanxi.config import settings
    except (ValueError, OSError) as error:
        print(f"guanxi serve: {error}", file=sys.stderr)
        return 2
    for port in (options.port, options.port + 1):
        if taken := _taken(options.host, port):
            print(f"guanxi serve: port {port} of {options.host}: {taken}", file=sys.stderr)
            return 2
    if not (settings.STATIC_ROOT / "manifest.json").exists():
        print("guanxi serve: the front end is not built; run scripts/build", file=sys.stderr)
        return 2
    near = "127.0.0.1" if options.host in {"0.0.0.0", "::"} else options.host
    where = settings.SITE_URL if options.behind_proxy else f"http://{near}:{options.port}"

    def say(line: str) -> None:
        print(line, flush=True)

    def greet() -> bool:
        listening = _answers(near, options.port)
        if listening:
            say(f"Guanxi is at {where}/ (Ctrl-C stops it)")
            with suppress(OSError):  # a disk that is full stops nobody from being served
                settings.SERVED_AT.write_text(where, encoding="utf-8")
            for line in _set_up_lines(where):
                say(line)
        return listening

    # A reader of JSON wants nothing before the brace.
    prefix = os.environ.get("GUANXI_LOG") != "json"
    return supervise(_programs(options), prefix=prefix, say=say, greet=greet)


def _set_up_lines(where: str) -> list[str]:
    """The link for the first administrator while there is none; asked of a process that goes away again."""
    asked = [sys.executable, "-m", "guanxi.config.cli", "set-up", "--at", where, "--if-needed"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="guanxi serve", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port of the pages (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes for pages (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=8, help=THREADS)
    parser.add_argument(
        "--behind-proxy",
        action="store_true",
        help="a reverse proxy at GUANXI_URL maps /events/ to the second port (see deploy/proxy.md)",
    )
    return parser.parse_args(arguments)


def _programs(options: argparse.Namespace) -> list[Program]:
    events_port = "" if options.behind_proxy else str(options.port + 1)
    environment = {"GUANXI_EVENTS_PORT": events_port, "GUANXI_THREADS": str(options.threads)}
    return [
        Program(
            "pages",
            [
                # As error, since it warns of many threads: those that wait for a body need no core.
                *_granian(options.host, options.port, "wsgi", log_level="error"),
                *("--workers", str(options.workers), "--blocking-threads", str(options.threads)),
                "guanxi.config.wsgi:application",
            ],
            environment,
        ),
        Program(
            "events",
            [*_granian(options.host, options.port + 1, "asgi"), "guanxi.config.asgi:application"],
            environment,
        ),
        Program("worker", [sys.executable, "-m", "guanxi.config.cli", "worker"], environment),
    ]


def _granian(host: str, port: int, interface: str, *, log_level: str = "warning") -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", interface, "--host", host, "--port", str(port)),
        # Open event streams must not hold up a stop; HTTP/1 because a closed HTTP/2 stream goes unnoticed.
        *("--http", "1", "--no-ws", "--workers-kill-timeout", "5", "--log-level", log_level),
    ]


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=0.2).close()
    except OSError:
        return False
    return True


def _taken(host: str, port: int) -> str:
    """Why nothing can listen there, or ""."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            return (error.strerror or str(error)).lower()
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
