"""Workflows and their runs over the API: what is on, what began, what failed, and once more.

What a workflow says is written by files of shapes (`/api/v1/shape`); here it is switched, pressed, watched.
"""

from __future__ import annotations

from typing import Any

from guanxi.automation.workflows.actions import (
    find_run,
    find_workflow,
    may_automate,
    press_button,
    retry_run,
    stop_run,
    switch_off,
    switch_on,
    undo_run,
)
from guanxi.automation.workflows.models import Run, RunStep, Workflow
from guanxi.automation.workflows.words import sentence_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import NotFound, Refused
from guanxi.platform.metadata.resources import (
    KEY,
    MAYBE,
    MOMENT,
    TEXT,
    WHOLE,
    YES,
    Call,
    Door,
    Resource,
    many_of,
    offer,
    one_of,
)
from guanxi.platform.records.access import find_record

PER_PAGE = 50


def _list(call: Call) -> dict[str, Any]:
    _require(call.by)
    rows = Workflow.objects.filter(archived_at=None).order_by("position", "id")
    return {"data": [_workflow(one, call.by) for one in rows], "next": None}


def _read(call: Call) -> dict[str, Any]:
    return _workflow(find_workflow(call.id, by=call.by), call.by)


def _switch_on(call: Call) -> dict[str, Any]:
    return _workflow(switch_on(call.id, by=call.by), call.by)


def _switch_off(call: Call) -> dict[str, Any]:
    return _workflow(switch_off(call.id, by=call.by), call.by)


def _press(call: Call) -> dict[str, Any]:
    """For whoever may change the record, as on its page."""
    row = Workflow.objects.filter(pk=call.id, archived_at=None).first()
    if row is None or not registry.has(row.object):
        raise NotFound(f"workflow {call.id}")
    record = find_record(registry.get(row.object), call.key("record"), by=call.by, access="edit")
    return {"run": str(press_button(row.pk, record, by=call.by).pk)}


def _runs(call: Call) -> dict[str, Any]:
    _require(call.by)
    rows = Run.objects.order_by("-pk")
    if workflow := call.key("workflow"):
        rows = rows.filter(workflow=find_workflow(workflow, by=call.by))
    if "state" in call.asked:
        if call.asked["state"] not in Run.State.values:
            raise NotFound(call.asked["state"])
        rows = rows.filter(state=call.asked["state"])
    if record := call.key("record"):
        rows = rows.filter(record_id=record)
    if before := call.key("before"):
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PER_PAGE + 1])
    more = len(found) > PER_PAGE
    return {
        "data": [_run(one) for one in found[:PER_PAGE]],
        "next": str(found[PER_PAGE - 1].pk) if more else None,
    }


def _read_run(call: Call) -> dict[str, Any]:
    row = find_run(call.id, by=call.by)
    return _run(row) | {"steps": [_step(one) for one in RunStep.objects.filter(run=row).order_by("number")]}


def _retry(call: Call) -> dict[str, Any]:
    return _run(retry_run(call.id, by=call.by))


def _stop(call: Call) -> dict[str, Any]:
    return _run(stop_run(call.id, by=call.by))


def _undo(call: Call) -> dict[str, Any]:
    undone = undo_run(call.id, by=call.by)
    left = [{"step": number, "why": why} for number, why in undone.left]
    return {"steps": undone.steps, "left": left}


def _workflow(row: Workflow, by: Actor) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "title": row.title,
        "object": row.object or None,
        "sentence": str(sentence_of(row.object, row.recipe, by=by).striptags()) if row.version else "",
        "version": row.version,
        "draft": row.draft is not None,
        "on_at": row.on_at.isoformat() if row.on_at else None,
        "acts_as": str(row.acts_as_id) if row.acts_as_id else None,
        "begins": row.recipe["when"]["kind"] if row.version else None,
        "problem": row.problem,
    }


