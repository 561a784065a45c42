"""Verbs of workflows. Administrators make them; who may edit a record may press its buttons."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.automation.workflows.matching import acting, holding_ids, rule_of
from guanxi.automation.workflows.models import (
    Holding,
    Prompt,
    Run,
    RunStep,
    Workflow,
    WorkflowBook,
    WorkflowVersion,
)
from guanxi.automation.workflows.recipe import check_recipe, is_whole
from guanxi.automation.workflows.running import run_of, start_runs
from guanxi.automation.workflows.sweeping import remember_holdings
from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.identity.secrets import hash_secret, new_secret
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused, words_of
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.overlay import objects_version, renew_version
from guanxi.platform.records.access import find_record
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import StaleRecord
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.keys import new_key

MOST_WORKFLOWS = 2_000
MOST_KEPT = 500  # workspaces whose buttons one process keeps
_NAME = re.compile(r"^[a-z][a-z0-9_-]{0,59}$")


def may_automate(by: Actor) -> bool:
    """Whoever administers the workspace: a workflow may act with anybody's rights."""
    return by.administers


@transaction.atomic
def add_workflow(
    *,
    object: str,
    title: str,
    recipe: Mapping[str, Any],
    by: Actor,
    name: str = "",
    acts_as: int | None = None,
    publish: bool = True,
    on: bool = False,
) -> Workflow:
    """A new workflow, off unless `on`. Raises Refused, and InvalidValues that names each wrong part."""
    _require(by)
    title = _titled(title)
    kept = check_recipe(object, recipe, by=by)
    if Workflow.objects.filter(archived_at=None).count() >= MOST_WORKFLOWS:
        raise InvalidValues({"name": [FieldError("many", _("These are too many workflows."))]})
    workflow = Workflow(
        workspace_id=by.workspace_id,
        name=_free_name(name or _named(title)) if not name else _checked_name(name),
        title=title,
        object=object,
        draft=kept,
        acts_as_id=_checked_member(acts_as),
        made_by_id=by.member_id,
        position=Workflow.objects.count(),
    )
    workflow.save(force_insert=True)
    _state(workflow, "created", by)
    if publish:
        workflow = publish_workflow(workflow.pk, by=by)
    return switch_on(workflow.pk, by=by) if on and publish else workflow


@transaction.atomic
def install_workflows(
    given: Sequence[tuple[str, str, str, Mapping[str, Any]]], *, by: Actor, on: bool = True
) -> None:
    """(name, title, object, recipe) of workflows that a new workspace begins with: published, switched on
    unless `on` is False, behind those that are there.

    One of an object that is not there is left out. Raises InvalidValues where a recipe makes no sense.
    """
    now, there = datetime.now(UTC), Workflow.objects.count()
    rows = [
        Workflow(
            workspace_id=by.workspace_id,
            name=name,
            title=title,
            object=object,
            version=1,
            recipe=check_recipe(object, recipe, by=by),
            on_at=now if on else None,
            position=at,
        )
        for at, (name, title, object, recipe) in enumerate(given, there)
        if registry.has(object)
    ]
    Workflow.objects.bulk_create(rows)
    WorkflowVersion.objects.bulk_create(
        [WorkflowVersion(workflow=one, number=1, recipe=one.recipe) for one in rows]
    )
    _renew(by, *(row.recipe for row in rows))


@transaction.atomic
def change_workflow(
    workflow_id: int,
    *,
    by: Actor,
    title: str | None = None,
    recipe: Mapping[str, Any] | None = None,
    acts_as: int | str | None = "",
) -> Workflow:
    """Edit: what it says becomes its draft until it is published; `acts_as` None is the product itself."""
    workflow = find_workflow(workflow_id, by=by)
    changes: dict[str, list[Any]] = {}
    if title is not None and _titled(title) != workflow.title:
        changes["title"] = [workflow.title, _titled(title)]
        workflow.title = _titled(title)
    if not isinstance(acts_as, str):
        member = _checked_member(acts_as)
        if member != workflow.acts_as_id:
            changes["acts_as"] = [workflow.acts_as_id, member]
            workflow.acts_as_id, workflow.failures, workflow.problem = member, 0, ""
    if recipe is not None:
        kept = check_recipe(workflow.object, recipe, by=by)
        workflow.draft = None if workflow.version and kept == workflow.recipe else kept
    workflow.save()
    if changes:
        _renew(by, workflow.recipe)
        _state(workflow, "changed", by, changes)
    return workflow


