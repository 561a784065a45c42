"""/api/v1/objects and /api/v1/fields: how the workspace shapes its product, by the verbs of its settings.

Whoever sees an object's records may read how it is made; only administrators change it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from guanxi.api.openapi.shaping import SETTINGS
from guanxi.api.rest.encoding import answer, read_object
from guanxi.api.rest.idempotency import once
from guanxi.api.rest.problems import BadRequest, door, hearing
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.models import Made, OwnField, OwnMetric, OwnObject, Retyping, Rule
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.overlay import metric_of
from guanxi.platform.metadata.rights import HIDDEN, as_seen, right_of
from guanxi.platform.metadata.shaping import (
    METRIC_CHANGEABLE,
    add_field,
    add_metric,
    add_object,
    add_rule,
    archive_field,
    archive_metric,
    archive_object,
    archive_rule,
    change_field,
    change_metric,
    change_object,
    change_rule,
    find_made,
    may_shape,
    order_fields,
    restore_field,
    restore_metric,
    restore_object,
    restore_rule,
    told,
)
from guanxi.platform.metadata.texts import apply_shape, read_shape, try_shape, write_shape
from guanxi.platform.records.measuring import may_measure
from guanxi.platform.records.retyping import (
    last_retyping,
    leave_type,
    preview_retype,
    restore_type,
    retype_field,
)

OF_OBJECT = ("object", "archived")


@require_http_methods(["GET", "HEAD", "POST"])
@door
def objects(request: MemberRequest) -> HttpResponse:
    """GET: every object that the caller sees. POST: a new one of the workspace's own."""
    if request.method == "POST":
        return once(request, lambda: _made(request, add_object, _made_json))
    seen = [one for one in registry.objects() if request.actor.may("see", one.name)]
    return answer({"data": [object_json(as_seen(one, request.actor)) for one in seen]})


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
@door
def object_item(request: MemberRequest, name: str) -> HttpResponse:
    """GET: one object with its fields. PATCH and DELETE (into the archive): one of the workspace's own."""
    if request.method in ("GET", "HEAD"):
        obj = _seen(name, request.actor)
        return answer(
            {**object_json(obj), "fields": [field_json(one) for one in obj.fields if not one.hidden]}
        )
    row = _own(name)
    if request.method == "DELETE":
        archive_object(row.pk, by=request.actor)
        return HttpResponse(status=204)
    row = change_object(row.pk, read_object(request.body), by=request.actor, version=read_version(request))
    return answer(_made_json(row), ETag=f'"{row.version}"')


@require_POST
@door
def object_verb(request: MemberRequest, name: str, noun: str) -> HttpResponse:
    """`restoration` from the archive, and `order`: {"fields": ["tier", …]}."""
    if noun == "restoration":
        return answer(_made_json(restore_object(_own(name).pk, by=request.actor)))
    if noun != "order":
        raise NotFound(noun)
    names = read_object(request.body).get("fields")
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise BadRequest("fields", _("“fields” is a list of names."))
    return answer({"data": [_made_json(row) for row in order_fields(name, names, by=request.actor)]})


@require_http_methods(["GET", "HEAD", "POST"])
@hearing(GET=OF_OBJECT)
def fields(request: MemberRequest) -> HttpResponse:
    """GET: the workspace's own fields, of one object with ?object=. POST: a new one."""
    if request.method == "POST":
        return once(request, lambda: _made(request, add_field, _made_json))
    rows = OwnField.objects.filter(archived_at__isnull=request.GET.get("archived") != "true")
    if "object" in request.GET:
        rows = rows.filter(object=_seen(request.GET["object"], request.actor).name)
    by = request.actor
    seen = [
        one
        for one in rows.order_by("object", "position", "id")
        if by.may("see", one.object)
        and registry.has(one.object)
        and right_of(registry.get(one.object), one.name, by) != HIDDEN
    ]
    return answer({"data": [_made_json(one) for one in seen]})


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
@door
def field_item(request: MemberRequest, field_id: int) -> HttpResponse:
    """One of the workspace's own fields; DELETE archives it and keeps its values."""
    row: OwnField = find_made(OwnField, field_id, by=request.actor)
    _seen(row.object, request.actor)
    if request.method == "DELETE":
        archive_field(row.pk, by=request.actor)
        return HttpResponse(status=204)
    if request.method == "PATCH":
        row = change_field(row.pk, read_object(request.body), by=request.actor, version=read_version(request))
    return answer(_made_json(row), ETag=f'"{row.version}"')


