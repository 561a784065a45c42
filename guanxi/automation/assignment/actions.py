"""Verbs of plans, and giving: exactly once for each reason, whoever asks at the same time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.automation.assignment.choosing import choose, fitting
from guanxi.automation.assignment.models import Assignment, AssignmentPlan
from guanxi.automation.assignment.recipe import check_plan
from guanxi.automation.workflows.matching import acting
from guanxi.platform.events.facts import state_fact
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.records.writing import change_record

RETRY = timedelta(minutes=15)  # how soon somebody is looked for again, where nobody was there
MOST_PLANS = 100
_NAME = re.compile(r"^[a-z][a-z0-9_-]{0,59}$")
State = Assignment.State


@transaction.atomic
def give(
    plan: AssignmentPlan, record: Any, *, once: str, by: Actor, now: datetime | None = None
) -> int | None:
    """Give a record to whoever is next; the member's id, None where nobody can have it for now.

    once   the reason; asked again for the same one (a job that runs twice, two workers) it gives nothing more
    by     who acts; the change of the owner is theirs, with the plan in its data
    """
    now = now or datetime.now(UTC)
    plan = AssignmentPlan.objects.select_for_update().get(pk=plan.pk)
    known: Assignment | None = Assignment.objects.filter(plan=plan, record_id=record.pk, once=once).first()
    if known is not None:
        given: int | None = known.member_id
        return given
    Assignment.objects.filter(object=plan.object, record_id=record.pk, state=State.OPEN).update(
        state=State.MOVED, due_at=None
    )
    made = Assignment(plan=plan, object=plan.object, record_id=record.pk, once=once[:60], at=now)
    return _hand(made, plan, record, by, now)


def share_out(object: str, record: Any, *, once: str, by: Actor) -> int | None:
    """Give a record by the first plan of its object that is on and fits; None where there is none."""
    for plan in AssignmentPlan.objects.filter(object=object, on_at__isnull=False).order_by("position", "pk"):
        if fitting(plan, record):
            return give(plan, record, once=once, by=by)
    return None


@transaction.atomic
def look_after(assignment_id: int, *, now: datetime) -> None:
    """What is due: taken in the meantime, moved by hand, or on to the next."""
    found = Assignment.objects.filter(pk=assignment_id, state=State.OPEN).first()
    if found is None or not registry.has(found.object):
        return
    plan = AssignmentPlan.objects.select_for_update().get(pk=found.plan_id)
    row = Assignment.objects.select_for_update().filter(pk=assignment_id, state=State.OPEN).first()
    record = registry.get(found.object).rows().filter(pk=found.record_id, archived_at=None).first()
    if row is None or row.due_at is None or row.due_at > now:
        return
    if record is None or (record.owner_id or None) != row.member_id:
        row.state, row.due_at = State.MOVED, None
        row.save()
    elif row.member_id is not None and was_taken(row):
        row.state, row.due_at = State.TAKEN, None
        row.save()
    else:
        if row.member_id is not None:
            row.tried = [*row.tried, row.member_id]
        _hand(row, plan, record, acting(None, plan.title), now)


def was_taken(row: Assignment) -> bool:
    """Whether the member did anything with the record: changed it, noted something about it, called."""
    facts = Fact.objects.filter(actor_id=row.member_id, at__gt=row.at)
    if facts.filter(object=row.object, record_id=row.record_id).exists():
        return True
    record = registry.get(row.object).rows().filter(pk=row.record_id).first()
    touched = getattr(record, "last_touch_at", None)
    return touched is not None and touched > row.at


def _hand(row: Assignment, plan: AssignmentPlan, record: Any, by: Actor, now: datetime) -> int | None:
    """Choose, write down, and change the owner; all in the caller's transaction."""
    found = choose(plan, record, now=now, tried=row.tried)
    hours = plan.plan.get("move_on")
    if found.member_id is not None:
        row.member_id, row.at = found.member_id, now
        row.due_at = now + timedelta(hours=hours) if hours else None
        row.save()
        data = {"assignment": str(plan.pk), "tried": [str(one) for one in row.tried]}
        if record.owner_id != found.member_id:
            change_record(record, {"owner": found.member_id}, by=by, data=data)
        return found.member_id
    if found.passing:
        row.due_at = now + RETRY
    else:
        row.state, row.due_at = State.STUCK, None
    row.save()
    if row.state == State.STUCK:
        state_fact(
            "assignment_plan", "stuck", plan.pk, by=by, title=str(record)[:300],
            about=[(plan.object, record.pk)],
        )  # fmt: skip
    return None


