"""Learned models over the API: made, trained, read, switched on and back to the rules, and why of a record.

Administrators look after them, with tokens that may write everything; why a record has what it has is told to
whoever sees the record, as its page tells it.
"""

from __future__ import annotations

from typing import Any

from guanxi.analytics.learning.actions import (
    SCHEDULES,
    add_learned,
    begin_training,
    change_learned,
    choose_version,
    delete_learned,
    find_learned,
    learned_models,
    stop_training,
    switch_off,
    switch_on,
)
from guanxi.analytics.learning.kinds import KINDS
from guanxi.analytics.learning.models import Estimate, LearnedModel, ModelVersion
from guanxi.analytics.learning.telling import Told, told_of
from guanxi.analytics.learning.wording import happened
from guanxi.platform.jobs.models import Job
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import NotFound
from guanxi.platform.metadata.resources import (
    KEY,
    MAYBE,
    MOMENT,
    TEXT,
    WHOLE,
    Call,
    Door,
    Resource,
    Schema,
    many_of,
    offer,
    one_of,
)
from guanxi.platform.records.access import find_record


def _list(call: Call) -> dict[str, Any]:
    return {"data": [_model(one) for one in learned_models(by=call.by)], "next": None}


def _add(call: Call) -> dict[str, Any]:
    return _model(add_learned(**call.sent, by=call.by))


def _read(call: Call) -> dict[str, Any]:
    return _model(find_learned(call.id, by=call.by))


def _change(call: Call) -> dict[str, Any]:
    return _model(change_learned(call.id, **call.sent, by=call.by))


def _delete(call: Call) -> None:
    delete_learned(call.id, by=call.by)


def _train(call: Call) -> dict[str, Any]:
    return _model(begin_training(call.id, by=call.by))


def _stop(call: Call) -> dict[str, Any]:
    return _model(stop_training(call.id, by=call.by))


def _switch_on(call: Call) -> dict[str, Any]:
    return _model(switch_on(call.id, by=call.by))


def _switch_off(call: Call) -> dict[str, Any]:
    return _model(switch_off(call.id, by=call.by))


def _choose(call: Call) -> dict[str, Any]:
    return _model(choose_version(call.id, call.sent["number"], by=call.by))


def _versions(call: Call) -> dict[str, Any]:
    rows = ModelVersion.objects.filter(model=find_learned(call.id, by=call.by)).order_by("-number")
    return {"data": [_version(one) for one in rows], "next": None}


def _reasons(call: Call) -> dict[str, Any]:
    name, key = call.asked.get("object", ""), call.key("record")
    if not registry.has(name):
        raise NotFound(name)
    obj = registry.get(name)
    record = find_record(obj, key, by=call.by)
    rows = list(Estimate.objects.filter(object=obj.name, record_id=record.pk))
    return {"data": [_told(one) for one in told_of(obj, rows, by=call.by)], "next": None}


def _model(row: LearnedModel) -> dict[str, Any]:
    speaks = ModelVersion.objects.filter(model=row, number=row.number).first() if row.number else None
    job = Job.objects.filter(pk=row.training_id).first() if row.training_id else None
    waits = job is not None and job.state in (Job.State.READY, Job.State.RUNNING)
    progress = (job.progress if job is not None and waits else None) or {}
    return {
        "id": str(row.pk),
        "kind": row.kind,
        "object": row.object,
        "field": row.field,
        "came": row.came,
        "gone": row.gone,
        "said": happened(row, speaks),
        "number": row.number,
        "on_at": row.on_at.isoformat() if row.on_at else None,
        "written_at": row.written_at.isoformat() if row.written_at else None,
        "schedule": row.schedule,
        "high": row.high,
        "middle": row.middle,
        "left_out": row.left_out,
        "last": row.last,
        "watch": row.watch,
        "drifts_since": row.warned_at.isoformat() if row.warned_at else None,
        "training": {
            "state": str(job.state).lower() if job is not None else "none",
            "done": progress.get("done") or 0,
            "of": progress.get("total") or 0,
        },
    }


def _version(one: ModelVersion) -> dict[str, Any]:
    names = ("number", "made_by", "size", "events", "features", "figures", "leaks", "doubts", "assumes")
    fed = one.fed_at.isoformat() if one.fed_at else None
    return {"made_at": one.made_at.isoformat(), "fed_at": fed, **{name: getattr(one, name) for name in names}}


