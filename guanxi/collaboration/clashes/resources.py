"""Clashes over the API: reported, read, decided and withdrawn with the rights and words of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from guanxi.collaboration.clashes.actions import decide_clash, open_clash, withdraw_clash
from guanxi.collaboration.clashes.evidence import entries_of, works_of
from guanxi.collaboration.clashes.models import Clash
from guanxi.collaboration.clashes.policy import propose
from guanxi.collaboration.clashes.queries import (
    Precedent,
    clashes_of,
    find_clash,
    may_decide,
    named_to,
    policy_of,
    precedent_of,
    records_of,
    sees_all,
)
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound
from guanxi.platform.metadata.resources import (
    KEY,
    MAYBE,
    MOMENT,
    TEXT,
    WHOLE,
    YES,
    Call,
    Door,
    Resource,
    many_of,
    offer,
    one_of,
)
from guanxi.platform.records.titles import titles_of

State = Clash.State
COUNTS = ("active", "visits", "deals", "quotes", "owns")


def _list(call: Call) -> dict[str, Any]:
    state = call.asked.get("state", State.OPEN)
    if state not in State.values:
        raise NotFound(state)
    return {"data": [_told(one, call.by) for one in clashes_of(call.by, state=state)], "next": None}


def _open(call: Call) -> dict[str, Any]:
    name = call.sent["object"]
    if not registry.has(name):
        raise NotFound(name)
    ids = [min(int(one), 2**63 - 1) for one in call.sent["records"]]
    clash = open_clash(registry.get(name), ids, reason=call.sent.get("reason") or "", by=call.by)
    return _told(clash, call.by)


def _read(call: Call) -> dict[str, Any]:
    return _told(find_clash(call.id, by=call.by), call.by)


def _decide(call: Call) -> dict[str, Any]:
    clash, split = find_clash(call.id, by=call.by), call.sent.get("split")
    decided = decide_clash(
        clash,
        owner=call.key("owner"),
        split=None if split is None else _shares(split),
        note=call.sent.get("note") or "",
        keep=call.sent.get("keep", True),
        by=call.by,
    )
    return _told(decided, call.by)


def _withdraw(call: Call) -> dict[str, Any]:
    clash = withdraw_clash(find_clash(call.id, by=call.by), by=call.by)
    return _told(clash, call.by)


def _shares(split: Mapping[str, Any]) -> dict[int, int]:
    for member, percent in split.items():
        if not (member.isascii() and member.isdecimal() and len(member) < 20 and type(percent) is int):
            raise InvalidValues({"split": [FieldError("number", _("Write whole numbers."))]})
    return {int(member): percent for member, percent in split.items()}


def _told(clash: Clash, by: Actor) -> dict[str, Any]:
    """As the page tells it: the work of others and the proposal only to who sees every record of it, and who
    they are (`named_to`)."""
    named_here = named_to(clash, by)
    every, records = sees_all(clash, by), records_of(clash)
    refs = titles_of(((clash.object, one.pk) for one in records), by=by)
    works = works_of(clash, entries_of(clash), policy_of())
    proposal = propose(works, policy_of())
    told = [
        {
            "member": str(one.member_id),
            "first": one.first.isoformat() if one.first else None,
            **{name: getattr(one, name) for name in COUNTS},
        }
        for one in works
        if every or one.member_id == by.member_id
    ]
    given: dict[str, Any] | None = {
        "owner": str(proposal.owner_id),
        "split": {str(one): percent for one, percent in proposal.split.items()},
        "criterion": proposal.criterion,
    }
    pattern = proposal.pattern
    if clash.state == State.DECIDED:
        told = [one for one in clash.evidence if every or one["member"] == str(by.member_id)]
        given, pattern = {**clash.proposal, "owner": str(clash.proposal["owner"])}, clash.pattern
    known = precedent_of(clash, pattern, by=by) if every else None
    named = next((refs[key].title for one in records if (key := (clash.object, one.pk)) in refs), "")
    open_, decides = clash.state == State.OPEN, may_decide(clash, by)
    mine = by.member_id == clash.opened_by_id and by.in_scope("write", clash.object)
    return {
        "id": str(clash.pk),
        "object": clash.object,
        "title": named,
        "state": clash.state,
        "claimants": [str(one) if one in named_here else None for one in clash.claimants],
        "records": [
            {
                "record": str(one.pk) if (clash.object, one.pk) in refs else None,
                "owner": _key(one.owner_id) if one.owner_id in named_here else None,
            }
            for one in records
        ],
        "reason": clash.reason,
        "opened_by": _key(clash.opened_by_id),
        "opened_at": clash.opened_at.isoformat(),
        "evidence": told,
        "proposal": given if every else None,
        "precedents": _precedents(known) if known else None,
        "owner": _key(clash.owner_id),
        "split": clash.split,
        "note": clash.note,
        "decided_by": _key(clash.decided_by_id),
        "decided_at": clash.decided_at.isoformat() if clash.decided_at else None,
        "batch": _key(clash.batch_id) if every else None,
        "may_decide": open_ and decides,
        "may_withdraw": open_ and (decides or mine),
    }


def _precedents(known: Precedent) -> dict[str, Any]:
    between = [{"id": str(one.pk), "owner": _key(one.owner_id)} for one in known.between]
    return {"count": known.count, "as_proposed": known.followed, "between": between}


def _key(value: int | None) -> str | None:
    return str(value) if value else None


_SPLIT: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": WHOLE,
    "description": "member → percent",
}
_CLASH = one_of(
    {
        "id": TEXT,
        "object": TEXT,
        "title": TEXT,
        "state": {"enum": list(State.values)},
        "claimants": {"type": "array", "items": {**MAYBE, "description": "null: not told to you"}},
        "records": {
            "type": "array",
            "items": one_of({"record": {**MAYBE, "description": "null: not seen by you"}, "owner": MAYBE}),
        },
        "reason": TEXT,
        "opened_by": MAYBE,
        "opened_at": TEXT,
        "evidence": {
            "type": "array",
            "items": one_of({"member": TEXT, "first": MOMENT, **dict.fromkeys(COUNTS, WHOLE)}),
        },
        "proposal": {"type": ["object", "null"], "description": "owner, split, criterion"},
        "precedents": {"type": ["object", "null"], "description": "count, as_proposed, between (the same)"},
        "owner": MAYBE,
        "split": _SPLIT,
        "note": TEXT,
        "decided_by": MAYBE,
        "decided_at": MOMENT,
        "batch": {**MAYBE, "description": "what takes the decision back"},
        "may_decide": YES,
        "may_withdraw": YES,
    }
)

offer(
    Resource(
        "clashes",
        "members who meet on one customer: the evidence, the proposal, the decision",
        (
            Door(
                "GET", "", "list_clashes", "those that the caller claims in or may decide; ?state=decided",
                _list, many_of(_CLASH), asked={"state": {"enum": list(State.values)}},
            ),
            Door(
                "POST", "", "report_clash", "report that others claim this customer, too", _open, _CLASH,
                takes={
                    "object": TEXT,
                    "records": {"type": "array", "items": KEY, "maxItems": 5},
                    "reason": {"type": "string", "maxLength": 500},
                },
                needs=("object", "records"), status=201,
            ),
            Door("GET", "{id}", "read_clash", "one, with what each has done", _read, _CLASH),
            Door(
                "POST", "{id}/decision", "decide_clash", "give the customer to one of them", _decide, _CLASH,
                takes={
                    "owner": KEY, "split": _SPLIT, "note": {"type": "string", "maxLength": 1000},
                    "keep": {**YES, "description": "the others go on seeing and editing the records"},
                },
                needs=("owner",),
            ),
            Door("POST", "{id}/withdrawal", "withdraw_clash", "it was none", _withdraw, _CLASH),
        ),
    )
)  # fmt: skip
