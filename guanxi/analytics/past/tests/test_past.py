"""Lists and boards as they were: what a cube of the same day counts, and no more than may be seen now."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.records.trash.actions import delete_record, empty_one
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.tests.test_move_deal import pipeline
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
MAY, JULY = datetime(2026, 5, 4, 4, tzinfo=UTC), datetime(2026, 7, 1, 4, tzinfo=UTC)
JUNE = "2026-06-30"


@pytest.fixture
def deals(cast: Cast, fed: Callable[[], int]) -> dict[str, Any]:
    """In May the rep has two deals, the stranger one; in July one is won, one costs more, one is deleted."""
    made = {}
    with in_workspace(cast.xishan.pk):
        stages = pipeline(actor(cast.admin))
        for name, member in (("水质", cast.rep), ("药厂", cast.rep), ("电站", cast.stranger)):
            values = {"name": name, "stage": stages["Qualified"], "amount": _yuan(100)}
            made[name] = create_record(object="deal", values=values, by=actor(member))
        Fact.objects.update(at=MAY)
        change_record(made["水质"], {"stage": stages["Won"]}, by=actor(cast.admin))
        change_record(made["药厂"], {"name": "大药厂", "amount": _yuan(900)}, by=actor(cast.admin))
        delete_record(made["电站"], by=actor(cast.admin))
        create_record(object="deal", values={"name": "七月", "stage": stages["Quoted"]}, by=actor(cast.admin))
        Fact.objects.filter(at__gt=JULY).update(at=JULY)
        fed()
    return made


def test_a_list_is_what_it_was_on_a_day(cast: Cast, deals: Any):
    admin = client_for(cast.admin)
    assert _titles(admin, as_of=JUNE) == {"水质", "药厂", "电站"}
    assert _titles(admin, as_of="2026-07-31") == {"水质", "大药厂", "七月"}
    assert _titles(admin, as_of="2026-05-03") == set()
    assert _titles(admin, as_of=JUNE, filter='name contains "药"') == {"药厂"}
    assert _titles(admin, as_of=JUNE, filter="status = won") == set()
    assert _titles(admin, as_of="2026-07-31", filter="status = won") == {"水质"}
    html = _past(admin, as_of=JUNE)
    assert "3 " in _words(html)
    assert "¥300" in html
    assert f"/deals/{deals['水质'].pk}/?as_of={JUNE}" in html
    assert f"/deals/{deals['电站'].pk}/" not in html  # in the trash: it has no page


def test_a_board_is_what_it_was_on_a_day(cast: Cast, deals: Any):
    admin = client_for(cast.admin)
    assert _lanes(admin, as_of=JUNE, lanes="stage") == [("Qualified", {"水质", "药厂", "电站"}, "¥300")]
    assert _lanes(admin, as_of="2026-07-31", lanes="stage") == [
        ("Qualified", {"大药厂"}, "¥900"),
        ("Quoted", {"七月"}, "¥0"),
        ("Won", {"水质"}, "¥100"),
    ]
    assert [one[1] for one in _lanes(admin, as_of=JUNE, lanes="status")] == [{"水质", "药厂", "电站"}]
    cards = re.findall(r'<li class="deal".*?</li>', _past(admin, as_of=JUNE, lanes="stage"), re.DOTALL)
    gone = next(one for one in cards if "电站" in one)
    assert "现在在回收站" in gone
    assert "<a" not in gone
    assert sum(f"?as_of={JUNE}" in one for one in cards) == len(cards) - 1 == 2


def test_a_stage_that_is_gone_for_good_is_a_lane_with_its_name_and_its_cards(
    cast: Cast, fed: Callable[[], int]
):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        stages = pipeline(by)
        deals = [
            create_record(object="deal", values={"name": name, "stage": stages[stage]}, by=by)
            for name, stage in (("水质", "Qualified"), ("药厂", "Quoted"))
        ]
        Fact.objects.update(at=MAY)
        change_record(deals[0], {"stage": stages["Won"]}, by=by)
        stage = registry.get("stage")
        delete_record(stage.rows().get(pk=stages["Qualified"]), by=by)
        empty_one(stage, stages["Qualified"], by=by)
        Fact.objects.filter(at__gt=JULY).update(at=JULY)
        fed()
    found = _lanes(client_for(cast.admin), as_of=JUNE, lanes="stage")
    assert [one[:2] for one in found] == [("Quoted", {"药厂"}), ("Qualified", {"水质"})]


def test_a_cube_of_a_past_day_leads_to_the_list_of_that_day(cast: Cast, deals: Any):
    admin = client_for(cast.admin)
    html = admin.get(f"/analytics/cube/?object=deal&rows=status&as_of={JUNE}").content.decode()
    href = next(unescape(one) for one in re.findall(r'<a href="(/analytics/past/[^"]+)"', html))
    assert _titles_at(admin, href) == {"水质", "药厂", "电站"}
    query = urlencode({"cube": f"object=deal&as_of={JUNE}"})
    menu = admin.get(f"/analytics/cube/cell/?{query}").content.decode()
    assert f"/analytics/past/deals/?as_of={JUNE}" in menu


def test_lists_and_boards_lead_to_what_they_were(cast: Cast, deals: Any):
    admin = client_for(cast.admin)
    for path, lanes in (("/deals/?filter=status+%3D+open", ""), ("/deals/board/", "stage")):
        html = admin.get(path).content.decode()
        href = next(unescape(one) for one in re.findall(r'href="(/analytics/past/deals/[^"]*)"', html))
        assert ("lanes=stage" in href) == bool(lanes)
        assert ("status" in href) == (not lanes)
        assert admin.get(href).status_code == 200


def test_what_is_not_kept_of_the_past_is_not_offered_but_said(cast: Cast, fed: Callable[[], int]):
    fed()
    admin = client_for(cast.admin)
    past = "/analytics/past/contacts/"
    for tried, offered in (('name contains "1"', True), ('phones contains "1"', False), ("((", False)):
        html = admin.get(f"/contacts/?{urlencode({'filter': tried})}").content.decode()
        assert (past in html) == offered, tried
    asked = 'name contains "1" and phones contains "1"'
    answer = admin.get(_url("contacts", as_of=JUNE, filter=asked))
    html = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "没有往日的记录" in html
    ways = re.findall(r'href="(/analytics/past/contacts/[^"]*)"', html)
    assert any(admin.get(one).status_code == 200 for one in ways)


def test_each_sees_of_the_past_what_they_see_now(cast: Cast, deals: Any):
    assert _titles(client_for(cast.rep), as_of=JUNE) == {"水质", "药厂"}
    assert _titles(client_for(cast.stranger), as_of=JUNE) == {"电站"}
    assert _titles(client_for(cast.outsider), as_of=JUNE) == set()
    hidden = {"verbs": ["*"], "see": "all", "edit": "all", "fields": {"amount": "hidden", "stage": "masked1"}}
    give_role(cast.stranger, {"deal": hidden})
    stranger = client_for(cast.stranger)
    html = _past(stranger, as_of=JUNE)
    assert "水质" in html
    assert "¥" not in html
    assert "Qualified" not in html
    assert not _lanes(stranger, as_of=JUNE, lanes="stage")
    for tried in ("amount > 50", 'stage.name = "Qualified"'):
        answer = stranger.get(_url(as_of=JUNE, filter=tried))
        assert answer.status_code == 422
        assert "水质" not in answer.content.decode()
    assert _titles(stranger, as_of=JUNE, sort="-amount") == {"水质", "药厂", "电站"}
    give_role(cast.stranger, {"company": {"verbs": ["*"], "see": "all"}})
    assert client_for(cast.stranger).get(_url(as_of=JUNE)).status_code == 403


def test_what_there_is_not_is_said(cast: Cast, deals: Any, client: Any):
    admin = client_for(cast.admin)
    for tried in ({"as_of": "nonsense"}, {"as_of": JUNE, "filter": "(("}, {"as_of": JUNE, "filter": "x = 1"}):
        answer = admin.get(_url(**tried))
        assert answer.status_code == 422
        assert "callout" in answer.content.decode()
    assert admin.get(_url()).status_code == 200
    assert admin.get(_url(as_of=JUNE, sort="nonsense", start="x", lanes="name")).status_code == 200
    assert admin.get("/analytics/past/nonsense/").status_code == 404
    assert client.get(_url(as_of=JUNE)).status_code in (302, 401, 403)


@pytest.mark.slow
def test_it_goes_on_in_the_order_that_was_asked(cast: Cast, fed: Callable[[], int]):
    day = date(2026, 1, 1)
    with in_workspace(cast.xishan.pk):
        for number in range(60):
            values = {"name": f"客户 {number:02}", "next_step_on": day + timedelta(days=number)}
            create_record(object="company", values=values, by=actor(cast.admin))
        Fact.objects.update(at=MAY)
        fed()
    admin = client_for(cast.admin)
    first = "/analytics/past/companies/?" + urlencode({"as_of": JUNE, "sort": "-name"})
    html = admin.get(first).content.decode()
    assert re.findall(r"客户 \d\d", html)[:2] == ["客户 59", "客户 58"]
    more = next(unescape(one) for one in re.findall(r'hx-get="([^"]+)"', html) if "start=50" in one)
    rest = admin.get(more, headers={"HX-Request": "true"}).content.decode()
    assert len(set(re.findall(r"客户 \d\d", rest))) == 10
    assert "<h1" not in rest
    assert "start=" not in rest


def _yuan(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "CNY"}


def _url(plural: str = "deals", **asked: str) -> str:
    return f"/analytics/past/{plural}/?{urlencode(asked)}"


def _past(client: Any, **asked: str) -> str:
    answer = client.get(_url(**asked))
    assert answer.status_code == 200, answer.content.decode()[:400]
    return str(answer.content.decode())


def _titles(client: Any, **asked: str) -> set[str]:
    return _titles_at(client, _url(**asked))


def _titles_at(client: Any, url: str) -> set[str]:
    html = client.get(url).content.decode()
    return {_words(one).split()[0] for one in re.findall(r'<th scope="row".*?</th>', html, re.DOTALL)}


def _lanes(client: Any, **asked: str) -> list[tuple[str, set[str], str]]:
    found = []
    for lane in re.findall(r'<section class="lane".*?</section>', _past(client, **asked), re.DOTALL):
        cards = {_words(one) for one in re.findall(r'<p class="deal-t">.*?</p>', lane, re.DOTALL)}
        label = re.findall(r'aria-label="([^"]*)"', lane)[0]
        found.append((label, cards, _words(re.findall(r"</h2><p>.*?</p>", lane)[0])))
    return found


def _words(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", html)).strip()
