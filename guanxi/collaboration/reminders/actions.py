"""“In 4 months, on the working day”: a reminder of a record."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.collaboration.activities.actions import plan_activity
from guanxi.collaboration.activities.models import Activity
from guanxi.platform.i18n.when import parse_when
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.access import find_record
from guanxi.platform.records.contexts import field_context

Key = tuple[str, int]

MORNING = time(9)
LONGEST = timedelta(days=3660)


@transaction.atomic
def remind_of(key: Key, *, when: str, text: str = "", by: Actor) -> Activity:
    """A to-do of the actor's own about a record, which rings at that moment; returns it.

    when   in words, in the actor's zone: a day without a time is its morning, today without one in an hour
    text   what to do; left out, to get back to it. The same asked twice is one reminder

    Raises NotFound, Refused, and InvalidValues for words that name no moment ahead.
    """
    record = find_record(registry.get(key[0]), key[1], by=by)
    at = moment_of(when, by=by)
    subject = " ".join(text.split())[:300] or _("Get back to %(name)s") % {"name": str(record)[:200]}
    list(Member.objects.select_for_update(of=("self",)).filter(pk=by.member_id).values_list("pk"))
    same = Activity.objects.filter(
        owner_id=by.member_id, kind="todo", remind_at=at, subject=subject, done_at=None, archived_at=None
    )
    known: Activity | None = next((one for one in same if list(key) in one.about), None)
    if known is not None:
        return known
    return plan_activity(kind="todo", subject=subject, about=[key], due_at=at, remind_at=at, by=by)


def moment_of(when: str, *, by: Actor) -> datetime:
    """The minute that words mean to the actor, in UTC; raises InvalidValues for none that lies ahead."""
    context = field_context(by)
    zone = ZoneInfo(by.timezone)
    said = parse_when(when.strip()[:80], context.now, zone, country=context.country)
    if said is None:
        message = _("“%(value)s” is no time that I understand. Try “tomorrow 15:00”.") % {"value": when[:40]}
        raise InvalidValues({"when": [FieldError("datetime", message)]})
    at = said.at if said.timed else datetime.combine(said.at.date(), MORNING, zone)
    if not said.timed and at <= context.now and at.date() == context.now.astimezone(zone).date():
        at = context.now + timedelta(hours=1)
    at = at.astimezone(UTC).replace(second=0, microsecond=0)
    if not context.now < at < context.now + LONGEST:
        words = _("A reminder lies ahead, and not more than ten years.")
        raise InvalidValues({"when": [FieldError("range", words)]})
    return at
