"""Targets: one for each metric, month and scope; attainment down the tree; nobody sees another team's."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.metadata.metrics import metric
from guanxi.platform.records.access import find_record
from guanxi.platform.records.sharing.handing import hand_over_next, owned_counts, start_hand_over
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.deals.actions import win_deal
from guanxi.sales.deals.models import Stage
from guanxi.sales.targets.models import Target
from guanxi.sales.targets.periods import Period, period_of, working_days
from guanxi.sales.targets.queries import attainment
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
OCTOBER = Period(date(2026, 10, 1), 1)
GRID = "/performance/grid/?metric=won_amount&year=2026"


def a_target(cast: Cast, **values):
    given = {"month": "2026-10-15", "value": "100000", "scope": "member", **values}
    return create_record(object="target", values=given, by=actor(cast.admin))


def won(cast: Cast, who, amount: int, day: str = "2026-10-12"):
    stage = Stage.objects.filter(kind="open").order_by("position").first()
    values = {"name": f"won {amount}", "stage": stage.pk, "amount": amount}
    deal = create_record(object="deal", values=values, by=actor(who))
    return win_deal(deal, by=actor(who), closed_on=day)


def test_a_target_stands_once_and_names_itself(cast: Cast):
    with in_workspace(cast.xishan.pk):
        one = a_target(cast, owner=cast.rep.pk)
        assert (one.month, one.team_id) == (date(2026, 10, 1), cast.south.pk)
        assert one.name.startswith("2026-10 · 林知遥 · ")
        moved = change_record(one, {"month": "2026-11-30"}, by=actor(cast.admin))
        assert moved.name.startswith("2026-11 · ")
        with pytest.raises(InvalidValues):
            a_target(cast, owner=cast.rep.pk, month="2026-11-02")
        firm = a_target(cast, scope="firm", owner=cast.rep.pk)
        assert (firm.owner_id, firm.team_id) == (None, None)
        team = a_target(cast, scope="team", team=cast.south.pk)
        assert (team.owner_id, team.team_id) == (None, cast.south.pk)
        with pytest.raises(InvalidValues):
            a_target(cast, owner=cast.rep.pk, month="2026-12-01", metric="received_amount", product=1)
        with pytest.raises(InvalidValues):
            a_target(cast, owner=cast.rep.pk, month="2026-12-01", value="-1")


def test_targets_are_seen_by_whom_they_concern_and_set_by_the_lead(cast: Cast):
    with in_workspace(cast.xishan.pk), reading():
        one = a_target(cast, owner=cast.rep.pk)
        obj = registry.get("target")
        assert find_record(obj, one.pk, by=actor(cast.rep))
        assert find_record(obj, one.pk, by=actor(cast.manager))
        with pytest.raises(NotFound):
            find_record(obj, one.pk, by=actor(cast.stranger))
        with pytest.raises(Refused):
            change_record(one, {"value": "1"}, by=actor(cast.rep))
        assert change_record(one, {"value": "1"}, by=actor(cast.manager)).value == 1
    with in_workspace(cast.marlin.pk), reading(), pytest.raises(NotFound):
        find_record(obj, one.pk, by=actor(cast.outsider))


def test_attainment_adds_up_over_the_tree_and_shows_no_part_as_the_whole(cast: Cast):
    with in_workspace(cast.xishan.pk), reading():
        a_target(cast, owner=cast.rep.pk)
        a_target(cast, owner=cast.below.pk, value="50000")
        a_target(cast, scope="team", team=cast.shenzhen.pk, value="80000")
        a_target(cast, owner=cast.stranger.pk, value="30000")
        a_target(cast, scope="firm", value="300000")
        won(cast, cast.rep, 60000)
        won(cast, cast.below, 20000)
        won(cast, cast.stranger, 30000)
        won(cast, cast.rep, 7000, day="2026-09-30")
        rows = attainment(metric("won_amount"), OCTOBER, by=actor(cast.admin))
        said: dict[Any, Any] = {(one.scope, one.label): (one.target, one.given, one.actual) for one in rows}
        assert said["firm", ""] == (300000, True, 110000)
        assert said["team", "South"] == (180000, False, 80000)
        assert said["team", "Shenzhen"] == (80000, True, 20000)
        assert said["member", "陈小满"] == (50000, True, 20000)
        assert said["team", "North"] == (30000, False, 30000)
        shenzhen: Any = next(one for one in rows if one.label == "Shenzhen")
        assert (shenzhen.below, shenzhen.share) == (50000, 0.25)
        seen: Any = attainment(metric("won_amount"), OCTOBER, by=actor(cast.manager))
        assert [(one.label, one.actual) for one in seen] == [
            ("South", 80000), ("林知遥", 60000), ("Shenzhen", 20000), ("陈小满", 20000),
        ]  # fmt: skip
        mine = {
            one.label: one.actual for one in attainment(metric("won_amount"), OCTOBER, by=actor(cast.below))
        }
        assert mine == {"Shenzhen": 20000, "陈小满": 20000}
        quarter = attainment(metric("won_amount"), OCTOBER.of_length(3), by=actor(cast.admin))
        assert quarter[0].target == 300000


def test_the_pace_knows_holidays_and_the_days_that_are_made_up():
    october = working_days(OCTOBER, today=date(2026, 10, 12), country="CN")
    # The first seven days are free, Saturday the 10th is worked.
    assert (october.done, october.all) == (4, 18)
    assert working_days(OCTOBER, today=date(2026, 9, 1), country="CN").done == 0
    assert period_of("2026-Q4", today=date(2026, 1, 1)).last == date(2026, 12, 31)
    assert period_of("2026-Q4", today=date(2026, 1, 1)).moved(-1).text == "2026-Q3"
    assert period_of("nonsense", today=date(2026, 1, 9)).text == "2026-01"


def test_the_grid_is_typed_pasted_spread_and_kept(cast: Cast):
    browser, key = client_for(cast.manager), f"m{cast.rep.pk}"
    page = browser.get(GRID).content.decode()
    assert f'name="{key}-10"' in page
    assert f"m{cast.stranger.pk}-10" not in page
    sent = {"metric": "won_amount", "year": "2026"}
    assert (
        browser.post(GRID, sent | {f"{key}-10": "120,000", f"m{cast.stranger.pk}-10": "5"}).status_code == 302
    )
    with in_workspace(cast.xishan.pk), reading():
        kept = Target.objects.get()
        assert (kept.owner_id, kept.month, kept.value) == (cast.rep.pk, date(2026, 10, 1), 120000)
    told = browser.post(GRID, sent | {"do": "paste", "pasted": "林知遥\t1000\t2,000\n姓名\tJan\n何北\t9\n"})
    said = told.content.decode()
    assert 'value="2000"' in said
    assert "何北" in said
    spread = browser.post(GRID, sent | {"do": f"spread:{key}", f"{key}-year": "1200000"}).content.decode()
    cells = [spread.partition(f'name="{key}-{at:02d}" value="')[2].partition('"')[0] for at in range(1, 13)]
    assert sum(int(one) for one in cells) == 1200000
    assert int(cells[1]) < int(cells[2])  # the Spring Festival
    assert browser.post(GRID, sent | {f"{key}-10": "lots"}).status_code == 422
    assert browser.post(GRID, sent | {f"{key}-10": ""}).status_code == 302
    with in_workspace(cast.xishan.pk), reading():
        assert not Target.objects.filter(archived_at=None).exists()
    assert client_for(cast.rep).get(GRID).status_code == 403
    assert client_for(cast.rep).get("/performance/?period=2026-10").status_code == 200


def test_today_shows_my_target_with_its_pace(cast: Cast):
    with in_workspace(cast.xishan.pk), reading():
        a_target(cast, owner=cast.rep.pk, month=str(date.today()), value="100000")
        won(cast, cast.rep, 25000, day=str(date.today()))
    assert 'id="my-targets"' in client_for(cast.rep).get("/today/").content.decode()
    assert 'id="my-targets"' not in client_for(cast.stranger).get("/today/").content.decode()
    seen = client_for(cast.rep).get("/performance/").content.decode()
    assert "25%" in seen


def test_where_a_role_hides_whose_a_target_is_the_page_is_refused(cast: Cast):
    whole = {"verbs": ["*"], "see": "all", "edit": "all"}
    with in_workspace(cast.xishan.pk):
        a_target(cast, owner=cast.rep.pk)
    for field in ("month", "product", "scope"):
        give_role(cast.observer, {"*": whole, "target": {**whole, "fields": {field: "hidden"}}})
        browser = client_for(cast.observer)
        assert browser.get("/performance/").status_code == 403, field
        assert browser.get("/today/").status_code == 200, field


def test_what_a_leaver_should_have_reached_stays_theirs(cast: Cast):
    with in_workspace(cast.xishan.pk):
        target = a_target(cast, owner=cast.rep.pk)
        a_target(cast, owner=cast.below.pk)
        deal = won(cast, cast.rep, 100)
        assert set(owned_counts(cast.rep.pk)) == {"deal"}
        made = start_hand_over(member_id=cast.rep.pk, receivers=[cast.below.pk], by=actor(cast.admin))
        while hand_over_next(made.pk):
            continue
        deal.refresh_from_db()
        target.refresh_from_db()
        assert (deal.owner_id, target.owner_id) == (cast.below.pk, cast.rep.pk)
        personal = {one.name for one in registry.objects() if one.personal}
        assert personal >= {"target", "forecast", "commission", "work_report"}
