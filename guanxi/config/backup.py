"""One archive with everything: the database, the files that people uploaded, the secret key, and a manifest.

    manifest.json          version, time, kind of database, applied migrations, SHA-256 of every other member
    database.sqlite3       a copy made by SQLite while others go on writing, or
    database.dump          pg_dump's own format
    secret                 without it, nobody's sessions and signed links would hold, and passwords and tokens
                           for other systems, which the database has only encrypted, could not be read
    secret.before          keys that held before, where there are any
    files/…

The archive is as secret as the database itself: it is written for its owner only.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from guanxi import __version__
from guanxi.platform.tenancy.row_security import SETTING

_MANIFEST = "manifest.json"
_SECRETS = ("secret", "secret.before")
_CHUNK = 1 << 20


class BackupError(Exception):
    """Why there is no backup, or why it was not restored; nothing was changed."""


@dataclass(frozen=True)
class Installation:
    """What is backed up and restored to: a database as in Django's DATABASES, and the folder of the data."""

    database: Mapping[str, Any]
    data: Path

    @property
    def is_sqlite(self) -> bool:
        return str(self.database["ENGINE"]).endswith("sqlite3")

    @property
    def files(self) -> Path:
        return self.data / "files"


def back_up(installation: Installation, archive: Path) -> int:
    """Write the archive, whole or not at all; returns its size in bytes. Work may go on meanwhile.

    Files are copied after the database, so every file that a row names is there.
    Raises BackupError where `archive` exists already or the database's tool is missing.
    """
    if archive.exists():
        raise BackupError(f"{archive} exists already")
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".guanxi-backup-") as folder:
        unfinished = Path(folder) / "archive"
        database = Path(folder) / _database_member(installation)
        _dump(installation, database)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out, tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as tar:
            sums = {name: _add(tar, name, path) for name, path in _members(installation, database)}
            _add_bytes(tar, _MANIFEST, json.dumps(_manifest(installation, sums), indent=1).encode())
        unfinished.rename(archive)
    return archive.stat().st_size


def restore(installation: Installation, archive: Path, *, force: bool = False) -> dict[str, Any]:
    """Put everything back as it was; returns the manifest. The caller migrates afterwards.

    The archive is read and its sums are compared before anything is touched.
    Raises BackupError for a damaged archive, one of a newer version or of the other kind of database, and,
    unless `force` is given, where records or files are there already.
    """
    with tempfile.TemporaryDirectory(dir=installation.data, prefix=".guanxi-restore-") as folder:
        manifest = _unpack(archive, Path(folder))
        database = Path(folder) / _database_member(installation)
        if not database.exists():
            raise BackupError(f"the backup is of {manifest['database']}, this installation is not")
        if unknown := set(manifest["migrations"]) - _known_migrations():
            made_by = f"{manifest['version']} (it has {min(unknown)})"
            raise BackupError(f"made by a newer version, {made_by}: upgrade first")
        if not force and (found := _holds(installation)):
            raise BackupError(f"{found}; --force replaces all of it")
        _load(installation, database)
        _replace(Path(folder) / "files", installation.files)
        for name in _SECRETS:
            if (Path(folder) / name).exists():
                os.replace(Path(folder) / name, installation.data / name)
    return manifest


# ——— The archive ———


def _database_member(installation: Installation) -> str:
    return "database.sqlite3" if installation.is_sqlite else "database.dump"


def _members(installation: Installation, database: Path) -> Iterator[tuple[str, Path]]:
    yield database.name, database
    for name in _SECRETS:
        if (installation.data / name).exists():
            yield name, installation.data / name
    for path in sorted(installation.files.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield f"files/{path.relative_to(installation.files).as_posix()}", path


def _manifest(installation: Installation, sums: Mapping[str, str]) -> dict[str, Any]:
    return {
        "version": __version__,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": "sqlite" if installation.is_sqlite else "postgresql",
        "migrations": sorted(_applied_migrations(installation)),
        "sha256": dict(sums),
    }


def _add(tar: tarfile.TarFile, name: str, path: Path) -> str:
    """Add a file; returns the sum of the bytes that were added."""
    with path.open("rb") as source:
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = (
            os.fstat(source.fileno()).st_size,
            int(path.stat().st_mtime),
            0o600,
        )
        summed = _Summed(source)
        tar.addfile(member, summed)
        return summed.sum.hexdigest()


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def _unpack(archive: Path, folder: Path) -> dict[str, Any]:
    """Everything into the folder; returns the manifest that every member agrees with."""
    sums = {}
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                target = folder / _safe(member)
                target.parent.mkdir(parents=True, exist_ok=True)
                source = tar.extractfile(member)
                assert source is not None, "a regular file has content"
                with target.open("wb") as out:
                    summed = _Summed(source)
                    shutil.copyfileobj(summed, out, _CHUNK)
                target.chmod(0o600)
                sums[member.name] = summed.sum.hexdigest()
        sums.pop(_MANIFEST)
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text())
    except (tarfile.TarError, zlib.error, EOFError, OSError, KeyError, ValueError) as error:
        raise BackupError(f"{archive} is no backup, or is damaged: {error}") from error
    if manifest["sha256"] != sums:
        wrong = sorted(name for name, _ in manifest["sha256"].items() ^ sums.items())
        raise BackupError(f"{archive} is damaged: {wrong[0]} is not as it was written")
    return manifest


