from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from guanxi.automation.workflows import acts
from guanxi.automation.workflows.actions import (
    add_workflow,
    change_workflow,
    press_button,
    publish_workflow,
    retry_run,
    switch_off,
    undo_run,
)
from guanxi.automation.workflows.jobs import look_at_the_clock
from guanxi.automation.workflows.models import Run, RunStep, Workflow, WorkflowVersion
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for


@pytest.fixture
def firm(cast):
    """The test inside xishan, where nothing is automated."""
    with in_workspace(cast.xishan.pk):
        Workflow.objects.all().delete()
        settle()
        yield cast


def make(cast, recipe, *, object="company", title="W", **more):
    return add_workflow(object=object, title=title, recipe=recipe, by=actor(cast.admin), on=True, **more)


def company(cast, **values):
    return create_record(object="company", values={"name": "Qinghe", **values}, by=actor(cast.rep))


def fresh(record):
    return registry.get(record.object_name).rows().get(pk=record.pk)


SET_A = [{"do": "change", "values": {"level": "A"}}]


def test_a_condition_that_begins_to_hold_starts_once(firm):
    make(
        firm,
        {
            "when": {"kind": "enters"},
            "if": "employees >= 100",
            "steps": [{"do": "score", "field": "founded", "add": 1}],
        },
    )
    one = company(firm, employees=50, founded=2000)
    settle()
    for count in (150, 200, 90, 300):
        change_record(fresh(one), {"employees": count}, by=actor(firm.rep))
        settle()
    assert fresh(one).founded == 2002  # at 150 and at 300


def test_a_condition_that_no_longer_holds(firm):
    make(
        firm,
        {"when": {"kind": "leaves"}, "if": "level in (A, B)", "steps": [{"do": "tag", "add": ["was good"]}]},
    )
    one = company(firm, level="A")
    settle()
    change_record(fresh(one), {"level": "B"}, by=actor(firm.rep))
    settle()
    assert Run.objects.count() == 0
    change_record(fresh(one), {"level": "C"}, by=actor(firm.rep))
    settle()
    assert Run.objects.get().state == "done"


def test_a_tag_that_another_run_makes_meanwhile_is_taken(firm, monkeypatch):
    make(firm, {"when": {"kind": "fact", "verb": "created"}, "steps": [{"do": "tag", "add": ["seen"]}]})
    first = company(firm)
    settle()
    monkeypatch.setattr(acts, "_tag_called", lambda name: None)  # looked before the other had made it
    second = company(firm, name="Second")
    settle()
    tags = registry.get("company")["tags"]
    assert len(tags.get(fresh(first))) == 1
    assert tags.get(fresh(second)) == tags.get(fresh(first))
    assert {run.state for run in Run.objects.all()} == {"done"}


def test_a_date_that_is_near(firm):
    recipe = {"when": {"kind": "date", "field": "next_step_on", "days": -3, "at": "00:00"}, "steps": SET_A}
    row = make(firm, recipe)
    Workflow.objects.filter(pk=row.pk).update(on_at=timezone.now() - timedelta(days=1))
    from guanxi.automation.workflows import matching

    matching._books.clear()
    today = timezone.localdate(timezone=ZoneInfo(firm.xishan.timezone))
    near = company(firm, next_step="Call", next_step_on=(today + timedelta(days=3)).isoformat())
    far = company(firm, name="Far", next_step="Call", next_step_on=(today + timedelta(days=9)).isoformat())
    for _twice in range(2):
        look_at_the_clock.call()
        settle()
    assert (fresh(near).level, fresh(far).level, Run.objects.count()) == ("A", None, 1)


def test_a_condition_that_has_held_for_a_time(firm):
    make(
        firm,
        {
            "when": {"kind": "held", "for": "2d"},
            "if": "level = C",
            "steps": [{"do": "tag", "add": ["stuck"]}],
        },
    )
    stuck, moved = company(firm, level="C"), company(firm, name="Moved", level="C")
    settle()
    change_record(fresh(moved), {"level": "B"}, by=actor(firm.rep))
    settle()
    look_at_the_clock.call()
    settle()
    assert Run.objects.count() == 0
    from guanxi.automation.workflows.models import Holding

    assert list(Holding.objects.values_list("record_id", flat=True)) == [stuck.pk]
    Holding.objects.update(since=timezone.now() - timedelta(days=2, minutes=1))
    for _twice in range(2):
        look_at_the_clock.call()
        settle()
    assert [one.record_id for one in Run.objects.all()] == [stuck.pk]