@transaction.atomic
def publish_workflow(workflow_id: int, *, by: Actor) -> Workflow:
    """The draft becomes the next version; runs that have begun keep theirs."""
    workflow = find_workflow(workflow_id, by=by)
    if workflow.draft is None:
        return workflow
    before = workflow.recipe
    workflow.recipe = check_recipe(workflow.object, workflow.draft, by=by)
    workflow.draft = None
    workflow.version += 1
    workflow.problem, workflow.failures = "" if is_whole(workflow.recipe) else _incomplete(), 0
    workflow.save()
    WorkflowVersion(
        workflow=workflow, number=workflow.version, recipe=workflow.recipe, made_by_id=by.member_id
    ).save(force_insert=True)
    if workflow.on_at is not None:
        _begin_holding(workflow)
    _renew(by, before, workflow.recipe)
    _state(workflow, "published", by, {"version": [workflow.version - 1, workflow.version]})
    return workflow


@transaction.atomic
def discard_draft(workflow_id: int, *, by: Actor) -> Workflow:
    """Back to what is published."""
    workflow = find_workflow(workflow_id, by=by)
    if workflow.version:
        workflow.draft = None
        workflow.save()
    return workflow


def return_to_version(workflow_id: int, number: int, *, by: Actor) -> Workflow:
    """An older version as the draft."""
    workflow = find_workflow(workflow_id, by=by)
    kept = WorkflowVersion.objects.filter(workflow=workflow, number=number).first()
    if kept is None:
        raise NotFound(f"version {number}")
    return change_workflow(workflow_id, recipe=kept.recipe, by=by)


@transaction.atomic
def switch_on(workflow_id: int, *, by: Actor) -> Workflow:
    """From now on it hears facts and the clock; what was before it lets pass."""
    workflow = find_workflow(workflow_id, by=by)
    if workflow.on_at is not None:
        return workflow
    if not workflow.version:
        raise InvalidValues({"recipe": [FieldError("draft", _("Publish it first."))]})
    check_recipe(workflow.object, workflow.recipe, by=by)
    workflow.on_at, workflow.failures = datetime.now(UTC), 0
    workflow.problem = "" if is_whole(workflow.recipe) else _incomplete()
    workflow.save()
    _begin_holding(workflow)
    _renew(by, workflow.recipe)
    _state(workflow, "switched_on", by)
    return workflow


@transaction.atomic
def switch_off(workflow_id: int, *, by: Actor) -> Workflow:
    """It starts nothing more; runs that have begun go on to their end."""
    workflow = find_workflow(workflow_id, by=by)
    if workflow.on_at is not None:
        workflow.on_at = None
        workflow.save()
        Holding.objects.filter(workflow=workflow).delete()
        Prompt.objects.filter(workflow=workflow).delete()
        _renew(by, workflow.recipe)
        _state(workflow, "switched_off", by)
    return workflow


@transaction.atomic
def archive_workflow(workflow_id: int, *, by: Actor) -> Workflow:
    """Off and out of the list; its runs can be read as long as the workspace lives."""
    workflow = switch_off(workflow_id, by=by)
    if workflow.archived_at is None:
        workflow.archived_at = datetime.now(UTC)
        workflow.hook = ""
        workflow.save()
        _state(workflow, "archived", by)
    return workflow


@transaction.atomic
def restore_workflow(workflow_id: int, *, by: Actor) -> Workflow:
    workflow = find_workflow(workflow_id, by=by)
    if workflow.archived_at is not None:
        workflow.archived_at = None
        workflow.save()
        _state(workflow, "restored", by)
    return workflow


@transaction.atomic
def renew_hook(workflow_id: int, *, by: Actor) -> str:
    """A new address for outside systems; the one before is dead. It is shown this once."""
    workflow = find_workflow(workflow_id, by=by)
    secret = new_secret("hook", by.workspace_id)
    workflow.hook = hash_secret(secret)
    workflow.save()
    _state(workflow, "changed", by, {"hook": [None, None]})
    return secret


