"""Rules take what nobody looks after, tell before, spare what they must, and are tried on the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from guanxi.collaboration.activities.actions import log_activity
from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.events.models import Fact
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.home import today_here
from guanxi.sales.contracts.actions import renew, sign, void
from guanxi.sales.contracts.models import Contract
from guanxi.sales.deals.models import Deal
from guanxi.sales.deals.tests.test_move_deal import pipeline
from guanxi.sales.pools.models import Pool, PoolMove, PoolRule
from guanxi.sales.pools.recycling import back, run_rule
from guanxi.sales.pools.simulating import replay
from guanxi.sales.pools.tests.test_claim_record import a_customer, a_pool
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def a_rule(cast: Cast, pool: Pool, **more: Any) -> PoolRule:
    values = {"name": "Quiet for 30 days", "pool": pool.pk, "days": 30, "warn_days": 0, **more}
    rule: PoolRule = create_record(object="pool_rule", values=values, by=actor(cast.admin))
    return rule


def age(days: int, *companies: Company) -> None:
    """As if they had been somebody's for so many days."""
    then = datetime.now(UTC) - timedelta(days=days)
    ids = [one.pk for one in companies]
    Company.objects.filter(pk__in=ids).update(owned_since=then, created_at=then)
    Fact.objects.filter(object="company", record_id__in=ids).update(at=then)


def test_the_quiet_come_back_and_others_stay(cast: Cast):
    with in_workspace(cast.xishan.pk):
        rep, pool = actor(cast.rep), a_pool(cast)
        stages = pipeline(actor(cast.admin))
        names = ("quiet", "called", "bought", "new")
        quiet, called, bought, new = (
            a_customer(rep, one, f"138 0000 {at}000") for at, one in enumerate(names)
        )
        foreign = a_customer(actor(cast.stranger), "foreign", "138 0000 9000")
        values = {"name": "Won", "stage": stages["Won"], "company": bought.pk, "amount": "5,000"}
        create_record(object="deal", values=values, by=rep)
        log_activity(kind="call", about=[("company", called.pk)], by=rep, body="Still there")
        drain_events()
        age(40, quiet, called, bought, foreign)
        rule = a_rule(cast, pool)
        assert run_rule(rule.pk).taken == 1
        pooled = list(Company.objects.filter(pool_id=pool.pk))
        assert pooled == [quiet]
        assert Contact.objects.get(company=quiet).pool_id == pool.pk
        assert (pooled[0].pool_reason, pooled[0].pooled_from_id) == (rule.name, cast.rep.pk)
        last = facts_of("company", quiet.pk).last()
        assert last is not None
        assert (last.name, last.data["how"], last.actor_kind) == ("company.pooled", "recycled", "system")
        assert run_rule(rule.pk).taken == 0
        assert PoolMove.objects.filter(how="recycled").count() == 1
        assert Company.objects.get(pk=new.pk).owner_id == cast.rep.pk


def test_the_owner_is_told_before_and_may_still_call(cast: Cast):
    with in_workspace(cast.xishan.pk):
        rep, pool = actor(cast.rep), a_pool(cast)
        one, other = a_customer(rep, "one"), a_customer(rep, "other", "138 0000 0001")
        age(40, one, other)
        rule = a_rule(cast, pool, warn_days=3)
        first = run_rule(rule.pk)
        assert (first.warned, first.taken) == (2, 0)
        told = Fact.objects.filter(object="company", verb="warned").first()
        assert told is not None
        assert told.data["owner"] == str(cast.rep.pk)
        log_activity(kind="call", about=[("company", other.pk)], by=rep, body="Still there")
        drain_events()
        later = timezone.localdate(timezone=ZoneInfo(cast.xishan.timezone)) + timedelta(days=3)
        done = run_rule(rule.pk, today=later)
        assert (done.warned, done.taken) == (0, 1)
        assert list(Company.objects.filter(pool_id=pool.pk)) == [one]


def test_without_a_deal_by_a_date_and_by_the_working_calendar(cast: Cast):
    with in_workspace(cast.xishan.pk):
        rep, pool = actor(cast.rep), a_pool(cast)
        bare, dealt = a_customer(rep, "bare"), a_customer(rep, "dealt", "138 0000 0001")
        stages = pipeline(actor(cast.admin))
        age(40, bare, dealt)
        values = {"name": "Open", "stage": stages["Quoted"], "company": dealt.pk}
        create_record(object="deal", values=values, by=rep)
        today = today_here()
        Company.objects.filter(pk=dealt.pk).update(next_step_on=today - timedelta(days=9))
        assert run_rule(a_rule(cast, pool, kind="no_deal", name="No deal").pk).taken == 1
        assert Company.objects.get(pool_id=pool.pk) == bare
        with pytest.raises(InvalidValues, match="which day"):
            a_rule(cast, pool, kind="date", name="Late")
        late = a_rule(cast, pool, kind="date", date_field="next_step_on", days=7, name="Late")
        assert run_rule(late.pk).taken == 1
        assert back(today, 10, working=True) < back(today, 10, working=False)
        assert Deal.objects.get().owner_id == cast.rep.pk


