from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from guanxi.automation.assignment.actions import give, plan_named, share_out
from guanxi.automation.assignment.models import AssignmentPlan
from guanxi.automation.workflows.acts import gives_by_plan
from guanxi.automation.workflows.matching import acting
from guanxi.automation.workflows.running import Doing, StepFailed
from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object


@gives_by_plan
def give_in_a_workflow(obj: Object, record: Any, name: str, doing: Doing) -> int | None:
    """The step *assign* with a plan: once for each step of a run."""
    plan = plan_named(name)
    if plan is None or plan.object != obj.name:
        raise StepFailed(_("There is no such plan."))
    return give(plan, record, once=f"run {doing.run.pk} {doing.run.steps_done}", by=doing.by)


@consumer("assignment", hears=("*.created",), starts="now")
def share_out_new(facts: Sequence[Fact]) -> None:
    """Whatever was made and has no owner goes by the first plan that fits; imports if it says so."""
    plans = list(AssignmentPlan.objects.filter(on_at__isnull=False))
    if not plans:
        return
    wanted = {one.object for one in plans}
    imports = {one.object for one in plans if one.plan.get("imports")}
    for fact in facts:
        if fact.object not in wanted or not registry.has(fact.object):
            continue
        record = registry.get(fact.object).rows().filter(pk=fact.record_id, archived_at=None).first()
        if record is None or getattr(record, "pool_id", None) is not None:
            continue
        left = fact.object in imports and fact.actor_kind == "import" and record.owner_id == fact.actor_id
        if record.owner_id is None or left:
            share_out(fact.object, record, once=f"fact {fact.pk}", by=acting(None, "Guanxi", cause=fact))
