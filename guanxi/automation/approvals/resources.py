"""Requests for approval over the API: the same list, the same line and the same verbs as on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from guanxi.automation.approvals import actions
from guanxi.automation.approvals.models import ApprovalRemark, ApprovalRequest, Signature
from guanxi.automation.approvals.people import stood_for
from guanxi.automation.approvals.telling import tell
from guanxi.automation.approvals.words import step_title
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import NotFound, Refused
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
from guanxi.platform.records.access import find_record

PER_PAGE = 50
SCOPES = ("waiting", "asked", "all")


def waiting_for(by: Actor) -> QuerySet[ApprovalRequest]:
    """Open requests that the actor can answer now, oneself or as a stand-in."""
    mine = Signature.objects.filter(member_id__in=stood_for(by), state="open").values("request_id")
    found: QuerySet[ApprovalRequest] = ApprovalRequest.objects.filter(pk__in=mine, state="open")
    return found


def requests_in(scope: str, by: Actor) -> QuerySet[ApprovalRequest]:
    """Those of a list, rights aside: `waiting` for the actor, `asked` by them, `all` for administrators.

    Raises NotFound for a list that is none, Refused for `all`.
    """
    if scope not in SCOPES:
        raise NotFound(scope)
    if scope == "waiting":
        return waiting_for(by)
    found: QuerySet[ApprovalRequest] = ApprovalRequest.objects.all()
    if scope == "asked":
        return found.filter(asked_by_id=by.member_id or 0)
    if not by.administers:
        raise Refused("approval.see_all")
    return found


def _list(call: Call) -> dict[str, Any]:
    by = call.by
    if call.asked.get("record"):
        name = call.asked.get("object", "")
        if not registry.has(name):
            raise NotFound(name)
        record = find_record(registry.get(name), call.key("record"), by=by)
        rows: QuerySet[ApprovalRequest] = ApprovalRequest.objects.filter(object=name, record_id=record.pk)
    else:
        rows = requests_in(call.asked.get("scope", "waiting"), by)
    if before := call.key("before"):
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("process").order_by("-pk")[: PER_PAGE + 1])
    more = len(found) > PER_PAGE
    return {
        "data": _json(found[:PER_PAGE], by),
        "next": str(found[PER_PAGE - 1].pk) if more else None,
    }


def _ask(call: Call) -> dict[str, Any]:
    if not registry.has(call.sent["object"]):
        raise NotFound(call.sent["object"])
    made = actions.ask_by_hand(registry.get(call.sent["object"]), call.key("record"), by=call.by)
    return _one(made.pk, call.by)


def _read(call: Call) -> dict[str, Any]:
    return _one(call.id, call.by)


def _approve(call: Call) -> dict[str, Any]:
    return _one(actions.sign(call.id, by=call.by, words=call.sent.get("words") or "").pk, call.by)


def _reject(call: Call) -> dict[str, Any]:
    return _one(actions.reject(call.id, by=call.by, words=call.sent["words"]).pk, call.by)


def _return(call: Call) -> dict[str, Any]:
    step = call.sent["step"] - 1
    return _one(actions.return_to(call.id, step, by=call.by, words=call.sent["words"]).pk, call.by)


def _add_signer(call: Call) -> dict[str, Any]:
    before, words = call.sent.get("place") != "after", call.sent.get("words") or ""
    member = call.key("member")
    return _one(actions.add_signer(call.id, member, by=call.by, before=before, words=words).pk, call.by)


def _hand_over(call: Call) -> dict[str, Any]:
    return _one(actions.hand_over(call.id, call.key("member"), by=call.by).pk, call.by)


def _withdraw(call: Call) -> dict[str, Any]:
    return _one(actions.withdraw(call.id, by=call.by).pk, call.by)


def _remark(call: Call) -> dict[str, Any]:
    actions.remark(call.id, call.sent["words"], by=call.by)
    return _one(call.id, call.by)


def _one(request_id: int, by: Actor) -> dict[str, Any]:
    row = ApprovalRequest.objects.filter(pk=request_id).select_related("process").first()
    found = _json([row], by) if row is not None else []
    if not found:
        raise NotFound(f"approval {request_id}")
    return found[0]


def _json(rows: list[ApprovalRequest], by: Actor) -> list[dict[str, Any]]:
    """Those whose records the caller sees; names and rights are those of the page."""
    told = {one.id: one for one in tell(rows, by=by)}
    shown = [one for one in rows if one.pk in told]
    lines: dict[int, list[Signature]] = {one.pk: [] for one in shown}
    for row in Signature.objects.filter(request__in=shown).order_by("round", "step", "place", "pk"):
        lines[row.request_id].append(row)
    remarks: dict[int, list[ApprovalRemark]] = {one.pk: [] for one in shown}
    for each in ApprovalRemark.objects.filter(request__in=shown).order_by("pk"):
        remarks[each.request_id].append(each)
    writes = {one.object: by.in_scope("write", one.object) for one in shown}
    return [
        {
            "id": str(one.pk),
            "object": one.object,
            "record": str(one.record_id),
            "title": one.title,
            "process": told[one.pk].process or None,
            "state": one.state,
            "reasons": one.reasons,
            "asked_by": _key(one.asked_by_id),
            "asked_at": one.asked_at.isoformat(),
            "ended_at": one.ended_at.isoformat() if one.ended_at else None,
            "stuck": one.stuck_at is not None,
            "round": one.round,
            "step": one.step + 1,
            "steps": [step_title(one.recipe, at) for at in range(len(one.recipe.get("steps", ())))],
            "may": sorted(
                name for name, able in told[one.pk].can.items() if able and writes[one.object]
            ),
            "signatures": [_signature(row) for row in lines[one.pk]],
            "remarks": [
                {"member": _key(each.member_id), "text": each.text, "at": each.at.isoformat()}
                for each in remarks[one.pk]
            ],
        }
        for one in shown
    ]  # fmt: skip


def _signature(row: Signature) -> dict[str, Any]:
    return {
        "member": _key(row.member_id),
        "hand": _key(row.hand_id),
        "round": row.round,
        "step": row.step + 1,
        "kind": row.kind or None,
        "state": row.state,
        "words": row.words,
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
    }


def _key(value: int | None) -> str | None:
    return str(value) if value else None


_SIGNATURE = one_of(
    {
        "member": MAYBE,
        "hand": {**MAYBE, "description": "who signed in their place"},
        "round": WHOLE,
        "step": WHOLE,
        "kind": {**MAYBE, "description": "before, after: added by another signer"},
        "state": {"enum": list(Signature.State.values)},
        "words": TEXT,
        "decided_at": MOMENT,
    }
)
_APPROVAL = one_of(
    {
        "id": TEXT,
        "object": TEXT,
        "record": TEXT,
        "title": TEXT,
        "process": MAYBE,
        "state": {"enum": list(ApprovalRequest.State.values)},
        "reasons": {"type": "array", "items": TEXT},
        "asked_by": MAYBE,
        "asked_at": TEXT,
        "ended_at": MOMENT,
        "stuck": {**YES, "description": "nobody is left who can be asked"},
        "round": WHOLE,
        "step": {**WHOLE, "description": "the one that is asked, from 1"},
        "steps": {"type": "array", "items": TEXT},
        "may": {"type": "array", "items": {"enum": ["answer", "hand_over", "remark", "withdraw"]}},
        "signatures": {"type": "array", "items": _SIGNATURE},
        "remarks": {"type": "array", "items": one_of({"member": MAYBE, "text": TEXT, "at": TEXT})},
    }
)
_WORDS: Mapping[str, Any] = {"type": "string", "maxLength": 500}
_STEP: Mapping[str, Any] = {"type": "integer", "minimum": 1, "maximum": 100}

offer(
    Resource(
        "approvals",
        "what waits for somebody's yes: the requests that the caller may see, and the answers to them",
        (
            Door(
                "GET", "", "list_approvals", "what waits for the caller; ?scope=asked, all; or of a record",
                _list, many_of(_APPROVAL),
                asked={"scope": {"enum": list(SCOPES)}, "object": TEXT, "record": KEY, "before": KEY},
            ),
            Door(
                "POST", "", "ask_approval", "ask for the approval of a record", _ask, _APPROVAL,
                takes={"object": TEXT, "record": KEY}, needs=("object", "record"), status=201,
            ),
            Door("GET", "{id}", "read_approval", "one, with everybody in its line", _read, _APPROVAL),
            Door(
                "POST", "{id}/approval", "approve_request", "yes", _approve, _APPROVAL,
                takes={"words": _WORDS},
            ),
            Door(
                "POST", "{id}/rejection", "reject_request", "no, with the reason", _reject, _APPROVAL,
                takes={"words": _WORDS}, needs=("words",),
            ),
            Door(
                "POST", "{id}/return", "return_request", "once more from an earlier step", _return, _APPROVAL,
                takes={"step": _STEP, "words": _WORDS}, needs=("step", "words"),
            ),
            Door(
                "POST", "{id}/signer", "add_signer", "one more signer beside oneself", _add_signer, _APPROVAL,
                takes={"member": KEY, "place": {"enum": ["before", "after"]}, "words": _WORDS},
                needs=("member",),
            ),
            Door(
                "POST", "{id}/withdrawal", "withdraw_request", "by who has asked", _withdraw, _APPROVAL,
            ),
            Door(
                "POST", "{id}/handover", "hand_over_request", "by administrators: who is asked instead",
                _hand_over, _APPROVAL, takes={"member": KEY}, needs=("member",),
            ),
            Door(
                "POST", "{id}/remark", "remark_on_request", "a word without deciding", _remark, _APPROVAL,
                takes={"words": {"type": "string", "maxLength": 1000}}, needs=("words",),
            ),
        ),
    )
)  # fmt: skip