def test_the_clock_and_no_more_than_so_many_a_day(firm):
    row = make(firm, {"when": {"kind": "schedule", "cron": "* * * * *"}, "if": "level = B", "steps": SET_A})
    Workflow.objects.filter(pk=row.pk).update(on_at=timezone.now() - timedelta(minutes=3))
    from guanxi.automation.workflows import matching

    matching._books.clear()
    one = company(firm, level="B")
    look_at_the_clock.call()
    settle()
    assert fresh(one).level == "A"
    quiet = {
        "when": {"kind": "held", "for": "1d", "since": ["created_at"]},
        "most_a_day": 2,
        "steps": [{"do": "tag", "add": ["old"]}],
    }
    make(firm, quiet, title="Quiet")
    for at in range(5):
        company(firm, name=f"Old {at}")
    registry.get("company").rows().update(created_at=timezone.now() - timedelta(days=3))
    for _twice in range(2):
        look_at_the_clock.call()
        settle()
    assert Run.objects.filter(workflow__title="Quiet").count() == 2


def test_a_button_with_the_rights_of_a_named_member(firm):
    recipe = {"when": {"kind": "button", "label": "Make it A"}, "if": "level is empty", "steps": SET_A}
    row = make(firm, recipe, acts_as=firm.rep.pk)
    one = company(firm)
    page = client_for(firm.rep).get(f"/companies/{one.pk}/").content.decode()
    assert "Make it A" in page
    address = f"/automations/press/companies/{one.pk}/{row.pk}/"
    assert client_for(firm.stranger).post(address).status_code == 404
    assert client_for(firm.outsider).post(address).status_code == 404
    assert client_for(firm.observer).post(address).status_code == 403
    assert client_for(firm.rep).post(address).status_code == 302
    settle()
    assert fresh(one).level == "A"
    changed = Fact.objects.get(object="company", verb="changed", record_id=one.pk)
    assert (changed.actor_id, changed.data["workflow"]) == (firm.rep.pk, str(row.pk))
    with pytest.raises(InvalidValues):
        press_button(row.pk, fresh(one), by=actor(firm.rep))
    theirs = create_record(object="company", values={"name": "Theirs"}, by=actor(firm.stranger))
    with pytest.raises(InvalidValues):  # the member with whose rights it acts does not reach it
        press_button(row.pk, theirs, by=actor(firm.admin))
    assert fresh(theirs).level is None


def test_a_formula_reads_no_more_of_linked_records_than_whom_it_acts_as(firm):
    theirs = create_record(object="company", values={"name": "Theirs"}, by=actor(firm.stranger))
    mine = company(firm)
    copy = {"about": '="at " & company.name'}
    recipe = {"when": {"kind": "fact", "verb": "created"}, "steps": [{"do": "change", "values": copy}]}
    make(firm, recipe, object="contact", acts_as=firm.rep.pk)
    settle()
    for one in (mine, theirs):
        create_record(
            object="contact",
            values={"name": f"At {one.name}", "company": one.pk, "owner": firm.rep.pk},
            by=actor(firm.admin),
        )
    settle()
    rows = registry.get("contact").rows().filter(name__startswith="At ").order_by("pk")
    assert [one.about for one in rows] == ["at Qinghe", "at"]


def test_a_loop_is_stopped_after_ten_and_named(firm):
    raise_ = {
        "when": {"kind": "fact", "verb": "changed", "fields": ["employees"]},
        "steps": [{"do": "score", "field": "employees", "add": 1}],
    }
    make(firm, raise_, title="Raise it")
    one = company(firm, employees=1)
    settle()
    change_record(fresh(one), {"employees": 2}, by=actor(firm.rep))
    settle()
    assert fresh(one).employees == 12
    stopped = Run.objects.exclude(state="done").get()
    assert stopped.state == "stopped"
    assert "Raise it" in stopped.error
    assert Run.objects.filter(state="done").count() == 10


