"""To be told when a figure is below or above something: once when it comes there, to whom it is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail

from guanxi.analytics.dashboards.mailing import begin_turns, send_turn
from guanxi.analytics.dashboards.models import Delivery
from guanxi.collaboration.notifications.models import Notification
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
PLACE = "/analytics/deliveries/"
CUBE = "object=company&measures=sum%3Aemployees&filter=industry+%3D+%22%E6%B0%B4%E5%8A%A1%22"
ALARM = {"address": f"/analytics/cube/?{CUBE}", "every": "day", "hour": "7", "beyond": "below"}


@pytest.fixture
def firm(cast: Cast, fed: Callable[[], int]) -> Any:
    with in_workspace(cast.xishan.pk):
        made = create_record(
            object="company",
            values={"name": "水务", "industry": "水务", "employees": 100},
            by=actor(cast.rep),
        )
        fed()
        return made


def _looked(row: Delivery, days: int) -> bool:
    begin_turns(datetime.now(UTC) + timedelta(days=days))
    row.refresh_from_db()
    return send_turn(row.pk, row.turn)


def test_it_is_told_once_when_the_figure_comes_there_and_again_after_it_was_elsewhere(
    cast: Cast, firm: Any, fed: Callable[[], int]
) -> None:
    rep = client_for(cast.rep)
    assert rep.post(PLACE, {**ALARM, "limit": "8 0"}).status_code in (302, 303, 422)
    with in_workspace(cast.xishan.pk):
        Delivery.objects.all().delete()
    assert rep.post(PLACE, {**ALARM, "limit": "80"}).status_code in (302, 303)
    with in_workspace(cast.xishan.pk):
        (row,) = Delivery.objects.all()
        told = []
        for day, employees in ((2, 100), (4, 79), (6, 60), (8, 90), (10, 10)):
            firm = change_record(firm, {"employees": employees}, by=actor(cast.rep))
            fed()
            told.append(_looked(row, day))
        assert told == [False, True, False, False, True]
    run_pending_jobs()
    assert [one.to for one in mail.outbox] == [[cast.rep.user.email]] * 2
    assert "79" in mail.outbox[0].subject
    drain_events()
    with in_workspace(cast.xishan.pk):
        said = Notification.objects.filter(kind="figures", member=cast.rep)
        assert len(said) == 2
        key = said[0].pk
    assert rep.get(f"/notifications/{key}/")["Location"] == PLACE
    assert said[0].text in rep.get("/notifications/").content.decode()
    give_role(cast.rep, {"company": {"verbs": ["*"], "see": "all", "fields": {"employees": "hidden"}}})
    assert said[0].text not in rep.get("/notifications/").content.decode(), (
        "the figure goes with the right to it"
    )


def test_the_form_says_which_figure_and_what_is_watched(cast: Cast, firm: Any) -> None:
    rep = client_for(cast.rep)
    page = rep.get(
        f"{PLACE}?{urlencode({'about': CUBE, 'beyond': 'above', 'limit': '120'})}"
    ).content.decode()
    assert "水务" in page
    assert 'value="120"' in page
    rep.post(PLACE, {**ALARM, "beyond": "above", "limit": "1.2万"})
    assert "12,000" in rep.get(PLACE).content.decode()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"limit": "much"}, (302, 303, 422)),
        ({"beyond": "beside", "limit": "1"}, (422,)),
        ({"address": f"/analytics/cube/?{CUBE}&rows=industry", "limit": "1"}, (422,)),
        ({"address": "/analytics/dashboards/home/sales/", "limit": "1"}, (422,)),
        ({"address": "/analytics/cube/?object=nothing", "limit": "1"}, (404,)),
    ],
)
def test_what_is_no_figure_or_no_limit_is_not_watched(
    cast: Cast, firm: Any, more: dict[str, str], code: tuple[int, ...]
) -> None:
    assert client_for(cast.rep).post(PLACE, {**ALARM, **more}).status_code in code
    with in_workspace(cast.xishan.pk):
        assert not Delivery.objects.exists()


def test_who_loses_the_figure_is_told_that_it_comes_no_more_and_not_what_it_is(cast: Cast, firm: Any) -> None:
    rep = client_for(cast.rep)
    rep.post(PLACE, {**ALARM, "limit": "500"})
    rep.post(PLACE, {"address": ALARM["address"], "every": "day", "hour": "9"})
    with in_workspace(cast.xishan.pk):
        give_role(cast.rep, {"company": {"verbs": ["*"], "see": "all", "fields": {"employees": "hidden"}}})
        rows = list(Delivery.objects.order_by("hour"))
        for days in (2, 4):
            assert [_looked(row, days) for row in rows] == [False, False]
    run_pending_jobs()
    drain_events()
    assert mail.outbox == []
    with in_workspace(cast.xishan.pk):
        assert Notification.objects.filter(kind="figures", member=cast.rep).count() == 2
    page = rep.get(PLACE).content.decode()
    assert page.count("或者你已无权查看") == 2
    assert "100" not in page
    for other in (cast.stranger, cast.outsider):
        assert client_for(other).post(f"{PLACE}{rows[0].pk}/deletion/").status_code == 404
