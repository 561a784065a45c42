"""Settings › Pipelines through the door: stages are added, changed, ordered and retired by administrators."""

from __future__ import annotations

import json

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.metadata.texts import apply_shape, read_shape, steps_to, write_shape
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.models import Pipeline, Stage
from guanxi.sales.deals.stages import stages_of
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def names(cast: Cast, pipeline: Pipeline) -> list[str]:
    with in_workspace(cast.xishan.pk):
        return [one.name for one in stages_of(pipeline)]


@pytest.fixture
def pipeline(cast: Cast) -> Pipeline:
    assert client_for(cast.admin).post("/settings/pipelines/", {"name": "Reagents"}).status_code == 302
    with in_workspace(cast.xishan.pk):
        made: Pipeline = Pipeline.objects.get(name="Reagents")
        for position, (name, kind) in enumerate([("Trial", "open"), ("Won", "won")]):
            values = {"name": name, "pipeline": made.pk, "position": position, "kind": kind}
            create_record(object="stage", values=values, by=actor(cast.admin))
    return made


def test_stages_are_added_before_the_end_and_ordered(cast: Cast, pipeline: Pipeline):
    admin = client_for(cast.admin)
    here = f"/settings/pipelines/{pipeline.pk}/"
    admin.post(here, {"stage": "1", "name": "Offer", "probability": "60", "kind": "open"})
    assert names(cast, pipeline) == ["Trial", "Offer", "Won"]
    with in_workspace(cast.xishan.pk):
        offer = Stage.objects.get(name="Offer", pipeline=pipeline)
    admin.post(f"/settings/stages/{offer.pk}/", {"do": "earlier"})
    assert names(cast, pipeline) == ["Offer", "Trial", "Won"]
    admin.post(
        f"/settings/stages/{offer.pk}/",
        {"name": "Offer sent", "probability": "70", "rot_days": "9", "kind": "open"},
    )
    with in_workspace(cast.xishan.pk):
        offer.refresh_from_db()
    assert (offer.name, offer.probability, offer.rot_days) == ("Offer sent", 70, 9)
    assert admin.post(f"/settings/stages/{offer.pk}/", {"name": "", "probability": "700"}).status_code == 422
    admin.post(here, {"name": "Consumables"})
    with in_workspace(cast.xishan.pk):
        assert Pipeline.objects.get(pk=pipeline.pk).name == "Consumables"


def test_a_stage_with_deals_stays(cast: Cast, pipeline: Pipeline):
    with in_workspace(cast.xishan.pk):
        trial = Stage.objects.get(name="Trial", pipeline=pipeline)
        create_record(object="deal", values={"name": "A", "stage": trial.pk}, by=actor(cast.rep))
        won = Stage.objects.get(name="Won", pipeline=pipeline)
    admin = client_for(cast.admin)
    assert admin.post(f"/settings/stages/{trial.pk}/", {"do": "retire"}).status_code == 422
    assert admin.delete(f"/api/v1/stages/{trial.pk}").status_code == 422
    assert admin.post(f"/api/v1/stages/{trial.pk}/deletion").status_code == 422
    sent = json.dumps({"do": "delete", "ids": [str(trial.pk)]})
    many = admin.post("/api/v1/stages/bulk", sent, content_type="application/json").json()
    assert (many["done"], many["refused"]) == (0, 1)
    assert admin.post(f"/settings/stages/{won.pk}/", {"do": "retire"}).status_code == 302
    assert names(cast, pipeline) == ["Trial"]


def test_a_gate_takes_deals_for_which_its_formula_says_yes(cast: Cast, pipeline: Pipeline):
    admin, rep = client_for(cast.admin), actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        trial, won = (Stage.objects.get(name=name, pipeline=pipeline) for name in ("Trial", "Won"))
    for wrong in ("amount +", "amount", "nothing > 1"):
        assert admin.post(f"/settings/stages/{won.pk}/", {"name": "Won", "gate": wrong}).status_code == 422
    gate = "amount >= 1000 and not empty(company.city)"
    assert admin.post(f"/settings/stages/{won.pk}/", {"name": "Won", "gate": gate}).status_code == 302
    with in_workspace(cast.xishan.pk):
        point = {"country": "CN", "city": "杭州"}
        company = create_record(object="company", values={"name": "青禾", "addresses": [point]}, by=rep)
        given = {"name": "A", "stage": trial.pk, "company": company.pk, "amount": "999"}
        deal = create_record(object="deal", values=given, by=rep)
        with pytest.raises(InvalidValues) as refused:
            change_record(deal, {"stage": won.pk}, by=rep)
        assert gate in refused.value.errors["stage"][0].message
        deal = change_record(deal, {"amount": "1000"}, by=rep)
        assert change_record(deal, {"stage": won.pk}, by=rep).status == "won"
        with pytest.raises(InvalidValues):
            create_record(object="deal", values={"name": "B", "stage": won.pk}, by=rep)