def _safe(member: tarfile.TarInfo) -> str:
    parts = PurePosixPath(member.name).parts
    if not member.isreg() or member.name.startswith("/") or ".." in parts or not parts:
        raise BackupError(f"the archive holds {member.name!r}, which no backup does")
    return member.name


class _Summed:
    """A file that is read, and the sum of what was read."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source = source
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        read = self.source.read(size)
        self.sum.update(read)
        return read


# ——— The database ———


def _dump(installation: Installation, target: Path) -> None:
    if installation.is_sqlite:
        with _sqlite(installation) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy, pages=4096, sleep=0.01)
        return
    # Row-level security holds for the owner too, so the dump says that it works everywhere.
    _run_postgres(
        installation,
        [
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--enable-row-security",
            f"--file={target}",
        ],
    )


def _load(installation: Installation, source: Path) -> None:
    if installation.is_sqlite:
        # Into the database that is there, as one transaction of it: who has it open sees the restored one.
        with closing(sqlite3.connect(source)) as copy, _sqlite(installation) as target:
            copy.backup(target)
        return
    listed = _run_postgres(
        installation,
        ["psql", "-XAtc", "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()"],
    )
    if tables := listed.split():
        _run_postgres(installation, ["psql", "-Xqc", f"DROP TABLE {', '.join(tables)} CASCADE"])
    _run_postgres(
        installation,
        [
            *("pg_restore", "--dbname", installation.database["NAME"], "--single-transaction"),
            *("--clean", "--if-exists", "--no-owner", "--no-privileges", str(source)),
        ],
    )


def _holds(installation: Installation) -> str:
    """What would be lost by replacing it, or ""."""
    if installation.files.exists() and any(installation.files.iterdir()):
        return f"{installation.files} holds files"
    count = _ask(installation, "SELECT count(*) FROM tenancy_workspace")
    return f"the database holds {count} workspaces" if count and count != "0" else ""


def _applied_migrations(installation: Installation) -> list[str]:
    applied = _ask(installation, "SELECT app || '.' || name FROM django_migrations")
    return applied.split()


def _known_migrations() -> set[str]:
    from django.db.migrations.loader import MigrationLoader

    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}


def _ask(installation: Installation, query: str) -> str:
    """The first column of a query, a line a row; "" where the table is not there yet."""
    if installation.is_sqlite:
        try:
            with _sqlite(installation) as database:
                return "\n".join(str(row[0]) for row in database.execute(query))
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return ""
            raise
    try:
        return _run_postgres(installation, ["psql", "-XAtc", query]).strip()
    except BackupError as error:
        if "does not exist" in str(error):
            return ""
        raise


@contextmanager
def _sqlite(installation: Installation) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(installation.database["NAME"], timeout=60)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        yield connection


def _run_postgres(installation: Installation, command: list[str]) -> str:
    settings = installation.database
    said = {
        "PGHOST": settings["HOST"],
        "PGPORT": str(settings["PORT"]),
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGDATABASE": settings["NAME"],
        "PGOPTIONS": f"-c {SETTING}=*",
    }
    environment = {**os.environ, **{name: value for name, value in said.items() if value}}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise BackupError(f"{command[0]} is missing: apt-get install postgresql-client") from error
    if done.returncode:
        raise BackupError(f"{command[0]} says: {done.stderr.strip()}")
    return done.stdout


def _replace(source: Path, target: Path) -> None:
    if target.exists():
        shutil.rmtree(target)
    if source.exists():
        shutil.move(source, target)
