"""Why a deal was lost is asked for where it is lost: fields with a condition that the product brings."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.computed import find_object
from guanxi.platform.metadata.formulas import check_formula
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.tests.test_move_deal import pipeline
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
REASON, NOTE = 'name="lost_reason"', 'name="lost_note"'


@pytest.fixture
def stages(cast: Cast) -> dict[str, int]:
    with in_workspace(cast.xishan.pk):
        return pipeline(actor(cast.admin))


def a_deal(cast: Cast, stages: dict[str, int]) -> Any:
    with in_workspace(cast.xishan.pk):
        values = {"name": "WQ-200", "stage": stages["Qualified"]}
        return create_record(object="deal", values=values, by=actor(cast.rep))


def test_a_new_deal_is_not_asked_why_it_was_lost_until_its_stage_is_a_lost_one(
    cast: Cast, stages: dict[str, int]
):
    web = client_for(cast.rep)
    page = web.get("/deals/new/").content.decode()
    assert REASON not in page
    assert NOTE not in page
    assert 'class="watched"' in page.partition('name="stage"')[0].rpartition("<form")[2]
    typed = {"name": "WQ-200", "more": "shown"}
    assert REASON not in web.post("/deals/new/", typed | {"stage": stages["Quoted"]}).content.decode()
    lost = web.post("/deals/new/", typed | {"stage": stages["Lost"]}).content.decode()
    assert REASON in lost
    assert NOTE in lost
    assert 'value="WQ-200"' in lost
    without_script = web.post("/deals/new/", {"name": "WQ-200", "stage": stages["Lost"]})
    assert (without_script.status_code, REASON in without_script.content.decode()) == (422, True)


def test_moving_a_deal_asks_for_it_with_the_stage_and_losing_it_at_once(cast: Cast, stages: dict[str, int]):
    web, here = client_for(cast.rep), f"/deals/{a_deal(cast, stages).pk}"
    assert REASON not in web.get(f"{here}/do/move/").content.decode()
    again = web.post(f"{here}/do/move/", {"stage": stages["Lost"], "more": "shown"}).content.decode()
    assert REASON in again
    assert f'<option value="{stages["Lost"]}" selected' in again
    assert REASON in web.get(f"{here}/do/loss/").content.decode()
    assert web.post(f"{here}/do/move/", {"stage": stages["Lost"], "lost_reason": "price"}).status_code == 302


def test_the_page_of_an_open_deal_has_no_place_for_it(cast: Cast, stages: dict[str, int]):
    web, deal = client_for(cast.rep), a_deal(cast, stages)
    assert "输单原因" not in web.get(f"/deals/{deal.pk}/").content.decode()
    with in_workspace(cast.xishan.pk):
        change_record(deal, {"stage": stages["Lost"], "lost_reason": "price"}, by=actor(cast.rep))
    assert "输单原因" in web.get(f"/deals/{deal.pk}/").content.decode()
    assert REASON in web.get(f"/deals/{deal.pk}/edit/").content.decode()


def test_in_place_a_lost_stage_leads_to_the_form_that_asks_why(cast: Cast, stages: dict[str, int]):
    web, here = client_for(cast.rep), f"/deals/{a_deal(cast, stages).pk}"

    def put(field: str, body: str) -> Any:
        address, kind = f"{here}/fields/{field}/", "application/x-www-form-urlencoded"
        return web.patch(address, body, content_type=kind, headers={"HX-Request": "true"})

    refused = put("stage", f"value={stages['Lost']}")
    assert (refused.status_code, refused["X-Form"]) == (422, f"{here}/edit/?stage={stages['Lost']}")
    form = web.get(refused["X-Form"]).content.decode()
    assert REASON in form
    assert f'<option value="{stages["Lost"]}" selected' in form
    alone = put("amount", "value=x&currency=CNY")
    assert (alone.status_code, alone.get("X-Form")) == (422, None)  # what is wrong here is mended here


def test_leads_and_receipts_have_no_place_for_what_comes_at_the_end(cast: Cast):
    web = client_for(cast.admin)
    with in_workspace(cast.xishan.pk):
        lead = create_record(object="lead", values={"name": "x"}, by=actor(cast.admin))
    assert "无效原因" not in web.get(f"/leads/{lead.pk}/").content.decode()
    sent = {"reason": "need", "reason_note": "Has one"}
    assert web.post(f"/leads/{lead.pk}/do/disqualification/", sent).status_code == 302
    page = web.get(f"/leads/{lead.pk}/").content.decode()
    assert "无效原因" in page
    assert "Has one" in page
    receipt = web.get("/receipts/new/").content.decode()
    assert 'name="amount"' in receipt
    assert 'name="reason"' not in receipt
    assert 'name="reversed_on"' not in receipt


def test_every_condition_that_the_product_brings_can_be_asked():
    asked = [(obj, one) for obj in registry.shipped_objects() for one in obj.fields if one.shown_if]
    assert {obj.name for obj, _one in asked} >= {"deal", "lead", "delivery", "invoice", "receipt"}
    for obj, one in asked:
        assert check_formula(one.shown_if, obj, find=find_object).kind == "boolean"