@require_POST
@door
def field_verb(request: MemberRequest, field_id: int, noun: str) -> HttpResponse:
    """`restoration` from the archive."""
    if noun != "restoration":
        raise NotFound(noun)
    return answer(_made_json(restore_field(field_id, by=request.actor)))


@require_http_methods(["GET", "HEAD", "POST", "DELETE"])
@hearing(POST=("dry_run",))
def field_retyping(request: MemberRequest, field_id: int) -> HttpResponse:
    """Another type for a field. GET: its last change, while that can be taken back.

    POST {"type", "settings"} begins one, or with ?dry_run=true says what it would make of the values.
    DELETE goes back to the type before, or leaves off what is under way.
    """
    by = request.actor
    row: OwnField = find_made(OwnField, field_id, by=by)
    if not may_shape(by):
        raise Refused("field.change")
    last = last_retyping(row.pk)
    if request.method == "POST" and request.GET.get("dry_run") == "true":
        return _tried(request, row)
    if request.method == "POST":
        return once(request, lambda: _retyped(request, row))
    if last is None:
        raise NotFound(f"retyping of {field_id}")
    if request.method == "DELETE" and last.state == Retyping.State.RUNNING:
        leave_type(row.pk, by=by)
        return HttpResponse(status=204)
    if request.method == "DELETE":
        return answer(_retyping_json(restore_type(row.pk, by=by)), 202)
    return answer(_retyping_json(last))


def _retyped(request: MemberRequest, row: OwnField) -> HttpResponse:
    type, settings = _type_in(request)
    begun = retype_field(row.pk, type, settings, by=request.actor, version=read_version(request))
    return answer(_retyping_json(begun), 202, Location=f"/api/v1/fields/{row.pk}/retyping")


def _tried(request: MemberRequest, row: OwnField) -> HttpResponse:
    found = preview_retype(row.pk, *_type_in(request), by=request.actor)
    return answer(
        {
            "records": found.records,
            "more": found.more,
            "counts": {one: found.counts[one] for one in ("kept", "changed", "lost")},
            "examples": {one: [list(pair) for pair in pairs] for one, pairs in found.samples.items()},
            "settings": found.settings,
        }
    )


def _type_in(request: MemberRequest) -> tuple[str, Mapping[str, Any]]:
    """The type and the settings that are sent; raises BadRequest and InvalidValues."""
    given = read_object(request.body)
    type, settings = given.get("type"), given.get("settings", {})
    if not isinstance(type, str):
        raise BadRequest("type", _("“%(name)s” is a text.") % {"name": "type"})
    if not isinstance(settings, Mapping):
        raise BadRequest("settings", _("“settings” is an object."))
    _check_settings(settings)
    return type, settings