# Plans


def find_plan(plan_id: int, *, by: Actor) -> AssignmentPlan:
    """One of the workspace's; raises Refused for who does not look after it, NotFound."""
    _require(by)
    row: AssignmentPlan | None = AssignmentPlan.objects.filter(pk=plan_id).first()
    if row is None:
        raise NotFound(f"assignment plan {plan_id}")
    return row


@transaction.atomic
def add_plan(
    *, object: str, title: str, plan: Mapping[str, Any], by: Actor, name: str = "", on: bool = False
) -> AssignmentPlan:
    """A new plan; raises Refused, and InvalidValues that names what is wrong."""
    _require(by)
    kept, title = check_plan(object, plan, by=by), _titled(title)
    count = AssignmentPlan.objects.count()
    if count >= MOST_PLANS:
        raise InvalidValues({"title": [FieldError("many", _("These are too many plans."))]})
    row = AssignmentPlan(
        workspace_id=by.workspace_id, name=_free_name(name), title=title, object=object, plan=kept,
        position=count, on_at=datetime.now(UTC) if on else None,
    )  # fmt: skip
    row.save(force_insert=True)
    _state(row, "created", by)
    return row


@transaction.atomic
def change_plan(
    plan_id: int, *, by: Actor, title: str | None = None, plan: Mapping[str, Any] | None = None
) -> AssignmentPlan:
    """What it says from now on; who has had their turn keeps it."""
    row = find_plan(plan_id, by=by)
    before = {"title": row.title, "plan": row.plan}
    if title is not None:
        row.title = _titled(title)
    if plan is not None:
        row.plan = check_plan(row.object, plan, by=by)
    row.save()
    after = {"title": row.title, "plan": row.plan}
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changes:
        _state(row, "changed", by, changes)
    return row


@transaction.atomic
def switch_plan(plan_id: int, *, on: bool, by: Actor) -> AssignmentPlan:
    """On: from now on new records go by it. Off: what is on its way goes no further."""
    row = find_plan(plan_id, by=by)
    if on == (row.on_at is not None):
        return row
    row.on_at = datetime.now(UTC) if on else None
    row.save()
    if not on:
        Assignment.objects.filter(plan=row, state=State.OPEN).update(state=State.TAKEN, due_at=None)
    _state(row, "switched_on" if on else "switched_off", by)
    return row


@transaction.atomic
def delete_plan(plan_id: int, *, by: Actor) -> None:
    """The plan and what it remembers; records keep their owners."""
    row = find_plan(plan_id, by=by)
    _state(row, "deleted", by)
    row.delete()


def plan_named(name: str) -> AssignmentPlan | None:
    found: AssignmentPlan | None = AssignmentPlan.objects.filter(name=name).first()
    return found


def newest(plan: AssignmentPlan, count: int = 20) -> Sequence[Assignment]:
    """What was shared out last."""
    return list(Assignment.objects.filter(plan=plan).order_by("-at")[:count])


def _free_name(name: str) -> str:
    if name and not _NAME.match(name):
        words = _("A name has small letters, digits, - and _.")
        raise InvalidValues({"name": [FieldError("name", words)]})
    taken = set(AssignmentPlan.objects.values_list("name", flat=True))
    if name in taken:
        raise InvalidValues(
            {"name": [FieldError("unique", _("“%(value)s” is taken already.") % {"value": name})]}
        )
    return name or next(one for n in range(1, 10_000) if (one := f"plan-{n}") not in taken)


def _titled(title: str) -> str:
    title = " ".join(title.split())
    if not 0 < len(title) <= 120:
        raise InvalidValues({"title": [FieldError("required", _("Give it a name."))]})
    return title


def _require(by: Actor) -> None:
    if not by.administers:
        raise Refused(_("Only administrators say who gets what."))


def _state(row: AssignmentPlan, verb: str, by: Actor, changes: Mapping[str, Any] | None = None) -> None:
    state_fact("assignment_plan", verb, row.pk, by=by, title=row.title, changes=changes or {})