@transaction.atomic
def press_button(workflow_id: int, record: Any, *, by: Actor) -> Run:
    """Start a workflow on a record by hand. Raises Refused and NotFound for a record out of reach, and
    InvalidValues where its condition does not hold."""
    workflow = Workflow.objects.filter(pk=workflow_id, on_at__isnull=False, archived_at=None).first()
    if workflow is None or workflow.recipe["when"]["kind"] != "button":
        raise NotFound(f"workflow {workflow_id}")
    obj = registry.get(workflow.object)
    current = find_record(obj, record.pk, by=by, access="edit")
    if not by.in_scope("write", obj.name):
        raise Refused(f"{obj.name}:write")
    rule = rule_of(workflow)
    actor = acting(workflow.acts_as_id, workflow.title)
    if current.pk not in holding_ids(
        obj, rule.filter, workflow.recipe.get("formula", ""), by=actor, among=[current.pk]
    ):
        said = _("“%(title)s” does not apply to this record as it is.") % {"title": workflow.title}
        raise InvalidValues({"record": [FieldError("condition", said)]})
    fact = state_fact(
        obj.name,
        "pressed",
        current.pk,
        by=by,
        title=str(current),
        data={"workflow": str(workflow.pk), "button": workflow.title},
        version=current.version,
    )
    run = run_of(
        workflow.pk,
        workflow.version,
        object=obj.name,
        record_id=current.pk,
        title=str(current)[:300],
        once=f"button {fact.pk}",
        fact=fact,
        data={"by": str(by.member_id) if by.member_id else ""},
    )
    start_runs([run])
    return run


def buttons_for(obj: Object) -> list[Workflow]:
    """The workflows that records of this object have a button for.

    Every page of a record asks: a process keeps the answer as long as the workspace's objects keep their
    version, which a button renews.
    """
    workspace_id = require_workspace_id()
    version = objects_version(workspace_id)
    known = _buttons.get(workspace_id)
    if known is None or known[0] != version:
        if len(_buttons) >= MOST_KEPT:
            _buttons.clear()
        rows = Workflow.objects.filter(on_at__isnull=False, archived_at=None).order_by("position", "id")
        known = _buttons[workspace_id] = version, [row for row in rows if _has_button(row.recipe)]
    return [one for one in known[1] if one.object == obj.name]


_buttons: dict[int, tuple[int | None, list[Workflow]]] = {}


# Runs


@transaction.atomic
def retry_run(run_id: int, *, by: Actor) -> Run:
    """Go on from the step that failed, with the version the run began with. A call keeps its key."""
    run = find_run(run_id, by=by, lock=True)
    if run.state not in (Run.State.FAILED, Run.State.PARKED):
        raise InvalidValues({"run": [FieldError("state", _("Only what failed can be tried again."))]})
    from guanxi.automation.workflows.jobs import call_outside

    run.state, run.ended_at, run.attempts, run.error = Run.State.READY, None, 0, ""
    run.save()
    _renew(by)
    state_fact(
        "workflow_run", "retried", run.pk, by=by, title=run.title, data={"workflow": str(run.workflow_id)}
    )
    call_outside.enqueue(run_id=run.pk)
    return run


@transaction.atomic
def stop_run(run_id: int, *, by: Actor) -> Run:
    """End a run that waits or is tried again."""
    run = find_run(run_id, by=by, lock=True)
    if run.ended_at is None:
        run.state, run.ended_at, run.error = (
            Run.State.STOPPED,
            datetime.now(UTC),
            _("Stopped by %(who)s") % {"who": by.name},
        )
        run.next_at, run.waits_for, run.waits_record = None, "", None
        run.save()
        state_fact(
            "workflow_run", "stopped", run.pk, by=by, title=run.title, data={"workflow": str(run.workflow_id)}
        )
    return run


@dataclass(frozen=True, slots=True)
class Undone:
    """How many steps were taken back; what could not be, with the reason."""

    steps: int
    left: tuple[tuple[str, str], ...]


