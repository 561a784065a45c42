"""What is expected, what was expected when, and how far deals come."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.metadata.errors import InvalidValues, NotFound
from guanxi.platform.records.sharing.actions import share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.deals.actions import lose_deal, move_deal, win_deal
from guanxi.sales.deals.models import Deal, Stage
from guanxi.sales.forecasts.actions import call_forecast, keep_forecasts, scope_of
from guanxi.sales.forecasts.chances import chances, interval, prospects, wide_interval
from guanxi.sales.forecasts.consumers import _stays
from guanxi.sales.forecasts.funnel import funnel, win_rates
from guanxi.sales.forecasts.history import past_of
from guanxi.sales.forecasts.models import Forecast, Stay
from guanxi.sales.forecasts.queries import cells, outlook, with_interval
from guanxi.sales.targets.periods import Period
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
TODAY = date.today()
MONTH = Period(TODAY.replace(day=1), 1)
YEAR = Period(date(TODAY.year, 1, 1), 12)


def open_stages() -> list[Stage]:
    return list(Stage.objects.filter(kind="open").order_by("position"))


def a_deal(who, stage: Stage, amount: int, **values):
    given = {
        "name": f"{amount}", "stage": stage.pk, "amount": amount, "expected_close": MONTH.last,
        "opened_on": TODAY, **values,
    }  # fmt: skip
    return create_record(object="deal", values=given, by=actor(who))


def test_categories_contain_each_other_and_an_override_wins(cast: Cast):
    with in_workspace(cast.xishan.pk), reading():
        first, *_rest, last = open_stages()
        a_deal(cast.rep, first, 1000)
        a_deal(cast.rep, last, 2000)
        a_deal(cast.below, first, 400, forecast="commit")
        a_deal(cast.stranger, last, 50, forecast="omitted")
        a_deal(cast.rep, first, 7, expected_close=MONTH.last + timedelta(days=40))
        win_deal(a_deal(cast.below, first, 3000), by=actor(cast.below))
        change_record(last, {"category": "best_case"}, by=actor(cast.admin))
        known = prospects()
        stages = known.stages
        seen: Any = outlook(cells(MONTH, stages, by=actor(cast.admin)), known.chance)
        assert (seen.closed, seen.commit, seen.best_case, seen.total) == (3000, 3400, 5400, 6400)
        assert seen.count == 3
        mine: Any = outlook(cells(MONTH, stages, by=actor(cast.stranger)), {})
        assert (mine.closed, mine.total) == (0, 0)
        ours = outlook(cells(MONTH, stages, by=actor(cast.manager)), {})
        assert ours.total == 6400
        # A share speaks of rows, which a tally does not know: the same is counted.
        deal = Deal.objects.get(name="50")
        share_record(deal, to=To("member", cast.rep.pk), by=actor(cast.admin))
        change_record(deal, {"forecast": None}, by=actor(cast.admin))
        shared = outlook(cells(MONTH, stages, by=actor(cast.rep)), {})
        assert shared.total - shared.best_case == 1000
        assert shared.best_case - shared.commit == 2050
        bounds: Any = with_interval(seen, MONTH, known, by=actor(cast.admin))
        assert bounds.closed <= bounds.low <= bounds.weighted <= bounds.high <= bounds.total
    with in_workspace(cast.marlin.pk), reading():
        assert cells(MONTH, stages, by=actor(cast.outsider)) == []


def test_the_interval_is_that_of_the_distribution():
    coin = [(Decimal(100), 0.5)] * 10
    assert interval(coin) == (Decimal(300), Decimal(700))  # binomial: P(X ≤ 2) = 0.055, P(X ≤ 3) = 0.172
    assert interval([]) == (Decimal(0), Decimal(0))
    sure = interval([(Decimal(100), 1.0), (Decimal(50), 0.0)])
    assert all(abs(one - 100) < 1 for one in sure)
    low, high = interval([(Decimal(10), 0.3)] * 200)
    near = wide_interval(600.0, 200 * 0.21 * 100, 2000.0)
    assert abs(low - near[0]) <= 15
    assert abs(high - near[1]) <= 15


def test_the_funnel_follows_a_cohort_and_says_where_it_leaks(cast: Cast):
    with in_workspace(cast.xishan.pk):
        one, two, *_rest = stages = open_stages()
        by = actor(cast.rep)
        for number in range(6):
            lose_deal(a_deal(cast.rep, one, number + 1), by=by, lost_reason="price")
        gone = move_deal(a_deal(cast.rep, one, 90), by=by, stage=two.pk)
        win_deal(a_deal(cast.rep, one, 100), by=by)
        win_deal(gone, by=by)
        move_deal(a_deal(cast.rep, one, 91), by=by, stage=two.pk)
        a_deal(cast.stranger, one, 77)
    drain_events()
    with in_workspace(cast.xishan.pk), reading():
        steps = funnel(one.pipeline_id, YEAR, by=actor(cast.admin))
        assert (steps[0].reached, steps[0].went_on, steps[0].leaked, steps[0].worst) == (10, 3, 6, True)
        assert (steps[1].reached, steps[1].standing, steps[-1].went_on) == (3, 1, 2)
        assert [step.reached for step in steps] == sorted((step.reached for step in steps), reverse=True)
        assert steps[0].median == 0
        assert len(steps) == len(stages)
        assert funnel(one.pipeline_id, YEAR, by=actor(cast.stranger))[0].reached == 1
        chance = chances(stages)
        assert chance[one.pk] == pytest.approx((2 + one.probability / 10) / (8 + 10))
        rates = win_rates("owner", YEAR, by=actor(cast.manager))
        assert [(rate.label, rate.won, rate.lost) for rate in rates] == [("林知遥", 2, 6)]
        assert rates[0].rate_by_amount == pytest.approx(190 / (190 + 21))
        rows = Stay.objects.count()
    with in_workspace(cast.xishan.pk):
        change_record(Deal.objects.get(name="91"), {"owner": cast.stranger.pk}, by=actor(cast.admin))
    drain_events()
    with in_workspace(cast.xishan.pk), reading():
        assert Stay.objects.count() == rows
        assert funnel(one.pipeline_id, YEAR, by=actor(cast.stranger))[0].reached == 2


def test_what_was_expected_is_kept_called_with_a_reason_and_judged(cast: Cast):
    with in_workspace(cast.xishan.pk), reading():
        stage = open_stages()[0]
        a_deal(cast.rep, stage, 1000, forecast="commit")
        manager = actor(cast.manager)
        scope = scope_of(f"t{cast.south.pk}", by=manager)
        with pytest.raises(InvalidValues):
            call_forecast(scope, MONTH.first, by=manager, called=Decimal(800), today=TODAY)
        kept = call_forecast(scope, MONTH.first, by=manager, called=Decimal(800), reason="late", today=TODAY)
        again = call_forecast(
            scope, MONTH.first, by=manager, called=Decimal(900), reason="still late", today=TODAY
        )
        assert (kept.pk, again.called, again.commit) == (again.pk, 900, 1000)
        for key, who in ((f"m{cast.stranger.pk}", cast.manager), ("f0", cast.manager),
                         (f"t{cast.south.pk}", cast.rep), ("x1", cast.admin)):  # fmt: skip
            with pytest.raises(NotFound):
                scope_of(key, by=actor(who))
        count = keep_forecasts(TODAY, by=actor(cast.admin))
        assert count == 3  # the firm, its top team and the rep: South was called already
        assert keep_forecasts(TODAY, by=actor(cast.admin)) == 0
        later = TODAY + timedelta(days=1)
        keep_forecasts(later, by=actor(cast.admin), months=1)
        if later.month == TODAY.month:
            assert Forecast.objects.get(scope="team", team=cast.south, taken_on=later).called == 900
        before = MONTH.moved(-1)
        won = a_deal(cast.rep, stage, 500, expected_close=before.last)
        win_deal(won, by=actor(cast.rep), closed_on=before.last)
        create = {"scope": "firm", "month": before.first, "called": "400"}
        told = create_record(object="forecast", values=create, by=actor(cast.admin))
        Forecast.objects.filter(pk=told.pk).update(taken_on=before.first)
        (found,) = past_of(TODAY, by=actor(cast.admin))
        past: Any = found
        assert (past.said, past.actual, past.accuracy) == (400, 500, Decimal("0.8"))
        assert past_of(TODAY, by=actor(cast.stranger)) == []


def test_pages_show_each_member_their_own(cast: Cast):
    with in_workspace(cast.xishan.pk):
        a_deal(cast.rep, open_stages()[0], 123456)
    drain_events()
    where = f"/performance/forecast/?period={MONTH.text}"
    assert "林知遥" in client_for(cast.manager).get(where).content.decode()
    assert "林知遥" not in client_for(cast.stranger).get(where).content.decode()
    sent = {"period": MONTH.text, "scope": f"m{cast.rep.pk}", "called": "100,000", "reason": "half of it"}
    assert client_for(cast.stranger).post("/performance/forecast/", sent).status_code == 404
    assert client_for(cast.rep).post("/performance/forecast/", sent | {"reason": ""}).status_code == 422
    assert client_for(cast.rep).post("/performance/forecast/", sent).status_code == 302
    assert "half of it" in client_for(cast.manager).get(where).content.decode()
    for split in ("owner", "product"):
        assert client_for(cast.rep).get(f"/performance/funnel/?by={split}").status_code == 200
    assert client_for(cast.outsider).get(where).status_code == 200


def test_a_deal_without_a_history_has_come_to_its_first_stage(cast: Cast):
    with in_workspace(cast.xishan.pk), reading():
        first, *rest = open_stages()
        deal = a_deal(cast.rep, first, 1000)
        won = win_deal(a_deal(cast.rep, first, 10), by=actor(cast.rep))
        kept = _stays(deal, [], [first, *rest])
        assert [(one.stage_id, one.outcome, one.span) for one in kept] == [(first.pk, "here", None)]
        assert {one.outcome for one in _stays(won, [], [first, *rest])} == {"won"}
