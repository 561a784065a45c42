"""What can be done to a request: ask, sign, return, add a signer, withdraw, remark, hand over, remind.

Each is one transaction in which the request is locked: who signs twice at once signs once. To be asked is the
permission: whoever stands open in the line signs, whatever their role may do with such records otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.automation.approvals.line import LIVE, Line
from guanxi.automation.approvals.models import (
    ApprovalProcess,
    ApprovalRemark,
    ApprovalRequest,
    Signature,
)
from guanxi.automation.approvals.people import is_author, may_sign, stand_ins, stood_for
from guanxi.automation.approvals.processes import process_for
from guanxi.automation.approvals.recipe import WITHOUT_PROCESS
from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor, Grant, Reach
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.objects import Object, Verb
from guanxi.platform.records.access import find_record

State = ApprovalRequest.State
VERB_OF = {State.APPROVED: "approve", State.REJECTED: "reject", State.WITHDRAWN: "withdraw"}
MOST_REMINDERS = 10


@transaction.atomic
def ask(
    record: Any,
    *,
    by: Actor,
    process: ApprovalProcess | None = None,
    reasons: Sequence[str] = (),
    asked_by: int | None = None,
) -> ApprovalRequest:
    """Begin to ask for the approval of a record; returns the request, which may be decided at once.

    process   left out, the first that applies; without any, whoever may approve such a record
    reasons   why it needs an approval, in words, for those who are asked
    Raises InvalidValues where it waits for one already.
    """
    obj = registry.get(record.object_name)
    if open_request(obj.name, record.pk) is not None:
        raise InvalidValues({"status": [FieldError("open", _("It waits for an approval already."))]})
    process = process or process_for(obj, record)
    request = ApprovalRequest(
        workspace_id=by.workspace_id,
        process=process,
        recipe=process.recipe if process is not None else WITHOUT_PROCESS,
        object=obj.name,
        record_id=record.pk,
        title=str(record)[:300],
        reasons=list(reasons),
        asked_by_id=asked_by or by.member_id,
        asked_at=timezone.now(),
    )
    request.save(force_insert=True)
    line = Line(request, obj, record)
    line.begin()
    _told(line, "asked", by=by)
    if line.over:
        _end(line, State.APPROVED, by=by)
    return request


@transaction.atomic
def ask_by_hand(obj: Object, record_id: int, *, by: Actor) -> ApprovalRequest:
    """From the page of a record: by its own verb where the noun has one, else by the process that applies."""
    record = find_record(obj, record_id, by=by, access="edit", lock=True)
    if not by.in_scope("write", obj.name):
        raise Refused(f"{obj.name}:write")
    submit = verb_of(obj, "submit")
    if submit is not None:
        raise NotFound(f"{obj.name} is submitted by its own verb")
    if process_for(obj, record) is None:
        said = _("No process of approval applies to this record as it is.")
        raise InvalidValues({"record": [FieldError("process", said)]})
    return ask(record, by=by)


@transaction.atomic
def sign(request_id: int, *, by: Actor, words: str = "") -> ApprovalRequest:
    """Yes, from whoever is asked now, or stands in for them. Said twice it is said once.

    Raises NotFound for who does not see the record, Refused for who is not asked (any more).
    """
    request, obj, record = _at_hand(request_id, by)
    if by.kind == "system" and request.state == State.OPEN:
        line = Line(request, obj, record)
        line.void()
        _end(line, State.APPROVED, by=by, words=words)
        return request
    if _has_said(request, "approved", by):
        return request
    line, mine = _mine(request, obj, record, by)
    _answer(mine, Signature.State.APPROVED, by, words)
    line.approve(mine)
    _told(line, "signed", by=by, words=words)
    if line.over:
        _end(line, State.APPROVED, by=by, words=words)
    return request


@transaction.atomic
def reject(request_id: int, *, by: Actor, words: str = "") -> ApprovalRequest:
    """No: back to who has asked, with a reason. Raises InvalidValues without one."""
    request, obj, record = _at_hand(request_id, by)
    words = _reason(words)
    if _has_said(request, "rejected", by):
        return request
    if by.kind == "system" and request.state == State.OPEN:
        line = Line(request, obj, record)
    else:
        line, mine = _mine(request, obj, record, by)
        _answer(mine, Signature.State.REJECTED, by, words)
    _end(line, State.REJECTED, by=by, words=words)
    return request


@transaction.atomic
def return_to(request_id: int, step: int, *, by: Actor, words: str = "") -> ApprovalRequest:
    """Once more from an earlier step (from 0), with a reason."""
    request, obj, record = _at_hand(request_id, by)
    words = _reason(words)
    line, mine = _mine(request, obj, record, by)
    if not 0 <= step < request.step:
        said = _("It can go back to a step before this one.")
        raise InvalidValues({"step": [FieldError("range", said)]})
    _answer(mine, Signature.State.RETURNED, by, words)
    line.back_to(step)
    _told(line, "returned", by=by, words=words, step=step)
    if line.over:
        _end(line, State.APPROVED, by=by)
    return request


@transaction.atomic
def add_signer(
    request_id: int, member_id: int, *, by: Actor, before: bool = True, words: str = ""
) -> ApprovalRequest:
    """Another signer before or after oneself; raises InvalidValues for who can't be one."""
    request, obj, record = _at_hand(request_id, by)
    line, mine = _mine(request, obj, record, by)
    if not may_sign([member_id], request, obj, record):
        said = _("This member can't sign: they have asked for it, don't see the record, or have left.")
        raise InvalidValues({"member": [FieldError("member", said)]})
    if any(one.member_id == member_id for one in line.of_step() if one.state in LIVE or one.kind):
        said = _("This member is in the line already.")
        raise InvalidValues({"member": [FieldError("unique", said)]})
    line.add(mine, member_id, "before" if before else "after")
    _told(line, "extended", by=by, words=words, signer=str(member_id))
    return request


