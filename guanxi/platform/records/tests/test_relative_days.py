"""Words for days in filters, with every comparison, against the same worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields.time import period, relative_day
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import change_record, create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

pytestmark = pytest.mark.django_db
WORDS = ("today", "-7d", "last_week", "this_month", "next_quarter", "last_year")


def found(shop: Shop, text: str, who: str = "rep", obj: str = "company") -> set[str]:
    query = ListQuery(obj=registry.get(obj), columns=("name",), filter=parse_filter(text), limit=200)
    return {row.values["name"] for row in list_records(query, by=actor(getattr(shop.cast, who))).rows}


def test_every_comparison_with_every_word(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        by = actor(shop.cast.rep)
        context = field_context(by)
        start = context.now.astimezone(context.zone).date()
        days = {f"d{step}": start + timedelta(days=step * 9) for step in range(-60, 21)}
        own = {"owner": by.member_id, "team": by.team_id}
        rows = [{"name": name, "next_step": "x", "next_step_on": day, **own} for name, day in days.items()]
        create_records(object="company", rows=rows, by=by)

        def meant(word: str) -> tuple[date, date]:
            day = relative_day(word, context)
            return (day, day + timedelta(days=1)) if day else period(word, context)  # type: ignore[return-value]

        for word in WORDS:
            first, after = meant(word)
            for sign, holds in {
                "=": lambda day, a=first, b=after: a <= day < b,
                "!=": lambda day, a=first, b=after: not a <= day < b,
                "<": lambda day, a=first, b=after: day < a,
                "<=": lambda day, a=first, b=after: day < b,
                ">": lambda day, a=first, b=after: day >= b,
                ">=": lambda day, a=first, b=after: day >= a,
                f"in (tomorrow, {word}) or next_step_on =": lambda day, a=first, b=after: a <= day < b,
            }.items():
                wanted = {name for name, day in days.items() if holds(day)}
                assert found(shop, f"name starts d and next_step_on {sign} {word}") == wanted, (sign, word)
        low, high = meant("last_year")[0], meant("this_month")[1]
        inside = {name for name, day in days.items() if low <= day < high}
        assert found(shop, "name starts d and next_step_on between (last_year, this_month)") == inside
        with pytest.raises(FieldError):
            found(shop, "next_step_on between (last_year)")


def test_the_questions_that_people_ask(shop: Shop):
    """Quiet companies, deals that entered a stage in a week, people by what is known of their company."""
    with in_workspace(shop.cast.xishan.pk):
        quiet = "last_touch_at < -30d or last_touch_at is empty"
        assert "禾木食品" in found(shop, quiet)
        assert found(shop, "last_touch_at >= -30d") == set()
        assert found(shop, "company.industry = food", obj="contact") == {"李卓然"}
        assert found(shop, "company.industry = food", "stranger", "contact") == set()
        assert found(shop, f"stage = {shop.stages[0].pk} and stage_since = this_week", obj="deal") == {
            "WQ-200"
        }
        assert found(shop, "stage_since = last_week", obj="deal") == set()
        deal = change_record(shop.deal, {"stage": shop.stages[1].pk}, by=actor(shop.cast.rep))
        type(deal).objects.filter(pk=deal.pk).update(stage_since=deal.stage_since - timedelta(days=7))
        assert found(shop, f"stage = {shop.stages[1].pk} and stage_since = last_week", obj="deal") == {
            "WQ-200"
        }
