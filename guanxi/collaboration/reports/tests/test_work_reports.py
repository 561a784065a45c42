"""Work reports from the facts to the leader's word; and who may not read them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from guanxi.collaboration.activities.actions import log_activity, plan_activity
from guanxi.collaboration.notifications.consumers import notify
from guanxi.collaboration.notifications.models import Notification
from guanxi.collaboration.reports.actions import (
    begin_report,
    hand_in,
    mark_read,
    set_policy,
    take_back,
    write_report,
)
from guanxi.collaboration.reports.jobs import look_after
from guanxi.collaboration.reports.models import WorkReport
from guanxi.collaboration.reports.objects import WORK_REPORT
from guanxi.collaboration.reports.telling import lines_of
from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.holidays import add_working_days
from guanxi.platform.identity.actions.hours import set_hours
from guanxi.platform.identity.models import Delegation
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.metadata.metrics import metric
from guanxi.platform.records.access import reaches, row_rule
from guanxi.platform.records.batches.running import undo_batch
from guanxi.platform.records.measuring import measure_question
from guanxi.platform.records.merging.actions import merge_records
from guanxi.platform.records.questions import ask
from guanxi.platform.records.sharing.actions import share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.sharing.handing import owned_counts
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.writing import archive_record, change_record, create_record
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
        begun = browser.post("/work_reports/day/", {"period": "day"})
        assert begun.status_code == 302
    page = browser.get(begun["Location"]).content.decode()
    assert re.search(r'<a href="/(activities|companies|tasks)/\d+/">[^<]*谈价格', page)
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
            write_report(report, review="anders", plan="", by=actor(cast.rep))
    team = leader.get("/work_reports/day/").content.decode()
    assert begun["Location"] in team
    assert "青禾嫌贵" in leader.get(begun["Location"]).content.decode()
    assert leader.post(f"/work_reports/{report.pk}/reading/", {"comment": "先找周总"}).status_code == 302
    assert "先找周总" in browser.get(begun["Location"]).content.decode()
    with in_workspace(cast.xishan.pk):
        report.refresh_from_db()
        assert (report.status, report.read_by_id) == ("read", cast.manager.pk)
        with pytest.raises(InvalidValues):
            take_back(report, by=actor(cast.rep))
        verbs = Fact.objects.filter(object="work_report").order_by("pk").values_list("verb", flat=True)
        assert list(verbs) == ["created", "submitted", "read"]


def begun(member, period: str = "day", day: date | None = None) -> WorkReport:
    return begin_report(member, period=period, day=day or today(), by=actor(member))


def test_only_who_leads_reads_it(cast, firm):
    with in_workspace(cast.xishan.pk):
        report = begun(cast.rep, "week")
        hand_in(report, review="zqxreview", plan="", by=actor(cast.rep))
        for member in (cast.stranger, cast.below, cast.observer):
            with pytest.raises(NotFound):
                mark_read(report, by=actor(member))
        with pytest.raises(Refused):
            mark_read(report, by=actor(cast.rep))
        for refused in (take_back, hand_in):
            with pytest.raises(Refused):
                refused(report, by=actor(cast.manager))
        with pytest.raises(Refused):
            write_report(report, review="", plan="", by=actor(cast.manager))
        with pytest.raises(Refused):
            set_policy(daily=True, weekly=True, by=actor(cast.manager))
        with pytest.raises(InvalidValues):
            begun(cast.rep, day=today() + timedelta(days=3))
        with pytest.raises(Refused):
            begun(cast.observer)
        assert take_back(report, by=actor(cast.rep)).status == "draft"
    url = f"/work_reports/{report.pk}/"
    for member in (cast.stranger, cast.below, cast.observer, cast.outsider, cast.manager, cast.admin):
        browser, missing = client_for(member), (403, 404) if member is cast.observer else (404,)
        for page in (url, f"{url}writing/", f"/api/v1{url}".rstrip("/")):
            assert browser.get(page).status_code in missing
        assert browser.post(f"{url}writing/", {"review": "", "plan": ""}).status_code in missing
        for page in ("day/?period=week", "", "export.csv"):
            assert "zqxreview" not in body_of(browser.get(f"/work_reports/{page}"))
        assert "zqxreview" not in body_of(browser.get("/search/?q=zqxreview")).replace("q=zqxreview", "")
    for wrong in ("?day=9999-99-99", "?day=2100-12-31&period=week", "?period=year"):
        assert client_for(cast.rep).get(f"/work_reports/day/{wrong}").status_code == 200


def body_of(answer) -> str:
    """What was sent, without what the search page repeats of the question."""
    sent = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(sent.decode()).replace('value="zqxreview"', "").replace("“zqxreview”", "")


def test_a_draft_is_shared_with_nobody_and_stays_with_its_member(cast, firm):
    with in_workspace(cast.xishan.pk):
        draft = begun(cast.rep)
        assert not reaches(WORK_REPORT, draft, actor(cast.admin))
        for access in ("see", "edit", "delete", "export"):
            rule = row_rule(WORK_REPORT, actor(cast.admin), access=access)
            assert fetch(f"SELECT r.id FROM collaboration_work_report r WHERE {rule.text}", rule.params) == []
        share_record(draft, to=To("member", cast.stranger.pk), by=actor(cast.rep), word="")
        assert not reaches(WORK_REPORT, draft, actor(cast.stranger))
        assert WORK_REPORT.name not in owned_counts(cast.rep.pk)
        for moved in ({"owner": cast.below.pk}, {"day": "2026-01-05"}, {"period": "week"}):
            with pytest.raises(InvalidValues):
                change_record(draft, moved, by=actor(cast.rep))


def test_customers_of_a_draft_can_be_merged_and_parted(cast, firm):
    with in_workspace(cast.xishan.pk):
        begun(cast.rep)
        other = create_record(object="company", values={"name": "\u9752\u79be"}, by=actor(cast.admin))
        merged = merge_records(registry.get("company"), other.pk, [firm.pk], by=actor(cast.admin))
        assert WorkReport.objects.get().companies == [other.pk]
        assert undo_batch(merged.merge_id, by=actor(cast.admin)).refused == 0
        assert WorkReport.objects.get().companies == [firm.pk]


def test_a_report_is_a_record_like_any_other(cast, firm):
    browser = client_for(cast.rep)
    made = browser.post("/api/v1/work_reports", {"period": "day"}, content_type="application/json")
    assert made.status_code == 201, made.content
    kept = made.json()
    assert (kept["day"], kept["status"], kept["activities"]) == (today().isoformat(), "draft", 2)
    assert [one["id"] for one in kept["companies"]] == [str(firm.pk)]
    again = browser.post("/api/v1/work_reports", {"period": "day"}, content_type="application/json")
    assert again.status_code == 422  # one of a day
    address = f"/api/v1/work_reports/{kept['id']}"
    sent = browser.post(f"{address}/submission", {"review": "青禾嫌贵"}, content_type="application/json")
    assert sent.status_code == 200, sent.content
    leader = client_for(cast.manager)
    assert "青禾嫌贵" in leader.get(f"/work_reports/{kept['id']}/").content.decode()
    assert "谈价格" in leader.get(f"/work_reports/{kept['id']}/").content.decode()
    assert "青禾嫌贵" in body_of(leader.get("/work_reports/"))
    assert "青禾嫌贵" in body_of(leader.get("/work_reports/export.csv"))
    assert kept["id"] in leader.get(f"/companies/{firm.pk}/work_reports/").content.decode()
    assert kept["id"] not in client_for(cast.below).get("/work_reports/").content.decode()
    read = leader.post(f"{address}/reading", {"comment": "好"}, content_type="application/json")
    assert read.json()["status"] == "read"
    with in_workspace(cast.xishan.pk):
        with pytest.raises(InvalidValues):
            archive_record(WorkReport.objects.get(), by=actor(cast.rep))
        first = today() - timedelta(days=7)
        asked = measure_question(metric("work_reports"), by=actor(cast.manager), first=first, last=today())
        assert ask(asked) == (Decimal(1),)


def test_the_clock_begins_and_reminds_once(cast):
    def at(day: int, hour: int, minute: int = 0) -> datetime:
        return datetime(2025, 11, day, hour, minute, tzinfo=ZONE).astimezone(UTC)

    with in_workspace(cast.xishan.pk):
        assert look_after(at(18, 18)) == 0  # nobody asks for reports
        set_policy(daily=True, weekly=True, by=actor(cast.admin))
        early = (*[(("08:30", "16:00"),)] * 5, (), ())
        set_hours(whose=cast.below, week=early, by=actor(cast.below))
        begun(cast.rep, day=date(2025, 11, 18))
        assert look_after(at(18, 15, 59)) == 0
        assert look_after(at(18, 16)) == 1  # who begins early is done early
        assert look_after(at(18, 17, 59)) == 0
        assert look_after(at(18, 18)) == 3  # the rep has begun theirs, and who only reads writes none
        assert look_after(at(18, 18)) == 0  # a second worker finds them all there
        assert look_after(at(22, 18)) == 0  # nobody works on Saturday
        mine = WorkReport.objects.get(owner_id=cast.rep.pk)
        hand_in(mine, by=actor(cast.rep))
        look_after(at(19, 8, 45))
        assert Fact.objects.filter(object="work_report", verb="reminded").count() == 1
        for _again in range(2):
            look_after(at(19, 9, 15))
        assert Fact.objects.filter(object="work_report", verb="reminded").count() == 4
        notify(list(Fact.objects.filter(object="work_report").order_by("pk")))
        reminded = Notification.objects.filter(kind="report", verb="reminded")
        asked = {one.pk for one in (cast.admin, cast.manager, cast.below, cast.stranger)}
        assert {one.member_id for one in reminded} == asked
        begun_for = Notification.objects.filter(kind="report", verb="created")
        assert {one.member_id for one in begun_for} == asked
        week = timedelta(days=1)
        away = Delegation(
            member=cast.stranger, delegate=cast.below, starts_at=at(21, 0) - week, ends_at=at(21, 23)
        )
        away.save()
        assert look_after(at(21, 18, 15)) == 8  # Friday: the day and the week; who is away is not asked
        assert WorkReport.objects.filter(period="week", day=date(2025, 11, 17)).count() == 4
        theirs = reminded.get(member_id=cast.stranger.pk)
    browser = client_for(cast.stranger)
    assert f"/notifications/{theirs.pk}/" in browser.get("/notifications/").content.decode()
    opened = browser.get(f"/notifications/{theirs.pk}/")
    assert opened["Location"] == f"/work_reports/{theirs.record_id}/writing/"
    assert browser.get(opened["Location"]).status_code == 200


def test_the_navigation_leads_to_the_reports_of_the_day_and_not_to_the_list(cast: Cast) -> None:
    frame = client_for(cast.rep).get("/work_reports/").content.decode().partition('id="main"')[0]
    assert 'href="/work_reports/day/"' in frame
    assert 'href="/work_reports/"' not in frame
