"""The review queue and sweeps over the API: what the page shows of them, to whom it shows it.

Merging has its own door: POST /api/v1/contacts/7/merger.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, get_args

import msgspec
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.objects import Object
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
from guanxi.platform.metadata.rights import as_seen, sees, whole
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.duplicates.finding import find_alike
from guanxi.platform.records.duplicates.keys import Kind, kinds_of, shape_of
from guanxi.platform.records.duplicates.models import DuplicatePair, DuplicateRule, Sweep
from guanxi.platform.records.duplicates.queue import (
    decide_pair,
    find_pair,
    pairs_for,
    sign_of,
    unseen_columns,
)
from guanxi.platform.records.duplicates.rules import rule_of, ruled_objects, set_rule
from guanxi.platform.records.duplicates.sweeping import begin_sweep
from guanxi.platform.records.encoding import rows_json
from guanxi.platform.records.listing import Row, linked_keys
from guanxi.platform.records.titles import titles_of

State = DuplicatePair.State
PER_PAGE = 50
SHOWN = (State.OPEN, State.LATER, State.DIFFERENT)  # of what is merged, one record is left
SAID = (State.DIFFERENT, State.LATER)


# Pairs


def _list_pairs(call: Call) -> dict[str, Any]:
    obj, state = _object(call), call.asked.get("state", State.OPEN)
    if state not in SHOWN:
        raise NotFound(state)
    before = call.key("before")
    last = find_pair(obj, before, by=call.by) if before else None
    found = pairs_for(obj, (state,), by=call.by, last=last, most=PER_PAGE + 1)
    told = _pairs(obj, found[:PER_PAGE], call.by)
    return {"data": told, "next": told[-1]["id"] if len(found) > PER_PAGE else None}


def _read_pair(call: Call) -> dict[str, Any]:
    return _whole_pair(*_pair(call), call.by)


def _decide_pair(call: Call) -> dict[str, Any]:
    obj, pair = _pair(call)
    return _whole_pair(obj, decide_pair(pair, call.sent["said"], by=call.by), call.by)


def _pair(call: Call) -> tuple[Object, DuplicatePair]:
    name = DuplicatePair.objects.filter(pk=call.id).values_list("object", flat=True).first()
    if name is None or not registry.has(name) or not call.by.may("see", name):
        raise NotFound(f"pair {call.id}")
    obj = as_seen(registry.get(name), call.by)
    return obj, find_pair(obj, call.id, by=call.by)


def _whole_pair(obj: Object, pair: DuplicatePair, by: Actor) -> dict[str, Any]:
    """One with the values of both, as each record is told: without what the caller's role hides."""
    (told,) = _pairs(obj, [pair], by)
    records = [find_record(obj, pk, by=by) for pk in (pair.low_id, pair.high_id)]
    rows = [Row(one.pk, one.version, {each.name: each.get(one) for each in obj.fields}) for one in records]
    refs = titles_of(linked_keys(obj.fields, rows), by=by)
    return {**told, "values": [msgspec.to_builtins(one) for one in rows_json(obj.fields, rows, refs)]}


def _pairs(obj: Object, pairs: list[DuplicatePair], by: Actor) -> list[dict[str, Any]]:
    refs = titles_of({(obj.name, pk) for one in pairs for pk in (one.low_id, one.high_id)}, by=by)
    # How probable it is follows from all fields, also from those that are hidden from the caller.
    tells = not unseen_columns(obj, by=by)
    compared = [one.name for one in obj.fields if sees(whole(obj), (one.name,), by)]
    return [
        {
            "id": str(one.pk),
            "object": obj.name,
            "records": [
                {"id": str(pk), "title": refs[obj.name, pk].title if (obj.name, pk) in refs else None}
                for pk in (one.low_id, one.high_id)
            ],
            "permille": one.permille if tells else None,
            "agreement": {name: sign for name in compared if (sign := sign_of(one.evidence, obj, name))},
            "state": one.state,
            "decided_by": _key(one.decided_by_id),
            "decided_at": one.decided_at.isoformat() if one.decided_at else None,
        }
        for one in pairs
    ]


# Sweeps


def _list_sweeps(call: Call) -> dict[str, Any]:
    rows = Sweep.objects.filter(object=_object(call).name).order_by("-created_at", "-pk")[:20]
    return {"data": [_sweep(one, call.by) for one in rows], "next": None}


