"""What the composer of a record page sends, read and done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from guanxi.collaboration.activities.actions import log_activity, plan_activity, set_next_step, subject_of
from guanxi.collaboration.activities.letters import send_letter
from guanxi.collaboration.activities.mentions import mentioned
from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.activities.objects import KINDS
from guanxi.collaboration.readers import sees
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.i18n.when import When, parse_when
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import MemberRef
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.contexts import field_context

Key = tuple[str, int]

COMPOSED = ("note", "call", "meeting", "visit", "email", "message", "todo")


@dataclass(frozen=True, slots=True)
class Composed:
    """What came of it: the activity, the reminder that was asked for, and those who could not be told."""

    activity: Activity
    reminder: Activity | None
    not_told: list[MemberRef]


def compose(given: Mapping[str, str], key: Key, *, by: Actor) -> Composed:
    """Do what was written on the page of the record `key`; call it inside a transaction.

    given   kind, body, direction, at, minutes, outcome, due, next_step, next_step_on, remind, remind_text,
            to, subject: as typed; times in words. A call, meeting or visit with a time ahead is planned, else
            it is logged. An email is sent, with answers to whoever writes it, and logged.

    Raises InvalidValues by the names of the composer's fields, Refused and NotFound.
    """
    body = given.get("body", "").strip()
    kind = given.get("kind", "note")
    if kind not in COMPOSED:
        raise InvalidValues({"kind": [FieldError("choice", _("There is no such kind."))]})
    if not body and kind in ("note", "todo", "message", "email"):
        raise InvalidValues({"body": [FieldError("required", _("Write something first."))]})
    now = datetime.now(UTC)
    at = _moment(given, "at", now, by)
    named = mentioned(body)
    sent = send_letter(given, body, by=by) if kind == "email" else ""
    words: dict[str, Any] = {
        "subject": sent or subject_of(body) or _kind_label(kind),
        "body": body,
        "direction": "out" if sent else given.get("direction") or None,
    }
    mentions = [member.id for member in named]
    if kind == "todo" or (at and at.at > now):
        due = _moment(given, "due", now, by)
        activity = plan_activity(
            kind=kind,
            about=[key],
            by=by,
            starts_at=at.at if at and kind != "todo" else None,
            due_at=due.at if due and kind == "todo" else None,
            remind_at=due.at if due and due.timed and kind == "todo" else None,
            minutes=_minutes(given),
            mentions=mentions,
            **words,
        )
        _plan_next(given, key, now, by)
    else:
        next_on = _moment(given, "next_step_on", now, by)
        activity = log_activity(
            kind=kind,
            about=[key],
            by=by,
            at=at.at if at else None,
            minutes=_minutes(given),
            outcome=given.get("outcome") or None,
            next_step=given.get("next_step", "").strip(),
            next_step_on=next_on.at.date() if next_on else None,
            mentions=mentions,
            **words,
        )
    return Composed(activity, _reminder(given, key, by), [one for one in named if not sees(one.id, key)])


def _plan_next(given: Mapping[str, str], key: Key, now: datetime, by: Actor) -> None:
    due = _moment(given, "next_step_on", now, by)
    text = given.get("next_step", "").strip()
    if text or due:
        set_next_step(key, text, due.at.date() if due else None, by=by)


def _reminder(given: Mapping[str, str], key: Key, by: Actor) -> Activity | None:
    """The to-do for a promise that was found in the text and whose box was ticked."""
    if not given.get("remind"):
        return None
    try:
        at = datetime.fromisoformat(given["remind"])
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    text = given.get("remind_text", "").strip() or _("Reminder")
    return plan_activity(kind="todo", subject=subject_of(text), about=[key], due_at=at, remind_at=at, by=by)


def _moment(given: Mapping[str, str], name: str, now: datetime, by: Actor) -> When | None:
    """A time in words, in the actor's zone; None where nothing was typed."""
    text = given.get(name, "").strip()
    if not text:
        return None
    when = parse_when(text, now, ZoneInfo(by.timezone), country=field_context(by).country)
    if when is None:
        message = _("“%(value)s” is no time that I understand. Try “tomorrow 15:00”.") % {"value": text[:40]}
        raise InvalidValues({name: [FieldError("datetime", message)]})
    return when


def _minutes(given: Mapping[str, str]) -> int | None:
    text = given.get("minutes", "").strip()
    if not text:
        return None
    if read_whole(text, least=1, most=24 * 60) is None:
        raise InvalidValues({"minutes": [FieldError("integer", _("Minutes are a number up to 1440."))]})
    return int(text)


def _kind_label(kind: str) -> str:
    return next(str(option.label) for option in KINDS if option.value == kind)