def _run(row: Run) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "workflow": str(row.workflow_id),
        "version": row.version,
        "object": row.object or None,
        "record": str(row.record_id) if row.record_id else None,
        "title": row.title,
        "state": row.state,
        "error": row.error,
        "steps_done": row.steps_done,
        "attempts": row.attempts,
        "next_at": row.next_at.isoformat() if row.next_at else None,
        "waits_for": row.waits_for or None,
        "begun_at": row.begun_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
    }


def _step(row: RunStep) -> dict[str, Any]:
    return {
        "number": row.number,
        "path": row.path,
        "kind": row.kind,
        "state": row.state,
        "input": row.input,
        "result": row.result,
        "error": row.error,
        "attempts": row.attempts,
        "began_at": row.began_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
    }


def _require(by: Actor) -> None:
    if not may_automate(by):
        raise Refused("workflow.see")


_WORKFLOW = one_of(
    {
        "id": TEXT,
        "name": TEXT,
        "title": TEXT,
        "object": MAYBE,
        "sentence": {**TEXT, "description": "what is published, in the caller's language"},
        "version": WHOLE,
        "draft": {**YES, "description": "something is edited and not published"},
        "on_at": MOMENT,
        "acts_as": MAYBE,
        "begins": MAYBE,
        "problem": TEXT,
    }
)
_RUN_PARTS: dict[str, Any] = {
    "id": TEXT,
    "workflow": TEXT,
    "version": WHOLE,
    "object": MAYBE,
    "record": MAYBE,
    "title": TEXT,
    "state": {"enum": list(Run.State.values)},
    "error": TEXT,
    "steps_done": WHOLE,
    "attempts": WHOLE,
    "next_at": MOMENT,
    "waits_for": MAYBE,
    "begun_at": TEXT,
    "ended_at": MOMENT,
}
_RUN = one_of(_RUN_PARTS)
_STEP = one_of(
    {
        "number": WHOLE,
        "path": TEXT,
        "kind": TEXT,
        "state": {"enum": list(RunStep.State.values)},
        "input": {"type": "object"},
        "result": {"type": "object"},
        "error": TEXT,
        "attempts": WHOLE,
        "began_at": TEXT,
        "ended_at": MOMENT,
    }
)
_WHOLE_RUN = one_of({**_RUN_PARTS, "steps": {"type": "array", "items": _STEP}})
_UNDONE = one_of({"steps": WHOLE, "left": {"type": "array", "items": one_of({"step": TEXT, "why": TEXT})}})
_PRESSED = one_of({"run": TEXT})
_STATES = {"enum": list(Run.State.values)}

offer(
    Resource(
        "workflows",
        "what happens by itself, for administrators; buttons for who may change the record",
        (
            Door("GET", "", "list_workflows", "all that are not archived", _list, many_of(_WORKFLOW)),
            Door("GET", "{id}", "read_workflow", "one", _read, _WORKFLOW),
            Door("POST", "{id}/switching-on", "switch_on_workflow", "on from now", _switch_on, _WORKFLOW),
            Door("POST", "{id}/switching-off", "switch_off_workflow", "off", _switch_off, _WORKFLOW),
            Door(
                "POST", "{id}/pressing", "press_workflow", "press its button on a record", _press, _PRESSED,
                takes={"record": KEY}, needs=("record",), status=202,
            ),
        ),
    )
)  # fmt: skip
offer(
    Resource(
        "workflow-runs",
        "workflows at work: what began, step by step, and once more, for administrators",
        (
            Door(
                "GET", "", "list_runs", "the newest first; of a workflow, in a state, of a record",
                _runs, many_of(_RUN),
                asked={"workflow": KEY, "state": _STATES, "record": KEY, "before": KEY},
            ),
            Door("GET", "{id}", "read_run", "one with its steps", _read_run, _WHOLE_RUN),
            Door("POST", "{id}/retry", "retry_run", "once more from the step that failed", _retry, _RUN),
            Door("POST", "{id}/stop", "stop_run", "end one that waits", _stop, _RUN),
            Door("POST", "{id}/undoing", "undo_run", "take back what it did", _undo, _UNDONE),
        ),
    )
)  # fmt: skip
