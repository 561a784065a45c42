"""Workflows by a program: switched, watched, tried again by administrators; pressed by who may edit."""

from __future__ import annotations

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.automation.scoring.actions import draft_rules, publish_rules
from guanxi.automation.scoring.models import ScoreModel
from guanxi.automation.workflows.actions import add_workflow
from guanxi.automation.workflows.models import Run
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]


@pytest.fixture
def button(cast):
    with in_workspace(cast.xishan.pk):
        recipe = {
            "when": {"kind": "button", "label": "Water"},
            "steps": [{"do": "change", "values": {"industry": "water"}}],
        }
        return add_workflow(object="company", title="Water", recipe=recipe, by=actor(cast.admin), on=True)


@pytest.fixture
def company(cast):
    with in_workspace(cast.xishan.pk):
        return create_record(object="company", values={"name": "青禾水务"}, by=actor(cast.rep))


def test_a_button_is_pressed_and_its_run_is_read(cast, button, company):
    rep, admin = Program(cast.rep, EVERYTHING), Program(cast.admin, EVERYTHING)
    pressed = rep("POST", f"/workflows/{button.pk}/pressing", {"record": str(company.pk)})
    assert pressed.status_code == 202, pressed.content
    with in_workspace(cast.xishan.pk):
        settle()
    run = admin("GET", f"/workflow-runs/{pressed.json()['run']}").json()
    assert (run["state"], run["record"]) == ("done", str(company.pk))
    assert [one["kind"] for one in run["steps"]] == ["change"]
    listed = admin("GET", f"/workflow-runs?workflow={button.pk}&state=done").json()["data"]
    assert [one["id"] for one in listed] == [run["id"]]
    undone = admin("POST", f"/workflow-runs/{run['id']}/undoing").json()
    assert undone == {"steps": 1, "left": []}


def test_what_failed_is_tried_again(cast, button, company):
    admin = Program(cast.admin, EVERYTHING)
    key = admin("POST", f"/workflows/{button.pk}/pressing", {"record": str(company.pk)}).json()["run"]
    with in_workspace(cast.xishan.pk):
        Run.objects.filter(pk=key).update(state="failed", error="gone")
    assert admin("POST", f"/workflow-runs/{key}/retry").json()["state"] == "ready"
    assert admin("POST", f"/workflow-runs/{key}/retry").status_code == 422
    with in_workspace(cast.xishan.pk):
        settle()
        assert Run.objects.get(pk=key).state == "done"


def test_a_workflow_is_switched(cast, button):
    admin = Program(cast.admin, EVERYTHING)
    assert admin("POST", f"/workflows/{button.pk}/switching-off").json()["on_at"] is None
    assert admin("POST", f"/workflows/{button.pk}/switching-on").json()["on_at"]
    assert [one["id"] for one in admin("GET", "/workflows").json()["data"] if one["name"] == "water"]


def test_only_administrators_watch_and_only_editors_press(cast, button, company):
    pressing, sent = f"/workflows/{button.pk}/pressing", {"record": str(company.pk)}
    for member in (cast.rep, cast.stranger, cast.manager):
        other = Program(member, EVERYTHING)
        for path in ("/workflows", f"/workflows/{button.pk}", "/workflow-runs"):
            assert other("GET", path).status_code == 403, path
        assert other("POST", f"/workflows/{button.pk}/switching-off").status_code == 403
    assert Program(cast.stranger, EVERYTHING)("POST", pressing, sent).status_code == 404
    assert Program(cast.outsider, EVERYTHING)("POST", pressing, sent).status_code == 404
    assert Program(cast.outsider, EVERYTHING)("GET", f"/workflows/{button.pk}").status_code == 404
    assert Program(cast.rep, ["company:read"])("POST", pressing, sent).status_code == 403
    assert Program(cast.admin, ["*:read"])("GET", "/workflows").status_code == 403


def test_why_a_score_is_what_it_is(cast, company):
    with in_workspace(cast.xishan.pk):
        rules = [{"if": "name is not empty", "points": 30, "label": "Known"}]
        model = ScoreModel.objects.get(object="company", field="score")
        draft_rules(model.pk, rules, by=actor(cast.admin))
        publish_rules(model.pk, by=actor(cast.admin))
        settle()
    path = f"/score-reasons?object=company&record={company.pk}"
    (told,) = Program(cast.rep, EVERYTHING)("GET", path).json()["data"]
    assert (told["total"], told["reasons"]) == (30, [{"why": "Known", "points": "+30", "count": 1}])
    for member in (cast.stranger, cast.outsider):
        assert Program(member, EVERYTHING)("GET", path).status_code == 404
