"""Verbs of activities: what was done is logged, what will be done is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.activities.objects import ACTIVITY
from guanxi.platform.events.facts import Draft, state_facts
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import require_workspace_id

Key = tuple[str, int]

_SUBJECT = 120
_CLOCKS_DIFFER = timedelta(minutes=5)


@transaction.atomic
def log_activity(
    *,
    kind: str,
    about: Sequence[Key],
    by: Actor,
    body: str = "",
    subject: str = "",
    direction: str | None = None,
    at: datetime | None = None,
    minutes: int | None = None,
    outcome: str | None = None,
    place: str | None = None,
    next_step: str = "",
    next_step_on: date | None = None,
    mentions: Sequence[int] = (),
) -> Activity:
    """Keep what has happened: a note, a call, a meeting; returns the activity, done.

    about          records it is about, the one it was written at first
    direction      "in", "out" or "none"; left out, a kind's own: we call, we visit
    at             when it happened, aware; left out, now
    next_step      what to do next about the first record, and the day; both are set on that record
    mentions       ids of members who were named in it

    Raises Refused, NotFound, and InvalidValues also for what has not happened yet.
    """
    now = datetime.now(UTC)
    at = at or now
    if at > now + _CLOCKS_DIFFER:
        raise InvalidValues({"at": [FieldError("future", _("That has not happened yet. Plan it instead."))]})
    values = {
        "kind": kind,
        "subject": subject or subject_of(body),
        "body": body,
        "direction": direction or default_direction(kind),
        "about": about,
        "starts_at": at,
        "ends_at": at + timedelta(minutes=minutes) if minutes else None,
        "done_at": at,
        "minutes": minutes,
        "outcome": outcome,
        "place": place,
    }
    data = {"mentions": [str(member_id) for member_id in mentions]} if mentions else {}
    activity: Activity = create_record(object=ACTIVITY.name, values=values, by=by, data=data)
    if about and (next_step or next_step_on):
        set_next_step(about[0], next_step, next_step_on, by=by)
    return activity


@transaction.atomic
def plan_activity(
    *,
    kind: str,
    subject: str,
    by: Actor,
    about: Sequence[Key] = (),
    starts_at: datetime | None = None,
    minutes: int | None = None,
    due_at: datetime | None = None,
    remind_at: datetime | None = None,
    body: str = "",
    place: str | None = None,
    direction: str | None = None,
    owner: int | None = None,
    mentions: Sequence[int] = (),
) -> Activity:
    """Keep what is to be done: a to-do by a time, or a call, meeting or visit at a time.

    owner   the member who is to do it; left out, the actor. Raises Refused and InvalidValues.
    """
    values: dict[str, Any] = {
        "kind": kind,
        "subject": subject,
        "body": body,
        "direction": direction or default_direction(kind),
        "about": about,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=minutes) if starts_at and minutes else None,
        "due_at": due_at,
        "remind_at": remind_at,
        "minutes": minutes,
        "place": place,
    }
    if owner is not None:
        values["owner"] = owner
    data = {"mentions": [str(member_id) for member_id in mentions]} if mentions else {}
    activity: Activity = create_record(object=ACTIVITY.name, values=values, by=by, data=data)
    return activity


def finish_activity(
    activity: Activity,
    *,
    by: Actor,
    at: datetime | None = None,
    outcome: str | None = None,
    minutes: int | None = None,
) -> Activity:
    """Mark as done; what was done already stays as it was. Raises NotFound and Refused."""
    require(by, "finish", ACTIVITY)
    if activity.done_at:
        return activity
    values: dict[str, Any] = {"done_at": at or datetime.now(UTC)}
    if outcome:
        values["outcome"] = outcome
    if minutes:
        values["minutes"] = minutes
    return _changed(activity, values, by)


def reopen_activity(activity: Activity, *, by: Actor) -> Activity:
    """Take "done" back: it is to be done again. Raises NotFound and Refused."""
    require(by, "reopen", ACTIVITY)
    return _changed(activity, {"done_at": None}, by)


def move_activity(activity: Activity, *, to: datetime, by: Actor, minutes: int | None = None) -> Activity:
    """Move to another time: the start, or what is due, goes to `to`; length and reminder keep their distance.

    minutes   a new length. Raises NotFound, Refused and InvalidValues.
    """
    anchor = "starts_at" if activity.starts_at else "due_at"
    before = getattr(activity, anchor)
    values: dict[str, Any] = {anchor: to}
    if minutes is not None:
        values |= {"ends_at": to + timedelta(minutes=minutes), "minutes": minutes}
    elif activity.ends_at and before and anchor == "starts_at":
        values["ends_at"] = to + (activity.ends_at - before)
    if activity.remind_at and before:
        values["remind_at"] = to + (activity.remind_at - before)
    return _changed(activity, values, by)


@transaction.atomic
def remind_due(now: datetime, *, limit: int = 200) -> int:
    """State activity.reminded for reminders whose time has come, in the chosen workspace; returns how many.

    The mark and the fact are one transaction, so each is stated once, whoever is killed when. A reminder that
    is moved to a later time is due again.
    """
    due = list(
        Activity.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(remind_at__lte=now, done_at=None, archived_at=None)
        .filter(Q(reminded_at=None) | Q(reminded_at__lt=F("remind_at")))
        .order_by("remind_at")[:limit]
    )
    if due:
        by = system_actor(require_workspace_id(), "Guanxi")
        state_facts((_reminded(activity) for activity in due), by=by)
        Activity.objects.filter(pk__in=[one.pk for one in due]).update(reminded_at=F("remind_at"))
    return len(due)


def set_next_step(key: Key, text: str, due: date | None, *, by: Actor) -> Any:
    """Set what is to be done next on a record that has a place for it; returns the record.

    Raises NotFound, Refused, and InvalidValues for an object without next steps.
    """
    obj = registry.get(key[0])
    record = find_record(obj, key[1], by=by)
    if obj.next_step is None:
        raise InvalidValues({"next_step": [FieldError("unknown_field", _("This has no next step."))]})
    values: Mapping[str, Any] = {obj.next_step.text: text or None, obj.next_step.due: due}
    return change_record(record, values, by=by)


def default_direction(kind: str) -> str:
    """Which way an activity of a kind goes unless somebody says so."""
    return "out" if kind in {"call", "visit", "email", "message"} else "none"


def subject_of(body: str) -> str:
    """The first line of a text, as a title."""
    first = next((line.strip() for line in body.splitlines() if line.strip()), "")
    return first if len(first) <= _SUBJECT else f"{first[: _SUBJECT - 1].rstrip()}…"


def _reminded(activity: Activity) -> Draft:
    return Draft(
        object=ACTIVITY.name,
        verb="reminded",
        record_id=activity.pk,
        title=activity.subject,
        data={"owner": str(activity.owner_id) if activity.owner_id else None},
        about=activity.concerns(),
        version=activity.version,
    )


def _changed(activity: Activity, values: Mapping[str, Any], by: Actor) -> Activity:
    changed: Activity = change_record(activity, values, by=by)
    return changed
