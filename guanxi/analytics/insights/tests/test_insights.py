"""The named analyses: what they find is what is there, and nobody sees more in them than in the lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from guanxi.analytics.insights.all import INSIGHTS
from guanxi.analytics.insights.reading import Span, moved
from guanxi.analytics.insights.studies import Ask, Study, Todo
from guanxi.analytics.insights.todos import tag_records
from guanxi.collaboration.activities.models import Activity
from guanxi.people.companies.models import Company
from guanxi.platform.i18n.dates import format_month
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.actions import lose_deal, win_deal
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
TODAY = date.today()


def pipeline(by: Actor) -> int:
    """A pipeline; the stage in which a deal begins."""
    line = create_record(object="pipeline", values={"name": "Instruments"}, by=by)
    first, *_rest = [
        create_record(
            object="stage", values={"name": kind, "pipeline": line.pk, "position": at, "kind": kind}, by=by
        )
        for at, kind in enumerate(("open", "won", "lost"))
    ]
    return int(first.pk)


def shop(by: Actor, name: str, count: int, stage: int) -> list[Company]:
    """Companies with a won deal each, the first ten times the second; and one that was lost."""
    firms = [create_record(object="company", values={"name": f"{name} {one}"}, by=by) for one in range(count)]
    for place, firm in enumerate(firms):
        amount = 10 ** max(0, 6 - place) + place
        deal = create_record(
            object="deal",
            values={"name": f"{name} {place}", "company": firm.pk, "stage": stage, "amount": str(amount)},
            by=by,
        )
        win_deal(deal, by=by, closed_on=TODAY - timedelta(days=place))
    deal = create_record(
        object="deal", values={"name": "Lost", "company": firms[0].pk, "stage": stage, "amount": "5"}, by=by
    )
    lose_deal(deal, by=by, lost_reason="price", closed_on=TODAY)
    return firms


def study(name: str, by: Actor, **chosen: str) -> Study:
    found = INSIGHTS[name]
    return found.run(Ask(by, TODAY, found.months, chosen))


def texts(found: Study) -> set[str]:
    return {cell.text for table in (*found.side, *found.tables) for row in table.rows for cell in row}


@pytest.mark.slow  # every analysis, for two readers
def test_an_analysis_counts_what_its_reader_sees(cast: Cast, fed: Callable[[], int]) -> None:
    with in_workspace(cast.xishan.pk):
        stage = pipeline(actor(cast.admin))
        firms = shop(actor(cast.rep), "青禾", 11, stage)
        shop(actor(cast.stranger), "北辰", 1, stage)
        fed()
        mine = study("pareto", actor(cast.rep))
        assert mine.trust.size == 11
        assert mine.headline.startswith("1 ")  # the first alone brings nine tenths
        assert {"青禾 0", "青禾 10"} <= texts(mine)
        assert "北辰 0" not in texts(mine)
        theirs = study("pareto", actor(cast.stranger))
        assert theirs.trust.thin
        assert "青禾 0" not in texts(theirs)
        assert not theirs.chart  # too few: a sentence, no curve
        assert study("pareto", actor(cast.admin)).trust.size == 12
        both = study("contests", actor(cast.admin))
        assert both.stats[0][1] == "12"
        assert both.stats[1][1] == "2"
        assert study("contests", actor(cast.rep)).stats[1][1] == "1"
        rows = study("rfm", actor(cast.rep)).tables
        assert "北辰 0" not in {cell.text for table in rows for row in table.rows for cell in row}
        for name in INSIGHTS:
            for by in (cast.rep, cast.admin):
                assert study(name, actor(by)).headline
        scales = study("balance", actor(cast.rep), goods="50", sales="100")
        assert scales.trust.size == 11
        came_out = next(row for row in scales.side[0].rows if row[0].text == "Came out")
        went_in = next(row for row in scales.side[0].rows if row[0].text == "Goods")
        assert came_out[1].text == "¥2.22M"  # twice what was sold …
        assert went_in[1].text == "¥1.11M"  # … of which half is goods
        assert {"青禾 0", "青禾 9"} <= texts(study("balance", actor(cast.rep), of="customer"))
        assert study("balance", actor(cast.rep), goods="nan", hour="-5").knobs[2].value == 60
        assert "北辰 0" not in texts(study("strategy", actor(cast.rep)))
        give_role(cast.observer, {})
        with pytest.raises(Refused):
            study(
                "pareto",
                actor(Member.objects.select_related("role", "team", "user").get(pk=cast.observer.pk)),
            )
        assert {firm.name for firm in firms} <= texts(study("comparison", actor(cast.rep))) | {"青禾 10"}
        drawn = str(study("comparison", actor(cast.rep)).chart)
        here = TODAY.replace(day=1)
        assert format_month(here) in drawn
        assert format_month(moved(here, 1)) not in drawn  # no month that has not begun
    with in_workspace(cast.marlin.pk):
        outside = study("pareto", actor(cast.outsider))
        assert outside.trust.size == 0
        assert not any("青禾" in one for one in texts(outside))


def test_pages_end_in_todos_that_the_verbs_make(cast: Cast, fed: Callable[[], int]) -> None:
    late = TODAY - timedelta(days=40)
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        firms = [create_record(object="company", values={"name": f"潮汐 {one}"}, by=by) for one in range(2)]
        plans = [
            {"name": "P", "company": one.pk, "amount": "100", "due_on": late.isoformat()} for one in firms
        ]
        for plan in plans:
            create_record(object="instalment", values=plan, by=by)
        fed()
    client: Any = client_for(cast.admin)
    page = client.get("/analytics/insights/receivables/")
    assert page.status_code == 200
    assert "潮汐 1" in page.text
    sent = client.post("/analytics/insights/receivables/", {"todo": "0"})
    assert sent.status_code == 302
    with in_workspace(cast.xishan.pk):
        made = Activity.objects.filter(kind="todo")
        assert {one.subject.partition("\uff1a")[0] for one in made} == {"潮汐 0", "潮汐 1"}
        assert all(one.due_at is not None for one in made)
        again = client.post("/analytics/insights/receivables/", {"todo": "0"})  # somebody pressed twice
        assert again.status_code == 302
        assert Activity.objects.filter(kind="todo").count() == 2
    with in_workspace(cast.xishan.pk):
        ids = tuple(one.pk for one in firms)
        tag = tag_records(Todo("", "company", ids, "", tag="Slow payers"), by=by)
        assert tag_records(Todo("", "company", ids, "", tag="slow payers"), by=by) == tag
        assert Company.objects.get(pk=ids[0]).tags == [tag]
        foreign = Todo("", "company", ids, "", tag="Mine")
        tag_records(foreign, by=actor(cast.stranger))  # who does not see them changes nothing
        assert Company.objects.get(pk=ids[0]).tags == [tag]
    assert client.post("/analytics/insights/receivables/", {"todo": "9"}).status_code == 404
    assert client.get("/analytics/insights/nothing/").status_code == 404
    assert "/analytics/insights/pareto/" in client.get("/analytics/insights/").text
    # The stranger owns nothing of it: nothing to read, no button to press.
    stranger: Any = client_for(cast.stranger)
    assert "潮汐" not in stranger.get("/analytics/insights/receivables/").text
    assert stranger.post("/analytics/insights/receivables/", {"todo": "0"}).status_code == 404
    assert "潮汐" not in client_for(cast.outsider).get("/analytics/insights/receivables/").text


def test_a_span_is_compared_with_the_same_days_a_year_ago() -> None:
    assert moved(date(2024, 2, 29), -12) == date(2023, 2, 28)
    assert moved(date(2024, 1, 31), 1) == date(2024, 2, 29)
    span = Span(date(2025, 12, 1), date(2026, 11, 30))
    assert span.before() == Span(date(2024, 12, 1), date(2025, 11, 30))
    assert Span(date(2026, 9, 1), date(2026, 11, 30)).before() == Span(date(2025, 9, 1), date(2025, 11, 30))
    assert Span(date(2024, 12, 1), date(2026, 11, 30)).before().last == date(2024, 12, 30)


@pytest.mark.slow
def test_every_analysis_ends_in_what_leads_somewhere(cast: Cast, fed: Callable[[], int]) -> None:
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        firms = shop(by, "Firm", 12, pipeline(by))
        fed()
        ends = next(one for one in study("pareto", by).todos if one.tag)
        assert set(ends.ids) < {one.pk for one in firms}
    admin, rep = client_for(cast.admin), client_for(cast.rep)
    leads: set[str] = set()
    for name in INSIGHTS:
        page = admin.get(f"/analytics/insights/{name}/").content.decode()
        ways = set(re.findall(r'href="([^"]+)"', page.partition("ends-in")[2].partition("</div>")[0]))
        assert ways >= {"/targets/new/", "/automations/"}, name
        leads |= ways
    assert all(admin.get(one.replace("&amp;", "&")).status_code == 200 for one in leads), leads
    assert (
        "/automations/" not in rep.get("/analytics/insights/pareto/").content.decode().partition("ends-in")[2]
    )
    listed = admin.post("/analytics/insights/pareto/", {"todo": "0"})["Location"]
    assert admin.get(listed).status_code == 200
    with in_workspace(cast.xishan.pk):
        tagged = [one.pk for one in Company.objects.all() if one.tags]
        assert set(tagged) == set(ends.ids)
