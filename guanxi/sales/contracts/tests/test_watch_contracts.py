"""Each morning: whose contract ends soon hears of it, once, unless it ends for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from guanxi.collaboration.notifications.models import Notification
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.records.writing import change_record
from guanxi.sales.contracts import actions as contracting
from guanxi.sales.contracts.jobs import watch_contracts
from guanxi.sales.contracts.models import Contract
from guanxi.sales.contracts.tests.conftest import Draft
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def told_of(contract: Contract) -> list[str]:
    return [one.verb for one in facts_of("contract", contract.pk) if one.verb in ("expiring", "expired")]


def test_who_looks_after_it_is_reminded_once_as_many_days_ahead_as_it_says(cast: Cast, draft: Draft):
    by, today = actor(cast.rep), timezone.localdate()
    near = contracting.sign(draft(ends_on=today + timedelta(days=31)), by=by)
    far = contracting.sign(draft(ends_on=today + timedelta(days=90), remind_days=60), by=by)
    good = contracting.sign(draft(ends_on=today + timedelta(days=31), renewal="once"), by=by)
    assert watch_contracts.call() == 0
    drain_events()  # who tells of it begins with what happens now
    # The days pass.
    Contract.objects.filter(pk__in=(near.pk, good.pk)).update(runs_until=today + timedelta(days=30))
    Contract.objects.filter(pk=far.pk).update(runs_until=today + timedelta(days=60))
    assert (watch_contracts.call(), watch_contracts.call()) == (2, 0)
    for one in (near, far, good):
        one.refresh_from_db()
    assert [one.status for one in (near, far, good)] == ["expiring", "expiring", "active"]
    assert (told_of(near), told_of(good)) == (["expiring"], [])
    drain_events()
    heard = Notification.objects.filter(object="contract", verb="expiring")
    assert {(one.member_id, one.record_id) for one in heard} == {
        (cast.rep.pk, near.pk),
        (cast.rep.pk, far.pk),
    }
    page = client_for(cast.rep).get("/notifications/").content.decode()
    assert page.count("即将到期") >= 2
    # And they end.
    Contract.objects.update(runs_until=today - timedelta(days=1))
    assert watch_contracts.call() == 3
    assert told_of(near) == ["expiring", "expired"]


def test_it_may_be_said_later_how_early_to_remind(cast: Cast, draft: Draft):
    by, today = actor(cast.rep), timezone.localdate()
    contract = contracting.sign(draft(ends_on=today + timedelta(days=50)), by=by)
    contract = change_record(contract, {"remind_days": 60}, by=by)
    assert (contract.status, told_of(contract)) == ("expiring", ["expiring"])
    contract = change_record(contract, {"renewal": "once"}, by=by)
    assert contract.status == "active"
