"""The step "ask for approval": the run waits for the outcome."""

from __future__ import annotations

from django.utils import translation

from guanxi.automation.approvals.actions import open_request, reject, sign
from guanxi.automation.approvals.processes import add_process
from guanxi.automation.workflows.actions import add_workflow
from guanxi.automation.workflows.models import Run
from guanxi.automation.workflows.tests.settling import settle
from guanxi.collaboration.timeline.telling import sign_of
from guanxi.platform.metadata import registry
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

STEPS = [
    {
        "do": "approve",
        "flow": "new-customers",
        "else": [{"do": "tag", "add": ["Refused"]}, {"do": "stop"}],
    },
    {"do": "tag", "add": ["Approved"]},
]


def test_the_run_goes_on_when_all_have_signed_and_elsewhere_when_somebody_says_no(cast):
    with in_workspace(cast.xishan.pk):
        admin = actor(cast.admin)
        add_process(
            object="company", name="new-customers", title="New customers", on=True, by=admin,
            recipe={"steps": [{"ask": ["head"]}, {"ask": [f"member:{cast.observer.pk}"]}]},
        )  # fmt: skip
        add_workflow(
            object="company", title="New", by=admin, on=True,
            recipe={"when": {"kind": "fact", "verb": "created"}, "steps": STEPS},
        )  # fmt: skip
        settle()
        found = {}
        for name in ("Good", "Bad"):
            company = create_record(object="company", values={"name": name}, by=actor(cast.rep))
            settle()
            request = open_request("company", company.pk)
            assert request is not None
            assert Run.objects.get(record_id=company.pk).state == "waiting"
            page = client_for(cast.manager).get(f"/approvals/{request.pk}/").content.decode()
            assert "由自动化提交" in page
            sign(request.pk, by=actor(cast.manager))
            settle()
            assert Run.objects.get(record_id=company.pk).state == "waiting"
            if name == "Good":
                sign(request.pk, by=actor(cast.observer))
            else:
                reject(request.pk, by=actor(cast.observer), words="No")
            settle()
            run = Run.objects.get(record_id=company.pk)
            found[name] = (run.state, [(one.kind, one.state) for one in run.steps.order_by("number")])
        assert found == {
            "Good": ("done", [("approve", "done"), ("tag", "done")]),
            "Bad": ("stopped", [("approve", "done"), ("tag", "done"), ("stop", "done")]),
        }
        with translation.override("zh-hans"):
            told = [sign_of(registry.get("company"), verb)[1] for verb in ("approved", "rejected")]
        assert told == ["已批准", "已退回"]  # companies have no verb of their own for it