@transaction.atomic
def undo_run(run_id: int, *, by: Actor) -> Undone:
    """Take back what the run's steps did, the last one first, by the facts; messages stay sent."""
    run = find_run(run_id, by=by, lock=True)
    if run.ended_at is None:
        run = stop_run(run_id, by=by)
    count, left = 0, []
    for step in RunStep.objects.filter(run=run, fact_id__isnull=False, state=RunStep.State.DONE).order_by(
        "-number"
    ):
        try:
            with transaction.atomic():
                undo_fact(step.fact_id, by=by)
        except (StaleRecord, Refused, NotFound, InvalidValues) as problem:
            said = _("The record is gone.") if isinstance(problem, NotFound) else words_of(problem)
            left.append((f"{step.number}", said))
            continue
        RunStep.objects.filter(pk=step.pk).update(state=RunStep.State.UNDONE)
        count += 1
    if count and not left:
        Run.objects.filter(pk=run.pk).update(state=Run.State.UNDONE)
    if count:
        state_fact(
            "workflow_run", "undone", run.pk, by=by, title=run.title, data={"workflow": str(run.workflow_id)}
        )
    return Undone(count, tuple(left))


def find_workflow(workflow_id: int, *, by: Actor) -> Workflow:
    """Raises Refused for who does not administer the workspace, NotFound."""
    _require(by)
    found: Workflow | None = Workflow.objects.filter(pk=workflow_id).first()
    if found is None:
        raise NotFound(f"workflow {workflow_id}")
    return found


def find_run(run_id: int, *, by: Actor, lock: bool = False) -> Run:
    _require(by)
    rows = Run.objects.filter(pk=run_id)
    found: Run | None = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if found is None:
        raise NotFound(f"run {run_id}")
    return found


# What they share


def _require(by: Actor) -> None:
    if not may_automate(by):
        raise Refused("workflow.change")


def _begin_holding(workflow: Workflow) -> None:
    """A condition that has to last begins to count when it is switched on, or says something else."""
    Holding.objects.filter(workflow=workflow).delete()
    when = workflow.recipe["when"]
    if when["kind"] == "held" and not when.get("since"):
        remember_holdings(rule_of(workflow))


def _renew(by: Actor, *recipes: Mapping[str, Any]) -> None:
    """All processes are to read the workflows anew, and the buttons too where one of these recipes is one."""
    book, made = WorkflowBook.objects.get_or_create(
        workspace_id=by.workspace_id, defaults={"edition": new_key()}
    )
    if not made:
        WorkflowBook.objects.filter(pk=book.pk).update(edition=new_key())
    if any(map(_has_button, recipes)):
        renew_version(by.workspace_id)


def _has_button(recipe: Mapping[str, Any]) -> bool:
    return bool(recipe) and recipe["when"]["kind"] == "button"


def _state(workflow: Workflow, verb: str, by: Actor, changes: Mapping[str, Any] | None = None) -> None:
    state_fact(
        "workflow",
        verb,
        workflow.pk,
        by=by,
        title=workflow.title,
        changes=changes,
        data={"name": workflow.name},
    )


def _incomplete() -> str:
    return _(
        "A robot has no address yet: addresses don’t come along with a text. Open the step and paste it."
    )


def _titled(title: str) -> str:
    title = " ".join(str(title or "").split())
    if not title or len(title) > 120:
        raise InvalidValues(
            {"title": [FieldError("required", _("A workflow needs a name of up to 120 characters."))]}
        )
    return title


def _named(title: str) -> str:
    from django.utils.text import slugify

    found = slugify(title)[:50].strip("-_")
    return found if _NAME.match(found) else "workflow"


def _free_name(stem: str) -> str:
    name, number = stem, 1
    while Workflow.objects.filter(name=name).exists():
        number += 1
        name = f"{stem}-{number}"
    return name


def _checked_name(name: str) -> str:
    if not _NAME.match(name):
        raise InvalidValues({"name": [FieldError("name", _("Small letters, digits and dashes."))]})
    if Workflow.objects.filter(name=name).exists():
        raise InvalidValues(
            {"name": [FieldError("unique", _("“%(value)s” is taken already.") % {"value": name})]}
        )
    return name


def _checked_member(member_id: int | None) -> int | None:
    if member_id is None:
        return None
    if not Member.objects.filter(pk=member_id, left_at=None).exists():
        raise InvalidValues({"acts_as": [FieldError("member", _("There is no such member."))]})
    return int(member_id)