@transaction.atomic
def withdraw(request_id: int, *, by: Actor) -> ApprovalRequest:
    """By who has asked, or an administrator; a document becomes a draft again. Twice is once."""
    request, obj, record = _at_hand(request_id, by)
    if request.state == State.WITHDRAWN:
        return request
    _require_open(request)
    if not (by.administers or (by.member_id is not None and by.member_id == request.asked_by_id)):
        raise Refused(_("Who has asked for the approval withdraws it."))
    _end(Line(request, obj, record), State.WITHDRAWN, by=by)
    return request


@transaction.atomic
def remark(request_id: int, text: str, *, by: Actor) -> ApprovalRemark:
    """A word of somebody who sees the record, without deciding."""
    request, _obj, _record = _at_hand(request_id, by)
    text = text.strip()[:1000]
    if not text or by.member_id is None:
        raise InvalidValues({"words": [FieldError("required", _("Say something."))]})
    made = ApprovalRemark(request=request, member_id=by.member_id, text=text, at=timezone.now())
    made.save(force_insert=True)
    members = set(
        Signature.objects.filter(request=request, state=Signature.State.OPEN).values_list(
            "member_id", flat=True
        )
    )
    _state(request, "remarked", by=by, members=members | {request.asked_by_id or 0}, text=text)
    return made


@transaction.atomic
def hand_over(request_id: int, member_id: int, *, by: Actor) -> ApprovalRequest:
    """Administrators put somebody in the place of those who are asked, or of nobody."""
    if not by.administers:
        raise Refused("approval.hand_over")
    request, obj, record = _at_hand(request_id, by)
    _require_open(request)
    if not may_sign([member_id], request, obj, record):
        said = _("This member can't sign: they have asked for it, don't see the record, or have left.")
        raise InvalidValues({"member": [FieldError("member", said)]})
    line = Line(request, obj, record)
    rows = line.of_step()
    if any(one.member_id == member_id and one.kind == "after" for one in rows):
        raise InvalidValues({"member": [FieldError("unique", _("This member is in the line already."))]})
    for one in rows:
        if one.state in LIVE:
            one.state, one.decided_at = Signature.State.VOID, line.now
            one.save()
    host = rows[0] if rows else None
    added = Signature(
        request=request, round=request.round, step=request.step, kind="after", member_id=member_id,
        place=len(rows), beside=host, state=Signature.State.OPEN, opened_at=line.now,
    )  # fmt: skip
    added.save(force_insert=True)
    request.stuck_at = None
    line.opened = [member_id]
    _told(line, "passed_on", by=by, lost=[])
    return request


