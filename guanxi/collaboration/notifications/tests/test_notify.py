"""Who is told, of what, how often; and that nobody learns of a record that they may not see."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guanxi.collaboration.activities.actions import (
    finish_activity,
    log_activity,
    move_activity,
    plan_activity,
)
from guanxi.collaboration.activities.jobs import remind
from guanxi.collaboration.attachments.actions import attach_file
from guanxi.collaboration.notifications.actions import follow_record
from guanxi.collaboration.notifications.choices import choose
from guanxi.collaboration.notifications.consumers import notify
from guanxi.collaboration.notifications.models import Notification
from guanxi.collaboration.notifications.queries import notifications_of, unread_count
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import state_fact
from guanxi.platform.events.models import Fact, Subscription
from guanxi.platform.identity.actions.delegations import delegate, end_delegation
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.records.batches.running import change_chosen
from guanxi.platform.records.sharing.actions import share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for


@pytest.fixture
def at_work(cast: Cast):
    Subscription.objects.create(consumer="notifications", since=0)
    with in_workspace(cast.xishan.pk):
        yield cast


@pytest.fixture
def contact(at_work: Cast):
    return create_record(object="contact", values={"name": "王若溪"}, by=actor(at_work.rep))


def told(member) -> list[tuple[str, str, str]]:
    drain_events()
    rows = Notification.objects.filter(member_id=member.pk).order_by("pk")
    return [(row.kind, row.verb, row.actor_name) for row in rows]


def test_who_is_handed_a_record_hears_of_it_and_who_hands_it_does_not(at_work, contact):
    change_record(contact, {"owner": at_work.manager.pk}, by=actor(at_work.admin))
    assert told(at_work.manager) == [("assigned", "assigned", "顾明")]
    assert told(at_work.admin) == []


def test_what_is_about_its_owner_is_handed_to_nobody(at_work):
    values = {
        "scope": "member",
        "owner": at_work.rep.pk,
        "metric": "new_deals",
        "month": "2026-11-01",
        "value": 3,
    }
    create_record(object="target", values=values, by=actor(at_work.admin))
    assert told(at_work.rep) == []


def test_a_score_that_moves_disturbs_nobody(at_work, contact):
    by = system_actor(at_work.xishan.pk, "Guanxi")
    state_fact("contact", "scored", contact.pk, by=by, title=str(contact), changes={"score": [10, 40]})
    follow_record(registry.get("contact"), contact.pk, by=actor(at_work.manager))
    state_fact("contact", "scored", contact.pk, by=by, title=str(contact), changes={"score": [40, 60]})
    assert told(at_work.rep) == []
    assert told(at_work.manager) == []


def test_heard_twice_it_is_told_once(at_work, contact):
    from guanxi.collaboration.notifications.consumers import notify

    change_record(contact, {"owner": at_work.manager.pk}, by=actor(at_work.admin))
    assert len(told(at_work.manager)) == 1
    notify(list(Fact.objects.order_by("position")))
    assert len(told(at_work.manager)) == 1


def test_many_records_handed_over_at_once_are_one_line(at_work):
    by = actor(at_work.admin)
    records = [create_record(object="contact", values={"name": f"第 {n} 位"}, by=by) for n in range(5)]
    for record in records:
        change_record(record, {"owner": at_work.manager.pk}, by=by)
    assert told(at_work.manager) == [("assigned", "assigned", "顾明")]
    row = Notification.objects.get(member_id=at_work.manager.pk)
    assert (row.count, row.record_id) == (5, 0)


def test_mentions_reach_those_who_see_the_record(at_work, contact):
    mentions = [at_work.manager.pk, at_work.stranger.pk, at_work.rep.pk]
    log_activity(
        kind="note", about=[("contact", contact.pk)], body="看一下", mentions=mentions, by=actor(at_work.rep)
    )
    assert told(at_work.manager) == [("mentioned", "created", "林知遥")]
    assert told(at_work.stranger) == []
    assert told(at_work.rep) == []


def test_an_owner_hears_what_others_do_with_it(at_work, contact):
    choose({"kinds": {"changed": True, "progress": True}}, by=actor(at_work.rep))
    change_record(contact, {"title": "采购经理"}, by=actor(at_work.manager))
    change_record(contact, {"title": "采购总监"}, by=actor(at_work.rep))
    assert told(at_work.rep) == [("changed", "changed", "周砚")]


def test_small_changes_are_told_only_to_those_who_asked(at_work, contact):
    change_record(contact, {"title": "采购经理"}, by=actor(at_work.manager))
    assert told(at_work.rep) == []


def test_followers_hear_of_it_until_they_may_not_see_it(at_work, contact):
    manager = actor(at_work.manager)
    follow_record(registry.get("contact"), contact.pk, by=manager)
    log_activity(kind="call", about=[("contact", contact.pk)], body="法务同意", by=actor(at_work.rep))
    assert told(at_work.manager) == [("followed", "created", "林知遥")]

    north = {"owner": at_work.stranger.pk}
    change_record(contact, north, by=actor(at_work.admin))
    change_record(contact, {"title": "x"}, by=actor(at_work.stranger))
    assert len(told(at_work.manager)) == 1


def test_what_was_told_is_hidden_when_the_right_is_lost(at_work, contact):
    change_record(contact, {"owner": at_work.below.pk}, by=actor(at_work.admin))
    follow_record(registry.get("contact"), contact.pk, by=actor(at_work.manager))
    archive_record(contact, by=actor(at_work.below))
    assert len(told(at_work.manager)) == 1
    client = client_for(at_work.manager)
    assert "王若溪" in client.get("/notifications/").content.decode()

    change_record(contact, {"owner": at_work.stranger.pk}, by=actor(at_work.admin))
    drain_events()
    page = client.get("/notifications/")
    assert page.status_code == 200
    assert "王若溪" not in page.content.decode()
    row = Notification.objects.get(member_id=at_work.manager.pk)
    assert client.get(f"/notifications/{row.pk}/").status_code == 404
    assert unread_count(actor(at_work.manager)) == 0


def test_a_reminder_rings_once_and_again_when_it_is_moved(at_work, contact):
    by = actor(at_work.rep)
    now = timezone.now()
    todo = plan_activity(
        kind="todo",
        subject="重新出报价",
        about=[("contact", contact.pk)],
        due_at=now - timedelta(minutes=1),
        remind_at=now - timedelta(minutes=1),
        by=by,
    )
    later = plan_activity(kind="todo", subject="以后", remind_at=now + timedelta(days=1), by=by)
    version = todo.version
    assert remind.call() == 1
    assert remind.call() == 0
    assert told(at_work.rep) == [("reminder", "reminded", "Guanxi")]
    row = Notification.objects.get()
    assert (row.object, row.record_id, row.text) == ("contact", contact.pk, "重新出报价")
    todo.refresh_from_db()
    assert todo.version == version

    move_activity(todo, to=now - timedelta(seconds=1), by=by)
    assert remind.call() == 1
    finish_activity(later, by=by)
    assert remind.call() == 0


def test_the_page_marks_as_read_and_leads_to_the_record(at_work, contact):
    for n in range(3):
        log_activity(
            kind="note",
            about=[("contact", contact.pk)],
            body=f"{n}",
            mentions=[at_work.manager.pk],
            by=actor(at_work.rep),
        )
    drain_events()
    client = client_for(at_work.manager)
    piece = {"HX-Request": "true", "HX-Target": "notifications"}
    with CaptureQueriesContext(connection) as asked:
        client.get("/notifications/", headers=piece)
    assert sum(query["sql"].startswith("SELECT") for query in asked) <= 8
    page = client.get("/notifications/").content.decode()
    assert page.count("王若溪") == 3
    assert 'id="count-notifications">3<' in page
    row = Notification.objects.filter(member_id=at_work.manager.pk).first()
    opened = client.get(f"/notifications/{row.pk}/")
    assert opened["Location"] == f"/contacts/{contact.pk}/"
    assert unread_count(actor(at_work.manager)) == 2
    assert client_for(at_work.rep).get(f"/notifications/{row.pk}/").status_code == 404
    assert client.post("/notifications/reading/").status_code == 303
    assert unread_count(actor(at_work.manager)) == 0


def test_the_switches_are_kept(at_work, contact):
    client = client_for(at_work.manager)
    assert client.get("/settings/notifications/").status_code == 200
    assert client.post("/settings/notifications/", {"mentioned": "1"}).status_code == 303
    change_record(contact, {"owner": at_work.manager.pk}, by=actor(at_work.admin))
    assert told(at_work.manager) == []


def test_other_workspaces_hear_nothing(at_work, contact):
    change_record(contact, {"owner": at_work.manager.pk}, by=actor(at_work.admin))
    drain_events()
    with in_workspace(at_work.marlin.pk):
        assert notifications_of(actor(at_work.outsider)) == ([], None)
    page = client_for(at_work.outsider).get("/notifications/")
    assert "王若溪" not in page.content.decode()


def test_following_is_for_those_who_see_the_record(at_work, contact):
    path = f"/contacts/{contact.pk}/following/"
    assert client_for(at_work.manager).post(path).status_code == 303
    assert client_for(at_work.stranger).post(path).status_code == 404
    assert client_for(at_work.outsider).post(path).status_code == 404


def test_who_imported_hears_when_it_is_finished(at_work):
    with transaction.atomic():
        state_fact(
            "import",
            "finished",
            7,
            by=system_actor(at_work.xishan.pk, "import"),
            title="customers.xlsx",
            data={"state": "done", "member": str(at_work.rep.pk)},
        )
    assert told(at_work.rep) == [("imported", "finished", "import")]
    client = client_for(at_work.rep)
    assert "customers.xlsx" in client.get("/notifications/").content.decode()
    row = Notification.objects.get()
    assert client.get(f"/notifications/{row.pk}/")["Location"] == "/import/7/"


def test_what_a_worker_did_to_many_is_told_with_the_way_back(at_work: Cast):
    by = actor(at_work.rep)
    records = [create_record(object="contact", values={"name": f"第 {n} 位"}, by=by) for n in range(51)]
    wanted = {"values": {"title": "采购经理"}}
    given = change_chosen(
        registry.get("contact"), [one.pk for one in records], kind="change", values=wanted, by=by
    )
    assert told(at_work.rep) == []  # nothing is told of the records, nor of what only waits
    run_pending_jobs()
    assert told(at_work.rep) == [("batch", "finished", "batch")]
    assert told(at_work.manager) == []
    client = client_for(at_work.rep)
    page = client.get("/notifications/").content.decode()
    assert "51" in page
    assert f'action="/undo/batch/{given.pk}/"' in page
    assert unread_count(by) == 1
    client.get(f"/changes/batches/{given.pk}/")  # who looks at it, or takes it back, need not be told
    assert unread_count(by) == 0
    row = Notification.objects.get()
    assert client.get(f"/notifications/{row.pk}/")["Location"] == f"/changes/batches/{given.pk}/"
    client.post(f"/undo/batch/{given.pk}/")
    run_pending_jobs()
    assert told(at_work.rep)[-1][0] == "batch"
    assert f'action="/undo/batch/{given.pk}/"' not in client.get("/notifications/").content.decode()


def test_few_records_are_done_before_the_eyes_and_told_to_nobody(at_work: Cast, contact):
    change_chosen(
        registry.get("contact"),
        [contact.pk],
        kind="change",
        values={"values": {"title": "采购经理"}},
        by=actor(at_work.rep),
    )
    assert told(at_work.rep) == []


def test_an_import_that_broke_off_is_not_called_finished(at_work: Cast):
    state_fact(
        "import", "finished", 7, by=system_actor(at_work.xishan.pk, "import"), title="customers.xlsx",
        data={"state": "failed", "member": str(at_work.rep.pk)},
    )  # fmt: skip
    assert told(at_work.rep) == [("imported", "failed", "import")]
    page = client_for(at_work.rep).get("/notifications/", headers={"Accept-Language": "en"}).content.decode()
    assert "finished" not in page


def test_who_acts_for_another_hears_of_it_and_so_does_the_other(at_work: Cast):
    now = timezone.now()
    made = delegate(
        member=at_work.rep,
        to=at_work.below,
        starts_at=now,
        ends_at=now + timedelta(days=2),
        by=actor(at_work.admin),
    )
    name = at_work.admin.display_name
    assert told(at_work.below) == [("delegated", "delegated", name)]
    assert told(at_work.rep) == [("delegated", "delegated", name)]
    end_delegation(delegation=made, by=actor(at_work.rep))
    assert told(at_work.below)[-1][1] == "delegation_ended"
    assert len(told(at_work.rep)) == 1, "who ends it knows"
    assert told(at_work.stranger) == []
    page = client_for(at_work.below).get("/notifications/").content.decode()
    assert "<b>林知遥</b>" in page
    first = Notification.objects.filter(member_id=at_work.below.pk).first()
    assert first is not None
    opened = client_for(at_work.below).get(f"/notifications/{first.pk}/")
    assert opened["Location"] == "/settings/delegation/"


def test_the_owner_reads_who_shared_and_not_that_something_changed(at_work: Cast, contact):
    share_record(contact, to=To("member", at_work.stranger.pk), by=actor(at_work.admin))
    assert ("shared", at_work.admin.display_name) == told(at_work.stranger)[-1][::2]
    page = client_for(at_work.rep).get("/notifications/").content.decode()
    words = re.sub(r"<[^>]+>", "", page)
    assert "顾明把联系人 王若溪 共享给何北" in words
    assert words.count("何北") == 1
    assert "改了" not in page


def test_files_brought_one_after_the_other_are_one_notification_until_it_is_read(at_work, contact):
    follow_record(registry.get("contact"), contact.pk, by=actor(at_work.manager))
    obj = registry.get("contact")

    def bring(*names: str) -> None:
        for name in names:
            attach_file(
                obj, contact.pk, SimpleUploadedFile(name, name.encode()), name=name, by=actor(at_work.admin)
            )

    bring("1.txt", "2.txt", "3.txt")
    drain_events()
    for name in ("4.txt", "5.txt"):
        bring(name)
        drain_events()
    for member in (at_work.rep, at_work.manager):
        (one,) = Notification.objects.filter(member_id=member.pk)
        assert (one.verb, one.count, one.record_id) == ("attached", 5, contact.pk)
    page = client_for(at_work.manager).get("/notifications/").text
    assert re.search(r"顾明</b> ?给联系人 ?<b>王若溪</b> ?添加了 5 个文件", page), page
    Notification.objects.update(read_at=timezone.now())
    bring("6.txt")
    drain_events()
    assert [
        one.count for one in Notification.objects.filter(member_id=at_work.manager.pk).order_by("pk")
    ] == [5, 1]


def test_facts_of_files_that_are_heard_again_count_once(at_work, contact):
    obj = registry.get("contact")
    for name in ("1.txt", "2.txt"):
        attach_file(obj, contact.pk, SimpleUploadedFile(name, b"x"), name=name, by=actor(at_work.admin))
    drain_events()
    notify(list(Fact.objects.filter(object="contact", verb="attached").order_by("pk")))
    assert [one.count for one in Notification.objects.filter(member_id=at_work.rep.pk)] == [2]
