"""From facts to entries, counts and rhythm; by the log again to the same; never beyond the workspace."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from guanxi.collaboration.activities.actions import (
    finish_activity,
    log_activity,
    plan_activity,
    reopen_activity,
)
from guanxi.collaboration.timeline.models import TimelineEntry, Traffic
from guanxi.collaboration.timeline.projecting import forget_timelines, project_facts
from guanxi.collaboration.timeline.traffic import rhythm, sides, week_of
from guanxi.people.companies.models import Company
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.models import Fact
from guanxi.platform.records.pulses import pulses_for
from guanxi.platform.records.writing import archive_record, change_record, create_record, restore_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor


@pytest.fixture
def at_work(cast: Cast):
    with in_workspace(cast.xishan.pk):
        yield cast


@pytest.fixture
def company(at_work: Cast):
    return create_record(object="company", values={"name": "青禾水务"}, by=actor(at_work.rep))


@pytest.fixture
def contact(at_work: Cast, company):
    return create_record(
        object="contact", values={"name": "王若溪", "company": company.pk}, by=actor(at_work.rep)
    )


def entries(record) -> list[TimelineEntry]:
    found = TimelineEntry.objects.filter(object=record.object_name, record_id=record.pk)
    return list(found.order_by("at", "source_id"))


def talks(record) -> list[TimelineEntry]:
    return [entry for entry in entries(record) if entry.about == "activity"]


def test_a_call_with_a_contact_stands_on_the_company_too(at_work: Cast, company, contact):
    call = log_activity(
        kind="call",
        about=[("contact", contact.pk)],
        body="付款条款在等法务。",
        minutes=12,
        by=actor(at_work.rep),
    )
    drain_events()
    for record in (contact, company):
        (entry,) = talks(record)
        assert (entry.source_id, entry.kind, entry.actor_name) == (call.pk, "call", "林知遥")
        assert entry.data["body"] == "付款条款在等法务。"
    assert [entry.verb for entry in entries(contact)] == ["created", ""]


def test_entries_follow_the_activity(at_work: Cast, contact):
    by = actor(at_work.rep)
    plan = plan_activity(
        kind="call", subject="报价", about=[("contact", contact.pk)], starts_at=timezone.now(), by=by
    )
    drain_events()
    assert talks(contact) == []

    finish_activity(plan, outcome="good", by=by)
    drain_events()
    (entry,) = talks(contact)
    assert entry.data["outcome"] == "good"

    change_record(plan, {"subject": "重新报价"}, by=by)
    drain_events()
    assert [entry.title for entry in talks(contact)] == ["重新报价"]

    archive_record(plan, by=by)
    drain_events()
    assert talks(contact) == []
    assert not Traffic.objects.exists()

    restore_record(plan, by=by)
    drain_events()
    assert len(talks(contact)) == 1

    reopen_activity(plan, by=by)
    drain_events()
    assert talks(contact) == []
    contact.refresh_from_db()
    assert contact.last_touch_at is None


def test_facts_stand_on_the_records_around_them_but_small_changes_do_not(at_work: Cast, company, contact):
    change_record(contact, {"title": "采购经理"}, by=actor(at_work.rep))
    archive_record(contact, by=actor(at_work.rep))
    drain_events()
    assert [entry.verb for entry in entries(contact)] == ["created", "changed", "archived"]
    on_company = [(entry.about, entry.verb) for entry in entries(company)]
    assert on_company == [("company", "created"), ("contact", "created"), ("contact", "archived")]


def test_heard_twice_is_told_once(at_work: Cast, contact):
    log_activity(kind="note", about=[("contact", contact.pk)], body="喜欢龙井", by=actor(at_work.rep))
    drain_events()
    before = sorted(TimelineEntry.objects.values_list("object", "record_id", "source_id"))
    with transaction.atomic():
        project_facts(list(Fact.objects.order_by("position")))
    assert sorted(TimelineEntry.objects.values_list("object", "record_id", "source_id")) == before


def test_made_again_from_the_log_it_is_the_same(at_work: Cast, contact, company):
    by = actor(at_work.rep)
    for days in (0, 3, 9):
        log_activity(
            kind="call",
            about=[("contact", contact.pk)],
            body="…",
            by=by,
            at=timezone.now() - timedelta(days=days),
        )
    drain_events()
    wanted = sorted(
        TimelineEntry.objects.values_list("object", "record_id", "source_id", "at", "kind", "title")
    )
    weeks = sorted(Traffic.objects.values_list("object", "record_id", "week", "incoming", "outgoing"))
    company.refresh_from_db()
    touched = (company.last_touch_at, company.rhythm_days)
    assert touched[1] == round((3 + 6) / 2)
    with transaction.atomic():
        forget_timelines()
        company.refresh_from_db()
        assert company.last_touch_at is None
        project_facts(list(Fact.objects.order_by("position")))
    assert (
        sorted(TimelineEntry.objects.values_list("object", "record_id", "source_id", "at", "kind", "title"))
        == wanted
    )
    assert sorted(Traffic.objects.values_list("object", "record_id", "week", "incoming", "outgoing")) == weeks
    company.refresh_from_db()
    assert (company.last_touch_at, company.rhythm_days) == touched


def test_ticked_off_before_its_time_it_happened_then(at_work: Cast, company):
    by = actor(at_work.rep)
    plan = plan_activity(
        kind="meeting",
        subject="二期评审",
        about=[("company", company.pk)],
        starts_at=timezone.now() + timedelta(days=3),
        by=by,
    )
    finish_activity(plan, by=by)
    drain_events()
    (entry,) = talks(company)
    assert entry.at <= timezone.now()
    company.refresh_from_db()
    assert company.last_touch_at <= timezone.now()


def test_contact_is_no_edit(at_work: Cast, company):
    version = company.version
    log_activity(kind="visit", about=[("company", company.pk)], body="看现场", by=actor(at_work.rep))
    drain_events()
    company.refresh_from_db()
    assert company.last_touch_at is not None
    assert company.version == version


def test_the_pulse_has_a_tick_for_each_week_and_one_query(at_work: Cast, company, django_assert_num_queries):
    by = actor(at_work.rep)
    others = [create_record(object="company", values={"name": f"公司 {n}"}, by=by) for n in range(3)]
    for direction, days in (("in", 0), ("out", 0), ("out", 7 * 30), ("in", 7)):
        log_activity(
            kind="message",
            about=[("company", company.pk)],
            body="…",
            direction=direction,
            by=by,
            at=timezone.now() - timedelta(days=days),
        )
    drain_events()
    with timezone.override("Asia/Shanghai"), django_assert_num_queries(1):  # read where the workspace is
        pulses = pulses_for("company", [company.pk, *(other.pk for other in others)])
    assert set(pulses) == {company.pk, *(other.pk for other in others)}
    pulse = pulses[company.pk]
    assert (len(pulse.weeks_in), sum(pulse.weeks_in), sum(pulse.weeks_out)) == (26, 2, 1)
    assert (pulse.weeks_in[-1], pulse.weeks_in[-2], pulse.weeks_out[-1]) == (1, 1, 1)
    assert sum(pulses[others[0].pk].weeks_in) == 0


def test_another_workspace_sees_nothing_of_it(at_work: Cast, company):
    log_activity(kind="call", about=[("company", company.pk)], body="…", by=actor(at_work.rep))
    drain_events()
    with in_workspace(at_work.marlin.pk):
        assert not TimelineEntry.objects.exists()
        assert pulses_for("company", [company.pk]) == {}
        assert not Company.objects.exists()


def test_weeks_begin_on_monday_where_the_workspace_is():
    from zoneinfo import ZoneInfo

    shanghai = ZoneInfo("Asia/Shanghai")
    sunday_evening_utc = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)  # Monday, 01:00 in Shanghai
    assert week_of(sunday_evening_utc, shanghai) == date(2026, 11, 23)
    assert week_of(sunday_evening_utc, ZoneInfo("Europe/Berlin")) == date(2026, 11, 16)


@pytest.mark.parametrize(
    ("days", "usual"),
    [((1, 4), None), ((1, 4, 7), 3), ((1, 2, 3, 30), 1), ((1, 10, 12, 21), 9)],
)
def test_the_rhythm_is_the_median_gap(days, usual):
    assert rhythm({date(2026, 1, day) for day in days}) == usual


def test_what_counts_as_traffic():
    assert sides("call", "out") == (0, 1)
    assert sides("message", "in") == (1, 0)
    assert sides("meeting", "none") == (1, 1)
    assert sides("note", "in") == (0, 0)
    assert sides("todo", "none") == (0, 0)
