"""Asking for a record, and deciding. What is answered never tells whether the record is there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record, reaches
from guanxi.platform.records.sharing.actions import may_share, share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.sharing.models import AccessRequest, Grantee

MOST_OPEN = 20
OPEN_FOR = timedelta(days=90)  # then nobody is asked any more, and one may ask again
SAYS = 300


@transaction.atomic
def ask_access(obj: Object, record_id: int, *, by: Actor, writes: bool = False, reason: str = "") -> None:
    """Ask whoever owns a record to open it. Says nothing, whether there is such a record or not.

    What is not there is kept as well: who asked finds it among their requests, which tells them nothing, and
    nobody else hears of it. Not kept is what the actor reaches anyway, what is of an object that the role
    does not grant, and what goes beyond 20 open requests of one member. Raises InvalidValues for a key that
    no record can have, and for an object whose records have no owner who could be asked.
    """
    if not 0 < record_id < 2**63:
        raise no_record("record")
    if not obj.owned:
        words = _("Nobody in particular owns %(objects)s: ask an administrator.")
        raise InvalidValues({"object": [FieldError("unowned", words % {"objects": obj.plural_label})]})
    if by.member_id is None or not by.may("see", obj.name):
        return
    record = obj.rows().filter(pk=record_id).first()
    if record is not None and reaches(obj, record, by, access="edit" if writes else "see"):
        return
    if writes and not by.may("change", obj.name):
        return
    mine = AccessRequest.objects.filter(member_id=by.member_id, decided_at=None)
    mine.filter(object=obj.name, record_id=record_id, created_at__lte=timezone.now() - OPEN_FOR).delete()
    mine = mine.filter(created_at__gt=timezone.now() - OPEN_FOR)
    if mine.filter(object=obj.name, record_id=record_id).exists() or mine.count() >= MOST_OPEN:
        return
    deciders = _deciders(obj, record) if record is not None else []
    asked = AccessRequest(
        object=obj.name,
        record_id=record_id,
        member_id=by.member_id,
        asked_of=deciders[0] if deciders else None,
        writes=writes,
        reason=" ".join(reason.split())[:SAYS],
    )
    asked.save()
    if record is None:
        return
    data = {
        "of": [str(one) for one in deciders], "object": obj.name, "record": str(record_id),
        "reason": asked.reason, "writes": writes,
    }  # fmt: skip
    state_fact("access_request", "asked", asked.pk, by=by, title=str(record), data=data)


def no_record(name: str) -> InvalidValues:
    """For what was said under this name and leads to no record, whoever looks."""
    words = _("This leads to no record. Nobody was asked: paste the address of the record's page.")
    return InvalidValues({name: [FieldError("no_record", words)]})


@transaction.atomic
def decide_request(
    request_id: int,
    *,
    granted: bool,
    by: Actor,
    writes: bool = False,
    until: datetime | None = None,
    answer: str = "",
) -> AccessRequest:
    """Open the record to who asked, or say why not. Who was decided about already stays as it is.

    Raises NotFound for who may not decide, InvalidValues for a moment that is over.
    """
    asked, record = find_request(request_id, by=by)
    if asked.decided_at is not None:
        return asked
    if granted:
        to = To(Grantee.MEMBER, asked.member_id)
        share_record(record, to=to, by=by, writes=writes, until=until)
    asked.decided_at, asked.decided_by_id, asked.granted = timezone.now(), by.member_id, granted
    asked.answer = " ".join(answer.split())[:SAYS]
    asked.save()
    data = {
        "member": str(asked.member_id), "answer": asked.answer, "object": asked.object,
        "record": str(asked.record_id),
    }  # fmt: skip
    verb = "granted" if granted else "refused"
    state_fact("access_request", verb, asked.pk, by=by, title=str(record) if granted else "", data=data)
    return asked


def find_request(request_id: int, *, by: Actor) -> tuple[AccessRequest, Any]:
    """A request and its record, for who decides about it. Raises NotFound for everybody else."""
    asked: AccessRequest | None = AccessRequest.objects.filter(pk=request_id).first()
    if asked is None or not registry.has(asked.object):
        raise NotFound(f"access_request {request_id}")
    obj = registry.get(asked.object)
    record = find_record(obj, asked.record_id, by=by)
    if not may_share(obj, record, by) or asked.member_id in (by.member_id, by.hand_id):
        raise NotFound(f"access_request {request_id}")
    return asked, record


def requests_to(by: Actor) -> list[tuple[AccessRequest, Any]]:
    """What waits for this member's decision, with the records."""
    found = []
    recent = timezone.now() - OPEN_FOR
    for asked in AccessRequest.objects.filter(decided_at=None, created_at__gt=recent).order_by("-pk")[:50]:
        try:
            found.append(find_request(asked.pk, by=by))
        except (NotFound, Refused):
            continue
    return found


def requests_by(by: Actor) -> list[AccessRequest]:
    """What this member asked for, the newest first."""
    return list(AccessRequest.objects.filter(member_id=by.member_id).order_by("-pk")[:50])


def _deciders(obj: Object, record: Any) -> list[int]:
    """The owner; where nobody who works here owns it, those who administer the workspace."""
    working = Member.objects.filter(left_at=None, user__deactivated_at=None)
    if record.owner_id and working.filter(pk=record.owner_id).exists():
        return [record.owner_id]
    return list(working.filter(role__administers=True).values_list("pk", flat=True))
