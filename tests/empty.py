"""A database with every table and nothing in them, of which tests take copies: making one takes seconds."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import django
from django.conf import settings

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".pytest_cache" / "empty"  # from run to run, as long as the migrations are the same
T = TypeVar("T")


def copy_empty_file(to: Path) -> None:
    """Lays the empty database at `to`, a file of SQLite's."""
    shutil.copyfile(_once(_file), to)


def empty_template() -> str:
    """The name of PostgreSQL's empty database, to be given as a TEMPLATE; nobody may connect to it."""
    return _once(_template)


def _once(make: Callable[[str], T]) -> T:
    """What `make` gives for this state of the migrations; processes that ask at once wait for the first."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return make(_digest())


def _digest() -> str:
    known = hashlib.sha256(django.__version__.encode())
    for path in sorted([*ROOT.glob("guanxi/**/migrations/*.py"), *ROOT.glob("guanxi/platform/tenancy/*.py")]):
        known.update(path.read_bytes())
    return known.hexdigest()[:12]


def _file(digest: str) -> Path:
    made = KEPT / f"{digest}.sqlite3"
    if not made.exists():
        for older in KEPT.glob("*.sqlite3*"):
            older.unlink()
        making = made.with_suffix(".making")
        making.unlink(missing_ok=True)
        _migrate(f"sqlite:///{making}")
        with closing(sqlite3.connect(making)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        making.rename(made)
    return made


def _template(digest: str) -> str:
    import psycopg

    url = urlsplit(os.environ["GUANXI_DATABASE_URL"])
    family = f"{url.path[1:]}_empty"
    made = f"{family}_{digest}"
    with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as admin:
        names = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [family])
        there = {name for (name,) in names}
        if made not in there:
            for older in there:
                admin.execute(f'DROP DATABASE "{older}" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{family}"')
            _migrate(url._replace(path=f"/{family}").geturl())
            admin.execute(f'ALTER DATABASE "{family}" RENAME TO "{made}"')
    return made


def _migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "guanxi.config.cli", "migrate", "-v", "0"],
        env={**os.environ, "GUANXI_DATA": str(settings.DATA_DIR), "GUANXI_DATABASE_URL": url},
        cwd=ROOT,
        check=True,
    )