def _begin_sweep(call: Call) -> dict[str, Any]:
    return _sweep(begin_sweep(_object(call), by=call.by), call.by)


def _read_sweep(call: Call) -> dict[str, Any]:
    found: Sweep | None = Sweep.objects.filter(pk=call.id).first()
    if found is None or not registry.has(found.object) or not call.by.may("see", found.object):
        raise NotFound(f"sweep {call.id}")
    _require_queue(registry.get(found.object), call.by)
    return _sweep(found, call.by)


def _sweep(one: Sweep, by: Actor) -> dict[str, Any]:
    """How far it is; how many there are of all is for those to know who see all."""
    every = by.rows(one.object, "see").every
    return {
        "id": str(one.pk),
        "object": one.object,
        "state": one.state,
        "stage": None if one.is_over else one.stage.get("name"),
        "records": one.records if every else None,
        "looked_at": one.looked_at if every else None,
        "found": one.found if every else None,
        "by": _key(one.member_id),
        "begun_at": one.created_at.isoformat(),
        "finished_at": one.finished_at.isoformat() if one.finished_at else None,
    }


# What is here already, and what is done about it


def _check(call: Call) -> dict[str, Any]:
    """As while somebody types in a form; half a value is none yet."""
    obj = _named(call)
    besides = call.key("besides")
    require(call.by, "change" if besides else "create", obj)
    context, sent = field_context(call.by), call.sent["values"]
    cleaned: dict[str, Any] = {}
    for one in obj.fields:
        if one.name in sent and one.name in shape_of(obj).fields:
            with suppress(FieldError):
                cleaned[one.name] = one.clean(sent[one.name], context)
    found = find_alike(obj, cleaned, by=call.by, besides=besides)
    told = [
        {
            "id": str(one.ref.id) if one.ref else None,
            "title": one.ref.title if one.ref else None,
            "owner": one.owner or None,
            "in": list(one.alike),
        }
        for one in found
    ]
    return {"alike": told, "refused": bool(found) and rule_of(obj).action == DuplicateRule.Action.REFUSE}


def _list_rules(call: Call) -> dict[str, Any]:
    _require_administrator(call.by)
    return {"data": [_rule(obj) for obj in ruled_objects()], "next": None}


def _set_rule(call: Call) -> dict[str, Any]:
    """What is not said stays."""
    _require_administrator(call.by)
    obj, sent = _named(call), call.sent
    if obj.name not in {one.name for one in ruled_objects()}:
        raise NotFound(f"duplicate_rule of {obj.name}")
    now = rule_of(obj)
    set_rule(
        obj,
        action=sent.get("action", now.action),
        kinds=sent.get("kinds", now.kinds),
        others=sent.get("others", now.others),
        by=call.by,
    )
    return _rule(obj)


def _rule(obj: Object) -> dict[str, Any]:
    rule = rule_of(obj)
    return {
        "object": obj.name,
        "action": str(rule.action),
        "kinds": list(rule.kinds),
        "possible": list(kinds_of(obj)),
        "others": str(rule.others),
    }


def _require_administrator(by: Actor) -> None:
    if not by.administers:
        raise Refused("duplicate_rule.change")


# All of them


def _named(call: Call) -> Object:
    name = str(call.sent.get("object") or call.asked.get("object") or "")
    if not registry.has(name) or not call.by.may("see", name):
        raise NotFound(name)
    return as_seen(registry.get(name), call.by)


def _object(call: Call) -> Object:
    """The object that is named, as the caller sees it: for who may change and archive records of it."""
    name = str(call.sent.get("object") or call.asked.get("object") or "")
    if not name:
        raise InvalidValues({"object": [FieldError("required", _("This is needed."))]})
    if not registry.has(name) or not call.by.may("see", name):
        raise NotFound(name)
    _require_queue(registry.get(name), call.by)
    return as_seen(registry.get(name), call.by)


def _require_queue(obj: Object, by: Actor) -> None:
    for verb in ("change", "archive"):
        require(by, verb, obj)


def _key(value: int | None) -> str | None:
    return str(value) if value else None


