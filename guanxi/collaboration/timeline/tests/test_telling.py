"""Who reads what in a timeline: a record's page tells nothing of other teams' records around it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from guanxi.collaboration.activities.actions import log_activity
from guanxi.collaboration.attachments.actions import attach_file
from guanxi.collaboration.timeline.models import TimelineEntry
from guanxi.collaboration.timeline.telling import tell
from guanxi.people.contacts.objects import CONTACT
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.models import Member
from guanxi.platform.records.writing import archive_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.keys import first_key_at
from guanxi.platform.tenancy.transactions import reading
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def test_what_is_about_another_teams_record_is_not_told_on_the_company(cast: Cast):
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        company = create_record(object="company", values={"name": "青禾水务"}, by=actor(cast.rep))
        values = {"name": "钟隐", "company": company.pk, "owner": cast.stranger.pk}
        hidden = create_record(object="contact", values=values, by=admin)
        theirs = actor(cast.stranger)
        about = [("contact", hidden.pk)]
        log_activity(kind="note", about=about, by=theirs, subject="底价", body="底价二十万")
        both = [("contact", hidden.pk), ("company", company.pk)]
        log_activity(kind="note", about=both, by=admin, subject="年会", body="年会请他们来")
        file = SimpleUploadedFile("secret-price.txt", b"200000")
        attach_file(CONTACT, hidden.pk, file, name="secret-price.txt", by=theirs)
        archive_record(hidden, by=theirs)
    drain_events()

    def page(member: Member) -> str:
        return client_for(member).get(f"/companies/{company.pk}/timeline/entries/").content.decode()

    told, heard = page(cast.rep), page(cast.admin)
    assert "年会请他们来" in told
    for word in ("底价二十万", "secret-price", "钟隐", "何北"):
        assert word not in told, word
        assert word in heard, word


def test_who_wrote_to_us_is_named_and_to_whom(cast: Cast):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        person = create_record(object="contact", values={"name": "钟隐"}, by=by)
        about = [("contact", person.pk)]
        log_activity(kind="email", about=about, by=by, subject="A question", direction="in")
        log_activity(kind="email", about=about, by=by, subject="An answer", direction="out")
    drain_events()
    with in_workspace(cast.xishan.pk), reading():
        told = {one.heading: one for one in tell(list(TimelineEntry.objects.filter(about="activity")), by=by)}
        asked, answered = told["A question"], told["An answer"]
    assert asked.who == "钟隐"
    assert asked.how == "Email to us · 林知遥"
    assert answered.who == "林知遥"


def test_the_page_of_a_past_moment_tells_what_had_happened_by_then(cast: Cast):
    rep, now = actor(cast.rep), timezone.now()
    with in_workspace(cast.xishan.pk), transaction.atomic():
        company = create_record(object="company", values={"name": "青禾水务"}, by=rep)
        for word, days in (("first talk", 3), ("second talk", 1)):
            about, at = [("company", company.pk)], now - timedelta(days=days)
            log_activity(kind="call", about=about, by=rep, subject=word, at=at)
    drain_events()
    address = f"/companies/{company.pk}/"
    with in_workspace(cast.xishan.pk), transaction.atomic():
        Fact.objects.filter(object="company", record_id=company.pk, verb="created").update(
            id=first_key_at(now - timedelta(days=4)), at=now - timedelta(days=4)
        )
    then = {"as_of": (now - timedelta(days=2)).isoformat()}
    page = client_for(cast.rep).get(address, then).content.decode()
    assert "first talk" in page
    assert "second talk" not in page
    assert "second talk" in client_for(cast.rep).get(address).content.decode()
    assert client_for(cast.stranger).get(address, then).status_code == 404


def test_what_has_no_traffic_has_no_pulse(cast: Cast):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        product = create_record(object="product", values={"name": "DO-30"}, by=actor(cast.admin))
    assert client_for(cast.admin).get(f"/products/{product.pk}/pulse/").status_code == 404


def test_english_says_what_was_done_and_what_something_became(cast: Cast):
    entries = [
        TimelineEntry(
            object="company", record_id=1, about="quote", about_id=2, verb=verb, at=timezone.now(), data={},
            actor_id=cast.rep.pk, actor_name="Wen",
        )
        for verb in ("approved", "withdrawn", "expired")
    ]  # fmt: skip
    with in_workspace(cast.xishan.pk), reading():
        told = [" ".join(str(one.sentence).split()) for one in tell(entries, by=actor(cast.rep))]
    assert told == [
        "<b>Wen</b> approved the quote",
        "<b>Wen</b> withdrew the quote",
        "<b>Wen</b>: the quote is now expired",
    ]
