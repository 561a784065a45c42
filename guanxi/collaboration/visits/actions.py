"""Verbs on the spot: check in where one stands, check out with the result, keep the place for next time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.collaboration.activities.actions import plan_activity
from guanxi.collaboration.activities.models import VISIT, Activity
from guanxi.collaboration.activities.objects import ACTIVITY
from guanxi.collaboration.visits.models import VisitPolicy
from guanxi.collaboration.visits.queries import customer_of, far_of, open_visit_of
from guanxi.platform.events.facts import state_fact
from guanxi.platform.i18n.dates import format_time
from guanxi.platform.i18n.positions import metres_between, parse_position
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.access import Refused, find_record, require
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.writing import change_record, settle_record

Key = tuple[str, int]


@transaction.atomic
def check_in(activity: Activity, *, by: Actor, position: Any = None, accuracy: Any = None) -> Activity:
    """The visit begins here and now; returns it anew.

    position   "latitude,longitude" as the browser told it; None: the place is not known, now and later
    accuracy   in metres, as the browser told it

    Only the one whose visit it is, once, and nowhere else at the same time: else Refused or InvalidValues.
    """
    require(by, "check_in", ACTIVITY)
    _take_turn(by)
    current = find_record(ACTIVITY, activity.pk, by=by, access="edit", lock=True)
    if by.member_id is None or current.owner_id != by.member_id:
        raise Refused(_("Only the one whose visit it is checks in."))
    if current.checked_in_at:
        raise _wrong(
            "checked_in_at",
            _("Checked in already, at %(time)s.") % {"time": format_time(current.checked_in_at)},
        )
    if not may_check_in(current, by):
        raise _wrong("kind", _("Only a visit that is still planned can be checked in."))
    elsewhere = open_visit_of(by.member_id)
    if elsewhere is not None:
        words = _("You are still checked in at “%(visit)s”. Check out there first.") % {"visit": elsewhere}
        raise _wrong("checked_in_at", words)
    values = _where(current, position, accuracy, by)
    values["checked_in_at"] = datetime.now(UTC)
    here: Activity = settle_record(current, values, by=by, verb="check_in", stated="checked_in")
    return here


@transaction.atomic
def check_in_at(
    key: Key, *, by: Actor, subject: str = "", position: Any = None, accuracy: Any = None
) -> Activity:
    """Check in at a customer where nothing was planned: the visit is planned for now, and begun."""
    visit = plan_activity(
        kind=VISIT, subject=subject or _("Visit"), about=[key], starts_at=datetime.now(UTC), by=by
    )
    return check_in(visit, by=by, position=position, accuracy=accuracy)


@transaction.atomic
def check_out(activity: Activity, *, by: Actor, outcome: Any = None, body: Any = None) -> Activity:
    """The visit is over, with what came of it; the minutes follow from the two times. Returns it anew.

    Raises Refused for somebody else's visit, and InvalidValues where nobody has checked in, or out already.
    """
    require(by, "check_out", ACTIVITY)
    current = find_record(ACTIVITY, activity.pk, by=by, access="edit", lock=True)
    if by.member_id is None or current.owner_id != by.member_id:
        raise Refused(_("Only the one whose visit it is checks out."))
    if not current.checked_in_at or current.checked_out_at:
        words = _("Checked out already.") if current.checked_out_at else _("Check in first.")
        raise _wrong("checked_out_at", words)
    values: dict[str, Any] = {"done_at": datetime.now(UTC)}
    if outcome:
        values["outcome"] = outcome
    if body:
        values["body"] = body
    done: Activity = change_record(current, values, by=by)
    return done


def keep_place(activity: Activity, *, by: Actor) -> Any:
    """The place of a check-in becomes the customer's position; returns the customer.

    Raises InvalidValues where there is no place, or the customer has a position; Refused, NotFound.
    """
    visit = find_record(ACTIVITY, activity.pk, by=by)
    customer = customer_of(visit, by=by)
    if customer is None or not visit.position:
        raise _wrong("position", _("The place of this visit is not known."))
    if customer.position:
        raise _wrong("position", _("%(name)s has a position already.") % {"name": customer})
    return change_record(customer, {"position": visit.position}, by=by)


def set_policy(*, far: int, by: Actor) -> VisitPolicy:
    """From how many metres on a check-in is far away. Raises Refused, and InvalidValues out of bounds."""
    if not by.administers:
        raise Refused("visit_policy.change")
    if not 10 <= far <= 100_000:
        raise _wrong("far", _("10 to 100,000 metres."))
    before = far_of()
    row = VisitPolicy.objects.first() or VisitPolicy(workspace_id=by.workspace_id)
    row.far = far
    row.save()
    if far != before:
        changes = {"far": [before, far]}
        state_fact("visit_policy", "changed", row.pk, by=by, title=_("Visits"), changes=changes)
    return row


def may_check_in(record: Any, by: Actor) -> bool:
    """Whether pages offer it: a visit of the actor's own that is still to come."""
    planned = record.kind == VISIT and not (record.checked_in_at or record.done_at or record.archived_at)
    return planned and record.owner_id is not None and record.owner_id == by.member_id


def may_check_out(record: Any, by: Actor) -> bool:
    """Whether pages offer it: the actor's own visit that has begun."""
    begun = bool(record.checked_in_at) and not record.checked_out_at and record.archived_at is None
    return begun and record.owner_id == by.member_id


def _take_turn(by: Actor) -> None:
    """Of two requests of one member the second waits, and sees what the first has done."""
    list(Member.objects.select_for_update(of=("self",)).filter(pk=by.member_id).values_list("pk"))


def _where(current: Activity, position: Any, accuracy: Any, by: Actor) -> dict[str, Any]:
    context, values = field_context(by), {}
    for name, given in (("position", position), ("accuracy", accuracy)):
        try:
            values[name] = ACTIVITY[name].clean(given, context)
        except FieldError as problem:
            raise InvalidValues({name: [problem]}) from None
    customer = customer_of(current, by=by) if values["position"] else None
    here = parse_position(values["position"] or "")
    there = parse_position(customer.position or "") if customer is not None else None
    return {**values, "distance": metres_between(here, there) if here and there else None}


def _wrong(name: str, words: str) -> InvalidValues:
    return InvalidValues({name: [FieldError("visit", words)]})
