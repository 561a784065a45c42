"""One workflow that can't be read or done any more holds up no other."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from guanxi.automation.workflows import matching, sweeping
from guanxi.automation.workflows.actions import add_workflow
from guanxi.automation.workflows.jobs import look_at_the_clock
from guanxi.automation.workflows.models import Run, Workflow
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.events.models import ParkedFact
from guanxi.platform.identity.actions.members import end_membership
from guanxi.platform.metadata import registry
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace, nowhere
from tests.cast import actor

TAG: list[dict[str, Any]] = [{"do": "tag", "add": ["heard"]}]


@pytest.fixture
def firm(cast):
    """The test inside xishan, where nothing is automated."""
    with in_workspace(cast.xishan.pk):
        Workflow.objects.all().delete()
        settle()
        yield cast


def make(cast, when, title, **more):
    recipe = {"when": when, "steps": TAG, **more.pop("recipe", {})}
    return add_workflow(object="company", title=title, recipe=recipe, by=actor(cast.admin), on=True, **more)


def company(cast, name):
    return create_record(object="company", values={"name": name, "level": "A"}, by=actor(cast.rep))


def test_who_left_takes_only_their_own_workflows_along(firm):
    for kind in ("enters", "held"):
        when = {"kind": kind} | ({"for": "1h"} if kind == "held" else {})
        make(firm, when, f"Theirs {kind}", acts_as=firm.below.pk, recipe={"if": "level = A"})
    make(firm, {"kind": "fact", "verb": "created"}, "Ours")
    company(firm, "Before")  # the worker has read the workflows by now
    settle()
    end_membership(member=firm.below, by=actor(firm.admin))
    one = company(firm, "After")
    with nowhere(), in_workspace(firm.xishan.pk):  # the next batch of the worker
        settle()
    assert Run.objects.get(workflow__title="Ours", record_id=one.pk).state == "done"
    assert ParkedFact.objects.count() == 0
    problems = Workflow.objects.filter(title__startswith="Theirs").values_list("problem", flat=True)
    assert all("no longer works here" in one for one in problems), list(problems)


def test_the_clock_goes_on_past_a_workflow_that_fails(firm, monkeypatch):
    quiet = {"kind": "held", "for": "1d", "since": ["created_at"]}
    broken = make(firm, quiet, "Broken", recipe={"if": "level = B"})
    make(firm, quiet, "Whole")
    company(firm, "Old")
    settle()
    registry.get("company").rows().update(created_at=timezone.now() - timedelta(days=3))
    whole = sweeping._held

    def held(rule, now):
        if rule.id == broken.pk:
            raise RuntimeError("a field that is no longer there")
        return whole(rule, now)

    monkeypatch.setitem(sweeping._SWEEPS, "held", held)
    matching._books.clear()
    look_at_the_clock.call()
    settle()
    assert Run.objects.get(workflow__title="Whole").state == "done"
    broken.refresh_from_db()
    assert "no longer there" in broken.problem
