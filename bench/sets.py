"""Data sets: made once, kept outside the repository, measured on a copy that is thrown away.

A set belongs to a size and to the shape of the tables: when the migrations or making.EDITION change,
another one is made and the old one of that size removed. SQLite's are files, PostgreSQL's are databases on
the server of GUANXI_DATABASE_URL; `scripts/bench` keeps a server of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from bench.making import EDITION, Bench, make

ROOT = Path(__file__).parent.parent


def cache_folder() -> Path:
    """GUANXI_BENCH_CACHE, else guanxi-bench in the person's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("GUANXI_BENCH_CACHE") or Path(home) / "guanxi-bench")


def keep(contacts: int) -> None:
    """Make the set of this size unless there is one; says so, because a million contacts take minutes."""
    shelf = _shelf()
    name = _name(contacts)
    if name in shelf.names():
        return
    started = time.perf_counter()
    print(f"· making {contacts:,} contacts on {connection.vendor}", flush=True)
    shelf.remove(f"{name}_part")
    shelf.create(f"{name}_part")
    shelf.open(f"{name}_part")
    call_command("migrate", verbosity=0)
    bench = make(contacts)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_set (about text NOT NULL)")
        cursor.execute("INSERT INTO bench_set VALUES (%s)", [json.dumps(asdict(bench))])
    shelf.close()
    for old in shelf.names():
        if old.startswith(f"bench_{contacts}_") and old != f"{name}_part":
            shelf.remove(old)
    shelf.rename(f"{name}_part", name)
    print(f"· made in {time.perf_counter() - started:.0f} s", flush=True)


@contextmanager
def working_copies(sizes: list[int]) -> Iterator[dict[int, str]]:
    """Copies of the sets of these sizes, to be read and written; gone afterwards."""
    shelf = _shelf()
    copies = {size: f"work_{os.getpid()}_{size}" for size in sizes}
    try:
        for size, copy in copies.items():
            shelf.copy(_name(size), copy)
        yield copies
    finally:
        shelf.close()
        for copy in copies.values():
            shelf.remove(copy)


@contextmanager
def throwaway(name: str) -> Iterator[str]:
    """An empty database that is the product's in this process, gone afterwards; yields what it is called."""
    shelf, made = _shelf(), f"work_{os.getpid()}_{name}"
    shelf.create(made)
    try:
        shelf.open(made)
        yield made
    finally:
        shelf.close()
        shelf.remove(made)


def url(name: str) -> str:
    """How another process opens it."""
    return _shelf().url(name)


def open_copy(copy: str) -> Bench:
    """Make this copy the database of the product in this process; returns what is in it."""
    shelf = _shelf()
    shelf.open(copy)
    os.environ["GUANXI_DATABASE_URL"] = shelf.url(copy)
    with connection.cursor() as cursor:
        cursor.execute("SELECT about FROM bench_set")
        return Bench(**json.loads(cursor.fetchone()[0]))


def _name(contacts: int) -> str:
    return f"bench_{contacts}_{_fingerprint()}"


def _fingerprint() -> str:
    """Of the tables and of what stands in them."""
    digest = hashlib.sha256(str(EDITION).encode())
    for source in sorted((ROOT / "guanxi").rglob("migrations/*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _shelf() -> _Files | _Databases:
    return _Files() if connection.vendor == "sqlite" else _Databases()


class _Files:
    """Sets of SQLite."""

    def __init__(self) -> None:
        self.folder = cache_folder() / "sqlite"
        self.folder.mkdir(parents=True, exist_ok=True)

    def names(self) -> list[str]:
        return [found.stem for found in self.folder.glob("*.sqlite3")]

    def create(self, name: str) -> None:
        """A file begins to be when it is opened."""

    def open(self, name: str) -> None:
        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = str(self._file(name))

    def close(self) -> None:
        connection.close()

    def copy(self, name: str, copy: str) -> None:
        shutil.copyfile(self._file(name), self._file(copy))

    def rename(self, old: str, new: str) -> None:
        self._file(old).rename(self._file(new))

    def remove(self, name: str) -> None:
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{self._file(name)}{ending}").unlink(missing_ok=True)

    def url(self, name: str) -> str:
        return f"sqlite:///{self._file(name)}"

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"


class _Databases:
    """Sets of PostgreSQL: the server copies a database as its files."""

    def __init__(self) -> None:
        named = os.environ["GUANXI_DATABASE_URL"]
        self.server, _slash, self.home = named.rpartition("/")
        os.environ.setdefault("GUANXI_BENCH_HOME", self.home)
        self.home = os.environ["GUANXI_BENCH_HOME"]

    def names(self) -> list[str]:
        self.open(self.home)
        with connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database")
            return [row[0] for row in cursor.fetchall()]

    def create(self, name: str) -> None:
        self._do(f'CREATE DATABASE "{name}"')

    def open(self, name: str) -> None:
        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name

    def close(self) -> None:
        connection.close()

    def copy(self, name: str, copy: str) -> None:
        self._do(f'CREATE DATABASE "{copy}" TEMPLATE "{name}" STRATEGY file_copy')

    def rename(self, old: str, new: str) -> None:
        self._do(f'ALTER DATABASE "{old}" RENAME TO "{new}"')

    def remove(self, name: str) -> None:
        self._do(f'DROP DATABASE IF EXISTS "{name}"')

    def url(self, name: str) -> str:
        return f"{self.server}/{name}"

    def _do(self, statement: str) -> None:
        self.open(self.home)
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()
