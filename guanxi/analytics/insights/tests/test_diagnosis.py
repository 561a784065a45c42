"""A finding, a remedy, and later whether it helped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.analytics.insights.models import Remedy
from guanxi.analytics.insights.studies import Table
from guanxi.analytics.insights.tests.test_insights import TODAY, study
from guanxi.platform.identity.actors import Actor
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
PAGE = "/analytics/insights/diagnosis/"


def plans(by: Actor, amount: int, days: int) -> None:
    """Six instalments that are due so many days from now."""
    for place in range(6):
        firm = create_record(object="company", values={"name": f"潮汐 {amount} {place}"}, by=by)
        due = (TODAY + timedelta(days=days)).isoformat()
        values = {"name": "P", "company": firm.pk, "amount": str(amount), "due_on": due}
        create_record(object="instalment", values=values, by=by)


def under_treatment(by: Actor) -> Table | None:
    found = study("diagnosis", by)
    return next((one for one in found.tables if one.title.startswith("Under treatment")), None)


@pytest.mark.slow
def test_a_remedy_is_followed_until_it_has_helped(cast: Cast, fed: Callable[[], int]) -> None:
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        plans(by, 100, -30)
        fed()
        todos = study("diagnosis", by).todos
        at = next(
            place for place, one in enumerate(todos) if one.follow and one.follow.finding == "cash.overdue"
        )
        assert under_treatment(by) is None
    client: Any = client_for(cast.admin)
    assert client.post(PAGE, {"todo": str(at)}).status_code == 302
    assert client.post(PAGE, {"todo": str(at)}).status_code == 302  # pressed twice: nothing twice
    with in_workspace(cast.xishan.pk):
        remedy = Remedy.objects.get()
        assert (remedy.finding, remedy.points, remedy.goal, remedy.todos) == ("cash.overdue", 0, 60, 6)
        table = under_treatment(by)
        assert table is not None
        assert table.rows[0][7].text == "Nothing to see yet"
        plans(by, 10_000, 90)
        fed()
        table = under_treatment(by)
        assert table is not None
        assert table.rows[0][3].text == "0"
        assert table.rows[0][4].text == "100"
        assert table.rows[0][7].text == "Yes: the goal is reached"
        assert under_treatment(actor(cast.manager)) is None  # the figures are of what its maker may see
    end = f"/analytics/insights/remedies/{remedy.pk}/end/"
    for other in (cast.stranger, cast.outsider):
        assert client_for(other).post(end).status_code == 404
    assert client.get(end).status_code == 405
    page = client.get(PAGE)
    assert end in page.text
    assert client.post(end).status_code == 302
    assert client.post(end).status_code == 404
    with in_workspace(cast.xishan.pk):
        assert under_treatment(by) is None
