"""What the verbs that shape a workspace share: who may, what facts say, checks of names and versions."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.kinds import free_name, read_label
from guanxi.platform.metadata.models import Made, OwnObject
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.overlay import renew_version
from guanxi.platform.metadata.versions import WHAT, StaleVersion

LONGEST_NAME = 40
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

# What may be changed of each; facts say these.
CONDITIONS = ("visible_if", "required_if")
CHANGEABLE = ("label", "help", "required", "unique", "default", "settings", *CONDITIONS)
LOOK = ("icon", "tone", "group", "columns", "board")
OBJECT_CHANGEABLE = ("label", "plural_label", "title_label", "help", "touched", *LOOK)
RULE_CHANGEABLE = ("label", "formula", "field")
METRIC_CHANGEABLE = (
    "label", "help", "aggregate", "formula", "filter", "date", "part", "whole", "unit", "better",
)  # fmt: skip

_TOLD = {
    "field": ("object", "name", "type", *CHANGEABLE),
    "object": ("name", "plural", *OBJECT_CHANGEABLE),
    "metric": ("object", "name", *METRIC_CHANGEABLE),
    "rule": ("object", "name", *RULE_CHANGEABLE),
}


def may_shape(by: Actor) -> bool:
    """Administrators; of their tokens those that may write everything."""
    return by.administers and (by.scopes is None or "*:write" in by.scopes)


def find_made(model: type[Made], made_id: int, *, by: Actor, lock: bool = False) -> Any:
    """An object or a field by its id; raises NotFound. Members of the workspace may read them all.

    lock   whoever else wants to change it waits until the end of the transaction
    """
    rows = model.objects.filter(pk=made_id)
    rows = rows.select_for_update() if lock else rows
    found = rows.first() if 0 < made_id < 2**63 else None
    if found is None:
        raise NotFound(f"{model.__name__} {made_id}")
    return found


def told(row: Made) -> dict[str, Any]:
    """What facts say of an object or a field."""
    return {name: getattr(row, name) for name in _TOLD[WHAT[type(row)]]}


def shapable(name: str, by: Actor) -> Object:
    """The object that is to get something of its own; raises Refused, NotFound."""
    if not may_shape(by):
        raise Refused("field.create")
    if not registry.has(name):
        raise NotFound(name)
    return registry.get(name)


def to_change(model: type[Made], made_id: int, by: Actor) -> Any:
    """What is about to be changed; raises Refused, NotFound."""
    if not may_shape(by):
        raise Refused(f"{WHAT[model]}.change")
    return find_made(model, made_id, by=by, lock=True)


def save_changed(row: Made, before: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    """Keep what differs from before and state it; the changes."""
    changes = {name: [before[name], now] for name, now in told(row).items() if before[name] != now}
    if changes:
        row.version += 1
        row.save()
        state_made(row, "changed", by, changes)
    return changes


@transaction.atomic
def archive(row: Made, by: Actor) -> Any:
    """Put away what was made; nothing happens to what is put away already."""
    if row.archived_at is None:
        row.archived_at = datetime.now(UTC)
        row.version += 1
        row.save()
        state_made(row, "archived", by, {})
    return row


@transaction.atomic
def restore(row: Made, by: Actor) -> Any:
    """Bring back what was put away."""
    if row.archived_at is not None:
        row.archived_at = None
        row.version += 1
        row.save()
        state_made(row, "restored", by, {})
    return row


def state_made(row: Made, verb: str, by: Actor, changes: dict[str, Any]) -> None:
    """State what was done, after which everybody reads the workspace's shape anew."""
    renew_version(by.workspace_id)
    what = WHAT[type(row)]
    data = {"name": row.name} if isinstance(row, OwnObject) else {"object": row.object, "name": row.name}  # type: ignore[attr-defined]
    state_fact(what, verb, row.pk, by=by, title=str(row), changes=changes, data=data, version=row.version)


def check_version(row: Made, version: int | None) -> None:
    """Raise StaleVersion where somebody was faster; None asks nothing."""
    if version is not None and version != row.version:
        raise StaleVersion(row, version)


class Errors:
    """Collects what is wrong, so that it is all said at once."""

    def __init__(self) -> None:
        self.found: dict[str, list[FieldError]] = {}

    def take(self, name: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except FieldError as problem:
            self.found.setdefault(name, []).append(problem)
            return None

    def add(self, name: str, code: str, message: str) -> None:
        self.found.setdefault(name, []).append(FieldError(code, message))

    def stop(self) -> None:
        if self.found:
            raise InvalidValues(self.found)


def needed_label(value: Any) -> dict[str, str]:
    """A label in one language at least; raises FieldError."""
    found = read_label(value)
    if not found:
        raise FieldError("required", _("Give it a name."))
    return found


def check_name(name: str, taken: set[str], *, reserved: Collection[str] = ()) -> None:
    """Raise FieldError for what is no name for programs, for a reserved one, and for one that is taken.

    What was meant is offered as it can be had.
    """
    bare = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") if isinstance(name, str) else ""
    if bare in reserved:
        said = _("The name “%(name)s” is reserved: it means something else to programs.")
        raise FieldError("reserved", f"{said % {'name': name}} {_offered(f'own {bare}', taken, reserved)}")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        said = _("A name for programs is one word of up to %(most)d small letters, digits and underscores.")
        offered = _offered(bare, taken, reserved) if bare else ""
        raise FieldError("name", f"{said % {'most': LONGEST_NAME}} {offered}".strip())
    if name in taken:
        raise FieldError("unique", _("The name “%(name)s” is taken already.") % {"name": name})


def _offered(words: str, taken: set[str], reserved: Collection[str]) -> str:
    return _("“%(name)s” is free.") % {"name": free_name(words, {*taken, *reserved}, otherwise="own")}


def next_position(rows: Any) -> int:
    """The place behind all of them."""
    last: int | None = rows.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1
