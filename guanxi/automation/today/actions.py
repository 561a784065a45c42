"""What can be done with a row of Today: done, later, and both taken back."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.automation.today.learning import note_answer, take_back_answer
from guanxi.automation.today.models import Answer, Snooze
from guanxi.automation.today.rules import RULES
from guanxi.platform.i18n.when import parse_when
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.access import NotFound, find_record, reaches
from guanxi.platform.records.writing import assign_record, change_record

RESTS_AFTER_DONE = timedelta(days=7)
RESTS_AFTER_WAVING = timedelta(days=30)
LONGEST = timedelta(days=366)


@transaction.atomic
def finish_row(*, rule: str, object: str, record_id: int, by: Actor) -> Any:
    """Mark a row as done; returns the record, `last_fact_id` names the fact that can be undone, if any.

    A next step is cleared, a promise or meeting finished; where there is nothing to change in the record,
    or it is not the actor's to change, the row rests for a week. Raises NotFound.
    """
    obj, record = _found(rule, object, record_id, by)
    record.last_fact_id = None
    note_answer(rule=rule, object=object, record_id=record_id, kind=Answer.Kind.DONE, by=by)
    if reaches(obj, record, by, access="edit"):
        if rule == "next_step" and obj.next_step and by.may("change", obj.name):
            return change_record(record, {obj.next_step.text: None, obj.next_step.due: None}, by=by)
        finishing = next((verb for verb in obj.verbs if verb.name == "finish"), None)
        if rule in ("promise", "meeting") and finishing and by.may(finishing.name, obj.name):
            return finishing.run(record, {}, by=by)
    _rest(rule, object, record_id, by, Snooze.Kind.DONE, datetime.now(UTC) + RESTS_AFTER_DONE)
    return record


@transaction.atomic
def wave_away(*, rule: str, object: str, record_id: int, by: Actor) -> Any:
    """The row is not needed: it rests for a month, and Today learns from it. Raises NotFound."""
    _obj, record = _found(rule, object, record_id, by)
    _rest(rule, object, record_id, by, Snooze.Kind.WAVED, datetime.now(UTC) + RESTS_AFTER_WAVING)
    note_answer(rule=rule, object=object, record_id=record_id, kind=Answer.Kind.WAVED, by=by)
    return record


@transaction.atomic
def hand_over(*, rule: str, object: str, record_id: int, to: int, by: Actor) -> Any:
    """Give the record of a row to another member; `last_fact_id` names the fact that can be undone.

    Raises NotFound, Refused, and InvalidValues for nobody who works here.
    """
    obj, record = _found(rule, object, record_id, by)
    member = Member.objects.filter(pk=to, left_at=None).select_related("user").first()
    if not obj.owned or member is None:
        raise InvalidValues({"owner": [FieldError("member", _("There is no such member."))]})
    done = assign_record(record, to=member, by=by)
    note_answer(rule=rule, object=object, record_id=record_id, kind=Answer.Kind.HANDED, by=by)
    return done


@transaction.atomic
def postpone_row(*, rule: str, object: str, record_id: int, until: str, by: Actor) -> datetime:
    """Put a row off until a moment in words ("tomorrow", 下周三, "1h"); returns the moment.

    Raises NotFound, and FieldError for words that name no moment in the next year.
    """
    _found(rule, object, record_id, by)
    moment = _moment(until, by)
    _rest(rule, object, record_id, by, Snooze.Kind.LATER, moment)
    note_answer(rule=rule, object=object, record_id=record_id, kind=Answer.Kind.LATER, by=by)
    return moment


def wake_row(*, rule: str, object: str, record_id: int, by: Actor) -> None:
    """Take back what `finish_row`, `wave_away` or `postpone_row` put to rest."""
    take_back_answer(rule=rule, object=object, record_id=record_id, by=by)
    Snooze.objects.filter(member_id=by.member_id, rule=rule, object=object, record_id=record_id).delete()


def _found(rule: str, object: str, record_id: int, by: Actor) -> tuple[Any, Any]:
    if rule not in RULES or not registry.has(object):
        raise NotFound(f"{rule} {object}")
    obj = registry.get(object)
    return obj, find_record(obj, record_id, by=by)


def _rest(rule: str, object: str, record_id: int, by: Actor, kind: Snooze.Kind, until: datetime) -> None:
    Snooze.objects.filter(member_id=by.member_id, rule=rule, object=object, record_id=record_id).delete()
    Snooze.objects.create(
        member_id=by.member_id, rule=rule, object=object, record_id=record_id, kind=kind, until=until
    )


def _moment(words: str, by: Actor) -> datetime:
    zone = ZoneInfo(by.timezone)
    now = datetime.now(UTC).astimezone(zone)
    morning = time(9)
    known = {
        "1h": now + timedelta(hours=1),
        "afternoon": datetime.combine(now.date(), time(14), zone),
        "tomorrow": datetime.combine(now.date() + timedelta(days=1), morning, zone),
        "week": datetime.combine(now.date() + timedelta(days=7 - now.weekday()), morning, zone),
    }
    moment = known.get(words)
    if moment is None:
        said = parse_when(words[:80], now, zone)
        if said:
            moment = said.at if said.timed else datetime.combine(said.at.date(), morning, zone)
    if moment is None or not now < moment < now + LONGEST:
        raise FieldError("when", _("“%(words)s” is no time in the coming year.") % {"words": words[:40]})
    return moment.astimezone(UTC)
