"""The pipeline between two days, from the past that the warehouse keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from guanxi.analytics.insights.reading import Span
from guanxi.analytics.insights.studies import Ask
from guanxi.analytics.insights.tests.test_insights import TODAY, pipeline
from guanxi.analytics.insights.waterfall import INSIGHT, moves_between
from guanxi.analytics.roles import Contest, roles
from guanxi.platform.events.models import Fact
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.actions import lose_deal, win_deal
from guanxi.sales.deals.models import Deal
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db


def test_every_change_of_the_pipeline_has_its_name(cast: Cast, fed: Callable[[], int]) -> None:
    with in_workspace(cast.xishan.pk):
        by, stage = actor(cast.admin), pipeline(actor(cast.admin))
        soon, late = (TODAY + timedelta(days=days) for days in (3, 300))

        def deal(name: str, amount: int, **more: object) -> Deal:
            values = {"name": name, "stage": stage, "amount": str(amount), "expected_close": soon.isoformat()}
            made: Deal = create_record(object="deal", values={**values, **more}, by=by)
            return made

        names = ("won", "lost", "up", "down", "moved_out", "same")
        old = {name: deal(name, 100 * place) for place, name in enumerate(names, 1)}
        long_ago = Fact.objects.order_by("-at").values_list("at", flat=True)[0] - timedelta(days=40)
        Fact.objects.update(at=long_ago)
        Deal.objects.update(created_at=long_ago)
        fed()
        ask = Ask(by, TODAY, 3, {})
        span, contest = Span(TODAY - timedelta(days=6), TODAY), roles(Contest)[0]
        assert {one.kind for one in moves_between(contest, span, None, ask)} == {"same"}
        past = Span(TODAY - timedelta(days=60), TODAY - timedelta(days=7))
        stored = moves_between(contest, past, None, ask)  # the report as it was at the end of that day
        assert len(stored) == len(names)
        win_deal(old["won"], by=by, closed_on=TODAY)
        lose_deal(old["lost"], by=by, lost_reason="price", closed_on=TODAY)
        change_record(old["up"], {"amount": "450"}, by=by)
        change_record(old["down"], {"amount": "150"}, by=by)
        change_record(old["moved_out"], {"expected_close": late.isoformat()}, by=by)
        deal("new", 1_000)
        passed = deal("passed", 700)
        win_deal(passed, by=by, closed_on=TODAY)
        fed()
        moves = moves_between(contest, span, TODAY + timedelta(days=9), ask)
        assert [(one.kind, one.change) for one in moves if one.id == passed.pk] == [
            ("new", 70_000),
            ("won", -70_000),
        ]  # it came and went between: both are told, and what is open is what it was
        found = {one.id: one for one in moves if not one.passed}
        assert {name: found[one.pk].kind for name, one in old.items()} == {name: name for name in names}
        assert [one.change for one in found.values() if one.kind == "new"] == [100_000]
        assert found[old["up"].pk].change == 15_000
        assert found[old["moved_out"].pk].slipped
        # All that is open: what slipped is open all the same, and the sums meet.
        study = INSIGHT.run(Ask(by, TODAY, 1, {}))
        assert study.side[0].rows[-1][2].text == "¥2.7K"  # 450 + 150 + 500 + 600 + 1,000
        assert study.todos[0].ids == (old["moved_out"].pk,)
        assert moves_between(contest, past, None, ask) == stored  # what was, stays
        assert INSIGHT.run(Ask(actor(cast.stranger), TODAY, 1, {})).trust.size == 0
