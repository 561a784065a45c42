"""The form of a record: new and edit, from the types of its fields. Nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import labelled, read_whole
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.doors import local_address
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Field, Link, Links
from guanxi.platform.metadata.layouts import Layout, layout_of
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.addresses import list_url, record_url, ref_url
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.duplicates.finding import Likeness, find_alike
from guanxi.platform.records.duplicates.keys import shape_of
from guanxi.platform.records.duplicates.rules import Action, rule_of
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.pages.controls import (
    Control,
    control_of,
    found_link,
    raw_of,
    read_sent,
    was_sent,
)
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pages.files import with_uploads
from guanxi.platform.records.pages.histories import keys_of
from guanxi.platform.records.pages.making import make_named, may_make, names_new
from guanxi.platform.records.pages.once import form_key, key_of, made_before
from guanxi.platform.records.pages.showing import shown_fields
from guanxi.platform.records.search.finding import find_records
from guanxi.platform.records.titles import Key, Ref, titles_of
from guanxi.platform.records.writing import StaleRecord, change_record, clean_values, create_record
from guanxi.web.pages import render_fragment, render_page, toast

TEMPLATE = "records/form.html"
FOUND = 10


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that somebody changed meanwhile: what it is now, what was to be saved."""

    label: str
    now: str
    mine: str


@object_door("GET", "POST")
def new(request: MemberRequest, obj: Object) -> HttpResponse:
    """An empty form, filled in from the address (`?company=7`); POST makes the record."""
    by = request.actor
    require(by, "create", obj)
    fields = typed_fields(obj)
    if request.method == "GET":
        raws = {one.name: _prefilled(one, request.GET, by) for one in fields}
        return _draw(request, obj, fields, raws)
    if "more" in request.POST:
        return _draw(request, obj, fields, {one.name: read_sent(one, request.POST) for one in fields})
    key = key_of(request.POST.get("once", ""), obj, by=by)
    if (made := made_before(obj, key)) is not None:
        return _made_before(request, obj, made)
    sent, wrong = with_uploads(request, obj, fields)
    values, raws, errors = read_form(fields, sent, by=by)
    if errors := wrong | errors:
        return _draw(request, obj, fields, raws, errors=errors, status=422)
    try:
        with transaction.atomic():
            values = make_named(fields, raws, values, by=by)
            if "anyway" not in request.POST:
                _look_first(obj, values, by)
            record = create_record(object=obj.name, values=values, by=by, key=key)
    except _Alike as problem:
        return _draw(request, obj, fields, raws, alike=problem.found, status=422)
    except IntegrityError:
        if (made := made_before(obj, key)) is None:
            raise
        return _made_before(request, obj, made)
    except InvalidValues as problem:
        return _draw(request, obj, fields, raws, errors=_messages(problem), asked=held(problem), status=422)
    to = local_address(request, request.POST.get("next"), record_url(obj, record.pk))
    undo = f"/undo/{record.last_fact_id}/"
    return toast(HttpResponseRedirect(to), _("Added %(name)s") % {"name": record}, undo=undo)


class _Alike(Exception):
    """Somebody like this is there already: nothing is made until that was looked at."""

    def __init__(self, found: Sequence[Likeness]) -> None:
        super().__init__()
        self.found = found


def _look_first(obj: Object, values: Mapping[str, Any], by: Actor) -> None:
    if rule_of(obj).action != Action.WARN:
        return
    cleaned = clean_values(obj, values, by=by, context=field_context(by), creating=True)
    if found := find_alike(obj, cleaned, by=by):
        raise _Alike(found)


def _made_before(request: MemberRequest, obj: Object, record: Any) -> HttpResponse:
    """The same form came twice: its record is there already."""
    to = local_address(request, request.POST.get("next"), record_url(obj, record.pk))
    return toast(HttpResponseRedirect(to), _("Added %(name)s") % {"name": record})


