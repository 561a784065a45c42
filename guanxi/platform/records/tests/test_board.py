"""The board: exact sums over what may be seen, cards that move, lanes that ask for what they need."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guanxi.platform.events.models import Fact
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.models import Deal, Stage
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def board(shop: Shop, who: str, query: str = "") -> str:
    group = shop.stages[0].pipeline_id
    answer = client_for(getattr(shop.cast, who)).get(f"/deals/board/?group={group}&{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def move(shop: Shop, who: str, **sent: object):
    browser = client_for(getattr(shop.cast, who))
    return browser.post(f"/deals/{shop.deal.pk}/lane/", {"version": shop.deal.version, **sent}, headers=HTMX)


def more_deals(shop: Shop, count: int, stage: int = 0) -> None:
    with in_workspace(shop.cast.xishan.pk):
        for number in range(count):
            values = {
                "name": f"deal {number}",
                "stage": shop.stages[stage].pk,
                "amount": {"amount": 1000, "currency": "CNY"},
            }
            create_record(object="deal", values=values, by=actor(shop.cast.rep))


def test_lanes_count_and_sum_what_the_member_may_see(shop: Shop):
    more_deals(shop, 2)
    seen = board(shop, "rep")
    assert "WQ-200" in seen
    assert f'id="lane-head-{shop.stages[0].pk}"' in seen
    assert '<span class="count">3</span>' in seen
    assert "27万" in seen.replace("\xa0", "").replace(" ", "")  # 268,000 + 2 × 1,000
    assert "5.4万" in seen.replace("\xa0", "").replace(" ", "")  # a fifth of it
    assert "WQ-200" not in board(shop, "stranger")
    outsider = client_for(shop.cast.outsider).get("/deals/board/")
    assert "WQ-200" not in outsider.content.decode()
    assert 'data-move="' not in board(shop, "observer")
    assert client_for(shop.cast.rep).get("/pipelines/board/").status_code == 404


def test_first_cards_of_each_lane_and_the_rest_when_scrolled(shop: Shop):
    more_deals(shop, 24)
    browser = client_for(shop.cast.rep)
    address = f"/deals/board/?group={shop.stages[0].pipeline_id}"
    browser.get(address)
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(address).content.decode()
    assert len(asked) <= 20, [one["sql"][:100] for one in asked]
    assert page.count('class="deal"') == 20
    more = page.split('class="lane-more" hx-get="')[1].split('"')[0].replace("&amp;", "&")
    rest = browser.get(more, headers=HTMX).content.decode()
    assert rest.count('class="deal"') == 5
    assert "lane-more" not in rest


def test_filters_hold_for_cards_and_sums(shop: Shop):
    more_deals(shop, 3)
    page = board(shop, "rep", f"filter=company = {shop.company.pk}")
    assert page.count('class="deal"') == 1
    assert '<span class="count">1</span>' in page


def test_card_moves_and_both_lanes_are_told(shop: Shop):
    answer = move(shop, "rep", lane=shop.stages[1].pk, before="")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.lstrip().startswith("<li")
    for stage in shop.stages[:2]:
        assert f'id="lane-head-{stage.pk}" hx-swap-oob="true"' in page
    assert 'id="board-sums"' in page
    assert "changed:deal" in answer["HX-Trigger"]
    with in_workspace(shop.cast.xishan.pk):
        assert Deal.objects.get(pk=shop.deal.pk).stage_id == shop.stages[1].pk
        assert Fact.objects.filter(object="deal", verb="moved", record_id=shop.deal.pk).count() == 1


def test_nobody_else_moves_it(shop: Shop):
    for who, status in (("stranger", 404), ("outsider", 404), ("observer", 403)):
        assert move(shop, who, lane=shop.stages[1].pk).status_code == status
    with in_workspace(shop.cast.xishan.pk):
        assert Deal.objects.get(pk=shop.deal.pk).stage_id == shop.stages[0].pk


def test_a_lost_lane_asks_why_on_the_card(shop: Shop):
    answer = move(shop, "rep", lane=shop.stages[3].pk)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'name="lost_reason"' in page
    assert f'name="lane" value="{shop.stages[3].pk}"' in page
    with in_workspace(shop.cast.xishan.pk):
        assert Deal.objects.get(pk=shop.deal.pk).status == "open"
    assert move(shop, "rep", lane=shop.stages[3].pk, lost_reason="price").status_code == 200
    with in_workspace(shop.cast.xishan.pk):
        assert Deal.objects.get(pk=shop.deal.pk).status == "lost"


def test_who_was_slower_sees_the_board_anew(shop: Shop):
    assert move(shop, "manager", lane=shop.stages[1].pk).status_code == 200
    answer = move(shop, "rep", lane=shop.stages[2].pk)
    assert answer.status_code == 409
    assert answer["HX-Refresh"] == "true"
    assert move(shop, "rep", lane=12345, version="").status_code == 422


def test_sums_alone_are_asked_when_something_changed(shop: Shop):
    browser = client_for(shop.cast.rep)
    address = f"/deals/board/?group={shop.stages[0].pipeline_id}"
    page = browser.get(address, headers={**HTMX, "HX-Target": "board-sums"}).content.decode()
    assert "<html" not in page
    assert 'id="board-sums"' in page
    assert page.count('hx-swap-oob="true"') == len(shop.stages)


def test_a_board_that_follows_gets_the_cards_of_its_lanes_too(shop: Shop):
    more_deals(shop, 3)
    asked = {**HTMX, "HX-Target": "board-sums"}
    address = f"/deals/board/?group={shop.stages[0].pipeline_id}"
    piece = client_for(shop.cast.rep).get(f"{address}&shown=2", headers=asked).text
    assert piece.count('class="deal"') == 2
    assert f'id="lane-cards-{shop.stages[0].pk}" data-cards hx-swap-oob="true"' in piece
    assert "lane-more" in piece
    assert "shown" not in piece
    for nothing in ("0", "-1", "x", ""):
        assert (
            'class="deal"'
            not in client_for(shop.cast.rep).get(f"{address}&shown={nothing}", headers=asked).text
        )
    for who in ("stranger", "outsider"):
        assert (
            'class="deal"'
            not in client_for(getattr(shop.cast, who)).get(f"{address}&shown=9", headers=asked).text
        )


def test_cards_that_stand_too_long_are_marked(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        Stage.objects.filter(pk=shop.stages[0].pk).update(rot_days=10)
        Deal.objects.filter(pk=shop.deal.pk).update(stage_since=datetime.now(UTC) - timedelta(days=25))
    page = board(shop, "rep")
    assert 'data-rot="2"' in page
    assert 'data-tone="gamboge"' in page


def test_a_board_of_many_deals_is_there_before_its_sums(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("guanxi.platform.records.pages.board.SUMMED_AT_ONCE", 3)
    recent = "filter=created_at+%3E%3D+-30d"  # nobody has counted these ahead
    more_deals(shop, 2)
    assert '<span class="count">3</span>' in board(shop, "rep", recent)
    more_deals(shop, 1)
    assert '<span class="count">4</span>' in board(shop, "rep")
    page = board(shop, "rep", recent)
    assert page.count('class="deal"') == 4
    assert 'hx-trigger="load, changed:deal' in page
    assert '<span class="count">4</span>' not in page
    assert '<span class="count">4</span>' in board(shop, "rep", f"{recent}&sums=1")
    browser = client_for(shop.cast.rep)
    group = shop.stages[0].pipeline_id
    sums = browser.get(f"/deals/board/?group={group}&{recent}", headers={**HTMX, "HX-Target": "board-sums"})
    assert '<span class="count">4</span>' in sums.content.decode()
    assert "load, changed" not in sums.content.decode()


def test_what_is_stale_is_said_later_where_it_is_much(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("guanxi.platform.records.boards.STALE_AT_ONCE", 1)
    more_deals(shop, 1)
    with in_workspace(shop.cast.xishan.pk):
        Stage.objects.filter(pk=shop.stages[0].pk).update(rot_days=10)
        Deal.objects.update(stage_since=datetime.now(UTC) - timedelta(days=25))
    page = board(shop, "rep")
    assert '<span class="count">2</span>' in page
    assert "load, changed" in page
    assert "停留过久" not in page
    whole = board(shop, "rep", "sums=1")
    assert "停留过久" in whole
    assert "load, changed" not in whole


def test_the_board_opens_where_the_member_is_at_work_then_where_it_was_left(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        other = create_record(object="pipeline", values={"name": "Partners"}, by=actor(shop.cast.admin))
        other.position = 0  # before the one that the rep works in
        other.save()
    here = shop.stages[0].pipeline_id
    browser = client_for(shop.cast.rep)
    assert "WQ-200" in browser.get("/deals/board/").content.decode()  # the rep's own open deal is here
    assert "WQ-200" not in browser.get(f"/deals/board/?group={other.pk}").content.decode()
    assert "WQ-200" not in browser.get("/deals/board/").content.decode()  # left there
    assert "WQ-200" in browser.get(f"/deals/board/?group={here}").content.decode()
    assert "WQ-200" in browser.get("/deals/board/").content.decode()