@transaction.atomic
def refill(request_id: int, *, by: Actor) -> ApprovalRequest | None:
    """After somebody has left or lost a right: the next in line is asked. None where nothing is open."""
    request = _locked(request_id)
    if request is None or request.state != State.OPEN:
        return None
    obj = registry.get(request.object) if registry.has(request.object) else None
    record = obj.rows().filter(pk=request.record_id).first() if obj is not None else None
    if obj is None or record is None or record.archived_at is not None:
        request.state, request.ended_at, request.settled_at = State.WITHDRAWN, timezone.now(), timezone.now()
        request.save()
        Signature.objects.filter(request=request, state__in=LIVE).update(state=Signature.State.VOID)
        _state(request, "withdrawn", by=by, members=[request.asked_by_id or 0])
        return request
    line, stuck = Line(request, obj, record), request.stuck_at
    line.refill()
    if line.lost or line.opened or request.stuck_at != stuck:
        _told(line, "passed_on", by=by, lost=[str(one) for one in line.lost])
    if line.over:
        _end(line, State.APPROVED, by=by)
    return request


@transaction.atomic
def remind(request_id: int, *, by: Actor, hours: int = 0) -> int:
    """Remind those who have not answered for so many hours; returns how many were."""
    request = _locked(request_id)
    if request is None or request.state != State.OPEN:
        return 0
    now, late = timezone.now(), []
    for one in Signature.objects.filter(request=request, state=Signature.State.OPEN):
        since = one.reminded_at or one.opened_at or now
        if one.reminders < MOST_REMINDERS and (now - since).total_seconds() >= hours * 3600:
            one.reminded_at, one.reminders = now, one.reminders + 1
            one.save()
            late.append(one.member_id)
    if late:
        _state(request, "reminded", by=by, members=_with_stand_ins(late))
    return len(late)


# What others ask


def open_request(object: str, record_id: int) -> ApprovalRequest | None:
    """The request on which a record waits, if any."""
    found: ApprovalRequest | None = ApprovalRequest.objects.filter(
        object=object, record_id=record_id, state=State.OPEN
    ).first()
    return found


def may_answer(request: ApprovalRequest | None, record: Any, *, by: Actor) -> bool:
    """Whether pages offer to sign: asked now, oneself or as a stand-in, and not about one's own request."""
    if request is None or request.state != State.OPEN or is_author(by.member_id, request, record):
        return False
    if by.hand_id is not None and is_author(by.hand_id, request, record):
        return False
    return _open_of(request, by) is not None


def verb_of(obj: Object, name: str) -> Verb | None:
    return next((one for one in obj.verbs if one.name == name), None)


def end_without_record(request: ApprovalRequest, *, by: Actor) -> None:
    """The document's own verb has withdrawn it: nobody is asked any more."""
    locked = _locked(request.pk)
    if locked is None or locked.state != State.OPEN:
        return
    locked.state, locked.ended_at, locked.settled_at = State.WITHDRAWN, timezone.now(), timezone.now()
    locked.save()
    members = _live_members(locked)
    Signature.objects.filter(request=locked, state__in=LIVE).update(state=Signature.State.VOID)
    _state(locked, "withdrawn", by=by, members=members)


# The steps


def _locked(request_id: int) -> ApprovalRequest | None:
    rows = ApprovalRequest.objects.filter(pk=request_id) if 0 < request_id < 2**63 else None
    found: ApprovalRequest | None = rows.select_for_update().first() if rows is not None else None
    return found


def _at_hand(request_id: int, by: Actor) -> tuple[ApprovalRequest, Object, Any]:
    """The request, held, with its record; raises NotFound for who does not see that, Refused for a token
    that may not write such records."""
    request = _locked(request_id)
    if request is None or not registry.has(request.object):
        raise NotFound(f"approval {request_id}")
    obj = registry.get(request.object)
    record = find_record(obj, request.record_id, by=by)
    if not by.in_scope("write", obj.name):
        raise Refused(f"{obj.name}:write")
    return request, obj, record