@object_door("GET", "POST")
def edit(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """All fields of a record at once; the address may say what some are to become. 409 tells what somebody
    else changed since the form was opened."""
    by = request.actor
    require(by, "change", obj)
    record = find_record(obj, record_id, by=by, access="edit")
    fields = [
        one for one in typed_fields(obj) if by.may("assign", obj.name) or one.name not in ("owner", "team")
    ]
    if request.method == "GET":
        meant = {one.name for one in fields if one.name in request.GET}
        raws = {
            one.name: read_sent(one, request.GET) if one.name in meant else raw_of(one, one.get(record))
            for one in fields
        }
        return _draw(request, obj, fields, raws, record=record)
    if "more" in request.POST:
        raws = {one.name: read_sent(one, request.POST) for one in fields}
        return _draw(request, obj, fields, raws, record=record)
    sent, wrong = with_uploads(request, obj, fields)
    values, raws, errors = read_form(fields, sent, by=by)
    if errors := wrong | errors:
        return _draw(request, obj, fields, raws, record=record, errors=errors, status=422)
    version = request.POST.get("version", "")
    try:
        with transaction.atomic():
            values = make_named(fields, raws, values, by=by)
            record = change_record(record, values, by=by, version=read_whole(version))
    except InvalidValues as problem:
        errors = _messages(problem)
        return _draw(
            request, obj, fields, raws, record=record, errors=errors, asked=held(problem), status=422
        )
    except StaleRecord as problem:
        told = _conflicts(obj, problem, by)
        return _draw(request, obj, fields, raws, record=problem.record, conflicts=told, status=409)
    saved = HttpResponseRedirect(local_address(request, request.POST.get("next"), record_url(obj, record.pk)))
    if record.last_fact_id is None:
        return saved
    return toast(saved, _("Saved %(name)s") % {"name": record}, undo=f"/undo/{record.last_fact_id}/")


@object_door("GET")
def find(request: MemberRequest, obj: Object) -> HttpResponse:
    """Options for a search field: the best for `q`, or those changed last."""
    by = request.actor
    typed = request.GET.get("q", "").strip()[:200]
    if typed:
        hits = find_records(typed, by=by, objects=(obj.name,), limit=FOUND)
        found = [(hit.ref.id, hit.ref.title, hit.hint, hit.ref.id) for hit in hits]
    else:
        query = ListQuery(obj=obj, columns=(obj.title,), sort="-updated_at", limit=FOUND)
        found = [(row.id, row.values[obj.title], "", row.id) for row in list_records(query, by=by).rows]
    return render_fragment(request, "records/found.html", {"found": found, "square": obj.square})


@object_door("GET")
def alike(request: MemberRequest, obj: Object) -> HttpResponse:
    """What is here already of that which is being typed; `besides` is the record at hand.

    Asked by GET: on SQLite nobody should wait for the writer to be told this.
    """
    by = request.actor
    besides = request.GET.get("besides", "")
    record_id = int(besides) if besides.isdecimal() and len(besides) < 20 else 0
    require(by, "change" if record_id else "create", obj)
    fields = [one for one in typed_fields(obj) if one.name in shape_of(obj).fields]
    values, _raws, _errors = read_form(fields, request.GET, by=by)
    context = field_context(by)
    cleaned: dict[str, Any] = {}
    for one in fields:
        with suppress(FieldError):  # half a number is none yet
            cleaned[one.name] = one.clean(values.get(one.name), context)
    found = find_alike(obj, cleaned, by=by, besides=record_id)
    told = {"alike": told_alike(found), "obj": obj, "refuses": rule_of(obj).action == Action.REFUSE}
    return render_fragment(request, "records/alike.html", told)


def told_alike(found: Sequence[Likeness]) -> list[tuple[Likeness, str]]:
    """Each with the address of its page, where the reader may see it."""
    return [(one, ref_url(one.ref) if one.ref else "") for one in found]


def _watched(obj: Object, fields: Sequence[Field]) -> str:
    """The controls that are sent along while somebody types, as a selector."""
    names = [one.name for one in fields if one.name in shape_of(obj).fields]
    return ", ".join(f"#record-form [name^='{name}']" for name in names)


def _alike_url(obj: Object, record: Any, shown: Sequence[Likeness]) -> str:
    """Where the form asks while it is filled in; what it shows already is not asked again at once."""
    if rule_of(obj).action == Action.OFF or shown:
        return ""
    return f"/{obj.plural}/alike/" + (f"?besides={record.pk}" if record else "")


def typed_fields(obj: Object) -> list[Field]:
    """What a person types of this object, in order."""
    return [one for one in obj.form_fields if not one.hidden]


def read_form(
    fields: Sequence[Field], sent: QueryDict, *, by: Actor
) -> tuple[dict[str, Any], dict[str, Any], dict[str, list[str]]]:
    """Values for the verb, what to show again, errors of search fields; what had no control is left out."""
    values: dict[str, Any] = {}
    raws: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for one in fields:
        if not was_sent(one, sent):
            continue
        raws[one.name] = read_sent(one, sent)
        try:
            values[one.name] = (
                found_link(one, raws[one.name], by=by) if isinstance(one, Link) else raws[one.name]
            )
        except FieldError as problem:
            errors[one.name] = [problem.message]
    return values, raws, errors


def _draw(
    request: MemberRequest,
    obj: Object,
    fields: Sequence[Field],
    raws: Mapping[str, Any],
    *,
    record: Any = None,
    errors: Mapping[str, list[str]] | None = None,
    alike: Sequence[Likeness] = (),
    conflicts: Sequence[Conflict] = (),
    asked: bool = False,
    status: int = 200,
) -> HttpResponse:
    """asked    whether the form asks at once what is alike: it was refused because of that"""
    by = request.actor
    errors = errors or {}
    raws = {one.name: raws.get(one.name, _unsent(one, record)) for one in fields}
    fields, showing = shown_fields(obj, fields, raws, errors, record=record, by=by)
    refs = titles_of(_named(fields, raws), by=by)
    title = (
        _("Edit %(name)s") % {"name": record}
        if record
        else _("New %(object)s") % {"object": obj.label.within}
    )
    context = {
        "obj": obj,
        "record": record,
        "showing": showing,
        "sections": _in_sections(
            layout_of(obj, by),
            {one.name: _control(one, raws[one.name], errors.get(one.name, ()), refs, by) for one in fields},
        ),
        "problems": _elsewhere(obj, fields, errors),
        "wrong": len(errors),
        "alike": told_alike(alike),
        "alike_url": _alike_url(obj, record, alike),
        "watched": _watched(obj, fields),
        "asked": asked,
        "conflicts": conflicts,
        "version": record.version if record else "",
        "once": "" if record else request.POST.get("once") or form_key(obj, by=by),
        "action": record_url(obj, record.pk, "edit") if record else f"/{obj.plural}/new/",
        "back": local_address(
            request,
            request.POST.get("next") or request.GET.get("next"),
            record_url(obj, record.pk) if record else list_url(obj),
        ),
        "next": request.POST.get("next") or request.GET.get("next") or "",
    }
    return render_page(request, TEMPLATE, context, title=title, status=status)


def _in_sections(layout: Layout, controls: dict[str, Control]) -> list[tuple[str, list[Control]]]:
    """The controls under the headings of the layout; what it does not name comes last, without one."""
    found = [
        (str(part.label), [controls.pop(name) for name in part.fields if name in controls])
        for part in layout.sections
    ]
    return [one for one in [*found, ("", list(controls.values()))] if one[1]]


def _unsent(field: Field, record: Any) -> Any:
    """What a control shows that was not in the form: a condition shows it now, or it never was."""
    return raw_of(field, _default(field) if record is None else field.get(record))


def _default(field: Field) -> Any:
    return field.default() if callable(field.default) else field.default


def _elsewhere(obj: Object, fields: Sequence[Field], errors: Mapping[str, list[str]]) -> list[str]:
    """Errors of fields that have no control here."""
    drawn = {one.name for one in fields}
    return [
        labelled(obj[name].label, said) if name in obj.fields_by_name else said
        for name, found in errors.items()
        if name not in drawn
        for said in found
    ]


def _control(field: Field, raw: Any, errors: Sequence[str], refs: Mapping[Key, Ref], by: Actor) -> Control:
    found = control_of(field, raw, by=by, refs=refs, errors=errors)
    if found.kind != "find" or not isinstance(field, Link) or not may_make(registry.get(field.to), by):
        return found
    words = _("New %(object)s: “{q}”") % {"object": registry.get(field.to).label.within}
    return replace(found, create=words, new=raw["new"] if names_new(field, raw, by) else "")


def _prefilled(field: Field, query: QueryDict, by: Actor) -> Any:
    if field.name in query and not field.multiple:
        return {"amount": query[field.name]} if field.type == "money" else query[field.name]
    if field.type == "links" and field.name in query:
        return [one for one in query.getlist(field.name) if one]
    if field.type == "about" and ":" in query.get(field.name, ""):
        return read_sent(field, query)
    if field.name == "owner" and by.member_id:
        return str(by.member_id)
    return raw_of(field, _default(field))


def _named(fields: Sequence[Field], raws: Mapping[str, Any]) -> set[Key]:
    """Linked records whose titles the controls show."""
    keys: set[Key] = set()
    for one in fields:
        raw = raws.get(one.name)
        if isinstance(one, Link) and one.type == "link":
            given = str(raw["id"] if isinstance(raw, Mapping) else raw or "")
            if given.isdecimal() and len(given) < 20:
                keys.add((one.to, int(given)))
        elif one.type == "about":
            keys |= keys_of(one, raw)
        elif isinstance(one, Links):
            named = map(str, raw or [])
            keys |= {(one.to, int(key)) for key in named if key.isdecimal() and len(key) < 20}
    return keys


def _messages(problem: InvalidValues) -> dict[str, list[str]]:
    return {name: [one.message for one in found] for name, found in problem.errors.items()}


def held(problem: InvalidValues) -> bool:
    """Whether another record is why it was not saved; the form leads there then."""
    return any(one.code == "duplicate" for found in problem.errors.values() for one in found)


def _conflicts(obj: Object, problem: StaleRecord, by: Actor) -> list[Conflict]:
    """Both values of every field that two people changed, in words."""
    pairs = {name: [obj[name].from_json(one) for one in pair] for name, pair in problem.conflicts.items()}
    keys = {key for name, pair in pairs.items() for one in pair for key in keys_of(obj[name], one)}
    cells = Cells(obj, refs=titles_of(keys, by=by), context=field_context(by))
    return [
        Conflict(str(obj[name].label), cells.words(obj[name], now), cells.words(obj[name], mine))
        for name, (now, mine) in pairs.items()
    ]
