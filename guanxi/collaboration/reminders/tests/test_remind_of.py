"""Reminders by two taps, in words and over the API; when they ring, and for whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from guanxi.collaboration.activities.actions import remind_due
from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.reminders.actions import moment_of
from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.holidays import is_working_day
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.pages.working_days import say_days
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def firm(cast: Cast):
    with in_workspace(cast.xishan.pk):
        return create_record(object="company", values={"name": "青禾水务"}, by=actor(cast.rep))


def test_two_taps_make_one_reminder_that_rings_once(cast, firm):
    browser, url = client_for(cast.rep), f"/companies/{firm.pk}/reminders/"
    page = browser.get(f"/companies/{firm.pk}/").content.decode()
    assert url in page
    assert "in 4 months 9:00, on the working day" in page
    for _press in range(2):
        sent = browser.post(url, {"when": "in 4 months 9:00, on the working day", "words": "", "text": ""})
        assert sent.status_code == 303
    with in_workspace(cast.xishan.pk):
        made = Activity.objects.get()
        local = made.remind_at.astimezone(ZONE)
        assert (local.hour, local.minute) == (9, 0)
        assert is_working_day(local.date(), "CN")
        assert made.due_at == made.remind_at
        assert made.owner_id == cast.rep.pk
        assert made.about == [["company", firm.pk]]
        assert "青禾水务" in made.subject
        assert remind_due(made.remind_at - timedelta(seconds=1)) == 0
        assert remind_due(made.remind_at) == 1
        assert remind_due(made.remind_at + timedelta(days=1)) == 0
        assert Fact.objects.filter(object="activity", verb="reminded").count() == 1


def test_the_menu_comes_back_closed_and_empty(cast, firm):
    sent = client_for(cast.rep).post(
        f"/companies/{firm.pk}/reminders/",
        {"words": "四个月后", "text": "报价"},
        headers={"HX-Request": "true"},
    )
    page = sent.content.decode()
    assert sent.status_code == 200
    assert page.startswith('<details class="remind">')
    assert '四个月后"' not in page
    assert "报价" not in page
    assert 'name="words"' in page


def test_words_are_understood_or_asked_for_again(cast, firm):
    browser, url = client_for(cast.rep), f"/companies/{firm.pk}/reminders/"
    for wrong in ("sometime", "", "yesterday", "2 hours ago", "31 Dec 9999"):
        again = browser.post(url, {"words": wrong, "text": "报价"})
        assert again.status_code == 422
        assert "报价" in again.content.decode()
    assert browser.post(url, {"words": "下周三上午", "text": "报价"}).status_code == 303
    for member in (cast.stranger, cast.outsider):
        assert client_for(member).post(url, {"words": "tomorrow"}).status_code == 404
    assert client_for(cast.observer).post(url, {"words": "tomorrow"}).status_code == 403
    sent = browser.post(
        "/api/v1/activities",
        {
            "subject": "回访", "kind": "todo", "about": [["company", str(firm.pk)]],
            "remind_at": "三个工作日后", "due_at": "in 3 working days",
        },
        content_type="application/json",
    )  # fmt: skip
    assert sent.status_code == 201, sent.content
    with in_workspace(cast.xishan.pk):
        made = Activity.objects.get(subject="回访")
        assert made.remind_at == made.due_at
        assert made.remind_at.astimezone(ZONE).hour == 9
        assert Activity.objects.filter(subject="报价").count() == 1


def test_the_workspaces_own_days_move_it(cast, firm):
    with in_workspace(cast.xishan.pk):
        rep, admin = actor(cast.rep), actor(cast.admin)
        plain = moment_of("next working day 9:00", by=rep).astimezone(ZONE).date()
        say_days(first=plain, last=plain, working=False, name="盘点", by=admin)
        moved = moment_of("next working day 9:00", by=rep).astimezone(ZONE).date()
        assert moved > plain
        assert not is_working_day(plain, "CN")
    with in_workspace(cast.marlin.pk):
        assert is_working_day(plain, "CN")
    browser = client_for(cast.admin)
    day = datetime.now(UTC).date() + timedelta(days=40)
    day += timedelta(days=(5 - day.weekday()) % 7)
    page = "/settings/working-days/"
    assert browser.post(page, {"first": str(day), "working": "yes", "name": "月末加班"}).status_code == 302
    assert "月末加班" in browser.get(f"{page}?year={day.year}").content.decode()
    with in_workspace(cast.xishan.pk):
        assert is_working_day(day, "CN")
        with pytest.raises(InvalidValues):
            say_days(first=day, last=day + timedelta(days=60), working=True, name="", by=actor(cast.admin))
    for wrong in ("", "1-1-1", "9999-12-31"):
        assert browser.post(page, {"first": wrong, "working": "no"}).status_code == 422
    assert client_for(cast.rep).get(page).status_code == 403
    assert client_for(cast.rep).post(page, {"first": str(day)}).status_code == 403
