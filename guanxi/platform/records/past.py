"""A record as it was: what it is now, with everything taken back that happened since."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import facts_of
from guanxi.platform.i18n.dates import format_date
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import DateTime
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import Veiled, veil
from guanxi.platform.metadata.rights import Masked


@dataclass(frozen=True, slots=True)
class Past:
    """A record at a moment. `record` is an instance that must not be saved.

    made       when it was made, if that was later; None where it existed
    archived   whether it was in the archive or the trash
    later      how many facts were stated since
    """

    record: Any
    made: datetime | None
    archived: bool
    later: int

    @property
    def existed(self) -> bool:
        return self.made is None


def moment_asked(text: str) -> datetime:
    """The moment that somebody asks for: an ISO moment, or a day for its end, in the member's zone.

    Of today it is as late as now. Raises FieldError for what is no day, for what has no moment in UTC or
    where the member is (before the year 1, after 9999), and for a day that is still to come.
    """
    try:
        # The day first: for what reads moments a bare day is its beginning.
        day = parse_date(text)
        moment = datetime.combine(day, time.max) if day else parse_datetime(text)
        if moment is not None:
            moment = moment if moment.tzinfo else timezone.make_aware(moment)
            then, now = timezone.localtime(moment.astimezone(UTC)), timezone.localtime()
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise FieldError("date", _("“%(value)s” is not a day.") % {"value": text[:40]})
    if then.date() > now.date():
        day_said = format_date(then.date(), year=True)
        raise FieldError("future", _("%(day)s is still to come.") % {"day": day_said})
    return min(moment, now)


def as_of(obj: Object, record: Any, moment: datetime) -> Past:
    """The record as its facts say it was then. What is hidden from the reader is left as
    `record` has it, and what a pool veils now is veiled as it was then."""
    then = copy.copy(record)
    then.custom = dict(record.custom)
    made: datetime | None = None
    archived, later = record.archived_at is not None, 0
    for fact in facts_of(obj.name, record.pk).filter(at__gt=moment).order_by("-id"):
        later += 1
        if fact.verb == "created":
            made = fact.at
        elif fact.verb in ("archived", "deleted"):
            archived = False
        elif fact.verb == "restored":
            archived = True
        for name, pair in fact.changes.items():
            field = obj.fields_by_name.get(name)
            if isinstance(field, Masked):
                before = field.masked(field.inner.from_json(pair[0]))
                then.blanked = {**(then.blanked or {}), name: before}
            elif field is not None:
                value = field.from_json(pair[0])
                veiled = isinstance(field, Veiled) and record.pool_id in field.pools
                field.put(then, veil(field, value) if veiled else value)
    for one in obj.fields:
        if isinstance(one, DateTime) and one.readonly and _happened_since(one.get(then), moment):
            one.put(then, None)
    return Past(then, made, archived, later)


def _happened_since(stamp: datetime | None, moment: datetime) -> bool:
    """Whether the product noted it after the moment without a fact, as when somebody was last spoken to."""
    return stamp is not None and moment < stamp <= datetime.now(UTC)
