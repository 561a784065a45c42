"""A whole Guanxi for a journey: `guanxi serve` on a database of its own, for a real Chromium."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.empty import copy_empty_file, empty_template

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "guanxi.config.cli"]


@contextmanager
def guanxi(folder: Path, **settings: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The address of a running product with an empty database, and the environment of its commands.

    settings  further ones of that environment
    """
    with _database(folder) as database:
        port = free_port()
        environment = {
            **os.environ,
            "GUANXI_DATA": str(folder),
            "GUANXI_DATABASE_URL": database,
            "GUANXI_URL": f"http://127.0.0.1:{port}",
            **settings,
        }
        with (folder / "serve.log").open("w") as log:
            server = subprocess.Popen(
                [*COMMAND, "serve", "--port", str(port)], env=environment, cwd=ROOT, stdout=log, stderr=log
            )
            try:
                address = f"http://127.0.0.1:{port}"
                wait_for(f"{address}/sign-in/")
                yield address, environment
            finally:
                server.terminate()
                server.wait(30)


def run(arguments: list[str], environment: Mapping[str, str]) -> str:
    """What a `guanxi` command prints; raises when it fails."""
    done = subprocess.run(
        [*COMMAND, *arguments], env=dict(environment), cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout


def set_up_link(environment: Mapping[str, str]) -> str:
    """The link that `guanxi serve` has printed for the first administrator."""
    return run(["set-up"], environment).split()[-1]


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    """The URL of a new database beside the one that the suite runs on."""
    given = os.environ.get("GUANXI_DATABASE_URL", "")
    if not given.startswith("postgres"):
        copy_empty_file(folder / "journey.sqlite3")
        yield f"sqlite:///{folder}/journey.sqlite3"
        return
    import psycopg

    name = f"journey_{secrets.token_hex(4)}"
    parts = urlsplit(given)
    maintenance = parts._replace(path="/postgres").geturl()
    with psycopg.connect(maintenance, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{empty_template()}"')
    try:
        yield parts._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(maintenance, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def wait_for(address: str) -> None:
    """Until it answers, three minutes at most: a busy machine is slow to start."""
    for _try in range(720):
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise RuntimeError(f"nothing answers at {address}")


def free_port() -> int:
    """A port that is free, as is the one after it, where the events are."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
