"""Work reports from the facts to the leader's word; and who may not read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from guanxi.collaboration.activities.actions import log_activity, plan_activity
from guanxi.collaboration.notifications.consumers import notify
from guanxi.collaboration.notifications.models import Notification
from guanxi.collaboration.reports.actions import (
    begin_report,
    read_report,
    set_policy,
    take_back,
    write_report,
)
from guanxi.collaboration.reports.jobs import look_after
from guanxi.collaboration.reports.models import WorkReport
from guanxi.collaboration.reports.telling import lines_of
from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.holidays import add_working_days
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

ZONE = ZoneInfo("Asia/Shanghai")


def today() -> date:
    return datetime.now(ZONE).date()


@pytest.fixture
def firm(cast: Cast):
    """A day's work of the rep: a company, two calls, and something for tomorrow."""
    with in_workspace(cast.xishan.pk):
        rep = actor(cast.rep)
        firm = create_record(
            object="company",
            values={
                "name": "青禾水务",
                "next_step": "重新出报价",
                "next_step_on": str(add_working_days(today(), 1, "CN")),
            },
            by=rep,
        )
        for text in ("谈价格", "谈交期"):
            log_activity(kind="call", subject=text, about=[("company", firm.pk)], by=rep)
        plan_activity(
            kind="todo", subject="寄样品", by=rep,
            due_at=datetime.combine(add_working_days(today(), 1, "CN"), time(10), ZONE),
        )  # fmt: skip
        return firm


def told(report: WorkReport, member) -> dict[str, int]:
    return {one.label: one.count for one in lines_of(report, by=actor(member))}


def test_a_report_is_made_handed_in_and_read(cast, firm):
    browser = client_for(cast.rep)
    for _press in range(2):
        begun = browser.post("/work-reports/", {"period": "day"})
        assert begun.status_code == 302
    page = browser.get(begun["Location"]).content.decode()
    assert "谈价格" in page
    assert "重新出报价 · 青禾水务" in page
    assert "寄样品" in page
    with in_workspace(cast.xishan.pk):
        report = WorkReport.objects.get()
        assert sorted(told(report, cast.rep).values()) == [1, 2]
        log_activity(kind="visit", subject="上门", about=[("company", firm.pk)], by=actor(cast.rep))
    leader = client_for(cast.manager)
    assert leader.get(begun["Location"]).status_code == 404  # a draft is its writer's alone
    sent = {"review": "青禾嫌贵", "plan": "报价", "hand_in": "1"}
    assert browser.post(begun["Location"], sent).status_code == 302
    with in_workspace(cast.xishan.pk):
        report.refresh_from_db()
        assert sum(told(report, cast.rep).values()) == 4  # what came after the draft is in it
        with pytest.raises(InvalidValues):
            write_report(report.pk, review="anders", plan="", by=actor(cast.rep))
    team = leader.get("/work-reports/").content.decode()
    assert begun["Location"] in team
    assert "青禾嫌贵" in leader.get(begun["Location"]).content.decode()
    assert leader.post(f"{begun['Location']}reading/", {"comment": "先找周总"}).status_code == 302
    assert "先找周总" in browser.get(begun["Location"]).content.decode()
    with in_workspace(cast.xishan.pk):
        report.refresh_from_db()
        assert (report.state, report.read_by_id) == ("read", cast.manager.pk)
        with pytest.raises(InvalidValues):
            take_back(report.pk, by=actor(cast.rep))
        verbs = Fact.objects.filter(object="work_report").order_by("pk").values_list("verb", flat=True)
        assert list(verbs) == ["submitted", "read"]


def test_only_who_leads_reads_it(cast, firm):
    with in_workspace(cast.xishan.pk):
        report, _new = begin_report(cast.rep, period="week", day=today())
        write_report(report.pk, review="zqxreview", plan="", by=actor(cast.rep), hand_in=True)
        for member in (cast.stranger, cast.below, cast.observer):
            with pytest.raises(NotFound):
                read_report(report.pk, by=actor(member))
        with pytest.raises(Refused):
            read_report(report.pk, by=actor(cast.rep))
        with pytest.raises(Refused):
            write_report(report.pk, review="", plan="", by=actor(cast.manager))
        with pytest.raises(Refused):
            set_policy(daily=True, weekly=True, by=actor(cast.manager))
        with pytest.raises(InvalidValues):
            begin_report(cast.rep, period="day", day=today() + timedelta(days=3))
        assert take_back(report.pk, by=actor(cast.rep)).state == "draft"
    url = f"/work-reports/{report.pk}/"
    for member in (cast.stranger, cast.below, cast.observer, cast.outsider, cast.manager):
        browser = client_for(member)
        assert browser.get(url).status_code == 404
        assert browser.post(url, {"review": "", "plan": ""}).status_code == 404
        assert "zqxreview" not in browser.get("/work-reports/?period=week").content.decode()
    for wrong in ("?day=9999-99-99", "?day=2100-12-31&period=week", "?period=year"):
        assert client_for(cast.rep).get(f"/work-reports/{wrong}").status_code == 200


def test_the_clock_begins_and_reminds_once(cast):
    def at(day: int, hour: int, minute: int = 0) -> datetime:
        return datetime(2026, 11, day, hour, minute, tzinfo=ZONE).astimezone(UTC)

    with in_workspace(cast.xishan.pk):
        assert look_after(at(24, 17, 30)) == 0  # nobody asks for reports
        set_policy(daily=True, weekly=True, by=actor(cast.admin))
        assert look_after(at(24, 17, 29)) == 0
        begin_report(cast.rep, period="day", day=date(2026, 11, 24), now=at(24, 12))
        assert look_after(at(24, 17, 30)) == 5  # the rep has begun theirs
        assert look_after(at(24, 17, 30)) == 0  # a second worker finds them all there
        assert look_after(at(28, 18)) == 0  # nobody works on Saturday
        mine = WorkReport.objects.get(owner_id=cast.rep.pk)
        write_report(mine.pk, review="", plan="", by=actor(cast.rep), hand_in=True)
        for _again in range(2):
            look_after(at(25, 9, 15))
        assert Fact.objects.filter(object="work_report", verb="reminded").count() == 5
        notify(list(Fact.objects.filter(object="work_report", verb="reminded").order_by("pk")))
        reminded = Notification.objects.filter(kind="report", verb="reminded")
        assert {one.member_id for one in reminded} == {
            one.pk for one in (cast.admin, cast.manager, cast.below, cast.stranger, cast.observer)
        }
        assert look_after(at(27, 17, 45)) == 12  # Friday: the day and the week
        assert WorkReport.objects.filter(period="week", day=date(2026, 11, 23)).count() == 6
        theirs = reminded.get(member_id=cast.stranger.pk)
    browser = client_for(cast.stranger)
    assert f"/notifications/{theirs.pk}/" in browser.get("/notifications/").content.decode()
    opened = browser.get(f"/notifications/{theirs.pk}/")
    assert opened["Location"] == f"/work-reports/{theirs.record_id}/"
    assert browser.get(opened["Location"]).status_code == 200
