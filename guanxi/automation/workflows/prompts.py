"""What workflows lead people's Today with: as long as the condition holds, in words that stay true, and with
whoever has the record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils import timezone
from django.utils.translation import override

from guanxi.automation.workflows.matching import Book, Rule, acting, records_holding, workspace_at_hand
from guanxi.automation.workflows.models import Prompt, Run, Workflow
from guanxi.automation.workflows.people import members_meant
from guanxi.automation.workflows.recipe import Step, all_steps
from guanxi.automation.workflows.running import Doing
from guanxi.automation.workflows.saying import told
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry

_STARTED_WITH = ("{old.", "{new.", "{payload.")  # known only to the run


def put_first(doing: Doing) -> Prompt | None:
    """Lead the record in the Today of the first who is meant; None as long as nobody has it."""
    if _with_owner(doing.step) and getattr(doing.record, "owner_id", None) is None:
        return None
    return _put(doing, members_meant(doing.step.get("to") or ["owner"], doing)[0])


def keep_prompts(pairs: Sequence[tuple[Rule, Fact]]) -> None:
    """Who no longer meets the condition leaves Today; of the others it is said as it is now."""
    for rule in {rule.id: rule for rule, _fact in pairs}.values():
        ids = {fact.record_id for one, fact in pairs if one.id == rule.id}
        waiting = list(Prompt.objects.filter(workflow_id=rule.id, record_id__in=ids))
        rows = registry.get(rule.object).rows().filter(pk__in=[one.record_id for one in waiting])
        records = {one.pk: one for one in rows}
        holding = records_holding(rule, list(records.values()))
        gone = [one.pk for one in waiting if one.record_id not in holding]
        Prompt.objects.filter(pk__in=gone).delete()
        step = _leading(rule)
        if step is not None and not any(one in step["text"] for one in _STARTED_WITH):
            for one in waiting:
                if one.record_id in holding:
                    _put(_doing(rule, step, records[one.record_id]), one.member_id)


def follow_owners(facts: Sequence[Fact], book: Book) -> None:
    """What leads its owner's Today goes along when it is given to somebody, and waits where nobody has it."""
    moved = {(one.object, one.record_id) for one in facts if one.verb != "created" and "owner" in one.changes}
    for rule in book.rules.values() if moved else ():
        step = _leading(rule) if rule.prompts else None
        ids = [record_id for object, record_id in moved if object == rule.object]
        if step is not None and ids and _with_owner(step):
            _follow(rule, step, ids)


def _follow(rule: Rule, step: Step, ids: Iterable[int]) -> None:
    records = list(registry.get(rule.object).rows().filter(pk__in=ids))
    holding = records_holding(rule, records)
    ran = set(Run.objects.filter(workflow_id=rule.id, record_id__in=ids).values_list("record_id", flat=True))
    for record in records:
        if record.pk not in holding or record.pk not in ran:
            continue
        if record.owner_id is None:
            Prompt.objects.filter(workflow_id=rule.id, record_id=record.pk).delete()
        else:
            _put(_doing(rule, step, record), record.owner_id)


def _leading(rule: Rule) -> Step | None:
    """The step that leads the workflow's own records, where there is just one."""
    found = [
        step
        for path, step in all_steps(rule.recipe)
        if step["do"] == "today" and "steps" not in path.split(".")
    ]
    return found[0] if len(found) == 1 else None


def _with_owner(step: Step) -> bool:
    return bool((step.get("to") or ["owner"])[0] == "owner")


def _doing(rule: Rule, step: Step, record: object) -> Doing:
    by, obj = acting(rule.acts_as, rule.title), registry.get(rule.object)
    workflow = Workflow(pk=rule.id, title=rule.title, object=rule.object)
    return Doing(Run(workflow_id=rule.id, data={}), workflow, step, by, obj, record, None, timezone.now())


def _put(doing: Doing, member_id: int) -> Prompt:
    with override(workspace_at_hand().language):
        why = told(doing.step["text"], doing)[:300]
    values = {
        "member_id": member_id,
        "object": doing.obj.name,
        "why": why,
        "weight": doing.step.get("weight", 70),
    }
    found: Prompt = Prompt.objects.update_or_create(
        workflow_id=doing.workflow.pk,
        record_id=doing.record.pk,
        defaults=values,
        create_defaults=values | {"made_at": doing.now},
    )[0]
    return found
