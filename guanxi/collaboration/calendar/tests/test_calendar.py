"""The calendar through its doors; days as long as they are where the member is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guanxi.collaboration.activities.actions import finish_activity, plan_activity
from guanxi.collaboration.activities.models import Activity
from guanxi.platform.i18n.spans import at_same_time, span_of
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

PIECE = {"HX-Request": "true", "HX-Target": "cal"}  # without the navigation, whose counts are other rooms'
BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")


@pytest.fixture
def meeting(cast) -> Activity:
    with in_workspace(cast.xishan.pk):
        return plan_activity(
            kind="meeting",
            subject="二期评审",
            starts_at=datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI),
            minutes=60,
            by=actor(cast.rep),
        )


def page(member, **asked):
    return client_for(member).get("/calendar/", asked)


@pytest.mark.parametrize("view", ["month", "week", "day"])
def test_what_is_planned_stands_on_its_day(cast, meeting, view):
    client = client_for(cast.rep)
    with CaptureQueriesContext(connection) as asked:
        found = client.get("/calendar/", {"view": view, "at": "2026-11-24"}, headers=PIECE)
    text = found.content.decode()
    assert sum(query["sql"].startswith("SELECT") for query in asked) <= 8
    assert found.status_code == 200
    assert "二期评审" in text
    assert "10:00" in text


def test_days_follow_the_members_zone(cast):
    with in_workspace(cast.xishan.pk):
        plan_activity(
            kind="call",
            subject="清早",
            starts_at=datetime(2026, 11, 30, 17, 0, tzinfo=UTC),
            by=actor(cast.rep),
        )  # 1 December, 01:00 in Shanghai
    assert "清早" in page(cast.rep, view="day", at="2026-12-01").content.decode()
    assert "清早" not in page(cast.rep, view="day", at="2026-11-30").content.decode()


def test_the_day_that_clocks_change_has_23_or_25_hours():
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)):
        start, end = span_of("day", day).moments(BERLIN)
        assert end - start == timedelta(hours=hours)


def test_ten_oclock_stays_ten_oclock_when_clocks_change():
    before = datetime(2026, 3, 28, 10, 0, tzinfo=BERLIN)
    after = at_same_time(before, date(2026, 3, 30), BERLIN)
    assert after.astimezone(BERLIN).time() == time(10)
    assert after - before == timedelta(days=2) - timedelta(hours=1)
    skipped = at_same_time(before, date(2026, 3, 29), BERLIN, time(2, 30))
    assert skipped.astimezone(BERLIN).time() == time(3, 30)


def test_a_month_is_whole_weeks():
    span = span_of("month", date(2026, 11, 24))
    assert (span.first, span.last) == (date(2026, 10, 26), date(2026, 12, 6))
    assert (span.before, span.after) == (date(2026, 10, 1), date(2026, 12, 1))


def test_new_entries_are_planned_where_somebody_clicked(cast):
    client = client_for(cast.rep)
    assert 'value="2026-11-25"' in client.get("/calendar/", {"new": "2026-11-25"}).content.decode()
    given = {"kind": "visit", "subject": "看现场", "day": "2026-11-25", "time": "14:30", "minutes": "90"}
    assert client.post("/calendar/", given).status_code == 303
    client.post("/calendar/", {"kind": "todo", "subject": "寄样品", "day": "2026-11-25"})
    with in_workspace(cast.xishan.pk):
        visit = Activity.objects.get(kind="visit")
        assert visit.starts_at == datetime(2026, 11, 25, 14, 30, tzinfo=SHANGHAI)
        assert visit.ends_at - visit.starts_at == timedelta(minutes=90)
        assert Activity.objects.get(kind="todo").due_at == datetime(2026, 11, 25, tzinfo=SHANGHAI)


@pytest.mark.parametrize("wrong", [{"subject": ""}, {"day": "soon"}, {"kind": "note"}])
def test_what_is_missing_is_said_and_what_was_typed_kept(cast, wrong):
    given = {"kind": "visit", "subject": "看现场", "day": "2026-11-25", "time": "14:30"} | wrong
    answer = client_for(cast.rep).post("/calendar/", given)
    assert answer.status_code == 422
    assert "14:30" in answer.content.decode()
    with in_workspace(cast.xishan.pk):
        assert not Activity.objects.exists()


def test_moving_keeps_the_time_of_day_and_the_length(cast, meeting):
    client = client_for(cast.rep)
    assert client.post(f"/calendar/{meeting.pk}/moving/", {"day": "2026-11-27"}).status_code == 303
    with in_workspace(cast.xishan.pk):
        meeting.refresh_from_db()
        assert meeting.starts_at == datetime(2026, 11, 27, 10, 0, tzinfo=SHANGHAI)
        assert meeting.ends_at - meeting.starts_at == timedelta(hours=1)
    client.post(f"/calendar/{meeting.pk}/moving/", {"day": "2026-11-27", "time": "16:00"})
    with in_workspace(cast.xishan.pk):
        meeting.refresh_from_db()
        assert meeting.starts_at == datetime(2026, 11, 27, 16, 0, tzinfo=SHANGHAI)


def test_mine_are_mine_and_the_teams_go_by_rights(cast, meeting):
    at = "2026-11-24"
    assert "二期评审" not in page(cast.manager, at=at).content.decode()
    assert "二期评审" in page(cast.manager, at=at, scope="team").content.decode()
    assert "二期评审" not in page(cast.stranger, at=at, scope="team").content.decode()
    assert "二期评审" not in page(cast.outsider, at=at, scope="team").content.decode()
    for member in (cast.stranger, cast.outsider):
        moved = client_for(member).post(f"/calendar/{meeting.pk}/moving/", {"day": "2026-11-27"})
        assert moved.status_code == 404
    assert (
        client_for(cast.observer).post(f"/calendar/{meeting.pk}/moving/", {"day": "2026-11-27"}).status_code
        == 403
    )


def test_done_is_struck_through(cast, meeting):
    with in_workspace(cast.xishan.pk):
        finish_activity(meeting, by=actor(cast.rep), at=timezone.now())
    assert 'class="past"' in page(cast.rep, at="2026-11-24", view="week").content.decode()


@pytest.mark.parametrize("at", ["", "x", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_days_that_make_no_sense_are_today(cast, at):
    assert page(cast.rep, at=at).status_code == 200