def _told(one: Told) -> dict[str, Any]:
    return {
        "title": one.label,
        "value": one.value,
        "class": one.tier,
        "number": one.number,
        "reasons": [{"what": why.what, "value": why.value, "points": why.points} for why in one.reasons],
        "untold": one.hidden,
    }


_MARK: Schema = {"type": "integer", "minimum": 1, "maximum": 100}
_NAMES: Schema = {"type": "array", "items": TEXT}
_FILTER: Schema = {**TEXT, "maxLength": 2000}
_SCHEDULE: Schema = {"enum": list(SCHEDULES), "description": "trained by hand, every week, every month"}
_FREE: Schema = {"type": "object"}
_KIND: Schema = {"enum": list(KINDS)}
_MODEL = one_of(
    {
        "id": TEXT, "kind": _KIND, "object": TEXT,
        "field": {**TEXT, "description": "what it writes: the chance, and its class in <field>_class"},
        "came": TEXT, "gone": TEXT, "said": {**TEXT, "description": "how it stands, in words"},
        "number": {"type": ["integer", "null"], "description": "the version that speaks"},
        "on_at": {**MOMENT, "description": "null: the rules are alone"}, "written_at": MOMENT,
        "schedule": _SCHEDULE, "high": {"type": ["integer", "null"]}, "middle": {"type": ["integer", "null"]},
        "left_out": {"type": ["array", "null"], "items": TEXT}, "last": _FREE, "watch": _FREE,
        "drifts_since": MOMENT,
        "training": one_of({"state": TEXT, "done": WHOLE, "of": WHOLE}),
    }
)  # fmt: skip
_VERSION = one_of(
    {
        "number": WHOLE, "made_at": TEXT, "made_by": TEXT, "fed_at": MOMENT, "size": WHOLE, "events": WHOLE,
        "features": _NAMES,
        "figures": {**_FREE, "description": "auc, brier, bins, rules_auc, … of cases not seen"},
        "leaks": {"type": "array", "items": _FREE}, "doubts": _NAMES, "assumes": _NAMES,
    }
)  # fmt: skip
_REASON = one_of(
    {
        "title": TEXT, "value": TEXT, "class": TEXT, "number": WHOLE,
        "reasons": {"type": "array", "items": one_of({"what": TEXT, "value": TEXT, "points": MAYBE})},
        "untold": {**WHOLE, "description": "reasons of fields that the caller does not see"},
    }
)  # fmt: skip
_CHANGEABLE = {"schedule": _SCHEDULE, "high": _MARK, "middle": _MARK, "left_out": _NAMES}


def offer_learned() -> None:
    """Serve it from now on."""
    doors = (
        Door("GET", "", "list_learned_models", "all", _list, many_of(_MODEL)),
        Door(
            "POST", "", "add_learned_model", "it says nothing before it is trained and switched on",
            _add, _MODEL, status=201, needs=("kind",),
            takes={"kind": _KIND, "object": TEXT, "came": _FILTER, "gone": _FILTER},
        ),
        Door("GET", "{id}", "read_learned_model", "one", _read, _MODEL),
        Door(
            "PATCH", "{id}", "change_learned_model", "when it is trained, its marks, what it must not read",
            _change, _MODEL, takes=_CHANGEABLE,
        ),
        Door("DELETE", "{id}", "delete_learned_model", "with its versions; fields are archived", _delete),
        Door(
            "GET", "{id}/versions", "list_model_versions", "what each training gave",
            _versions, many_of(_VERSION),
        ),
        Door("POST", "{id}/training", "train_model", "a worker does it", _train, _MODEL, status=202),
        Door("POST", "{id}/cancellation", "stop_training", "what speaks goes on", _stop, _MODEL),
        Door("POST", "{id}/switching-on", "switch_on_model", "write what it says", _switch_on, _MODEL),
        Door("POST", "{id}/switching-off", "switch_off_model", "back to the rules", _switch_off, _MODEL),
        Door(
            "POST", "{id}/choice", "choose_model_version", "another version speaks", _choose, _MODEL,
            takes={"number": {"type": "integer", "minimum": 1, "maximum": 10**6}}, needs=("number",),
        ),
    )  # fmt: skip
    offer(Resource("learned-models", "models trained on the workspace's past, for administrators", doors))
    why = Door(
        "GET", "", "read_learned_reasons", "of one record", _reasons, many_of(_REASON),
        asked={"object": TEXT, "record": KEY}, needs=("object", "record"),
    )  # fmt: skip
    about = "what learned models say of a record, and why, as far as the caller sees what it is made of"
    offer(Resource("learned-reasons", about, (why,)))
