"""Verbs of processes, for administrators, and the question which one applies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.automation.approvals.models import ApprovalProcess
from guanxi.automation.approvals.recipe import check_recipe
from guanxi.automation.workflows.matching import acting, holding_ids
from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.overlay import renew_version
from guanxi.platform.records.filters import parse_filter

MOST_PROCESSES = 200
_NAME = re.compile(r"^[a-z][a-z0-9_-]{0,59}$")


def process_for(obj: Object, record: Any) -> ApprovalProcess | None:
    """The first process that is switched on and whose condition the record meets."""
    rows = ApprovalProcess.objects.filter(object=obj.name, on_at__isnull=False, archived_at=None)
    one: ApprovalProcess
    for one in rows.order_by("position", "pk"):
        condition = one.recipe.get("if", "")
        by = acting(None, one.title)
        if not condition or holding_ids(obj, parse_filter(condition), "", by=by, among=[record.pk]):
            return one
    return None


@transaction.atomic
def add_process(
    *, object: str, title: str, recipe: Mapping[str, Any], by: Actor, name: str = "", on: bool = False
) -> ApprovalProcess:
    """A new process, off unless `on`. Raises Refused, and InvalidValues that names each wrong part."""
    _require(by)
    kept, title = check_recipe(object, recipe, by=by), _titled(title)
    if ApprovalProcess.objects.filter(archived_at=None).count() >= MOST_PROCESSES:
        raise InvalidValues({"name": [FieldError("many", _("These are too many processes."))]})
    process = ApprovalProcess(
        workspace_id=by.workspace_id,
        name=_checked(name) if name else _free(title),
        title=title,
        object=object,
        recipe=kept,
        on_at=datetime.now(UTC) if on else None,
        position=ApprovalProcess.objects.count(),
        made_by_id=by.member_id,
    )
    process.save(force_insert=True)
    _state(process, "created", by)
    return process


@transaction.atomic
def change_process(
    process_id: int, *, by: Actor, title: str | None = None, recipe: Mapping[str, Any] | None = None
) -> ApprovalProcess:
    """What is on its way goes on as it began; what is submitted from now on follows the change."""
    process = find_process(process_id, by=by)
    changes: dict[str, list[Any]] = {}
    if title is not None and _titled(title) != process.title:
        changes["title"] = [process.title, _titled(title)]
        process.title = _titled(title)
    if recipe is not None:
        kept = check_recipe(process.object, recipe, by=by)
        if kept != process.recipe:
            changes["recipe"] = [process.recipe, kept]
            process.recipe, process.version = kept, process.version + 1
    if changes:
        process.save()
        _state(process, "changed", by, changes)
    return process


@transaction.atomic
def switch_process(process_id: int, *, on: bool, by: Actor) -> ApprovalProcess:
    process = find_process(process_id, by=by)
    if on == (process.on_at is not None) or (on and process.archived_at is not None):
        return process
    process.on_at = datetime.now(UTC) if on else None
    process.save()
    _state(process, "switched_on" if on else "switched_off", by)
    return process


@transaction.atomic
def archive_process(process_id: int, *, archived: bool, by: Actor) -> ApprovalProcess:
    """Off and out of the list, or back in it."""
    process = find_process(process_id, by=by)
    if archived == (process.archived_at is not None):
        return process
    process.archived_at = datetime.now(UTC) if archived else None
    process.on_at = None
    process.save()
    _state(process, "archived" if archived else "restored", by)
    return process


@transaction.atomic
def move_process(process_id: int, *, by: Actor) -> ApprovalProcess:
    """Before the one above it of the same object: the first that applies is followed."""
    process = find_process(process_id, by=by)
    rows = list(ApprovalProcess.objects.filter(object=process.object).order_by("position", "pk"))
    at = next(number for number, one in enumerate(rows) if one.pk == process.pk)
    if at:
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
        for number, one in enumerate(rows):
            one.position = number
        ApprovalProcess.objects.bulk_update(rows, ["position"])
        _state(process, "changed", by)
    return process


def find_process(process_id: int, *, by: Actor) -> ApprovalProcess:
    """Raises Refused for who does not administer, NotFound for what is not there."""
    _require(by)
    found: ApprovalProcess | None = ApprovalProcess.objects.filter(pk=process_id).first()
    if found is None:
        raise NotFound(f"approval process {process_id}")
    return found


def _require(by: Actor) -> None:
    if not by.administers:
        raise Refused("approval_process.change")


def _state(
    process: ApprovalProcess, verb: str, by: Actor, changes: Mapping[str, list[Any]] | None = None
) -> None:
    renew_version(by.workspace_id)  # which objects have processes is kept under it: holding.py
    state_fact(
        "approval_process", verb, process.pk, by=by, title=process.title, changes=changes or {},
        version=process.version,
    )  # fmt: skip


def _titled(title: str) -> str:
    title = title.strip()
    if not title or len(title) > 120:
        raise InvalidValues(
            {"title": [FieldError("required", _("It needs a name of up to 120 characters."))]}
        )
    return title


def _checked(name: str) -> str:
    if not _NAME.match(name):
        said = _("A name is one word of small letters, digits and hyphens.")
        raise InvalidValues({"name": [FieldError("name", said)]})
    if ApprovalProcess.objects.filter(name=name).exists():
        said = _("“%(value)s” is taken already.") % {"value": name}
        raise InvalidValues({"name": [FieldError("unique", said)]})
    return name


def _free(title: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:50]
    stem = plain if plain and plain[0].isalpha() else "process"
    taken = set(ApprovalProcess.objects.filter(name__startswith=stem).values_list("name", flat=True))
    if stem not in taken:
        return stem
    return next(f"{stem}-{number}" for number in range(2, 10_000) if f"{stem}-{number}" not in taken)
