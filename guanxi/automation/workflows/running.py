"""How a run goes on: each step is one transaction with where the run is after it.

A worker that dies in the middle of a step has done nothing; the next one does it. What goes outside can't be
in a transaction: it is written down with its key before, and with its answer after (docs/decisions/0021).

A run's place is a stack of frames. {"path": "", "at": 2} is the third of the outermost steps; a branch or a
loop puts a frame on top and takes it away when its steps are done.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.utils import InterfaceError, OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from guanxi.automation.workflows.matching import acting, holding_ids, is_too_deep, workspace_at_hand
from guanxi.automation.workflows.models import SECRET, Run, RunStep, Workflow, WorkflowVersion
from guanxi.automation.workflows.recipe import (
    MOST_LOOPED,
    STEPS,
    Recipe,
    Step,
    later,
    linked_object,
    steps_at,
)
from guanxi.platform.events.facts import TooDeep, state_fact
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import visible_changes
from guanxi.platform.records.access import NotFound, Refused, find_record, row_rule
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import FilterSyntaxError, compile_filter, parse_filter
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.trash.asking import not_trashed
from guanxi.platform.records.writing import StaleRecord
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.sealing import emptied

CALL_LEASE = timedelta(seconds=30)  # within which every call has ended: calling.py
RETRY_AFTER = tuple(timedelta(seconds=one) for one in (10, 60, 300, 900, 2_400))  # parked after an hour
MOST_STEPS_TAKEN = 2_000
_STEPS_AT_ONCE = 20
_log = logging.getLogger(__name__)


class StepFailed(RuntimeError):
    """A step can't be done; `passing`: it may work later, so it is tried again."""

    def __init__(self, message: str, *, passing: bool = False, result: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.passing = passing
        self.result = result or {}


class Stopped(RuntimeError):
    """The run ends here, and nothing is wrong."""


@dataclass(slots=True)
class Doing:
    """What a step is done with.

    record   the record at hand, None for a run without one
    cause    the fact that started the run
    """

    run: Run
    workflow: Workflow
    step: Step
    by: Actor
    obj: Object
    record: Any
    cause: Fact | None
    now: datetime
    key: str = ""

    @property
    def started(self) -> Mapping[str, Any]:
        """What the run's start brought: changes of the fact as its actor sees them, what a webhook sent."""
        data: Mapping[str, Any] = self.run.data
        if not data.get("changes") or not registry.has(self.run.object):
            return data
        obj, record_id = registry.get(self.run.object), self.run.record_id
        return {**data, "changes": visible_changes(obj, data["changes"], self.by, record_id=record_id)}


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a step: for the log, and the fact by which it can be undone."""

    result: dict[str, Any]
    fact_id: int | None = None


def start_runs(runs: Sequence[Run]) -> list[Run]:
    """Keep new runs and have them done soon after the commit; those that were started before are left out."""
    from guanxi.automation.workflows.jobs import advance_runs

    if not runs:
        return []
    known = set(
        Run.objects.filter(
            workflow_id__in={one.workflow_id for one in runs}, once__in={one.once for one in runs}
        ).values_list("workflow_id", "once")
    )
    fresh = [one for one in runs if (one.workflow_id, one.once) not in known]
    Run.objects.bulk_create(fresh, ignore_conflicts=True)
    ready = [one.pk for one in fresh if one.state == Run.State.READY]
    for start in range(0, len(ready), _TOGETHER):
        advance_runs.enqueue(run_ids=ready[start : start + _TOGETHER])
    return fresh


_TOGETHER = 20


def run_of(
    workflow_id: int,
    version: int,
    *,
    object: str,
    record_id: int = 0,
    title: str = "",
    once: str,
    fact: Fact | None = None,
    data: dict[str, Any] | None = None,
    moment: datetime | None = None,
    workflow_title: str = "",
) -> Run:
    """A run that has not begun; one that a loop of facts asks for is stopped, and says which loop."""
    run = Run(
        workflow_id=workflow_id,
        version=version,
        object=object,
        record_id=record_id,
        title=title,
        once=once[:100],
        fact_id=fact.pk if fact else None,
        depth=fact.depth + 1 if fact else 0,
        data=data or {},
        frames=[{"path": "", "at": 0}],
        begun_at=timezone.now(),
        moment=moment,
    )
    if fact is not None and is_too_deep(fact):
        run.state, run.ended_at = Run.State.STOPPED, run.begun_at
        run.error = _("Stopped: workflows start each other in a circle: %(chain)s") % {
            "chain": " → ".join([*_chain(fact), workflow_title])
        }
    return run


def advance(run_id: int, *, inside: bool = False) -> Next:
    """Go on with a run as far as it goes now: until it has ended, waits, or

    inside   is about to call another system
    """
    while True:
        try:
            found = _advance_some(run_id, inside=inside)
        except OperationalError as problem:
            if connection.in_atomic_block or not _is_meeting(problem):
                raise
            continue  # two transactions met: the steps have done nothing, do them again
        if isinstance(found, Call):
            _make(found)
        elif found is not Next.MORE:
            return found


class Next(Enum):
    MORE = "more"
    NOTHING = "nothing"
    ENDED = "ended"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Call:
    """A call to another system that is written down as begun and not made yet."""

    run_id: int
    step_id: int
    prepared: Any


def _advance_some(run_id: int, *, inside: bool) -> Next | Call:
    """Some steps in one transaction; a call to the outside ends it."""
    with transaction.atomic():
        run = _locked(run_id)
        if run is None or run.state not in (Run.State.READY, Run.State.WAITING):
            return Next.NOTHING
        now = timezone.now()
        if run.state == Run.State.WAITING and (run.next_at is None or run.next_at > now):
            return Next.NOTHING
        recipe, cause = _recipe_of(run), _cause_of(run)
        with override(workspace_at_hand().language):
            for _count in range(_STEPS_AT_ONCE):
                found = _next_step(run, recipe)
                if found is None:
                    _end(run, Run.State.DONE)
                    return Next.ENDED
                path, step = found
                if run.steps_done >= MOST_STEPS_TAKEN:
                    _end(run, Run.State.FAILED, _("These are too many steps for one run."))
                    return Next.NOTHING
                if inside and STEPS[step["do"]].outside:
                    run.save()
                    return Next.OUTSIDE
                came = _take(run, path, step, now, cause)
                if came is not Next.MORE:
                    return came
            run.save()
    return Next.MORE


def _take(run: Run, path: str, step: Step, now: datetime, cause: Fact | None) -> Next | Call:
    """Do a step and move on, all or nothing; what fails is written down."""
    before = (deepcopy(run.frames), deepcopy(run.data), run.state)
    try:
        with transaction.atomic():
            doing = _doing(run, step, now, cause)
            if STEPS[step["do"]].outside:
                return _begin_call(doing, path)
            if step["do"] not in ("wait", "approve"):
                run.state, run.next_at = Run.State.READY, None
            done = _ACTS[step["do"]](doing, path)
            _written(run, path, step, done, now)
            run.attempts = 0
            if done.result.get("waits"):
                run.save()
                return Next.NOTHING
            run.error = ""
            _move_on(run)
            return Next.MORE
    except Stopped as stop:
        _written(run, path, step, Done({"said": str(stop)}), now)
        _end(run, Run.State.STOPPED, str(stop))
        return Next.ENDED
    except (OperationalError, InterfaceError):
        raise
    except Exception as problem:
        run.frames, run.data, run.state = before
        failure = _explained(problem)
        if failure is None:  # one workflow's fault must not stop the others; the log shows it
            _log.exception("run %s, step %s", run.pk, path)
            failure = StepFailed(repr(problem))
        _failed(run, path, step, now, failure)
        return Next.NOTHING


def _explained(problem: Exception) -> StepFailed | None:
    """What went wrong in words; None for what nobody expected."""
    match problem:
        case StepFailed():
            return problem
        case TooDeep():
            said = _("Stopped: workflows start each other in a circle: %(chain)s")
            return StepFailed(said % {"chain": str(problem)})
        case InvalidValues():
            return StepFailed(" ".join(one.message for found in problem.errors.values() for one in found))
        case NotFound():
            return StepFailed(
                _("The record is gone, or out of reach for the one with whose rights this acts.")
            )
        case Refused():
            return StepFailed(_("This is refused: %(what)s") % {"what": str(problem)})
        case FieldError() | FilterSyntaxError() | StaleRecord():
            return StepFailed(str(problem))
    return None


# What goes outside: written down, committed, called, written down


def _begin_call(doing: Doing, path: str) -> Call:
    """The step as begun, with its key; who finds it begun later makes the same call with the same key."""
    from guanxi.automation.workflows.acts import PREPARED

    run, step = doing.run, doing.step
    row = RunStep.objects.filter(run=run, number=run.steps_done + 1).first()
    if row is None:
        row = RunStep(
            run=run, number=run.steps_done + 1, path=path, kind=step["do"], key=uuid4().hex, attempts=0
        )
        row.began_at = doing.now
    if row.state == RunStep.State.BEGUN and row.attempts:
        row.result = {**row.result, "unsure": True}  # a worker died in the middle: it may have got through
    row.state, row.attempts, row.ended_at = RunStep.State.BEGUN, row.attempts + 1, None
    doing.key = row.key
    prepared = PREPARED[step["do"]](doing)
    row.input = prepared.shown
    row.save()
    # Another worker takes it up if this one dies: not before the call must have ended.
    run.state, run.next_at = Run.State.WAITING, doing.now + CALL_LEASE
    run.save()
    return Call(run.pk, row.pk, prepared)


def _make(call: Call) -> None:
    """Make the call, outside of any transaction, and write down the answer."""
    outcome: dict[str, Any] | StepFailed
    with override(workspace_at_hand().language):  # what goes wrong is written down for people
        try:
            outcome = call.prepared.call()
        except StepFailed as problem:
            outcome = problem
    with transaction.atomic():
        run = _locked(call.run_id)
        row = RunStep.objects.filter(pk=call.step_id).first()
        if run is None or row is None or run.state != Run.State.WAITING or run.steps_done >= row.number:
            return  # ended by somebody meanwhile
        now = timezone.now()
        if isinstance(outcome, StepFailed):
            with override(workspace_at_hand().language):
                _failed(run, row.path, {"do": row.kind}, now, outcome)
            return
        row.state, row.result, row.error = RunStep.State.DONE, {**row.result, **outcome}, ""
        row.ended_at = now
        row.save()
        run.steps_done, run.attempts, run.error = row.number, 0, ""
        run.state, run.next_at = Run.State.READY, None
        _move_on(run)
        run.save()


# Frames


def _next_step(run: Run, recipe: Recipe) -> tuple[str, Step] | None:
    """The step at hand; frames whose steps are done are taken away."""
    while run.frames:
        frame = run.frames[-1]
        steps = steps_at(recipe, frame["path"])
        if frame["at"] < len(steps) and frame.get("ids") != []:
            path = f"{frame['path']}.{frame['at']}" if frame["path"] else str(frame["at"])
            return path, steps[frame["at"]]
        if frame.get("ids") and frame["i"] + 1 < len(frame["ids"]):
            frame["i"] += 1
            frame["at"] = 0
            continue
        run.frames.pop()
    return None


def _move_on(run: Run) -> None:
    """Past the step at hand, whose own frame is below those that it has just put on top."""
    frame = next((one for one in reversed(run.frames) if not one.pop("new", False)), None)
    if frame is not None:
        frame["at"] += 1


def _at_hand(run: Run) -> tuple[str, int]:
    """The object and id of the record that the innermost loop is at, else of the run's own."""
    for frame in reversed(run.frames):
        if frame.get("ids"):
            return frame["object"], int(frame["ids"][frame["i"]])
    return run.object, run.record_id


def _cause_of(run: Run) -> Fact | None:
    found: Fact | None = Fact.objects.filter(pk=run.fact_id).first() if run.fact_id else None
    return found


def _doing(run: Run, step: Step, now: datetime, cause: Fact | None) -> Doing:
    workflow = run.workflow  # read with the run: not once more for each step
    by = acting(workflow.acts_as_id, workflow.title, cause=cause)
    object, record_id = _at_hand(run)
    obj = registry.get(object)
    record = find_record(obj, record_id, by=by) if record_id else None
    return Doing(run, workflow, step, by, obj, record, cause, now)


# Steps that are about the run itself


def _wait(doing: Doing, path: str) -> Done:
    """First time: remember until when. Second time: the time has come, or the fact."""
    run, step = doing.run, doing.step
    if run.state == Run.State.WAITING:
        heard = run.data.pop("heard", "")
        run.state, run.next_at, run.waits_for, run.waits_since = Run.State.READY, None, "", None
        run.waits_record = None
        if heard and step.get("stop"):
            raise Stopped(_("%(fact)s came") % {"fact": heard})
        return Done({"heard": heard} if heard else {"slept": True})
    zone, country = field_context(doing.by).zone, doing.by.country
    if step.get("for"):
        run.next_at = later(doing.now, step["for"], zone=zone, country=country)  # type: ignore[arg-type]
    else:
        run.next_at = doing.now + timedelta(days=365)
    run.state, run.waits_since = Run.State.WAITING, new_key()
    if step.get("fact"):
        object, record_id = _at_hand(run)
        run.waits_for, run.waits_record = f"{object}.{step['fact']}", record_id
    return Done({"waits": True, "until": run.next_at.isoformat()})


def _approve(doing: Doing, path: str) -> Done:
    """First time: ask, and wait. Whenever something has happened to the request: is it decided?"""
    from guanxi.automation.approvals.models import ApprovalRequest
    from guanxi.automation.workflows.acts import ask_approval

    run, step = doing.run, doing.step
    asked = run.data["approval"] if "approval" in run.data else ask_approval(doing)
    # Held until the commit: an answer that comes now is stated after `waits_since`, and wakes the run.
    request = ApprovalRequest.objects.select_for_update().filter(pk=asked or 0).first()
    if request is not None and request.state == ApprovalRequest.State.OPEN:
        run.data = {**run.data, "approval": str(request.pk)}
        run.data.pop("heard", None)
        run.state, run.next_at = Run.State.WAITING, doing.now + timedelta(days=365)
        run.waits_for, run.waits_record, run.waits_since = "approval.*", request.pk, new_key()
        return Done({"waits": True, "approval": str(request.pk)})
    run.data = {name: one for name, one in run.data.items() if name not in ("approval", "heard")}
    run.state, run.next_at, run.waits_for = Run.State.READY, None, ""
    run.waits_record = run.waits_since = None
    if asked is None or (request is not None and request.state == ApprovalRequest.State.APPROVED):
        return Done({"way": "then"})
    if step.get("else"):
        run.frames.append({"path": f"{path}.else", "at": 0, "new": True})
        return Done({"way": "else"})
    raise Stopped(_("It was not approved."))


def _branch(doing: Doing, path: str) -> Done:
    step = doing.step
    yes = _holds(doing, step.get("if", ""), step.get("formula", ""))
    name = "then" if yes else "else"
    if step.get(name):
        doing.run.frames.append({"path": f"{path}.{name}", "at": 0, "new": True})
    return Done({"way": name})


def _each(doing: Doing, path: str) -> Done:
    """The linked records, as they are when the loop begins; each that the actor may see."""
    other = linked_object(doing.obj, doing.step["of"])
    if other is None or doing.record is None:
        raise StepFailed(_("Nothing of that kind is linked with this."))
    link = doing.step["of"].partition(".")[2]
    tree = parse_filter(doing.step.get("if", ""))
    rule, context, there = row_rule(other, doing.by), field_context(doing.by), not_trashed(other)
    asked = compile_filter(tree, other, by=doing.by, context=context, vendor=connection.vendor)
    rows = fetch(
        f'SELECT r.id FROM "{other.table}" r WHERE {rule.text} AND {other[link].expression("r")} = %s'
        f" AND ({asked.text}) AND r.archived_at IS NULL AND {there.text}"
        f" ORDER BY r.id LIMIT {MOST_LOOPED + 1}",
        (*rule.params, doing.record.pk, *asked.params, *there.params),
    )
    ids = [str(row[0]) for row in rows]
    if len(ids) > MOST_LOOPED:
        raise StepFailed(_("More than %(most)d records are linked with this.") % {"most": MOST_LOOPED})
    if ids:
        doing.run.frames.append(
            {"path": f"{path}.steps", "at": 0, "ids": ids, "i": 0, "object": other.name, "new": True}
        )
    return Done({"records": len(ids)})


def _stop(doing: Doing, path: str) -> Done:
    raise Stopped(str(doing.step.get("text") or _("The workflow says stop.")))


def _holds(doing: Doing, text: str, formula: str) -> bool:
    if doing.record is None:
        return not text and not formula
    tree = parse_filter(text)
    return bool(holding_ids(doing.obj, tree, formula, by=doing.by, among=[doing.record.pk]))


def _act(doing: Doing, path: str) -> Done:
    from guanxi.automation.workflows.acts import ACTS

    return ACTS[doing.step["do"]](doing)


_ACTS = dict.fromkeys(STEPS, _act) | {
    "wait": _wait,
    "approve": _approve,
    "branch": _branch,
    "each": _each,
    "stop": _stop,
}


# What is written down


def _written(run: Run, path: str, step: Step, done: Done, now: datetime) -> None:
    """A line of the run's log; waiting is one line, written when it begins and ended when it ends."""
    number = run.steps_done + 1
    row = RunStep.objects.filter(run=run, number=number).first()
    if row is None:
        row = RunStep(run=run, number=number, path=path, kind=step["do"], began_at=now)
    waits = bool(done.result.get("waits"))
    row.state = RunStep.State.BEGUN if waits else RunStep.State.DONE
    row.input, row.result, row.error, row.fact_id = (
        _shown(step),
        {**row.result, **done.result},
        "",
        done.fact_id,
    )
    row.ended_at = None if waits else now
    row.save()
    if not waits:
        run.steps_done = number


def _shown(step: Step) -> dict[str, Any]:
    """What the step said, without the steps in it and without secrets."""
    shown = emptied(step, SECRET)
    return {name: one for name, one in shown.items() if one and name not in ("do", "then", "else", "steps")}


def _failed(run: Run, path: str, step: Step, now: datetime, failure: StepFailed) -> None:
    """Written down; what may pass is tried again later, and parked when it did not."""
    number, message = run.steps_done + 1, str(failure)[:2_000]
    row = RunStep.objects.filter(run=run, number=number).first()
    if row is None:
        row = RunStep(run=run, number=number, path=path, kind=step["do"], began_at=now, input=_shown(step))
    row.state, row.error, row.ended_at = RunStep.State.FAILED, message, now
    row.result = {**row.result, **failure.result}
    row.save()
    if failure.passing and run.attempts < len(RETRY_AFTER):
        run.state, run.next_at = Run.State.WAITING, now + RETRY_AFTER[run.attempts]
        run.attempts, run.error = run.attempts + 1, message
        run.save()
        return
    _end(run, Run.State.PARKED if failure.passing else Run.State.FAILED, message)


def _end(run: Run, state: str, error: str = "") -> None:
    run.state, run.error, run.ended_at = state, error, timezone.now()
    run.next_at, run.waits_for = None, ""
    run.save()
    if state in (Run.State.FAILED, Run.State.PARKED):
        workflow = Workflow.objects.get(pk=run.workflow_id)
        by = acting(None, workflow.title)
        data = {
            "workflow": str(workflow.pk),
            "members": [str(workflow.made_by_id)] if workflow.made_by_id else [],
        }
        state_fact("workflow_run", state, run.pk, by=by, title=f"{workflow.title}: {error}", data=data)


def _locked(run_id: int) -> Run | None:
    """The run, ours until the end of the transaction; None where another worker is at it."""
    rows = Run.objects.select_related("workflow").filter(pk=run_id)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(of=("self",), skip_locked=True)
    found: Run | None = rows.first()
    return found


def _recipe_of(run: Run) -> Recipe:
    found: Recipe = WorkflowVersion.objects.values_list("recipe", flat=True).get(
        workflow_id=run.workflow_id, number=run.version
    )
    return found


def _chain(fact: Fact) -> Iterable[str]:
    """The titles of the workflows (or who else) whose facts led to this one, the first first."""
    found = [fact.actor_name]
    cause_id = fact.cause_id
    while cause_id is not None and len(found) < 12:
        cause = Fact.objects.filter(pk=cause_id).first()
        if cause is None:
            break
        found.append(cause.actor_name)
        cause_id = cause.cause_id
    return list(dict.fromkeys(found[::-1]))


def _is_meeting(problem: Exception) -> bool:
    """Whether two transactions were in each other's way."""
    state = getattr(problem.__cause__, "sqlstate", None) or ""
    return state[:2] == "40" or "locked" in str(problem)
