"""Everything a leaver owns, in one step, and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.records.sharing import handing
from guanxi.platform.records.sharing.actions import share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.sharing.handing import (
    hand_over_next,
    owned_counts,
    start_hand_over,
    start_undo,
)
from guanxi.platform.records.sharing.models import HandOver, Share
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

pytestmark = pytest.mark.django_db


def owners(shop: Shop) -> dict[str, int]:
    return {
        name: registry.get(name).rows().get(pk=getattr(shop, name).pk).owner_id
        for name in ("company", "contact", "deal")
    }


def test_everything_goes_and_comes_back_but_what_was_changed(shop: Shop):
    cast = shop.cast
    with in_workspace(cast.xishan.pk), transaction.atomic():
        rep, admin = actor(cast.rep), actor(cast.admin)
        gone = archive_record(create_record(object="company", values={"name": "旧"}, by=rep), by=rep)
        call = {"kind": "call", "subject": "A", "about": [["company", str(shop.company.pk)]]}
        task = create_record(object="activity", values=call, by=rep)
        share_record(shop.far, to=To("member", cast.rep.pk), by=actor(cast.stranger))
        counts = owned_counts(cast.rep.pk)
        assert counts == {"company": 2, "contact": 1, "deal": 1, "activity": 1, "share": 1}
        made = start_hand_over(member_id=cast.rep.pk, receivers=[cast.below.pk], by=admin)
        run_pending_jobs()
        drain_events()
        made.refresh_from_db()
        assert made.done_at is not None
        assert made.counts == counts
        assert set(owners(shop).values()) == {cast.below.pk}
        assert registry.get("company").rows().get(pk=gone.pk).team_id == cast.shenzhen.pk
        assert registry.get("activity").rows().get(pk=task.pk).owner_id == cast.below.pk
        assert Share.objects.get().grantee_id == cast.below.pk
        assert owned_counts(cast.rep.pk) == {}
        fact = facts_of("company", shop.company.pk).last()
        assert fact is not None
        assert (fact.verb, fact.actor_id) == ("assigned", cast.admin.pk)
        assert fact.changes["owner"] == [str(cast.rep.pk), str(cast.below.pk)]

        contact = registry.get("contact").rows().get(pk=shop.contact.pk)
        change_record(contact, {"title": "CEO"}, by=admin)
        start_undo(made.pk, by=admin)
        run_pending_jobs()
        made.refresh_from_db()
        assert owners(shop) == {
            "company": cast.rep.pk, "contact": cast.below.pk, "deal": cast.rep.pk,
        }  # fmt: skip
        assert made.kept == 1
        assert Share.objects.get().grantee_id == cast.rep.pk
        assert registry.get("company").rows().get(pk=shop.company.pk).team_id == cast.south.pk
        with pytest.raises(InvalidValues):
            start_undo(made.pk, by=admin)


def test_several_take_turns_and_a_customer_stays_together(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    cast = shop.cast
    monkeypatch.setattr(handing, "AT_ONCE", 7)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        rep = actor(cast.rep)
        pairs = []
        for n in range(20):
            company = create_record(object="company", values={"name": f"公司 {n}"}, by=rep)
            values = {"name": f"人 {n}", "company": company.pk}
            pairs.append((company, create_record(object="contact", values=values, by=rep)))
        receivers = [cast.below.pk, cast.stranger.pk]
        made = start_hand_over(member_id=cast.rep.pk, receivers=receivers, by=actor(cast.admin))
        hand_over_next(made.pk)  # and here the worker dies
        run_pending_jobs()
        for company, contact in pairs:
            company.refresh_from_db()
            contact.refresh_from_db()
            assert company.owner_id == contact.owner_id
            assert company.version == 2
        assert {company.owner_id for company, _contact in pairs} == set(receivers)
        made.refresh_from_db()
        assert made.counts["company"] == 21


def test_who_hands_over_and_to_whom(shop: Shop):
    cast = shop.cast
    with in_workspace(cast.xishan.pk), transaction.atomic():
        for one in (cast.rep, cast.manager, cast.stranger):
            with pytest.raises(Refused):
                start_hand_over(member_id=cast.rep.pk, receivers=[cast.below.pk], by=actor(one))
        admin = actor(cast.admin)
        for receivers in ([], [cast.rep.pk], [cast.outsider.pk]):
            with pytest.raises(InvalidValues):
                start_hand_over(member_id=cast.rep.pk, receivers=receivers, by=admin)
        with pytest.raises(NotFound):
            start_hand_over(member_id=cast.outsider.pk, receivers=[cast.below.pk], by=admin)
        made = start_hand_over(member_id=cast.rep.pk, receivers=[cast.below.pk], by=admin)
        run_pending_jobs()
        made.refresh_from_db()
        HandOver.objects.filter(pk=made.pk).update(created_at=made.created_at - timedelta(days=31))
        with pytest.raises(InvalidValues):
            start_undo(made.pk, by=admin)
    with in_workspace(cast.marlin.pk), transaction.atomic(), pytest.raises(NotFound):
        start_undo(made.pk, by=actor(cast.outsider))
