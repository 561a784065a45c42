"""Who sees a record, over the API: asking for one, rules that share, why, and what a role would change."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from guanxi.platform.identity.models import Member, Role
from guanxi.platform.identity.permissions import validate_grants
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.objects import Object
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
    Schema,
    many_of,
    offer,
    one_of,
)
from guanxi.platform.records.access import find_record
from guanxi.platform.records.sharing.actions import may_share
from guanxi.platform.records.sharing.grantees import To, names_of, read_grantee
from guanxi.platform.records.sharing.models import AccessRequest, Share, ShareRule
from guanxi.platform.records.sharing.requests import (
    ask_access,
    decide_request,
    find_request,
    requests_by,
    requests_to,
)
from guanxi.platform.records.sharing.rules import find_rule, remove_rule, rules_of, save_rule
from guanxi.platform.records.sharing.why import Difference, explain, gains_and_losses
from guanxi.platform.records.titles import titles_of

# Asking for a record


def _list_requests(call: Call) -> dict[str, Any]:
    """What waits for the caller; of what the caller has asked for with ?scope=asked."""
    if call.asked.get("scope") == "asked":
        return {"data": [_asked(one, call) for one in _own(call)], "next": None}
    waiting = requests_to(call.by)
    return {"data": [_request(one, str(record)) for one, record in waiting], "next": None}


def _ask(call: Call) -> None:
    """The same nothing, whether there is such a record or not."""
    obj = _object(call)
    if not call.by.in_scope("write", obj.name):
        raise Refused("access_request.ask")
    sent = call.sent
    ask_access(
        obj, call.key("record"), by=call.by, writes=sent.get("writes") is True, reason=sent.get("reason", "")
    )


def _decide(call: Call) -> dict[str, Any]:
    sent = call.sent
    asked, record = find_request(call.id, by=call.by)
    done = decide_request(
        asked.pk,
        granted=sent["granted"],
        writes=sent.get("writes", asked.writes),
        until=_moment(sent.get("until")),
        answer=sent.get("answer", ""),
        by=call.by,
    )
    return _request(done, str(record))


def _own(call: Call) -> list[AccessRequest]:
    return [one for one in requests_by(call.by) if call.by.in_scope("read", one.object)]


def _asked(one: AccessRequest, call: Call) -> dict[str, Any]:
    """What is not open tells no title; what has been opened does."""
    key = (one.object, one.record_id)
    refs = titles_of({key}, by=call.by) if one.granted else {}
    return _request(one, refs[key].title if key in refs else None)


def _request(one: AccessRequest, title: str | None) -> dict[str, Any]:
    names = member_names([one.member_id])
    return {
        "id": str(one.pk),
        "object": one.object,
        "record": str(one.record_id),
        "title": title,
        "member": {"id": str(one.member_id), "name": str(names.get(one.member_id, ""))},
        "writes": one.writes,
        "reason": one.reason,
        "asked_at": one.created_at.isoformat(),
        "decided_at": one.decided_at.isoformat() if one.decided_at else None,
        "granted": one.granted if one.decided_at else None,
        "answer": one.answer or None,
    }


# Rules


def _list_rules(call: Call) -> dict[str, Any]:
    _require_administrator(call)
    return {"data": [_rule(one) for one in rules_of()], "next": None}


def _read_rule(call: Call) -> dict[str, Any]:
    _require_administrator(call)
    return _rule(find_rule(call.id))


def _add_rule(call: Call) -> dict[str, Any]:
    _require_administrator(call)
    sent = call.sent
    made = save_rule(
        name=sent["name"], object=sent["object"], filter=sent["filter"], to=read_grantee(sent["to"]),
        writes=sent.get("writes", False), by=call.by,
    )  # fmt: skip
    return _rule(made)


def _change_rule(call: Call) -> dict[str, Any]:
    """What is not said stays."""
    _require_administrator(call)
    sent, rule = call.sent, find_rule(call.id)
    to = read_grantee(sent["to"]) if "to" in sent else To(rule.grantee_kind, rule.grantee_id)
    changed = save_rule(
        rule_id=rule.pk,
        name=sent.get("name", rule.name),
        object=sent.get("object", rule.object),
        filter=sent.get("filter", rule.filter),
        to=to,
        writes=sent.get("writes", rule.writes),
        by=call.by,
    )
    return _rule(changed)


def _remove_rule(call: Call) -> None:
    _require_administrator(call)
    remove_rule(call.id, by=call.by)


def _rule(one: ShareRule) -> dict[str, Any]:
    to = To(one.grantee_kind, one.grantee_id)
    return {
        "id": str(one.pk),
        "name": one.name,
        "object": one.object,
        "filter": one.filter,
        "to": {"kind": to.kind, "id": str(to.id), "name": names_of([to]).get(to)},
        "writes": one.writes,
        "records": Share.objects.filter(rule_id=one.pk).count(),
        "filled_at": one.filled_at.isoformat() if one.filled_at else None,
    }


# Why, and what a role would change


def _explain(call: Call) -> dict[str, Any]:
    obj = _object(call)
    record = find_record(obj, call.key("record"), by=call.by)
    if not (call.by.administers or may_share(obj, record, call.by)):
        raise Refused("access.explain")
    rows = Member.objects.select_related("user", "role", "workspace")
    member = rows.filter(pk=call.key("member") or call.by.member_id or 0).first()
    if member is None:
        raise NotFound(f"member {call.asked.get('member')}")
    return {
        "object": obj.name,
        "record": str(record.pk),
        "member": {"id": str(member.pk), "name": member.display_name},
        "answers": [
            {"access": one.access, "allowed": one.allowed, "reasons": [asdict(why) for why in one.reasons]}
            for one in explain(obj, record, member)
        ],
    }


def _preview_role(call: Call) -> dict[str, Any]:
    _require_administrator(call)
    role = Role.objects.filter(pk=call.key("role")).first()
    if role is None:
        raise NotFound(f"role {call.sent['role']}")
    if role.is_locked:
        raise Refused(_("The administrator's role can't be changed."))
    grants = call.sent["grants"]
    try:
        validate_grants(grants)
    except ValidationError as problem:
        raise InvalidValues({"grants": [FieldError("grants", one) for one in problem.messages]}) from problem
    except PermissionDenied as problem:
        raise Refused("role.change") from problem
    return {"data": [_difference(one) for one in gains_and_losses(role, grants)], "next": None}


def _difference(one: Difference) -> dict[str, Any]:
    found = asdict(one)
    return {**found, "member_id": str(one.member_id)}


# Of all


def _require_administrator(call: Call) -> None:
    if not call.by.administers:
        raise Refused("share_rule.change")


def _object(call: Call) -> Object:
    name = str(call.sent.get("object") or call.asked.get("object") or "")
    if not name:
        raise InvalidValues({"object": [FieldError("required", _("This is needed."))]})
    if not registry.has(name) or not call.by.may("see", name):
        raise NotFound(name)
    return registry.get(name)


def _moment(typed: str | None) -> datetime | None:
    """Raises InvalidValues for what is no moment."""
    if not typed:
        return None
    try:
        found = parse_datetime(typed)
        moment = found.astimezone(UTC) if found is not None and found.tzinfo else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        words = _("Write a moment with its time zone: 2027-01-31T18:00:00Z")
        raise InvalidValues({"until": [FieldError("moment", words)]})
    return moment


_WHO = one_of({"id": TEXT, "name": TEXT})
_REQUEST = one_of(
    {
        "id": TEXT, "object": TEXT, "record": TEXT,
        "title": {**MAYBE, "description": "null where it is not open to the caller"},
        "member": _WHO, "writes": YES, "reason": TEXT, "asked_at": TEXT, "decided_at": MOMENT,
        "granted": {"type": ["boolean", "null"]}, "answer": MAYBE,
    }
)  # fmt: skip
_TO: Schema = {"type": "string", "description": "member:812, team:7 or role:3"}
_WORDS: Schema = {"type": "string", "maxLength": 300}
_SAYS: Schema = {
    "name": {"type": "string", "maxLength": 100},
    "object": TEXT,
    "filter": {"type": "string", "description": "which records: the text form of every filter"},
    "to": _TO,
    "writes": YES,
}
_RULE = one_of(
    {
        "id": TEXT, "name": TEXT, "object": TEXT, "filter": TEXT,
        "to": one_of({"kind": TEXT, "id": TEXT, "name": MAYBE}), "writes": YES,
        "records": {**WHOLE, "description": "how many it shares by now"},
        "filled_at": {**MOMENT, "description": "when all records were gone through; null: under way"},
    }
)  # fmt: skip
_ANSWER = one_of(
    {
        "access": {"enum": ["see", "edit", "delete", "export"]},
        "allowed": YES,
        "reasons": {"type": "array", "items": one_of({"kind": TEXT, "text": TEXT, "url": TEXT})},
    }
)
_COUNTS = ("sees", "edits", "deletes", "exports")
_DIFFERENCE = one_of(
    {
        "object": TEXT, "member_id": TEXT, "member": TEXT,
        **{name: {**WHOLE, "description": "records more"} for name in _COUNTS},
        **{f"no_longer_{name}": {**WHOLE, "description": "records fewer"} for name in _COUNTS},
    }
)  # fmt: skip


def offer_opening() -> None:
    """Serve all of it from now on."""
    asking = (
        Door(
            "GET", "", "list_access_requests", "what waits for the caller; ?scope=asked: the caller's own",
            _list_requests, many_of(_REQUEST), asked={"scope": {"enum": ["waiting", "asked"]}},
        ),
        Door(
            "POST", "", "ask_access", "ask whoever owns a record; no answer tells whether it is there",
            _ask,
            takes={"object": TEXT, "record": KEY, "writes": YES, "reason": _WORDS},
            needs=("object", "record"),
        ),
        Door(
            "POST", "{id}/decision", "decide_access_request", "open the record, or say why not",
            _decide, _REQUEST,
            takes={"granted": YES, "writes": YES, "until": MOMENT, "answer": _WORDS}, needs=("granted",),
        ),
    )  # fmt: skip
    offer(Resource("access-requests", "who asks to see or edit a record, and what is decided", asking))
    rules = (
        Door("GET", "", "list_sharing_rules", "all", _list_rules, many_of(_RULE)),
        Door(
            "POST", "", "add_sharing_rule", "a new one; its records follow in a moment", _add_rule, _RULE,
            takes=_SAYS, needs=("name", "object", "filter", "to"), status=201,
        ),
        Door("GET", "{id}", "read_sharing_rule", "one", _read_rule, _RULE),
        Door(
            "PATCH", "{id}", "change_sharing_rule", "what is not said stays", _change_rule, _RULE, takes=_SAYS
        ),
        Door("DELETE", "{id}", "remove_sharing_rule", "with all that it shares", _remove_rule),
    )  # fmt: skip
    offer(Resource("sharing-rules", "what is shared by a condition, for administrators", rules))
    why = Door(
        "GET", "", "explain_access", "whether ?member= sees a record; what grants it, what blocks it",
        _explain,
        one_of(
            {"object": TEXT, "record": TEXT, "member": _WHO, "answers": {"type": "array", "items": _ANSWER}}
        ),
        asked={"object": TEXT, "record": KEY, "member": KEY}, needs=("object", "record"),
    )  # fmt: skip
    offer(Resource("access-reasons", "why somebody can see, edit, archive or export a record", (why,)))
    preview = Door(
        "POST", "", "preview_role", "who would gain and lose how many records; nothing is saved",
        _preview_role, many_of(_DIFFERENCE),
        takes={"role": KEY, "grants": {"type": "object", "description": "as in /roles"}},
        needs=("role", "grants"), changes=False,
    )  # fmt: skip
    offer(
        Resource(
            "role-previews", "what other grants of a role would change, before they are saved", (preview,)
        )
    )