def test_before_a_contract_ends_unless_another_follows(cast: Cast):
    with in_workspace(cast.xishan.pk):
        rep, pool, today = actor(cast.rep), a_pool(cast), today_here()
        names = ("ending", "renewed", "running", "endless", "none", "fresh")
        ending, renewed, running, endless, _none, fresh = made = [
            a_customer(rep, one, f"138 0000 {at}000") for at, one in enumerate(names)
        ]

        def signed(company: Company, days: int | None) -> Contract:
            values = {"name": company.name, "company": company.pk, "starts_on": today - timedelta(days=300)}
            values |= {} if days is None else {"ends_on": today + timedelta(days=days)}
            made: Contract = sign(create_record(object="contract", values=values, by=rep), by=rep)
            return made

        for company, days in ((ending, 25), (running, 90), (endless, None), (fresh, 25)):
            signed(company, days)
        renewal = renew(signed(renewed, 20), by=rep)
        Contract.objects.update(created_at=datetime.now(UTC) - timedelta(days=60))
        age(100, *(one for one in made if one != fresh))
        rule = a_rule(cast, pool, kind="contract", days=30, warn_days=3, name="Not renewed")
        found = replay(rule)
        assert [(one.title, one.on) for one in found.taken] == [("ending", today - timedelta(days=5))]
        assert (run_rule(rule.pk).warned, run_rule(rule.pk).taken) == (1, 0)
        assert run_rule(rule.pk, today=today + timedelta(days=3)).taken == 1
        assert list(Company.objects.filter(pool_id=pool.pk)) == [ending]
        void(renewal, by=rep)  # nothing follows any more
        assert run_rule(rule.pk).warned == 1
        assert run_rule(rule.pk, today=today + timedelta(days=3)).taken == 1
        assert set(Company.objects.filter(pool_id=pool.pk)) == {ending, renewed}
        leads = a_pool(cast, name="Leads", holds="lead")
        with pytest.raises(InvalidValues, match="contracts"):
            a_rule(cast, leads, kind="contract")


def test_a_rule_is_tried_on_the_last_quarter_before_it_is_saved(cast: Cast):
    with in_workspace(cast.xishan.pk):
        rep, pool = actor(cast.rep), a_pool(cast)
        stages = pipeline(actor(cast.admin))
        quiet, won, busy = (
            a_customer(rep, one, f"138 0000 {at}000") for at, one in enumerate(("quiet", "won", "busy"))
        )
        age(80, quiet, won, busy)
        now = datetime.now(UTC)
        for days in (75, 60, 45, 30, 15, 2):
            at = now - timedelta(days=days)
            log_activity(kind="call", about=[("company", busy.pk)], by=rep, body="Still there", at=at)
        values = {"name": "Late win", "stage": stages["Won"], "company": won.pk, "amount": "5,000"}
        create_record(object="deal", values={**values, "closed_on": now.date().isoformat()}, by=rep)
        drain_events()
        rule = PoolRule(pool=pool, kind="silent", days=30, keep_won=True)
        found = replay(rule)
        assert found.looked_at == 3
        assert {one.title for one in found.taken} == {"quiet", "won"}
        assert found.by_owner == {cast.rep.pk: 2}
        assert (found.won, int(found.amount)) == (1, 5000)
        assert {one.on for one in found.taken} == {now.date() - timedelta(days=49)}
        assert not Company.objects.filter(pool_id=pool.pk).exists()
    address = f"/pools/{pool.pk}/rules/new/"
    sent = {"name": "Quiet", "kind": "silent", "days": "30", "warn_days": "3", "keep_won": "1"}
    admin = client_for(cast.admin)
    asked = admin.post(address, {**sent, "replay": "1"})
    assert asked.status_code == 302
    assert "hx-get" in admin.get(asked["Location"]).content.decode()
    with in_workspace(cast.xishan.pk):
        run_pending_jobs()
    page = admin.get(asked["Location"]).content.decode()
    assert "quiet" in page
    assert 'id="replay"' in page
    assert 'value="Quiet"' in page
    piece = admin.get(
        asked["Location"], headers={"HX-Request": "true", "HX-Target": "job-1"}
    ).content.decode()
    assert piece.strip().startswith("<section")
    assert "hx-get" not in piece
    for who, status in ((cast.manager, 403), (cast.rep, 404), (cast.stranger, 404), (cast.outsider, 404)):
        assert client_for(who).get(asked["Location"]).status_code == status
    assert admin.get(asked["Location"].replace("/replays/", "/replays/1")).status_code == 404
    assert admin.post(address, {**sent, "kind": "nonsense", "replay": "1"}).status_code == 422
    with in_workspace(cast.xishan.pk):
        assert not PoolRule.objects.exists()
    built = f"{address}condition/?filter=level+%3D+B"
    built_page = client_for(cast.admin).get(built).content.decode()
    assert f'href="{address}?filter=level%20%3D%20B"' in built_page
    form = client_for(cast.admin).get(f"{address}?filter=level+%3D+B").content.decode()
    assert ">level = B</textarea>" in form
    assert client_for(cast.admin).get(f"{address}condition/?filter=no+%3D+B").status_code == 422
    for name, refused in (("manager", 403), ("stranger", 404), ("outsider", 404)):
        assert client_for(getattr(cast, name)).get(built).status_code == refused
    assert client_for(cast.manager).post(address, sent).status_code == 403
    assert client_for(cast.outsider).post(address, sent).status_code == 404
    assert client_for(cast.admin).post(address, sent).status_code == 302
    for who, status in ((cast.manager, 200), (cast.rep, 200)):
        shown = client_for(who).get(f"/pools/{pool.pk}/")
        assert shown.status_code == status
        assert ("/rules/" in shown.content.decode()) is (who == cast.manager)
    assert client_for(cast.rep).get("/pools/").content.decode().count("South sea") >= 1
    assert "South sea" not in client_for(cast.stranger).get("/pools/").content.decode()
