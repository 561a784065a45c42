"""SQLite is told how its tables have grown."""

from __future__ import annotations

import pytest
from django.db import connection

from guanxi.platform.jobs.jobs import refresh_table_statistics
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
