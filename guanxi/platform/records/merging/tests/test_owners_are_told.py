"""Whose record becomes part of another one is told, and reads of a merge wherever it is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from guanxi.collaboration.models import Notification
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.events.models import Subscription
from guanxi.platform.metadata import registry
from guanxi.platform.records.merging.actions import merge_records
from guanxi.platform.records.sharing.actions import share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
Merged = tuple[Any, Any]


@pytest.fixture
def merged(cast: Cast) -> Merged:
    """The stranger's company, merged by the administrator into the rep's; (what stays, what went)."""
    Subscription.objects.create(consumer="notifications", since=0)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        stays = create_record(object="company", values={"name": "青禾水务"}, by=actor(cast.rep))
        goes = create_record(object="company", values={"name": "青禾集团"}, by=actor(cast.stranger))
        merge_records(registry.get("company"), stays.pk, [goes.pk], by=actor(cast.admin))
    drain_events()
    return stays, goes


def notices(cast: Cast, member: Any) -> list[Notification]:
    with in_workspace(cast.xishan.pk):
        return list(Notification.objects.filter(member_id=member.pk))


def test_the_owner_of_what_was_merged_hears_of_it(cast: Cast, merged: Merged):
    stays, _goes = merged
    (notice,) = notices(cast, cast.stranger)
    assert (notice.kind, notice.record_id, notice.text) == ("merged", stays.pk, "青禾集团")
    browser = client_for(cast.stranger)
    page = browser.get("/notifications/").content.decode()
    assert "青禾集团" in page
    assert "青禾水务" not in page  # another team's
    assert browser.get(f"/notifications/{notice.pk}/")["Location"] == "/notifications/"
    with in_workspace(cast.xishan.pk), transaction.atomic():
        share_record(stays, to=To("member", cast.stranger.pk), writes=False, by=actor(cast.rep))
    browser = client_for(cast.stranger)
    assert "青禾水务" in browser.get("/notifications/").content.decode()
    assert browser.get(f"/notifications/{notice.pk}/")["Location"] == f"/companies/{stays.pk}/"
    for other in (cast.rep, cast.admin, cast.below):
        assert not [one for one in notices(cast, other) if one.kind == "merged"]
    assert client_for(cast.outsider).get(f"/notifications/{notice.pk}/").status_code == 404


def test_changes_call_it_merged_and_offer_the_way_back_to_who_may_go_it(cast: Cast, merged: Merged):
    stays, goes = merged
    with in_workspace(cast.xishan.pk):
        fact = facts_of("company", goes.pk).filter(verb="archived").get()
        whole = facts_of("company", stays.pk).filter(verb="merged").get()
    undo = f'action="/undo/{fact.pk}/"'
    theirs = client_for(cast.stranger).get("/changes/").content.decode()
    assert "把它并入了另一条记录" in theirs
    assert "归档" not in theirs
    assert undo not in theirs
    assert "青禾水务" not in theirs
    rep = client_for(cast.rep).get("/changes/").content.decode()
    assert f'action="/undo/{whole.pk}/"' not in rep  # their record, but another's merge
    admin = client_for(cast.admin)
    page = admin.get("/changes/").content.decode()
    assert undo in page
    assert f'href="/companies/{stays.pk}/"' in page
    assert client_for(cast.stranger).post(f"/undo/{fact.pk}/").status_code in (403, 404)
    assert admin.post(f"/undo/{fact.pk}/").status_code == 302
    with in_workspace(cast.xishan.pk):
        goes.refresh_from_db()
    assert goes.archived_at is None
    assert undo not in admin.get("/changes/").content.decode()
