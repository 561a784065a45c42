"""Conditions are put together as filters of lists are, wherever one is asked for."""

from __future__ import annotations

import re

import pytest

from guanxi.automation.approvals.processes import add_process
from guanxi.automation.assignment.actions import add_plan
from guanxi.automation.scoring.models import ScoreModel
from guanxi.automation.workflows.actions import add_workflow
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
BRANCH = {"do": "branch", "if": "level = B", "then": [{"do": "stop"}]}


@pytest.fixture
def forms(cast):
    """The page with the form → the page that puts its condition together."""
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        recipe = {"when": {"kind": "enters"}, "if": "level = A", "steps": [BRANCH]}
        flow = add_workflow(object="company", title="Flow", recipe=recipe, by=by)
        process = add_process(object="company", title="P", recipe={"steps": [{"ask": ["head"]}]}, by=by)
        model = ScoreModel.objects.get(object="company", field="score")
        members = [{"who": cast.rep.pk}]
        plan = add_plan(object="company", title="Plan", plan={"members": members}, by=by)
    approvals = f"/settings/approvals/{process.pk}/"
    return {
        f"/automations/{flow.pk}/?edit=if": f"/automations/{flow.pk}/condition/if/if/",
        f"/automations/{flow.pk}/?edit=0": f"/automations/{flow.pk}/condition/0/branch/",
        f"{approvals}?edit=if": f"{approvals}condition/if/",
        f"{approvals}?edit=step:0": f"{approvals}condition/step%3A0/",
        f"/settings/scores/{model.pk}/?edit=add": f"/settings/scores/{model.pk}/condition/add/",
        f"/settings/assignment/{plan.pk}/": f"/settings/assignment/{plan.pk}/condition/if/",
        f"/settings/assignment/{plan.pk}/?": f"/settings/assignment/{plan.pk}/condition/{cast.rep.pk}/",
    }


def test_each_form_leads_there_and_has_the_condition_back(cast, forms):
    browser = client_for(cast.admin)
    for form, page in forms.items():
        assert page in browser.get(form).text, form
        there = browser.get(page, {"filter": "employees > 9"})
        assert there.status_code == 200, page
        (use,) = re.findall(r'class="btn primary" href="([^"]+)"', there.text)
        back = browser.get(use.replace("&amp;", "&"))
        assert back.status_code == 200, use
        assert "employees &gt; 9" in back.text, use


def test_nobody_else_comes_there(cast, forms):
    for page in forms.values():
        assert client_for(cast.manager).get(page).status_code in (403, 404), page
        assert client_for(cast.outsider).get(page).status_code in (403, 404), page
