"""Editing one field in place: GET an editor, PATCH the value (docs/subsystems/web.md, "Editing in place").

Without script the same address is a small page with a form that posts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from markupsafe import Markup

from guanxi.platform.i18n.dates import format_relative
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Field, Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import record_url, with_query
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.pages.controls import control_of, found_link, raw_of, read_sent
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pages.files import with_uploads
from guanxi.platform.records.pages.histories import keys_of
from guanxi.platform.records.pages.records import fact_view
from guanxi.platform.records.pages.rows import cell_attrs
from guanxi.platform.records.titles import titles_of
from guanxi.platform.records.writing import StaleRecord, change_record
from guanxi.web.pages import changed, is_htmx, render_fragment, render_page, toast


@object_door("GET", "POST", "PATCH")
def edit_field(
    request: MemberRequest, obj: Object, record_id: int, name: str, shape: str = "fields"
) -> HttpResponse:
    """One field of a record as a `dd` (shape "fields") or as a `td` (shape "cells")."""
    by = request.actor
    field = obj.fields_by_name.get(name)
    if field is None or field.readonly:
        raise Http404
    record = find_record(obj, record_id, by=by, access="edit")
    if request.method != "GET":
        return _save(request, obj, record, field, shape)
    if "shown" in request.GET:
        return HttpResponse(drawn_value(obj, record, field, shape, by=by))
    return _editor(request, obj, record, field, raw_of(field, field.get(record)))


def drawn_value(obj: Object, record: Any, field: Field, shape: str, *, by: Actor) -> Markup:
    """The field's place with its value as it is now."""
    values = {one.name: one.get(record) for one in obj.fields}
    wide = shape == "fields"
    cells = Cells(
        obj, refs=titles_of(keys_of(field, values[field.name]), by=by), context=field_context(by), wide=wide
    )
    if wide:
        one = fact_view(obj, record.pk, field, values, cells, editable=True)
        css = Markup(' class="num"') if one.numeric else Markup("")
        return Markup('<dd id="fact-{}"{}{}>{}</dd>').format(one.name, css, one.attrs, one.html)
    return Markup("<td{}>{}</td>").format(
        cell_attrs(obj, record.pk, field, values[field.name]), cells.show(field.name, values)
    )


def _editor(
    request: MemberRequest,
    obj: Object,
    record: Any,
    field: Field,
    raw: Any,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    keys = keys_of(field, field.get(record))
    control = control_of(
        field, raw, by=request.actor, refs=titles_of(keys, by=request.actor), errors=[error] if error else []
    )
    context = {
        "obj": obj,
        "record": record,
        "control": control,
        "action": record_url(obj, record.pk, "fields", field.name),
        "back": record_url(obj, record.pk),
    }
    if is_htmx(request):
        return render_fragment(request, "records/editor.html", context, status=status)
    title = f"{record} · {field.label}"
    return render_page(request, "records/field.html", context, title=title, status=status)


def _save(request: MemberRequest, obj: Object, record: Any, field: Field, shape: str) -> HttpResponse:
    by = request.actor
    sent: QueryDict
    if request.method == "PATCH":
        sent = QueryDict(request.body)
    else:
        sent, wrong = with_uploads(request, obj, [field])
        if wrong:
            return _refused(request, obj, record, field, sent, " ".join(wrong[field.name]))
    version = sent.get("version", "")
    try:
        raw = _sent_value(field, sent)
        value = found_link(field, raw, by=by) if isinstance(field, Link) else raw
        saved = change_record(record, {field.name: value}, by=by, version=read_whole(version))
    except FieldError as problem:
        return _refused(request, obj, record, field, sent, problem.message)
    except InvalidValues as problem:
        said = " ".join(one.message for found in problem.errors.values() for one in found)
        answer = _refused(request, obj, record, field, sent, said)
        if set(problem.errors) - {field.name, ""} and isinstance(raw, str):
            # Another field is asked for, which has no place here: the form has both.
            answer["X-Form"] = with_query(record_url(obj, record.pk, "edit"), **{field.name: raw})
        return answer
    except StaleRecord as problem:
        return _conflict(request, obj, field, problem)
    if not is_htmx(request):
        return HttpResponseRedirect(record_url(obj, saved.pk))
    answer = HttpResponse(drawn_value(obj, saved, field, shape, by=by))
    answer["X-Version"] = str(saved.version)
    if saved.last_fact_id is None:
        return answer
    changed(answer, obj.name, f"{obj.name}-sums")
    said = _("%(field)s saved") % {"field": field.label}
    return toast(answer, said, undo=f"/undo/{saved.last_fact_id}/")


def _sent_value(field: Field, sent: QueryDict) -> Any:
    """In place the control is called `value`; the editors of larger fields use the field's own names."""
    if "value" not in sent:
        return read_sent(field, sent)
    if field.type == "money":
        return {"amount": sent.get("value", "").strip(), "currency": sent.get("currency", "")}
    return (
        [one for one in sent.getlist("value") if one] if field.type in ("tags", "choices") else sent["value"]
    )


def _refused(
    request: MemberRequest, obj: Object, record: Any, field: Field, sent: QueryDict, said: str
) -> HttpResponse:
    if is_htmx(request):
        return HttpResponse(said, status=422, content_type="text/plain; charset=utf-8")
    return _editor(request, obj, record, field, read_sent(field, sent), said, status=422)


def _conflict(request: MemberRequest, obj: Object, field: Field, problem: StaleRecord) -> HttpResponse:
    """Both values, and who was faster."""
    by = request.actor
    pair: Mapping[str, Any] = dict(zip(("theirs", "mine"), problem.conflicts[field.name], strict=True))
    values = {side: field.from_json(value) for side, value in pair.items()}
    keys = {key for value in values.values() for key in keys_of(field, value)}
    cells = Cells(obj, refs=titles_of(keys, by=by), context=field_context(by))
    words = {side: cells.words(field, value) for side, value in values.items()}
    said = _("This was changed in the meantime.")
    if problem.last is not None:
        said = _("%(who)s changed this to %(value)s %(when)s.") % {
            "who": problem.last.actor_name,
            "value": words["theirs"],
            "when": format_relative(problem.last.at),
        }
    context = {**words, "says": said, "version": problem.record.version}
    if is_htmx(request):
        return render_fragment(request, "records/conflict.html", context, status=409)
    return _editor(request, obj, problem.record, field, raw_of(field, values["mine"]), said, status=409)