def test_branches_loops_over_linked_records_and_stop(firm):
    recipe = {
        "when": {"kind": "button", "label": "Go"},
        "steps": [
            {
                "do": "branch",
                "if": "level = A",
                "then": [{"do": "tag", "add": ["then"]}],
                "else": [{"do": "tag", "add": ["else"]}],
            },
            {
                "do": "each",
                "of": "contact.company",
                "if": "name starts Li",
                "steps": [
                    {"do": "change", "values": {"title": "of {company.name}"}},
                    {"do": "branch", "if": "name = Lin", "then": [{"do": "tag", "add": ["lin"]}]},
                ],
            },
            {"do": "stop", "text": "enough"},
            {"do": "tag", "add": ["never"]},
        ],
    }
    row = make(firm, recipe)
    one = company(firm)
    people = [
        create_record(object="contact", values={"name": name, "company": one.pk}, by=actor(firm.rep))
        for name in ("Lin", "Wong", "Liu")
    ]
    press_button(row.pk, one, by=actor(firm.rep))
    settle()
    run = Run.objects.get()
    assert (run.state, run.error) == ("stopped", "enough")
    assert [fresh(person).title for person in people] == ["of Qinghe", None, "of Qinghe"]
    kinds = list(RunStep.objects.order_by("number").values_list("kind", flat=True))
    assert kinds == ["branch", "tag", "each", "change", "branch", "tag", "change", "branch", "stop"]


def test_it_waits_for_a_time_or_a_fact(firm):
    recipe = {
        "when": {"kind": "fact", "verb": "created"},
        "steps": [{"do": "wait", "for": "2wd", "fact": "archived", "stop": True}, *SET_A],
    }
    make(firm, recipe)
    slept, woken = company(firm), company(firm, name="Woken")
    settle()
    assert set(Run.objects.values_list("state", flat=True)) == {"waiting"}
    archive_record(fresh(woken), by=actor(firm.rep))
    settle()
    assert Run.objects.get(record_id=woken.pk).state == "stopped"
    Run.objects.filter(record_id=slept.pk).update(next_at=timezone.now())
    look_at_the_clock.call()
    settle()
    assert (Run.objects.get(record_id=slept.pk).state, fresh(slept).level) == ("done", "A")


def test_a_run_keeps_its_version_and_a_failed_step_is_tried_again(firm):
    recipe: dict[str, Any] = {
        "when": {"kind": "fact", "verb": "created"},
        "steps": [
            {"do": "wait", "for": "1h"},
            {"do": "todo", "text": "One", "to": ["member:nobody@x.example"]},
        ],
    }
    row = make(firm, recipe)
    one = company(firm)
    settle()
    change_workflow(row.pk, recipe={**recipe, "steps": [{"do": "stop"}]}, by=actor(firm.admin))
    publish_workflow(row.pk, by=actor(firm.admin))
    Run.objects.update(next_at=timezone.now())
    look_at_the_clock.call()
    settle()
    run = Run.objects.get()
    assert (run.state, run.version) == ("failed", 1)
    WorkflowVersion.objects.filter(number=1).update(
        recipe={**recipe, "steps": [recipe["steps"][0], {"do": "todo", "text": "One", "to": ["owner"]}]}
    )
    with pytest.raises(Refused):
        retry_run(run.pk, by=actor(firm.rep))
    retry_run(run.pk, by=actor(firm.admin))
    settle()
    assert Run.objects.get().state == "done"
    assert registry.get("activity").rows().filter(subject="One", owner=firm.rep.pk).count() == 1
    assert fresh(one).level is None


def test_what_a_run_did_is_taken_back(firm):
    steps = [*SET_A, {"do": "create", "object": "contact", "values": {"name": "Made"}}]
    make(firm, {"when": {"kind": "fact", "verb": "created"}, "steps": steps})
    one = company(firm)
    settle()
    run = Run.objects.get()
    assert fresh(one).level == "A"
    undone = undo_run(run.pk, by=actor(firm.admin))
    assert (undone.steps, undone.left) == (2, ())
    assert fresh(one).level is None
    assert registry.get("contact").rows().get(name="Made").archived_at is not None
    with in_workspace(firm.marlin.pk), pytest.raises(NotFound):
        undo_run(run.pk, by=actor(firm.outsider))


def test_off_starts_nothing_and_imports_start_nothing_unless_asked(firm):
    row = make(firm, {"when": {"kind": "fact", "verb": "created"}, "steps": SET_A})
    switch_off(row.pk, by=actor(firm.admin))
    company(firm)
    settle()
    assert Run.objects.count() == 0