_SIGNS = {"type": "object", "additionalProperties": {"enum": ["same", "near", "other"]}}
_TOLD: dict[str, Schema] = {
    "id": TEXT,
    "object": TEXT,
    "records": {"type": "array", "items": one_of({"id": TEXT, "title": MAYBE})},
    "permille": {
        "type": ["integer", "null"],
        "description": "how probable it is that they are one; null: fields hidden from you have a part in it",
    },
    "agreement": {**_SIGNS, "description": "field → how the two agree in it"},
    "state": {"enum": list(State.values)},
    "decided_by": MAYBE,
    "decided_at": MOMENT,
}
_VALUES: Schema = {
    "type": "array", "items": {"type": "object"}, "description": "both records with their fields",
}  # fmt: skip
_PAIR = one_of({**_TOLD, "values": _VALUES})
_OF_ALL = {"type": ["integer", "null"], "description": "null for who does not see all records"}
_SWEEP = one_of(
    {
        "id": TEXT, "object": TEXT, "state": {"enum": list(Sweep.State.values)},
        "stage": {**MAYBE, "description": "reading, learning, weighing"},
        "records": _OF_ALL, "looked_at": {**_OF_ALL, "description": "pairs that were weighed"},
        "found": {**_OF_ALL, "description": "pairs for people to look at"},
        "by": MAYBE, "begun_at": TEXT, "finished_at": MOMENT,
    }
)  # fmt: skip


_ALIKE = one_of(
    {
        "id": {**MAYBE, "description": "null where the caller may not see it"},
        "title": MAYBE,
        "owner": {**MAYBE, "description": "of one that is not seen, where the rule tells it"},
        "in": {"type": "array", "items": TEXT, "description": "in which fields, by their labels"},
    }
)
_CHECKED = one_of({"alike": {"type": "array", "items": _ALIKE}, "refused": YES})
_KINDS: Schema = {"type": "array", "items": {"enum": list(get_args(Kind))}, "maxItems": 20}
_RULED: dict[str, Schema] = {
    "object": TEXT,
    "action": {"enum": list(DuplicateRule.Action.values)},
    "kinds": {**_KINDS, "description": "what counts as a sign"},
    "others": {
        "enum": list(DuplicateRule.Others.values),
        "description": "what is told of records that one may not see",
    },
}
_RULE = one_of({**_RULED, "possible": {**_KINDS, "description": "what its records can have"}})


def offer_queue() -> None:
    """Serve both from now on."""
    pairs = (
        Door(
            "GET", "", "list_duplicate_pairs", "those of ?object=, the most probable first; ?state=later",
            _list_pairs, many_of(one_of(_TOLD)),
            asked={"object": TEXT, "state": {"enum": list(SHOWN)}, "before": KEY}, needs=("object",),
        ),
        Door("GET", "{id}", "read_duplicate_pair", "one, with both records", _read_pair, _PAIR),
        Door(
            "POST", "{id}/decision", "decide_duplicate_pair", "two different ones, or to look at later",
            _decide_pair, _PAIR, takes={"said": {"enum": list(SAID)}}, needs=("said",),
        ),
    )  # fmt: skip
    about = "records that may be one, as sweeps found them; who merges them says so at the record"
    offer(Resource("duplicate-pairs", about, pairs))
    sweeps = (
        Door(
            "GET", "", "list_duplicate_sweeps", "the last ones of ?object=", _list_sweeps, many_of(_SWEEP),
            asked={"object": TEXT}, needs=("object",),
        ),
        Door(
            "POST", "", "begin_duplicate_sweep", "compare all records; the one under way, where one is",
            _begin_sweep, _SWEEP, takes={"object": TEXT}, needs=("object",), status=202,
        ),
        Door("GET", "{id}", "read_duplicate_sweep", "how far it is", _read_sweep, _SWEEP),
    )  # fmt: skip
    offer(Resource("duplicate-sweeps", "looks at all records of an object for duplicates", sweeps))
    check = Door(
        "POST", "", "check_duplicates", "what may be the record that is about to be made; nothing is saved",
        _check, _CHECKED, takes={"object": TEXT, "values": {"type": "object"}, "besides": KEY},
        needs=("object", "values"), changes=False,
    )  # fmt: skip
    offer(Resource("duplicate-checks", "what is here already, before it is written", (check,)))
    rules = (
        Door("GET", "", "list_duplicate_rules", "of each object", _list_rules, many_of(_RULE)),
        Door(
            "POST", "", "set_duplicate_rule", "warn, refuse or nothing, and by what; what is not said stays",
            _set_rule, _RULE, takes=_RULED, needs=("object",),
        ),
    )  # fmt: skip
    offer(
        Resource(
            "duplicate-rules", "what is done when a record may be here already, for administrators", rules
        )
    )
