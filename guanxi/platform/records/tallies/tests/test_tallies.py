"""What was counted with each write is what one finds by counting."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records import boards, listing, summary
from guanxi.platform.records.boards import lane_sums
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, count_records
from guanxi.platform.records.models import TallyCell
from guanxi.platform.records.sharing.actions import share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.summary import summarise
from guanxi.platform.records.tallies import keeping
from guanxi.platform.records.tallies.asking import counted_ahead
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import (
    archive_record,
    assign_record,
    change_record,
    create_record,
    create_records,
    restore_record,
)
from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.sales.deals.models import Deal
from tests.cast import actor

pytestmark = pytest.mark.django_db

AMOUNTS = (None, "0", "17.5", "9999999999999.01", "-3")
KINDS = ("create", "many", "move", "amount", "assign", "archive", "restore", "undo", "delete", "settle")
STEPS = some.tuples(some.sampled_from(KINDS), some.integers(0, 10_000))


def asked(cast, shop, by):
    """Every kind of question that a tally may answer, and some that it may not."""
    deal, contact = registry.get("deal"), registry.get("contact")
    found: dict[Any, Any] = {}
    stage = f"stage = {shop.stages[0].pk}"
    for text in (
        "",
        "status = open",
        "status = won",
        "owner = me",
        stage,
        "owner is empty",
        "name contains 1",
    ):
        query = ListQuery(obj=deal, columns=(), filter=parse_filter(text))
        found["count", text] = count_records(query, by=by)
        for group in ((), ("stage",), ("owner", "status"), ("closed_on:month", "owner"), ("closed_on:day",)):
            found["sum", text, group] = summarise(query, by=by, group=group, sums=("amount",))
    found["contacts"] = count_records(ListQuery(obj=contact, columns=()), by=by)
    found["archive"] = count_records(ListQuery(obj=deal, columns=(), archived=True), by=by)
    found["board"] = lane_sums(ListQuery(obj=deal, columns=()), shop.stages, by=by)
    return found


def is_exact(cast, shop, monkeypatch):
    for member in (cast.admin, cast.manager, cast.rep, cast.stranger, cast.below):
        by = actor(member)
        kept = asked(cast, shop, by)
        with monkeypatch.context() as patch:
            for module in (listing, summary, boards):
                patch.setattr(module, "counted_ahead", lambda *_given, **_named: None)
            assert kept == asked(cast, shop, by)


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(some.lists(STEPS, min_size=4, max_size=12))
def test_after_any_writes_it_is_what_counting_finds(cast, shop, monkeypatch, steps):
    members = (cast.rep, cast.below, cast.stranger, cast.manager)
    by, facts = actor(cast.admin), list[int]()
    with in_workspace(cast.xishan.pk):
        for step, at in steps:
            deals = list(Deal.objects.order_by("pk"))
            deal = deals[at % len(deals)] if deals else None
            member = members[at % len(members)]
            amount = AMOUNTS[at % len(AMOUNTS)]
            done = None
            if step == "create" or deal is None:
                done = create_record(object="deal", by=actor(member), values={
                    "name": f"d{at}", "stage": shop.stages[0].pk, "amount": amount})  # fmt: skip
            elif step == "many":
                value = Amount(Decimal(at), "CNY")
                stage, owner = shop.stages[at % len(shop.stages)], member.pk
                rows = [{"name": f"m{one}", "stage": stage.pk, "pipeline": stage.pipeline_id, "amount": value,
                         "owner": owner} for one in range(at % 5 + 1)]  # fmt: skip
                create_records(object="deal", rows=rows, by=by)
            elif step == "move":
                stage = shop.stages[at % len(shop.stages)]
                reason = {"lost_reason": "price"} if stage.kind == "lost" else {}
                done = change_record(deal, {"stage": stage.pk, **reason}, by=by)
            elif step == "amount":
                done = change_record(deal, {"amount": amount}, by=by)
            elif step == "assign":
                done = assign_record(deal, to=member, by=by)
            elif step == "archive":
                done = archive_record(deal, by=by)
            elif step == "restore":
                done = restore_record(deal, by=by)
            elif step == "undo" and facts:
                try:
                    with transaction.atomic():
                        undo_fact(facts.pop(), by=by)
                except Exception:
                    pass
            elif step == "delete":
                deal.delete()
            elif step == "settle":
                keeping.settle(cast.xishan.pk)
            if done is not None and done.last_fact_id:
                facts.append(done.last_fact_id)
        is_exact(cast, shop, monkeypatch)


def test_writes_past_the_engine_are_counted_too(cast, shop, monkeypatch):
    with in_workspace(cast.xishan.pk):
        is_exact(cast, shop, monkeypatch)
        Deal.objects.update(closed_on=date(2026, 3, 4), amount_base=None)
        is_exact(cast, shop, monkeypatch)
        Deal.objects.update(owner=None, team=None)
        is_exact(cast, shop, monkeypatch)
        Deal.objects.all().delete()
        is_exact(cast, shop, monkeypatch)


def test_what_is_shared_is_counted_with_what_is_kept(cast, shop, monkeypatch):
    with in_workspace(cast.xishan.pk):
        share_record(shop.deal, to=To("member", cast.stranger.pk), by=actor(cast.admin))
        by = actor(cast.stranger)
        assert count_records(ListQuery(obj=registry.get("deal"), columns=()), by=by) == 1
        is_exact(cast, shop, monkeypatch)


def test_a_tally_answers_only_what_it_is_kept_by():
    deal = registry.get("deal").model_class
    assert counted_ahead(deal, ['r."stage_id" = %s AND r.owner_id = %s'], amount="amount_base")
    assert counted_ahead(deal, ["r.status = %s"], periods=["closed_on:month"], amount="amount_base")
    assert counted_ahead(deal, ["r.status = %s"], periods=["opened_on:month"]) is None
    assert counted_ahead(deal, ["EXISTS (SELECT 1 FROM s WHERE s.id = r.id)"]) is None
    assert counted_ahead(deal, ["r.status = %s"], amount="probability") is None


def test_tables_are_counted_anew_when_their_triggers_are_gone(cast, shop, monkeypatch):
    with in_workspace(cast.xishan.pk):
        keeping.let_go_before_migrating(plan=["a migration"], using="default")
        create_record(object="contact", values={"name": "Nobody counts her"}, by=actor(cast.rep))
        keeping.keep_after_migrating(using="default")
        is_exact(cast, shop, monkeypatch)
        with everywhere("a test looks at all"):
            before = list(TallyCell.objects.order_by("id").values_list("id", flat=True))
        keeping.keep_after_migrating(using="default")
        assert list(TallyCell.objects.order_by("id").values_list("id", flat=True)) == before


def test_no_cell_of_another_workspace_is_read(cast, shop):
    outsider = actor(cast.outsider)
    with in_workspace(cast.marlin.pk):
        assert count_records(ListQuery(obj=registry.get("deal"), columns=()), by=outsider) == 0
        if connection.vendor == "postgresql":
            assert not TallyCell.objects.filter(workspace=cast.xishan).exists()


def test_rows_of_a_cell_are_put_together(cast, shop, monkeypatch):
    monkeypatch.setattr(keeping, "MANY", 0)
    with in_workspace(cast.xishan.pk):
        for one in range(5):
            create_record(object="contact", values={"name": f"c{one}"}, by=actor(cast.rep))
        fewer = keeping.settle(cast.xishan.pk)
        assert (fewer > 0) is (connection.vendor == "postgresql")
        assert keeping.settle(cast.xishan.pk) == 0
        is_exact(cast, shop, monkeypatch)
