"""Delegation for a time over the API: given, read and ended with the rights of the page.

To act for another is a matter of a signed-in session, and no token does. A token gives away as much as its
member has, so it must itself reach everything.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.actions.delegations import (
    begin_of,
    delegate,
    delegations_of,
    end_delegation,
    may_end,
)
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Delegation, Member
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.resources import (
    KEY,
    MAYBE,
    MOMENT,
    TEXT,
    YES,
    Call,
    Door,
    Resource,
    Schema,
    many_of,
    offer,
    one_of,
)

DAY: Schema = {"type": "string", "format": "date", "maxLength": 10}


def _list(call: Call) -> dict[str, Any]:
    if not call.by.in_scope("read", "member"):
        raise Refused("delegation.see")
    return {"data": [_told(one, call.by) for one in delegations_of(call.by)], "next": None}


def _give(call: Call) -> dict[str, Any]:
    by, sent = call.by, call.sent
    member, to = _member(call, "member", by.member_id or 0), _member(call, "to", 0)
    try:
        made = delegate(
            member=member,
            to=to,
            starts_at=begin_of(sent["from"]),
            ends_at=begin_of(sent["until"], after=1),
            note=sent.get("note") or "",
            by=by,
        )
    except PermissionDenied as problem:
        raise Refused("delegation.give") from problem
    except ValidationError as problem:
        raise InvalidValues({"": [FieldError("delegation", one) for one in problem.messages]}) from problem
    return _told(made, by)


def _read(call: Call) -> dict[str, Any]:
    if not call.by.in_scope("read", "member"):
        raise Refused("delegation.see")
    return _told(_found(call), call.by)


def _end(call: Call) -> dict[str, Any]:
    found = _found(call)
    try:
        end_delegation(delegation=found, by=call.by)
    except PermissionDenied as problem:
        raise Refused("delegation.end") from problem
    return _told(_found(call), call.by)


def _found(call: Call) -> Delegation:
    """One of the caller's, or of anybody's for administrators; raises NotFound."""
    found = next(iter(delegations_of(call.by, pk=call.id)), None)
    if found is None:
        raise NotFound(f"delegation {call.id}")
    return found


def _member(call: Call, name: str, otherwise: int) -> Member:
    rows = Member.objects.select_related("user", "workspace")
    found: Member | None = rows.filter(pk=call.key(name) or otherwise).first()
    if found is None:
        said = _("Choose somebody else who works here.")
        raise InvalidValues({name: [FieldError("member", said)]})
    return found


def _told(one: Delegation, by: Actor) -> dict[str, Any]:
    last = one.ends_at - timedelta(seconds=1)
    return {
        "id": str(one.pk),
        "member": str(one.member_id),
        "to": str(one.delegate_id),
        "from": timezone.localdate(one.starts_at).isoformat(),
        "until": timezone.localdate(last).isoformat(),
        "note": one.note,
        "state": one.state,
        "given_by": str(one.created_by_id) if one.created_by_id else None,
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
        "may_end": one.state != "over" and may_end(one, by),
    }


_DELEGATION = one_of(
    {
        "id": TEXT, "member": {**TEXT, "description": "whose reach it is"},
        "to": {**TEXT, "description": "who acts with it"}, "from": DAY,
        "until": {**DAY, "description": "the last day"}, "note": TEXT,
        "state": {"enum": ["planned", "running", "over"]}, "given_by": MAYBE, "ended_at": MOMENT,
        "may_end": YES,
    }
)  # fmt: skip


def offer_delegations() -> None:
    """Serve it from now on."""
    doors = (
        Door(
            "GET", "", "list_delegations", "the caller's of the last 90 days, everybody's for administrators",
            _list, many_of(_DELEGATION),
        ),
        Door(
            "POST", "", "give_delegation", "let another act with one's reach; administrators: with anybody's",
            _give, _DELEGATION, status=201,
            takes={"member": KEY, "to": KEY, "from": DAY, "until": DAY, "note": {**TEXT, "maxLength": 200}},
            needs=("to", "from", "until"),
        ),
        Door("GET", "{id}", "read_delegation", "one", _read, _DELEGATION),
        Door("POST", "{id}/ending", "end_delegation", "at once, by either of the two", _end, _DELEGATION),
    )  # fmt: skip
    offer(Resource("delegations", "who acts for a time with the reach of another", doors))
