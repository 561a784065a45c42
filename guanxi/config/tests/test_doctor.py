"""The doctor says what is wrong, and what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from pytest_django import Settings

from guanxi.config import doctor
from guanxi.platform.tenancy.row_security import workspace_tables


def test_a_sound_installation_is_said_to_be_sound(db: None) -> None:
    findings = {finding.what: finding for finding in doctor.examine()}
    assert list(findings)[:1] == ["data folder"]
    for what in ("database", "migrations", "database role", "row security", "data folder"):
        assert findings[what].right, findings[what]


def test_a_secret_that_others_can_read_is_wrong(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "secret").write_text("key")
    (tmp_path / "secret").chmod(0o644)
    right, text = doctor.secret_key()
    assert not right
    assert "chmod 600" in text
    (tmp_path / "secret").chmod(0o600)
    assert doctor.secret_key()[0]


def test_a_front_end_that_is_not_built_or_not_whole_is_wrong(tmp_path: Path, settings: Settings) -> None:
    settings.STATIC_ROOT = tmp_path
    assert doctor.front_end() == (False, "is not built: scripts/build")
    (tmp_path / "manifest.json").write_text('{"main.js": "main-1A2B3C4D.js"}')
    assert doctor.front_end() == (False, "lacks main-1A2B3C4D.js: scripts/build")
    (tmp_path / "main-1A2B3C4D.js").touch()
    assert doctor.front_end()[0]


def test_a_lost_database_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lost() -> None:
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(connection, "ensure_connection", lost)
    with pytest.raises(SystemExit) as ended:
        call_command("doctor")
    assert ended.value.code == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "WRONG  database: connection refused", "what needs a database is left out"


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="row-level security is PostgreSQL's")
def test_a_table_without_its_lock_is_wrong(db: None) -> None:
    table = workspace_tables()[0]
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {connection.ops.quote_name(table)} NO FORCE ROW LEVEL SECURITY")
    assert doctor.row_security() == (False, f"{table} stand open: guanxi migrate")