def _retyping_json(change: Retyping) -> dict[str, Any]:
    return {
        "state": str(change.state),
        "before": {name: change.before[name] for name in ("type", "settings")},
        "after": {name: change.after[name] for name in ("type", "settings")},
        "counts": change.counts,
        "began_at": change.began_at.isoformat(),
        "done_at": change.done_at.isoformat() if change.done_at else None,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@hearing(GET=OF_OBJECT)
def rules(request: MemberRequest) -> HttpResponse:
    """GET: what must hold of records, of one object with ?object=. POST: a new rule."""
    if request.method == "POST":
        return once(request, lambda: _made(request, add_rule, _made_json))
    rows = Rule.objects.filter(archived_at__isnull=request.GET.get("archived") != "true")
    if "object" in request.GET:
        rows = rows.filter(object=_seen(request.GET["object"], request.actor).name)
    seen = [one for one in rows.order_by("object", "position", "id") if request.actor.may("see", one.object)]
    return answer({"data": [_made_json(one) for one in seen]})


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
@door
def rule_item(request: MemberRequest, rule_id: int) -> HttpResponse:
    """One rule; DELETE archives it."""
    row: Rule = find_made(Rule, rule_id, by=request.actor)
    _seen(row.object, request.actor)
    if request.method == "DELETE":
        archive_rule(row.pk, by=request.actor)
        return HttpResponse(status=204)
    if request.method == "PATCH":
        row = change_rule(row.pk, read_object(request.body), by=request.actor, version=read_version(request))
    return answer(_made_json(row), ETag=f'"{row.version}"')


@require_POST
@door
def rule_verb(request: MemberRequest, rule_id: int, noun: str) -> HttpResponse:
    """`restoration` from the archive."""
    if noun != "restoration":
        raise NotFound(noun)
    return answer(_made_json(restore_rule(rule_id, by=request.actor)))


@require_http_methods(["GET", "HEAD", "POST"])
@hearing(GET=OF_OBJECT)
def own_metrics(request: MemberRequest) -> HttpResponse:
    """GET: the workspace's own metrics of which the caller sees every part. POST: a new one."""
    if request.method == "POST":
        return once(request, lambda: _made(request, add_metric, _made_json, also=METRIC_CHANGEABLE))
    rows = OwnMetric.objects.filter(archived_at__isnull=request.GET.get("archived") != "true")
    if "object" in request.GET:
        rows = rows.filter(object=_seen(request.GET["object"], request.actor).name)
    seen = [one for one in rows.order_by("position", "id") if _measures(one, request.actor)]
    return answer({"data": [_made_json(one) for one in seen]})


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
@door
def own_metric_item(request: MemberRequest, metric_id: int) -> HttpResponse:
    """One of them; DELETE archives it."""
    row: OwnMetric = find_made(OwnMetric, metric_id, by=request.actor)
    if not _measures(row, request.actor):
        raise NotFound(f"metric {metric_id}")
    if request.method == "DELETE":
        archive_metric(row.pk, by=request.actor)
        return HttpResponse(status=204)
    if request.method == "PATCH":
        row = change_metric(
            row.pk, read_object(request.body), by=request.actor, version=read_version(request)
        )
    return answer(_made_json(row), ETag=f'"{row.version}"')


@require_POST
@door
def own_metric_verb(request: MemberRequest, metric_id: int, noun: str) -> HttpResponse:
    """`restoration` from the archive."""
    if noun != "restoration":
        raise NotFound(noun)
    return answer(_made_json(restore_metric(metric_id, by=request.actor)))


def _measures(row: OwnMetric, by: Actor) -> bool:
    """Whether the caller sees all that it is made of; administrators see what is broken, too."""
    if not registry.has(row.object):
        return False
    return may_shape(by) or may_measure(metric_of(row, registry.of_workspace()), by=by)


@require_http_methods(["GET", "HEAD", "POST"])
@hearing(POST=("dry_run", "remove"))
def shape(request: MemberRequest) -> HttpResponse:
    """GET: all own objects and fields as TOML. POST: apply such a file.

    ?dry_run=true only says what it would do, ?remove=true archives what it does not name.
    """
    if request.method != "POST":
        return HttpResponse(write_shape(by=request.actor), content_type="application/toml; charset=utf-8")
    if not may_shape(request.actor):
        raise Refused("object.import")
    try:
        found = read_shape(request.body.decode())
    except UnicodeDecodeError as problem:
        raise BadRequest("file", str(problem)) from problem
    remove = request.GET.get("remove") == "true"
    if request.GET.get("dry_run") == "true":
        steps = try_shape(found, by=request.actor, remove=remove)
    else:
        steps = apply_shape(found, by=request.actor, remove=remove)
    return answer({"data": [{"do": one.what, "name": one.name, "changes": one.changes} for one in steps]})


def object_json(obj: Object) -> dict[str, Any]:
    """An object as programs see it, shipped or made by the workspace."""
    return {
        "name": obj.name,
        "plural": obj.plural,
        "label": obj.label.everywhere(),
        "plural_label": obj.plural_label.everywhere(),
        "icon": obj.icon,
        "own": bool(obj.kind),
        "derived": obj.derived,
        "columns": list(obj.columns),
        "title": obj.title,
    }


def field_json(field: Field) -> dict[str, Any]:
    """A field as programs see it."""
    found: dict[str, Any] = {
        "name": field.name,
        "type": field.type,
        "label": field.label.everywhere(),
        "required": field.required,
        "unique": field.unique,
        "readonly": field.readonly,
        "own": field.own,
    }
    if to := getattr(field, "to", ""):
        found["to"] = to
    if options := getattr(field, "options", ()):
        found["options"] = [
            {"value": one.value, "label": one.label.everywhere(), "tone": one.tone, "archived": one.archived}
            for one in options
        ]
    return found


# What the doors share

_TEXTS = (
    "object", "type", "name", "plural", "icon", "tone", "group", "formula", "field", "visible_if",
    "required_if", "aggregate", "filter", "date", "part", "whole", "unit", "better",
)  # fmt: skip


def _made(
    request: MemberRequest,
    verb: Callable[..., Any],
    to_json: Callable[[Any], dict[str, Any]],
    also: Sequence[str] = (),
) -> HttpResponse:
    given = read_object(request.body)
    takes = (set(signature(verb).parameters) - {"by", "values"}) | set(also)
    if unknown := set(given) - takes:
        raise InvalidValues(
            {
                name: [FieldError("unknown_field", _("There is no field “%(name)s”.") % {"name": name})]
                for name in unknown
            }
        )
    for name in takes & set(given):
        if name in _TEXTS and not isinstance(given[name], str):
            raise BadRequest(name, _("“%(name)s” is a text.") % {"name": name})
        if name == "settings" and not isinstance(given[name], Mapping):
            raise BadRequest(name, _("“settings” is an object."))
    _check_settings(given.get("settings") or {})
    missing = [
        one
        for one in ("object", "type", "label", "formula")
        if one in takes and one not in (*given, *also[2:])
    ]
    if missing:
        raise InvalidValues(
            {name: [FieldError("required", _("%(field)s is needed.") % {"field": name})] for name in missing}
        )
    row = verb(by=request.actor, **given)
    place = f"{request.path.rstrip('/')}/{row.name if isinstance(row, OwnObject) else row.pk}"
    return answer(to_json(row), 201, ETag=f'"{row.version}"', Location=place)


def _check_settings(settings: Mapping[str, Any]) -> None:
    """One that no type has is a slip of the pen, and would be passed over in silence."""
    if odd := sorted(str(one) for one in settings if one not in SETTINGS):
        said = _("There is no setting “%(name)s”.") % {"name": odd[0][:60]}
        raise InvalidValues({"settings": [FieldError("unknown_setting", said)]})


def _made_json(row: Made) -> dict[str, Any]:
    archived = row.archived_at.isoformat() if row.archived_at else None
    return {"id": str(row.pk), "version": row.version, **told(row), "archived_at": archived}


def _seen(name: str, by: Actor) -> Object:
    if not registry.has(name) or not by.may("see", name):
        raise NotFound(name)
    return as_seen(registry.get(name), by)


def _own(name: str) -> OwnObject:
    row: OwnObject | None = OwnObject.objects.filter(name=name).first()
    if row is None:
        raise NotFound(name)
    return row


def read_version(request: HttpRequest) -> int | None:
    """The version that If-Match names; None for any. Raises BadRequest."""
    named = request.headers.get("If-Match", "*").strip().removeprefix("W/").strip('"')
    if named == "*":
        return None
    if not (named.isascii() and named.isdecimal() and len(named) < 10):
        raise BadRequest("if_match", _("If-Match must be the ETag that was read."), 412)
    return int(named)
