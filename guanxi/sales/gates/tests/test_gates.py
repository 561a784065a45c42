"""Checklists and ways: what must be ticked before a deal goes on, and which stage may follow which."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.platform.events.facts import facts_of
from guanxi.platform.identity.models import Role
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.texts import apply_shape, read_shape, steps_to, write_shape
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.deals.models import Deal, Stage
from guanxi.sales.deals.tests.test_move_deal import pipeline
from guanxi.sales.gates.models import Passage, StageCheck, Tick, role_words
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def stages(cast: Cast) -> dict[str, int]:
    with in_workspace(cast.xishan.pk):
        return pipeline(actor(cast.admin))


def a_deal(cast: Cast, stages: dict[str, int], stage: str = "Qualified") -> Deal:
    made: Deal = create_record(
        object="deal", values={"name": "WQ-200 × 4", "stage": stages[stage]}, by=actor(cast.rep)
    )
    return made


def test_a_needed_line_is_ticked_before_the_deal_goes_on(cast: Cast, stages: dict[str, int]):
    admin, rep = client_for(cast.admin), client_for(cast.rep)
    here = f"/settings/stages/{stages['Qualified']}/gate/"
    for name, needed in (("Budget confirmed", True), ("Site seen", False)):
        sent = {"do": "check", "name": name} | ({"needed": "1"} if needed else {})
        assert admin.post(here, sent).status_code == 302
    assert admin.post(here, {"do": "check", "name": ""}).status_code == 422
    assert "Budget confirmed" in admin.get(here).content.decode()
    with in_workspace(cast.xishan.pk), reading():
        deal, by = a_deal(cast, stages), actor(cast.rep)
        budget, seen = StageCheck.objects.order_by("position")
        for to in ("Quoted", "Won"):  # who leaves a stage out owes its list all the same
            with pytest.raises(InvalidValues, match="Budget confirmed"):
                change_record(deal, {"stage": stages[to]}, by=by)
        lost = change_record(deal, {"stage": stages["Lost"], "lost_reason": "price"}, by=by)
        undo_fact(lost.last_fact_id, by=by)
    tick = f"/deals/{deal.pk}/checks/{budget.pk}/"
    page = rep.get(f"/deals/{deal.pk}/").content.decode()
    assert tick in page
    assert f'action="{tick}"' in page
    assert rep.post(f"/deals/{deal.pk}/lane/", {"lane": stages["Quoted"]}).status_code == 302
    for who, status in (("stranger", 404), ("outsider", 404)):
        assert client_for(getattr(cast, who)).post(tick, {"done": "1"}).status_code == status
    for _twice in range(2):  # sent twice, ticked once
        assert rep.post(tick, {"done": "1"}).status_code == 302
    with in_workspace(cast.xishan.pk), reading():
        deal.refresh_from_db()
        assert deal.stage_id == stages["Qualified"]
        (done,) = Tick.objects.filter(deal=deal)
        assert (done.name, done.created_by_id) == ("Budget confirmed", cast.rep.pk)
        assert facts_of("tick", done.pk).get().about[0] == ["deal", deal.pk]
        with pytest.raises(InvalidValues):
            create_record(object="tick", values={"deal": deal.pk, "item": budget.pk}, by=by)
        deal = change_record(deal, {"stage": stages["Quoted"]}, by=by)
        change_record(deal, {"stage": stages["Qualified"]}, by=by)  # back needs nothing
    assert cast.rep.user.name in rep.get(f"/deals/{deal.pk}/").content.decode()
    rep.post(tick, {"done": "0"})
    with in_workspace(cast.xishan.pk), reading(), pytest.raises(InvalidValues):
        change_record(deal, {"stage": stages["Quoted"]}, by=by)
    admin.post(here, {"do": f"drop_check:{budget.pk}"})
    with in_workspace(cast.xishan.pk), reading():
        assert change_record(deal, {"stage": stages["Quoted"]}, by=by).stage_id == stages["Quoted"]
        assert not seen.archived_at


def test_a_stage_follows_another_where_a_way_leads_there_and_for_whom(cast: Cast, stages: dict[str, int]):
    admin = client_for(cast.admin)
    with in_workspace(cast.xishan.pk), reading():
        found = Role.objects.get(pk=cast.manager.role_id)
        role, words = found.name or found.system, role_words(found)
        deal, by = a_deal(cast, stages), actor(cast.rep)
    here = f"/settings/stages/{stages['Qualified']}/gate/"
    assert admin.post(here, {"do": "way", "to": stages["Quoted"], "role": ""}).status_code == 302
    assert admin.post(here, {"do": "way", "to": stages["Won"], "role": role}).status_code == 302
    shown = admin.get(here).content.decode()
    assert f'<option value="{stages["Won"]}"' in shown
    assert f'<option value="{role}"' in shown
    assert {role.casefold(), "主管"} <= words  # one that Guanxi brings is known in every language
    for wrong in ({"to": stages["Quoted"]}, {"to": stages["Qualified"]}, {"to": stages["Won"], "role": "No"}):
        assert admin.post(here, {"do": "way", **wrong}).status_code == 422
    with in_workspace(cast.xishan.pk), reading():
        with pytest.raises(InvalidValues, match="can't move"):
            change_record(deal, {"stage": stages["Won"]}, by=by)
        page = client_for(cast.rep).get(f"/deals/{deal.pk}/").content.decode()
        assert f'name="lane" value="{stages["Quoted"]}"' in page
        assert f'name="lane" value="{stages["Won"]}"' not in page
        won = change_record(deal, {"stage": stages["Won"]}, by=actor(cast.manager))
        assert won.status == "won"
        undo_fact(won.last_fact_id, by=actor(cast.manager))
        moved = change_record(deal, {"stage": stages["Quoted"]}, by=by)
        change_record(moved, {"stage": stages["Won"]}, by=by)  # no way out of it is named: all are open
    for who in ("rep", "manager"):
        assert client_for(getattr(cast, who)).get(here).status_code == 403
    assert client_for(cast.outsider).get(here).status_code == 404


def test_gates_go_along_in_the_file_of_shapes(cast: Cast, stages: dict[str, int]):
    with in_workspace(cast.xishan.pk), reading():
        by = actor(cast.admin)
        check = {"stage": stages["Qualified"], "name": "Budget confirmed", "needed": False}
        create_record(object="stage_check", values=check, by=by)
        create_record(object="passage", values={"stage": stages["Qualified"], "to": stages["Quoted"]}, by=by)
        text = write_shape(by=by)
    with in_workspace(cast.marlin.pk), reading():
        there = actor(cast.outsider)
        apply_shape(read_shape(text), by=there)
        assert [str(step) for step in steps_to(read_shape(text))] == []
        first = Stage.objects.get(name="Qualified", pipeline__name="Instruments")
        assert StageCheck.objects.get(stage=first).needed is False
        assert Passage.objects.get(stage=first).to.name == "Quoted"
        apply_shape(_shape({}), by=there)
        assert not StageCheck.objects.filter(stage=first, archived_at=None).exists()
        assert not Passage.objects.filter(stage=first, archived_at=None).exists()
        wrongs: tuple[dict[str, object], ...] = (
            {"ways": [{"to": "Nowhere"}]}, {"checks": [7]}, {"checks": [{"name": "A", "x": 1}]}
        )  # fmt: skip
        for wrong in wrongs:
            with pytest.raises(InvalidValues):
                apply_shape(_shape(wrong), by=there)


def _shape(gate: dict[str, object]) -> dict[str, object]:
    names = (("Qualified", "open"), ("Quoted", "open"), ("Won", "won"), ("Lost", "lost"))
    stages = [{"name": name, "kind": kind} for name, kind in names]
    stages[0] |= gate  # type: ignore[arg-type]
    return {"objects": {"pipeline": {"pipelines": {"Instruments": {"position": 0, "stages": stages}}}}}


def test_checklists_ways_and_tiers_are_the_administrators_by_every_door(cast: Cast, stages: dict[str, int]):
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        here = stages["Qualified"]
        check = create_record(object="stage_check", values={"stage": here, "name": "Budget"}, by=by)
        way = create_record(object="passage", values={"stage": here, "to": stages["Quoted"]}, by=by)
        rule = create_record(object="commission_rule", values={"name": "Plan", "rate": "3"}, by=by)
        tier = create_record(
            object="commission_tier", values={"rule": rule.pk, "above": "1000", "rate": "4"}, by=by
        )
    sent: dict[str, dict[str, object]] = {
        f"stage_checks/{check.pk}": {"needed": False},
        f"passages/{way.pk}": {"role": "observer"},
        f"commission_tiers/{tier.pk}": {"rate": "90"},
    }
    for who in (cast.rep, cast.manager):
        browser: Any = client_for(who)
        for address, values in sent.items():
            plural, key = address.split("/")
            answers = [
                browser.patch(
                    f"/api/v1/{address}", values, headers={"If-Match": "*"}, content_type="application/json"
                ),
                browser.delete(f"/api/v1/{address}", headers={"If-Match": "*"}),
                browser.post(
                    f"/api/v1/{plural}", {**values, "name": "Mine"}, content_type="application/json"
                ),
                browser.post(f"/{plural}/{key}/edit/", values),
            ]
            assert all(one.status_code in (403, 404) for one in answers), (address, answers)
    with in_workspace(cast.xishan.pk):
        assert StageCheck.objects.get(pk=check.pk).needed
        assert Passage.objects.get(pk=way.pk).archived_at is None
        deal = a_deal(cast, stages)
        # What is ticked is work, and stays for whoever has the deal.
        create_record(object="tick", values={"deal": deal.pk, "item": check.pk}, by=actor(cast.rep))
