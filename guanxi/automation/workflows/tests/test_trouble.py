"""A workflow that fails whenever the clock tries it: shown, told once, and switched off at last."""

import pytest

from guanxi.automation.workflows import matching, sweeping, trouble
from guanxi.automation.workflows.actions import add_workflow, switch_on
from guanxi.automation.workflows.jobs import look_at_the_clock
from guanxi.automation.workflows.models import Workflow
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.events.facts import facts_of
from guanxi.platform.identity.actions.members import end_membership
from guanxi.platform.tenancy.context import in_workspace, nowhere
from tests.cast import actor, client_for


@pytest.fixture
def broken(cast, monkeypatch):
    """The test inside xishan, with one workflow by the clock that always fails."""
    monkeypatch.setattr(trouble, "MOST_FAILURES", 4)
    with in_workspace(cast.xishan.pk):
        Workflow.objects.all().delete()
        settle()
        recipe = {"when": {"kind": "schedule", "cron": "* * * * *"}, "steps": [{"do": "stop"}]}
        row = add_workflow(object="company", title="Clock", recipe=recipe, by=actor(cast.admin), on=True)
        matching._books.clear()
        yield row


def fails(monkeypatch, words="a field that is no longer there"):
    def sweep(rule, now):
        raise RuntimeError(words)

    monkeypatch.setitem(sweeping._SWEEPS, "schedule", sweep)


def told(row):
    return [one.verb for one in facts_of("workflow", row.pk) if one.verb in ("failing", "stopped")]


def test_its_maker_is_told_once_and_then_that_it_is_off(cast, broken, monkeypatch):
    fails(monkeypatch)
    for _minute in range(3):
        look_at_the_clock.call()
    broken.refresh_from_db()
    assert (told(broken), broken.failures, broken.on_at is not None) == (["failing"], 3, True)
    assert "no longer there" in broken.problem
    for _minute in range(3):
        look_at_the_clock.call()
    broken.refresh_from_db()
    assert (told(broken), broken.on_at) == (["failing", "stopped"], None)
    settle()
    page = client_for(cast.admin).get("/notifications/").content.decode()
    assert page.count("no longer there") == 2
    assert "no longer there" in client_for(cast.admin).get(f"/automations/{broken.pk}/").content.decode()


def test_one_success_begins_the_count_anew(cast, broken, monkeypatch):
    whole = sweeping._SWEEPS["schedule"]
    for _time in range(3):
        fails(monkeypatch)
        look_at_the_clock.call()
        look_at_the_clock.call()
        monkeypatch.setitem(sweeping._SWEEPS, "schedule", whole)
        look_at_the_clock.call()
    broken.refresh_from_db()
    assert (broken.failures, broken.problem, broken.on_at is not None) == (0, "", True)
    assert told(broken) == ["failing"] * 3


def test_switched_on_again_it_has_a_fresh_start(cast, broken, monkeypatch):
    fails(monkeypatch)
    for _minute in range(4):
        look_at_the_clock.call()
    row = switch_on(broken.pk, by=actor(cast.admin))
    assert (row.failures, row.problem, row.on_at is not None) == (0, "", True)


def test_with_nobody_to_act_for_it_is_told_once_too(cast, broken):
    Workflow.objects.filter(pk=broken.pk).update(acts_as=cast.below.pk)
    end_membership(member=cast.below, by=actor(cast.admin))
    matching._books.clear()
    for _minute in range(2):
        with nowhere(), in_workspace(cast.xishan.pk):
            look_at_the_clock.call()
    assert told(broken) == ["failing"]
    broken.refresh_from_db()
    assert broken.problem
