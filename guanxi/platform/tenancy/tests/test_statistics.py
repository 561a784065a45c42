"""SQLite is told how its tables have grown."""

from __future__ import annotations

import pytest
from django.db import connection

from guanxi.platform.jobs.jobs import refresh_table_statistics
from guanxi.platform.records.models import Tag
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.models import Workspace


@pytest.mark.django_db
def test_a_table_that_has_grown_is_looked_at_again() -> None:
    for number in range(30):
        Workspace.objects.create(slug=f"w{number}", name=str(number), country="CN", currency="CNY")
    told = refresh_table_statistics.call()
    if connection.vendor != "sqlite":
        assert told is False
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = 'tenancy_workspace'")
        assert cursor.fetchone()[0] >= 30


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL looks by itself")
def test_a_workspace_is_not_taken_for_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or else the database sorts all that it has where it could walk an index."""
    monkeypatch.setattr("guanxi.platform.tenancy.statistics.ROWS_LOOKED_AT", 10)
    workspace = Workspace.objects.create(slug="w", name="w", country="CN", currency="CNY")
    with in_workspace(workspace.pk):
        Tag.objects.bulk_create(
            Tag(workspace=workspace, name=f"t{number}", key=f"t{number}") for number in range(500)
        )
    refresh_table_statistics.call()
    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = 'records_tag' AND idx = 'records_tag_key'")
        rows, each = map(int, cursor.fetchone()[0].split()[:2])
    assert rows >= 400
    assert each == rows
