"""Rules that share by a condition: by facts, by a job, and again after a job that died."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.records.access import NotFound, find_record
from guanxi.platform.records.sharing import rules
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.sharing.models import Share, ShareRule
from guanxi.platform.records.sharing.rules import fill_next, remove_rule, save_rule
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

pytestmark = pytest.mark.django_db


def make(shop: Shop, filter: str = "industry = food", **more: Any) -> ShareRule:
    given = {
        "name": "Food",
        "object": "company",
        "to": To("team", shop.cast.north.pk),
        "writes": False,
        **more,
    }
    return save_rule(filter=filter, by=actor(shop.cast.admin), **given)


def sees(shop: Shop, record: Any) -> bool:
    try:
        find_record(registry.get("company"), record.pk, by=actor(shop.cast.stranger))
    except NotFound:
        return False
    return True


def test_a_rule_opens_what_meets_it_and_closes_what_does_not(shop: Shop):
    with in_workspace(shop.cast.xishan.pk), transaction.atomic():
        drain_events()
        rule = make(shop)
        assert not sees(shop, shop.company)
        run_pending_jobs()
        assert sees(shop, shop.company)
        rep = actor(shop.cast.rep)
        other = create_record(object="company", values={"name": "麦田", "industry": "food"}, by=rep)
        drain_events()
        assert sees(shop, other)
        change_record(other, {"industry": "software"}, by=rep)
        drain_events()
        assert not sees(shop, other)
        save_rule(
            rule_id=rule.pk, name="Software", object="company", filter="industry = software",
            to=To("team", shop.cast.north.pk), writes=False, by=actor(shop.cast.admin),
        )  # fmt: skip
        assert not sees(shop, shop.company)
        run_pending_jobs()
        assert sees(shop, other)
        assert not sees(shop, shop.company)
        remove_rule(rule.pk, by=actor(shop.cast.admin))
        assert not sees(shop, other)
        assert not Share.objects.exists()


def test_a_job_that_died_in_the_middle_is_done_again(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rules, "AT_ONCE", 2)
    with in_workspace(shop.cast.xishan.pk), transaction.atomic():
        rep = actor(shop.cast.rep)
        made = [
            create_record(object="company", values={"name": f"食 {n}", "industry": "food"}, by=rep)
            for n in range(6)
        ]
        rule = make(shop)
        after = fill_next(rule.pk, version=rule.version, after=0)
        assert after is not None  # and here the worker dies
        step: int | None = 0
        while step is not None:
            step = fill_next(rule.pk, version=rule.version, after=step)
        assert all(sees(shop, one) for one in made)
        assert Share.objects.filter(rule_id=rule.pk).count() == 7
        rule.refresh_from_db()
        assert rule.filled_at is not None
        assert fill_next(rule.pk, version=rule.version - 1, after=0) is None  # an older job stops


def test_what_a_person_shared_stays_when_a_rule_ends(shop: Shop):
    from guanxi.platform.records.sharing.actions import end_share, share_record

    with in_workspace(shop.cast.xishan.pk), transaction.atomic():
        rule = make(shop)
        run_pending_jobs()
        share_record(shop.company, to=To("team", shop.cast.north.pk), by=actor(shop.cast.rep))
        with pytest.raises(Refused):
            end_share(Share.objects.get(rule_id=rule.pk), by=actor(shop.cast.admin))
        remove_rule(rule.pk, by=actor(shop.cast.admin))
        assert sees(shop, shop.company)


def test_only_administrators_make_rules_and_only_such_that_make_sense(shop: Shop):
    cast, to = shop.cast, To("team", shop.cast.north.pk)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        for one in (cast.manager, cast.rep, cast.stranger):
            with pytest.raises(Refused):
                save_rule(name="x", object="company", filter="name = x", to=to, writes=True, by=actor(one))
        rule = make(shop)
        for wrong in ({"filter": ""}, {"filter": "nothing = 1"}, {"object": "stage"}, {"to": To("team", 1)}):
            with pytest.raises(InvalidValues):
                make(shop, **wrong)
    with in_workspace(cast.marlin.pk), transaction.atomic():
        with pytest.raises(NotFound):
            remove_rule(rule.pk, by=actor(cast.outsider))
        assert fill_next(rule.pk, version=rule.version, after=0) is None
