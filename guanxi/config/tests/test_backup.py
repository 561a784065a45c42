"""A backup comes back as it was, and nothing is touched where it should not be."""

from __future__ import annotations

import json
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from guanxi import __version__
from guanxi.config.backup import BackupError, Installation, back_up, restore
from guanxi.config.settings import database
from guanxi.platform.tenancy.row_security import SETTING

TABLES = (
    "CREATE TABLE django_migrations (app varchar(9), name varchar(40))",
    "INSERT INTO django_migrations VALUES ('tenancy', '0001_initial')",
    "CREATE TABLE tenancy_workspace (id bigint PRIMARY KEY, name text)",
    "INSERT INTO tenancy_workspace VALUES (1, '溪山'), (2, 'Marlin')",
    "CREATE TABLE deal (id bigint PRIMARY KEY, workspace_id bigint, name text)",
    "INSERT INTO deal VALUES (10, 1, '示波器'), (20, 2, 'Pumps')",
)
LOCK = (
    "ALTER TABLE deal ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE deal FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY own ON deal USING (current_setting('{SETTING}', true) IN ('*', workspace_id::text))",
)
Make = Callable[[str], Installation]


@pytest.fixture
def make(tmp_path: Path, db: None) -> Iterator[Make]:
    """Empty installations of the kind of database that the tests run on."""
    made: list[str] = []

    def empty(name: str) -> Installation:
        folder = tmp_path / name
        folder.mkdir()
        if connection.vendor == "sqlite":
            return Installation(database(f"sqlite:///{folder}/guanxi.sqlite3"), folder)
        name = f"{connection.settings_dict['NAME']}_{name}"
        _on_server(f'DROP DATABASE IF EXISTS "{name}"')
        _on_server(f'CREATE DATABASE "{name}"')
        made.append(name)
        return Installation({**connection.settings_dict, "NAME": name}, folder)

    yield empty
    for name in made:
        _on_server(f'DROP DATABASE "{name}"')


@pytest.fixture
def full(make: Make) -> Installation:
    """Two workspaces with a deal each, two files and a key."""
    installation = make("full")
    run(installation, *TABLES, *(() if installation.is_sqlite else LOCK))
    (installation.files / "1" / "合同").mkdir(parents=True)
    (installation.files / "1" / "合同" / "报价 final.pdf").write_bytes(b"%PDF" * 1000)
    (installation.files / "2").mkdir()
    (installation.files / "2" / "empty").write_bytes(b"")
    (installation.data / "secret").write_text("the key")
    return installation


def run(installation: Installation, *statements: str) -> list[Any]:
    """Run statements as one who sees all workspaces; returns the rows of the last."""
    if installation.is_sqlite:
        with closing(sqlite3.connect(installation.database["NAME"])) as opened:
            rows = [opened.execute(statement).fetchall() for statement in statements]
            opened.commit()
            return rows[-1]
    import psycopg

    settings = installation.database
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname=settings["NAME"],
        options=f"-c {SETTING}=*",
    ) as opened:
        cursors = [opened.execute(statement) for statement in statements]
        return cursors[-1].fetchall() if cursors[-1].description else []


def _on_server(statement: str) -> None:
    import psycopg

    with psycopg.connect(
        **connection.get_connection_params() | {"cursor_factory": None}, autocommit=True
    ) as opened:
        opened.execute(statement)


def content(installation: Installation) -> dict[str, Any]:
    files = {
        str(path.relative_to(installation.files)): path.read_bytes()
        for path in installation.files.rglob("*")
        if path.is_file()
    }
    return {"deals": run(installation, "SELECT * FROM deal ORDER BY id"), "files": files}


def test_everything_comes_back(full: Installation, make: Make, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    assert back_up(full, archive) == archive.stat().st_size
    assert archive.stat().st_mode & 0o077 == 0, "it holds the secret key"
    other = make("other")
    manifest = restore(other, archive)
    assert content(other) == content(full)
    assert len(content(other)["deals"]) == 2
    assert (other.data / "secret").read_text() == "the key"
    assert manifest["migrations"] == ["tenancy.0001_initial"]
    assert sorted(path.name for path in other.data.iterdir() if "sqlite3" not in path.name) == [
        "files",
        "secret",
    ]


def test_a_filled_installation_is_replaced_only_by_force(full: Installation, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    back_up(full, archive)
    before = content(full)
    run(full, "DELETE FROM deal WHERE id = 10", "CREATE TABLE newer (id bigint)")
    (full.files / "2" / "later").write_bytes(b"later")
    with pytest.raises(BackupError, match="--force"):
        restore(full, archive)
    assert len(content(full)["deals"]) == 1
    restore(full, archive, force=True)
    assert content(full) == before


def test_workspaces_count_as_filled_without_files(full: Installation, make: Make, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    back_up(full, archive)
    other = make("other")
    run(other, *TABLES)
    with pytest.raises(BackupError, match="2 workspaces"):
        restore(other, archive)


def test_a_backup_overwrites_no_file(full: Installation, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    archive.write_text("mine")
    with pytest.raises(BackupError, match="exists already"):
        back_up(full, archive)
    assert archive.read_text() == "mine"


@pytest.mark.parametrize("damage", ["cut", "flip", "other"])
def test_a_damaged_archive_changes_nothing(full: Installation, tmp_path: Path, damage: str) -> None:
    archive = tmp_path / "backup.tar.gz"
    back_up(full, archive)
    whole = archive.read_bytes()
    middle = len(whole) // 2
    archive.write_bytes(
        {
            "cut": whole[:middle],
            "flip": whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :],
            "other": b"not an archive",
        }[damage]
    )
    before = content(full)
    with pytest.raises(BackupError, match="damaged"):
        restore(full, archive, force=True)
    assert content(full) == before


def test_a_member_outside_the_archive_is_refused(make: Make, tmp_path: Path) -> None:
    archive = tmp_path / "evil.tar.gz"
    (tmp_path / "x").write_text("x")
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "x", "files/../../escaped")
    with pytest.raises(BackupError, match="no backup does"):
        restore(make("target"), archive)
    assert not (tmp_path / "escaped").exists()


def test_a_backup_of_a_newer_version_waits_for_the_upgrade(
    full: Installation, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(full, "INSERT INTO django_migrations VALUES ('sales', '0099_later')")
    back_up(full, tmp_path / "backup.tar.gz")
    with pytest.raises(BackupError, match=r"sales\.0099_later"):
        restore(make("other"), tmp_path / "backup.tar.gz")


def test_a_backup_of_the_other_kind_of_database_is_refused(full: Installation, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    back_up(full, archive)
    engine = "x.postgresql" if full.is_sqlite else "x.sqlite3"
    other = replace(full, database={**full.database, "ENGINE": engine})
    with pytest.raises(BackupError, match="the backup is of"):
        restore(other, archive, force=True)


def test_a_missing_tool_is_named(full: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    elsewhere = Installation(database("postgresql://guanxi@127.0.0.1:1/guanxi"), tmp_path)
    with pytest.raises(BackupError, match="pg_dump is missing: apt-get install postgresql-client"):
        back_up(elsewhere, tmp_path / "backup.tar.gz")


def test_the_manifest_sums_every_member(full: Installation, tmp_path: Path) -> None:
    back_up(full, tmp_path / "backup.tar.gz")
    with tarfile.open(tmp_path / "backup.tar.gz") as tar:
        names = set(tar.getnames())
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert set(manifest["sha256"]) == names - {"manifest.json"}
    assert manifest["version"] == __version__
