"""The composer of a record page, through its door; and who stands before it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.timeline.models import TimelineEntry
from guanxi.platform.events.models import Fact
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

HTMX = {"HX-Request": "true", "HX-Target": "timeline"}


@pytest.fixture
def contact(cast: Cast):
    with in_workspace(cast.xishan.pk):
        return create_record(object="contact", values={"name": "王若溪"}, by=actor(cast.rep))


def write(member, contact, **given):
    return client_for(member).post(f"/contacts/{contact.pk}/activities/", given)


def test_a_note_stands_on_the_timeline_at_once(cast, contact, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = client_for(cast.rep).post(
            f"/contacts/{contact.pk}/activities/",
            {"kind": "note", "body": "喜欢龙井\n不喝咖啡"},
            headers=HTMX,
        )
    assert response.status_code == 200
    assert "不喝咖啡" in response.content.decode()
    assert "changed:activity" in response["HX-Trigger"]
    with in_workspace(cast.xishan.pk):
        note = Activity.objects.get()
        assert (note.subject, note.kind, note.about, note.owner_id) == (
            "喜欢龙井",
            "note",
            [["contact", contact.pk]],
            cast.rep.pk,
        )
        assert note.done_at is not None
        # the log has not been delivered yet, but the member's next page has it
        assert TimelineEntry.objects.get(source_id=note.pk).title == "喜欢龙井"


def test_without_javascript_it_leads_back_to_the_record(cast, contact):
    response = write(cast.rep, contact, kind="note", body="…")
    assert (response.status_code, response["Location"]) == (303, f"/contacts/{contact.pk}/")


def test_a_call_may_carry_the_next_step(cast, contact):
    write(
        cast.rep,
        contact,
        kind="call",
        body="法务同意 3-6-1",
        direction="in",
        minutes="12",
        outcome="good",
        at="昨天 15:00",
        next_step="重新出报价",
        next_step_on="后天",
    )
    with in_workspace(cast.xishan.pk):
        call = Activity.objects.get()
        assert (call.direction, call.minutes, call.outcome) == ("in", 12, "good")
        assert call.ends_at == call.starts_at + timedelta(minutes=12)
        contact.refresh_from_db()
        assert contact.next_step == "重新出报价"
        assert contact.next_step_on is not None
        assert Fact.objects.filter(object="contact", verb="changed", record_id=contact.pk).count() == 1


def test_what_lies_ahead_is_planned(cast, contact):
    write(cast.rep, contact, kind="meeting", body="看二期机柜", at="明天 10:00", minutes="60")
    write(cast.rep, contact, kind="todo", body="寄样品", due="明天 15:00")
    with in_workspace(cast.xishan.pk):
        meeting = Activity.objects.get(kind="meeting")
        assert (meeting.done_at, meeting.ends_at - meeting.starts_at) == (None, timedelta(hours=1))
        todo = Activity.objects.get(kind="todo")
        assert (todo.done_at, todo.remind_at) == (None, todo.due_at)


def test_a_promise_becomes_a_reminder_when_its_box_is_ticked(cast, contact):
    offered = client_for(cast.rep).get(
        f"/contacts/{contact.pk}/promise/", {"body": "要我们周五前重新出报价"}, headers=HTMX
    )
    assert "重新出报价" in offered.content.decode()
    at = (timezone.now() + timedelta(days=3)).replace(microsecond=0)
    write(cast.rep, contact, kind="note", body="…", remind=at.isoformat(), remind_text="重新出报价")
    with in_workspace(cast.xishan.pk):
        reminder = Activity.objects.get(kind="todo")
        assert (reminder.subject, reminder.remind_at) == ("重新出报价", at)


def test_those_who_cannot_see_the_record_are_named_and_not_told(cast, contact):
    response = client_for(cast.rep).post(
        f"/contacts/{contact.pk}/activities/",
        {"kind": "note", "body": "@周砚 看一下价格，@何北 也看看"},
        headers=HTMX,
    )
    said = response["HX-Trigger"].encode().decode("unicode_escape")
    assert "何北" in said
    assert "周砚" not in said
    with in_workspace(cast.xishan.pk):
        named = set(Fact.objects.get(object="activity", verb="created").data["mentions"])
        assert named == {str(cast.manager.pk), str(cast.stranger.pk)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "note", "body": " "},
        {"kind": "rain", "body": "…"},
        {"kind": "call", "body": "…", "at": "blue"},
        {"kind": "call", "body": "…", "minutes": "many"},
        {"kind": "call", "body": "…", "outcome": "??"},
    ],
)
def test_what_makes_no_sense_is_said_and_kept(cast, contact, wrong):
    response = client_for(cast.rep).post(f"/contacts/{contact.pk}/activities/", wrong, headers=HTMX)
    assert response.status_code == 422
    assert response["HX-Retarget"] == "#composer"
    assert 'role="alert"' in response.content.decode()
    plain = write(cast.rep, contact, **wrong)
    assert plain.status_code == 422
    with in_workspace(cast.xishan.pk):
        assert not Activity.objects.exists()


@pytest.mark.parametrize("address", ["activities", "promise", "upcoming", "pulse", "timeline/entries"])
def test_strangers_and_other_workspaces_find_nothing(cast, contact, address):
    path = f"/contacts/{contact.pk}/{address}/"
    for member in (cast.stranger, cast.outsider):
        client = client_for(member)
        answer = (
            client.post(path, {"kind": "note", "body": "…"}) if address == "activities" else client.get(path)
        )
        if address != "promise":  # reads nothing of the record
            assert answer.status_code == 404
    with in_workspace(cast.xishan.pk):
        assert not Activity.objects.exists()


def test_readers_may_not_write(cast, contact):
    assert write(cast.observer, contact, kind="note", body="…").status_code == 403


def test_somebody_who_only_sees_the_record_logs_without_a_next_step(cast, contact):
    colleague = cast.rep
    with in_workspace(cast.xishan.pk):
        theirs = create_record(object="contact", values={"name": "高峻"}, by=actor(cast.manager))
    assert write(colleague, theirs, kind="note", body="…").status_code == 303
    refused = write(colleague, theirs, kind="note", body="…", next_step="x")
    assert refused.status_code == 403
    with in_workspace(cast.xishan.pk):
        assert Activity.objects.count() == 1


def test_ticked_off_and_taken_back(cast, contact):
    write(cast.rep, contact, kind="todo", body="寄样品", due="明天 15:00")
    with in_workspace(cast.xishan.pk):
        todo = Activity.objects.get()
    client = client_for(cast.rep)
    referer = {"Referer": f"http://testserver/contacts/{contact.pk}/"}
    done = client.post(f"/activities/{todo.pk}/completion/", headers=referer)
    assert (done.status_code, done["Location"]) == (303, f"/contacts/{contact.pk}/")
    with in_workspace(cast.xishan.pk):
        todo.refresh_from_db()
        assert todo.done_at is not None
    page = client.get(f"/activities/{todo.pk}/")
    assert f"/activities/{todo.pk}/reopening/" in page.content.decode()
    assert client.post(f"/activities/{todo.pk}/reopening/", headers=HTMX).status_code == 204
    with in_workspace(cast.xishan.pk):
        todo.refresh_from_db()
        assert todo.done_at is None
    for member in (cast.stranger, cast.outsider):
        assert client_for(member).post(f"/activities/{todo.pk}/completion/").status_code == 404
    assert client_for(cast.observer).post(f"/activities/{todo.pk}/completion/").status_code == 403


def test_members_are_offered_behind_an_at_sign(cast, contact):
    found = client_for(cast.rep).get(f"/contacts/{contact.pk}/mentionable/", {"q": "zhou"}, headers=HTMX)
    assert 'data-text="周砚"' in found.content.decode()
    assert "何北" not in found.content.decode()
    outside = client_for(cast.outsider).get(f"/contacts/{contact.pk}/mentionable/", headers=HTMX)
    assert "周砚" not in outside.content.decode()