def test_pipelines_go_along_in_the_file_of_shapes(cast: Cast, pipeline: Pipeline):
    with in_workspace(cast.xishan.pk):
        trial = Stage.objects.get(name="Trial", pipeline=pipeline)
        change_record(trial, {"rot_days": "9", "gate": "amount > 1"}, by=actor(cast.admin))
        text = write_shape(by=actor(cast.admin))
    there = actor(cast.outsider)
    with in_workspace(cast.marlin.pk):
        apply_shape(read_shape(text), by=there)
        assert [str(step) for step in steps_to(read_shape(text))] == []
        made = Pipeline.objects.get(name="Reagents")
        first, last = stages_of(made)
        assert (first.name, first.rot_days, first.gate, last.kind) == ("Trial", 9, "amount > 1", "won")
        create_record(object="deal", values={"name": "A", "amount": "5", "stage": first.pk}, by=there)
        fewer = {"position": 0, "stages": [{"name": "Won", "kind": "won", "probability": 100}]}
        shape = {"objects": {"pipeline": {"pipelines": {"Reagents": fewer}}}}
        with pytest.raises(InvalidValues):
            apply_shape(shape, by=there)
        fewer["stages"].insert(0, {"name": "Trial", "probability": 20})  # type: ignore[attr-defined]
        apply_shape(shape, by=there)
        first, last = stages_of(made)
        assert (first.probability, first.gate, last.probability) == (20, None, 100)
        for wrong in ({"stages": [{"name": "X", "colour": 1}]}, {"stages": 7}, {"stages": [], "x": 1}):
            with pytest.raises(InvalidValues):
                apply_shape({"objects": {"pipeline": {"pipelines": {"Y": wrong}}}}, by=there)
    with in_workspace(cast.xishan.pk), pytest.raises(Refused):
        apply_shape(shape, by=actor(cast.rep))


def test_only_administrators_change_how_the_firm_sells(cast: Cast, pipeline: Pipeline):
    with in_workspace(cast.xishan.pk):
        trial = Stage.objects.get(name="Trial", pipeline=pipeline)
    for who in ("manager", "rep", "observer"):
        browser = client_for(getattr(cast, who))
        assert browser.get("/settings/pipelines/").status_code == 403
        assert browser.post(f"/settings/stages/{trial.pk}/", {"do": "later"}).status_code == 403
        assert browser.post(f"/stages/{trial.pk}/edit/", {"name": "Mine"}).status_code == 403
    assert client_for(cast.outsider).post(f"/settings/stages/{trial.pk}/", {"do": "later"}).status_code == 404


def test_stages_are_changed_by_administrators_only_by_whatever_door(cast: Cast, pipeline: Pipeline):
    with in_workspace(cast.xishan.pk):
        trial = Stage.objects.get(name="Trial", pipeline=pipeline)
        renamed = change_record(trial, {"name": "Test"}, by=actor(cast.admin))
    for member in (cast.rep, cast.manager, cast.observer):
        program = Program(member, ["*:read", "*:write"])
        assert program("GET", f"/stages/{trial.pk}").status_code == 200
        assert program("PATCH", f"/stages/{trial.pk}", {"probability": 1}).status_code == 403
        assert program("DELETE", f"/stages/{trial.pk}").status_code == 403
        assert program("POST", "/pipelines", {"name": "Mine"}).status_code == 403
        batch = {"operations": [{"do": "archive", "id": str(trial.pk)}]}
        assert program("POST", "/stages/batch", batch).json()["failed"] == 1
        assert client_for(member).post(f"/undo/{renamed.last_fact_id}/").status_code == 403
    assert names(cast, pipeline) == ["Test", "Won"]
