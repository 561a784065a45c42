"""Moving a deal: status, probability and the closing day follow the stage."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from guanxi.platform.events.facts import facts_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.actions import reopen_deal
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db


def pipeline(by: Actor) -> dict[str, int]:
    """A small pipeline: stage name → id."""
    line = create_record(object="pipeline", values={"name": "Instruments"}, by=by)
    stages = (("Qualified", 20, "open"), ("Quoted", 60, "open"), ("Won", 100, "won"), ("Lost", 0, "lost"))
    return {
        name: create_record(
            object="stage",
            values={"name": name, "pipeline": line.pk, "position": at, "probability": share, "kind": kind},
            by=by,
        ).pk
        for at, (name, share, kind) in enumerate(stages)
    }


def test_the_way_of_a_deal(cast: Cast):
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        stages = pipeline(actor(cast.admin))
        deal = create_record(
            object="deal",
            values={"name": "WQ-200 × 4", "stage": stages["Qualified"], "amount": "268,000"},
            by=rep,
        )
        assert (deal.status, deal.probability, deal.amount_base) == ("open", 20, Decimal("268000"))
        moved = change_record(deal, {"stage": stages["Quoted"]}, by=rep)
        assert (moved.probability, moved.closed_on) == (60, None)
        with pytest.raises(InvalidValues, match="why"):
            change_record(deal, {"stage": stages["Lost"]}, by=rep)
        lost = change_record(deal, {"stage": stages["Lost"], "lost_reason": "price"}, by=rep)
        assert lost.closed_on == datetime.now(UTC).date()
        back = undo_fact(lost.last_fact_id, by=rep)
        assert (back.status, back.closed_on, back.lost_reason) == ("open", None, None)
        won = change_record(deal, {"stage": stages["Won"]}, by=rep)
        assert (won.status, won.probability) == ("won", 100)
        assert [fact.verb for fact in facts_of("deal", deal.pk)] == [
            "created",
            "moved",
            "lost",
            "reopened",
            "won",
        ]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_its_days_are_those_of_the_clock_on_the_wall_and_not_of_greenwich(cast: Cast, zone: str):
    """The two zones are 25 hours apart: at every moment one of them has another day than Greenwich."""
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk), timezone.override(zone):
        stages = pipeline(actor(cast.admin))
        today = timezone.localdate()
        deal = create_record(object="deal", values={"name": "TB-10", "stage": stages["Won"]}, by=rep)
        assert (deal.opened_on, deal.closed_on, deal.rate_on) == (today, today, today)


def test_reopened_where_it_was_closed_it_goes_back_to_the_first_open_stage(cast: Cast):
    """The page shows the stage that it is in; sent as it stands, it would have opened nothing."""
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        stages = pipeline(actor(cast.admin))
        lost = {"name": "TB-10", "stage": stages["Lost"], "lost_reason": "price"}
        for said, expected in (
            (None, "Qualified"),
            (stages["Lost"], "Qualified"),
            (stages["Quoted"], "Quoted"),
        ):
            deal = create_record(object="deal", values=lost, by=rep)
            open_again = reopen_deal(deal, by=rep, stage=said)
            assert (open_again.status, open_again.stage_id) == ("open", stages[expected])