def _mine(request: ApprovalRequest, obj: Object, record: Any, by: Actor) -> tuple[Line, Signature]:
    """The signature that the actor may give now; raises Refused for who is not asked, and for authors."""
    _require_open(request)
    for key in (by.member_id, by.hand_id):
        if is_author(key, request, record):
            raise Refused(_("Somebody else approves what you have submitted."))
    line = Line(request, obj, record)
    line.refill(wanting=stood_for(by))
    mine = _open_of(request, by)
    if line.over or mine is None:
        raise Refused(_("You are not asked to approve this, or no longer."))
    return line, mine


def _open_of(request: ApprovalRequest, by: Actor) -> Signature | None:
    rows = Signature.objects.filter(
        request=request, round=request.round, step=request.step, state=Signature.State.OPEN
    ).select_related("beside")
    mine = {one.member_id: one for one in rows}
    return next((mine[key] for key in stood_for(by) if key in mine), None)


def _has_said(request: ApprovalRequest, state: str, by: Actor) -> bool:
    """Whether the actor's answer is there already, and nothing is asked of them now: a second click."""
    if _open_of(request, by) is not None:
        return False
    rows = Signature.objects.filter(request=request, round=request.round, state=state)
    return bool(rows.filter(member_id__in=stood_for(by)).exists())


def _answer(mine: Signature, state: str, by: Actor, words: str) -> None:
    hand = by.hand_id or (by.member_id if by.member_id != mine.member_id else None)
    mine.state, mine.words, mine.decided_at = state, words.strip()[:500], timezone.now()
    mine.hand_id = hand
    mine.save()


def _end(line: Line, state: str, *, by: Actor, words: str = "") -> None:
    """Over: the record follows by its own verb where it has one, else a fact of it says so."""
    request, obj = line.request, line.obj
    members = _live_members(request)
    line.void()
    request.state, request.ended_at, request.stuck_at = state, timezone.now(), None
    request.save()
    verb = verb_of(obj, VERB_OF[State(state)])
    told = members if state == State.WITHDRAWN else {request.asked_by_id or 0}
    if verb is not None:  # whose document it is hears of it by the document's own fact
        told -= {getattr(line.record, "owner_id", None) or 0}
    _state(request, state, by=by, members=told, text=words)
    if verb is not None:
        values = {name: words for name in verb.takes if state == State.REJECTED}
        verb.run(line.record, values, by=_authority(by))
        return
    request.settled_at = timezone.now()
    request.save()
    state_fact(
        obj.name, state, line.record.pk, by=by, title=str(line.record), data={"approval": str(request.pk)},
        version=getattr(line.record, "version", None),
    )  # fmt: skip


def _authority(by: Actor) -> Actor:
    """Who signed last, with the authority of the whole line: the record follows what all have decided."""
    return replace(
        by, grants={"*": Grant(verbs=frozenset({"*"}), see=Reach.ALL, edit=Reach.ALL)}, scopes=None
    )


def _told(line: Line, verb: str, *, by: Actor, words: str = "", **data: Any) -> None:
    line.request.save()
    _state(line.request, verb, by=by, members=_with_stand_ins(line.opened), text=words, **data)


def _state(
    request: ApprovalRequest, verb: str, *, by: Actor, members: Iterable[int], text: str = "", **data: Any
) -> None:
    """A fact of the request: `members` are told of it."""
    said: Mapping[str, Any] = {
        "members": [str(one) for one in dict.fromkeys(members) if one],
        "step": request.step,
        "text": text[:300],
        **data,
    }
    about = [(request.object, request.record_id)]
    state_fact("approval", verb, request.pk, by=by, title=request.title, data=said, about=about)


def _with_stand_ins(members: Iterable[int]) -> list[int]:
    found = list(members)
    others = stand_ins(found)
    return [*found, *(one for key in found for one in others.get(key, ()))]


def _live_members(request: ApprovalRequest) -> set[int]:
    rows = Signature.objects.filter(request=request, state=Signature.State.OPEN)
    return set(rows.values_list("member_id", flat=True))


def _require_open(request: ApprovalRequest) -> None:
    if request.state != State.OPEN:
        said = _("This has been decided or withdrawn already.")
        raise InvalidValues({"status": [FieldError("state", said)]})


def _reason(words: str) -> str:
    words = words.strip()[:500]
    if not words:
        raise InvalidValues({"words": [FieldError("required", _("Say what is to be mended."))]})
    return words
