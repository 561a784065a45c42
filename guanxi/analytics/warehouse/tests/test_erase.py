"""Who was erased is in no present and no past of the warehouse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import transaction

from guanxi.analytics.consumers import hear
from guanxi.analytics.warehouse.reading import connect
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.records.privacy.actions import ask_erasure
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db
NAME = "Zyxmarker Zhang"


def test_a_person_who_was_erased_is_in_no_past_of_it(cast: Cast, fed: Callable[[], int]) -> None:
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        person = create_record(object="contact", values={"name": NAME, "title": "Buyer"}, by=admin)
        other = create_record(object="company", values={"name": "青禾", "about": f"{NAME} is kind"}, by=admin)
        change_record(other, {"about": "Good"}, by=admin)
        fed()
        then = datetime.now(UTC)
        assert told(admin, then) == {NAME}
        ask_erasure(registry.get("contact"), person.pk, typed=NAME, ground="request", by=admin)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk), transaction.atomic():
        hear([Fact.objects.get(verb="erased")])
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        assert told(admin, then) == set()
        for table in ("contact", "company"):
            rows = connect(admin, table, as_of=then).execute(f"SELECT * FROM {table}").fetchall()
            assert "Zyxmarker" not in str(rows)


def told(admin: Actor, then: datetime) -> set[str]:
    rows = connect(admin, "contact", as_of=then).execute("SELECT name FROM contact").fetchall()
    return {row[0] for row in rows}
