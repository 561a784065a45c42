"""What Today tells of the time since the member was last here."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from guanxi.collaboration.notifications.tests.test_notify import at_work as at_work
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.identity.models import Member
from guanxi.platform.identity.visits import note_visit
from guanxi.platform.records.writing import change_record, create_record
from tests.cast import Cast, actor, client_for

LEFT = "你离开之后"


def test_one_line_for_each_record_since_the_last_visit(at_work: Cast):
    now = timezone.now()
    Member.objects.filter(pk=at_work.manager.pk).update(seen_at=now - timedelta(hours=14))
    rep, admin = actor(at_work.rep), actor(at_work.admin)
    contact = create_record(object="contact", values={"name": "王若溪"}, by=rep)
    change_record(contact, {"owner": at_work.manager.pk}, by=admin)
    change_record(contact, {"owner": at_work.rep.pk}, by=admin)
    change_record(contact, {"owner": at_work.manager.pk}, by=admin)
    drain_events()

    page = client_for(at_work.manager).get("/today/").content.decode()
    news = page.partition(f"<h2>{LEFT}")[2].partition("</section>")[0]
    assert news.count("王若溪") == 1
    assert "另有 1 条" in news
    for other in (at_work.admin, at_work.stranger, at_work.outsider):
        assert LEFT not in client_for(other).get("/today/").content.decode()


def test_what_happened_before_is_not_news(at_work: Cast):
    contact = create_record(object="contact", values={"name": "王若溪"}, by=actor(at_work.rep))
    change_record(contact, {"owner": at_work.manager.pk}, by=actor(at_work.admin))
    drain_events()
    Member.objects.filter(pk=at_work.manager.pk).update(away_since=timezone.now())
    assert LEFT not in client_for(at_work.manager).get("/today/").content.decode()


def test_a_visit_ends_with_an_hour_of_silence(at_work: Cast):
    member, start = at_work.manager, timezone.now()
    note_visit(member, now=start)
    assert (member.seen_at, member.away_since) == (start, None)
    note_visit(member, now=start + timedelta(minutes=14))
    assert member.seen_at == start
    busy = start + timedelta(minutes=40)
    note_visit(member, now=busy)
    assert (member.seen_at, member.away_since) == (busy, None)
    back = busy + timedelta(hours=15)
    note_visit(member, now=back)
    note_visit(member, now=back + timedelta(minutes=20))
    member.refresh_from_db()
    assert member.away_since == busy
