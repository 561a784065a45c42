from guanxi.automation.workflows.actions import add_workflow, install_workflows, switch_on
from guanxi.automation.workflows.models import Run, RunStep, Workflow
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.events.facts import facts_of
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor


def test_a_fact_changes_the_record_and_makes_a_todo_and_tells(cast):
    with in_workspace(cast.xishan.pk):
        admin = actor(cast.admin)
        settle()
        workflow = add_workflow(
            object="company",
            title="Big company",
            recipe={
                "when": {"kind": "fact", "verb": "created"},
                "if": "employees >= 1000",
                "steps": [
                    {"do": "change", "values": {"level": "A"}},
                    {"do": "todo", "text": "Call {name}", "to": ["owner"], "due": "2d"},
                    {"do": "notify", "to": ["manager"], "text": "{name} is large ({employees})"},
                ],
            },
            by=admin,
            on=True,
        )
        small = create_record(object="company", values={"name": "Small", "employees": 3}, by=actor(cast.rep))
        large = create_record(
            object="company", values={"name": "Large", "employees": 3000}, by=actor(cast.rep)
        )
        settle()
        assert Run.objects.count() == 1
        run = Run.objects.get()
        assert (run.state, run.error) == ("done", "")
        large.refresh_from_db()
        small.refresh_from_db()
        assert (large.level, small.level) == ("A", None)
        todo = registry.get("activity").rows().get(subject="Call Large")
        assert (todo.owner_id, todo.concerns()) == (cast.rep.pk, [("company", large.pk)])
        told = Fact.objects.get(object="workflow_run", verb="told")
        assert told.title == "Large is large (3000)"
        assert told.data["members"] == [str(cast.manager.pk)]
        fact = facts_of("company", large.pk).last()
        assert fact is not None
        assert (fact.actor_name, fact.depth) == ("Big company", 1)
        assert [one.kind for one in RunStep.objects.order_by("number")] == ["change", "todo", "notify"]
        assert workflow.version == 1


def test_what_is_installed_stands_behind_the_others_and_runs_only_if_it_is_on(cast):
    recipe = {
        "when": {"kind": "fact", "verb": "created"},
        "steps": [{"do": "change", "values": {"level": "A"}}],
    }
    with in_workspace(cast.xishan.pk):
        admin = actor(cast.admin)
        settle()
        install_workflows(
            [("first", "First", "company", recipe), ("none", "None", "absent", recipe)], by=admin
        )
        install_workflows([("later", "Later", "company", recipe)], by=admin, on=False)
        *_there, first, later = Workflow.objects.order_by("position")
        assert (first.name, first.version, later.name, later.version) == ("first", 1, "later", 1)
        create_record(object="company", values={"name": "One"}, by=actor(cast.rep))
        settle()
        ours = Run.objects.filter(workflow_id__in=(first.pk, later.pk))
        assert list(ours.values_list("workflow_id", flat=True)) == [first.pk]
        switch_on(later.pk, by=admin)
        create_record(object="company", values={"name": "Two"}, by=actor(cast.rep))
        settle()
        assert Run.objects.filter(workflow_id=later.pk).count() == 1
