"""What a workspace has made itself is automated, approved and led like what comes with the product."""

from guanxi.automation.approvals.actions import ask_by_hand, sign
from guanxi.automation.approvals.models import ApprovalRequest
from guanxi.automation.approvals.processes import add_process
from guanxi.automation.today.stream import stream
from guanxi.automation.workflows.actions import add_workflow
from guanxi.automation.workflows.models import Run
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field, add_object
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor


def test_an_own_object_starts_workflows_and_is_approved(cast):
    with in_workspace(cast.xishan.pk):
        admin, rep = actor(cast.admin), actor(cast.rep)
        name = add_object(label="Machine", by=admin).name
        hours = add_field(object=name, type="integer", label="Hours", name="hours", by=admin).name
        recipe = {
            "when": {"kind": "enters"},
            "if": f"{hours} > 1000",
            "steps": [
                {"do": "tag", "add": ["worn"]},
                {"do": "today", "text": "{name}: {hours} hours", "to": ["owner"]},
                {"do": "approve"},
                {"do": "change", "values": {"name": "M1, overhauled"}},
            ],
        }
        add_workflow(object=name, title="Worn", recipe=recipe, by=admin, on=True)
        steps = [{"ask": ["head"]}, {"ask": [f"chain:{hours}"], "limits": {"role:manager": 5_000}}]
        add_process(object=name, title="Overhauls", recipe={"steps": steps}, by=admin, on=True)
        settle()
        machine = create_record(object=name, values={"name": "M1", hours: 10}, by=rep)
        settle()
        assert Run.objects.count() == 0
        change_record(machine, {hours: 2_000}, by=rep)
        settle()
        assert [one.signal.why for one in stream(by=rep)] == ["M1: 2000 hours"]
        run, request = Run.objects.get(), ApprovalRequest.objects.get()
        assert (run.state, request.object) == ("waiting", name)
        sign(request.pk, by=actor(cast.manager), words="fine")
        settle()
        run.refresh_from_db()
        assert (run.state, run.error) == ("done", "")
        found = registry.get(name).rows().get(pk=machine.pk)
        assert str(found) == "M1, overhauled"
        assert f"{name}.approved" in [one.name for one in facts_of(name, machine.pk)]
        again = ask_by_hand(registry.get(name), machine.pk, by=rep)
        assert again.state == "open"
