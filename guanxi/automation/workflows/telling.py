"""Runs and their steps in words, for the log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from guanxi.automation.workflows.models import Run, RunStep, Workflow, WorkflowVersion
from guanxi.automation.workflows.recipe import Step, linked_object
from guanxi.automation.workflows.words import step_words
from guanxi.platform.i18n.dates import format_datetime, format_day
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.titles import titles_of


@dataclass(frozen=True, slots=True)
class StateSign:
    label: Any
    icon: str
    tone: str


STATES = {
    "ready": StateSign(gettext_lazy("running"), "play", "azurite"),
    "waiting": StateSign(gettext_lazy("waiting"), "hourglass", "indigo"),
    "done": StateSign(gettext_lazy("done"), "check", "malachite"),
    "stopped": StateSign(gettext_lazy("stopped"), "minus", "ink"),
    "parked": StateSign(gettext_lazy("parked"), "circle-alert", "gamboge"),
    "failed": StateSign(gettext_lazy("failed"), "circle-alert", "cinnabar"),
    "undone": StateSign(gettext_lazy("taken back"), "undo-2", "ink"),
}


@dataclass(frozen=True, slots=True)
class ToldRun:
    id: int
    sign: StateSign
    title: str
    url: str  # of the record, where the reader may see it
    said: str
    at: datetime
    failed: bool


@dataclass(frozen=True, slots=True)
class ToldStep:
    number: int
    sign: StateSign
    text: Markup
    said: str
    error: str
    input: str
    result: str
    began: datetime
    ended: datetime | None
    attempts: int
    key: str


def tell_runs(rows: Sequence[Run], *, by: Actor) -> list[tuple[str, list[ToldRun]]]:
    """Day headings with their runs."""
    refs = titles_of(
        {(one.object, one.record_id) for one in rows if one.record_id and registry.has(one.object)}, by=by
    )
    days = groupby(rows, key=lambda one: timezone.localdate(one.begun_at))
    return [(format_day(day), [_told(one, refs) for one in group]) for day, group in days]


def tell_steps(rows: Sequence[RunStep], flow: Workflow, run: Run, *, by: Actor) -> list[ToldStep]:
    """The log of one run, step by step."""
    version = WorkflowVersion.objects.filter(workflow=flow, number=run.version).first()
    recipe = version.recipe if version else flow.recipe
    obj = registry.get(flow.object) if registry.has(flow.object) else None
    signs = {
        "begun": STATES["waiting"],
        "done": STATES["done"],
        "failed": STATES["failed"],
        "undone": STATES["undone"],
    }
    found = []
    for one in rows:
        step, at_hand = _step_of(recipe, one.path, obj)
        found.append(
            ToldStep(
                number=one.number,
                sign=signs[one.state],
                text=step_words(at_hand, step, by=by) if step is not None else Markup(one.kind),
                said=_came(one),
                error=one.error,
                input=_plain(one.input),
                result=_plain(one.result),
                began=one.began_at,
                ended=one.ended_at,
                attempts=one.attempts,
                key=one.key,
            )
        )
    return found


def _told(run: Run, refs: Any) -> ToldRun:
    ref = refs.get((run.object, run.record_id))
    url = record_url(registry.get(run.object), run.record_id) if ref is not None else ""
    return ToldRun(
        id=run.pk,
        sign=STATES[run.state],
        title=ref.title if ref is not None else run.title or _("without a record"),
        url=url,
        said=_said(run),
        at=run.begun_at,
        failed=run.state in ("failed", "parked"),
    )


def _said(run: Run) -> str:
    if run.error:
        return run.error
    if run.state == Run.State.WAITING and run.next_at:
        return _("until %(when)s") % {"when": format_datetime(run.next_at)}
    return ""


def _step_of(recipe: Any, path: str, obj: Object | None) -> tuple[Step | None, Object | None]:
    """The step at a path, and the object its record is of."""
    found: Any = recipe
    parts = path.split(".")
    at_hand = obj
    try:
        steps = found["steps"]
        for at, part in enumerate(parts):
            if at % 2 == 0:
                found = steps[int(part)]
            else:
                if part == "steps" and at_hand is not None:
                    at_hand = linked_object(at_hand, found["of"])
                steps = found[part]
    except (KeyError, IndexError, ValueError):
        return None, obj
    return found, at_hand


def _came(step: RunStep) -> str:
    result = step.result
    if result.get("same"):
        return _("was so already")
    if "status" in result:
        return _("answered %(status)s") % {"status": result["status"]}
    if "way" in result:
        return _("yes") if result["way"] == "then" else _("no")
    if "records" in result:
        return str(result["records"])
    if result.get("heard"):
        return _("%(fact)s came") % {"fact": result["heard"]}
    if result.get("until") and step.state == RunStep.State.BEGUN:
        return _("until %(when)s") % {"when": format_datetime(datetime.fromisoformat(result["until"]))}
    return str(result.get("title") or result.get("said") or "")


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) if value else ""
