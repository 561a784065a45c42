"""The promise of the room: whatever is killed, each consumer sees all committed facts, in one order, once."""

from __future__ import annotations

import json
import subprocess

import pytest
from django.db import connection, transaction

from guanxi.platform.events.models import Fact, RelayState
from guanxi.platform.events.tests.storm import WRITERS
from guanxi.platform.jobs.tests.processes import start
from guanxi.platform.tenancy.context import everywhere
from guanxi.platform.tenancy.models import Workspace


@pytest.fixture
def effects():
    """The table into which consumers write; without a unique key, so that a double would be seen."""
    key = "bigserial" if connection.vendor == "postgresql" else "integer"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE storm_effect (n {key} PRIMARY KEY, consumer varchar(20),"
            " workspace_id bigint, fact_id bigint, position bigint)"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE storm_effect")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_consumer_sees_every_fact_once_in_the_same_order(effects):
    # SQLite has one writer at a time, so the storm is smaller there.
    each = 10_000 if connection.vendor == "postgresql" else 1_000
    firms = [Workspace.objects.create(slug=slug, name=slug).id for slug in ("a", "b", "c")]
    storm = start(
        "-m", "guanxi.platform.events.tests.storm", "1", str(each), *map(str, firms), stdout=subprocess.PIPE
    )
    out, _ = storm.communicate(timeout=1500)
    assert storm.returncode == 0
    assert json.loads(out.splitlines()[-1])["kills"] >= 25

    with everywhere("the test reads what all writers wrote"), transaction.atomic():
        log = list(Fact.objects.order_by("position").values_list("workspace_id", "id", "position", "verb"))
        head = RelayState.objects.get().position
    assert len(log) == WRITERS * each
    assert {verb for *_, verb in log} == {"done"}
    assert [position for _, _, position, _ in log] == list(range(1, head + 1))
    for consumer in ("small", "large", "slow"):
        for firm in firms:
            assert heard(consumer, firm) == [(fact_id, at) for owner, fact_id, at, _ in log if owner == firm]


def heard(consumer: str, workspace_id: int) -> list[tuple[int, int]]:
    """What a consumer did for a workspace, in the order in which it did it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT fact_id, position FROM storm_effect WHERE consumer = %s AND workspace_id = %s ORDER BY n",
            [consumer, workspace_id],
        )
        return [tuple(row) for row in cursor.fetchall()]
