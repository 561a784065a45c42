"""The doors of /api/v1: a list and its records, verbs as sub-resources, batches, sums, history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

import msgspec
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guanxi.api.rest.encoding import answer, etag, read_object, record_json
from guanxi.api.rest.idempotency import once
from guanxi.api.rest.problems import BadRequest, door, door_that_asks, explain, hearing
from guanxi.platform.events.facts import facts_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Field, Link
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import note_opened
from guanxi.platform.metadata.rights import as_seen, visible_changes
from guanxi.platform.records.access import NotFound, find_record, require
from guanxi.platform.records.aggregates import aggregates_of, read_pairs, work_out
from guanxi.platform.records.duplicates.finding import find_alike
from guanxi.platform.records.duplicates.keys import shape_of
from guanxi.platform.records.encoding import link_json, table_json
from guanxi.platform.records.exporting.formats import FORMATS
from guanxi.platform.records.exporting.sending import send_list, too_many
from guanxi.platform.records.exporting.tables import TooManyRows
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, check_query, count_records, list_table
from guanxi.platform.records.merging.actions import merge_records, merged_into
from guanxi.platform.records.past import as_of, moment_asked
from guanxi.platform.records.revealing import reveal_field
from guanxi.platform.records.saved_views import views_of
from guanxi.platform.records.summary import linked_keys_of, summarise
from guanxi.platform.records.titles import Key, Ref, titles_of
from guanxi.platform.records.trash.actions import delete_record, in_trash, restore_deleted, trash_of
from guanxi.platform.records.writing import archive_record, change_record, create_record, restore_record

MOST_OPERATIONS = 200
MOST_FACTS = 100
LISTED = ("filter", "sort", "fields", "after", "limit", "q", "archived", "total", "view")
EXPORTED = ("filter", "sort", "fields", "q", "archived", "view")
SUMMED = ("filter", "group", "sum", "aggregates", "q", "archived", "view")


@require_http_methods(["GET", "HEAD", "POST"])
@hearing(GET=LISTED)
def collection(request: MemberRequest, plural: str) -> HttpResponse:
    """GET: a page of records, also of a view by its key (?view=). POST: a new one."""
    obj = named(plural, by=request.actor)
    if request.method == "POST":
        return once(request, lambda: _create(request, obj), anew=_anew(request, obj))
    query = _of_view(request, obj)
    require(request.actor, "see", obj)
    table, refs, after = list_table(query, by=request.actor)
    content: dict[str, Any] = {"data": table_json(table, refs), "next": after}
    if request.GET.get("total") == "true":
        content["total"] = count_records(query, by=request.actor)
    return answer(content)


@require_GET
@hearing(GET=EXPORTED)
def export(request: MemberRequest, plural: str, form: str) -> HttpResponse:
    """GET ?view=, filter, sort, q, fields: all records of a list as a file; without `fields` with all."""
    obj = named(plural, by=request.actor)
    chosen = FORMATS.get(form)
    if chosen is None or not chosen.offered(obj):
        raise NotFound(form)
    require(request.actor, "export", obj)
    asked = _of_view(request, obj)
    columns = asked.columns if request.GET.get("fields") else ()
    query = replace(asked, columns=columns, sort=asked.sort or obj.sort, after=None)
    check_query(query, by=request.actor)
    try:
        return cast(HttpResponse, send_list(query, chosen, by=request.actor))
    except TooManyRows:
        raise BadRequest("too_many_rows", too_many(), 422) from None


def _of_view(request: MemberRequest, obj: Object) -> ListQuery:
    """The list of a view by its key; what the address says itself goes before it."""
    query, key = read_query(request, obj), request.GET.get("view", "")
    if not key:
        return query
    view = next((one for one in views_of(obj, by=request.actor) if one.key == key), None)
    if view is None:
        raise NotFound(key)
    found = query if request.GET.get("filter") else replace(query, filter=parse_filter(view.filter))
    return replace(found, sort=query.sort or view.sort)


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
@hearing(GET=("as_of",))
def item(request: MemberRequest, plural: str, record_id: int) -> HttpResponse:
    """GET, PATCH (If-Match with the ETag that was read) and DELETE (into the archive) of one record.

    GET ?as_of= tells it as it was at a moment.
    """
    obj = named(plural, by=request.actor)
    if request.method == "PATCH":
        return once(request, lambda: _change(request, obj, record_id), anew=_anew(request, obj))
    record = find_record(obj, record_id, by=request.actor)
    if request.method == "GET":
        note_opened(obj, record, request.actor)
    if (elsewhere := _merged(request, obj, record)) is not None:
        return elsewhere
    if request.method == "DELETE":
        archive_record(record, by=request.actor)
        return HttpResponse(status=204)
    if moment := request.GET.get("as_of"):
        return _then(obj, record, moment, by=request.actor)
    tag = etag(record)
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    return answer(record_json(obj, record, by=request.actor), ETag=tag)


@require_POST
@door
def verb(request: MemberRequest, plural: str, record_id: int, noun: str) -> HttpResponse:
    """A verb of the object, `deletion` into the trash, or `restoration` from the archive or the trash,
    `merger` of others into it."""
    obj = named(plural, by=request.actor)
    if noun == "reveal":  # each look is told, so each is a call of its own
        return _run_verb(request, obj, record_id, noun)
    return once(request, lambda: _run_verb(request, obj, record_id, noun), anew=_anew(request, obj))


@require_GET
@door
def trash(request: MemberRequest) -> HttpResponse:
    """What is in the trash, the newest first, 200 at most."""
    data = [
        {
            "object": one.obj.name,
            "id": str(one.record_id),
            "title": one.title,
            "deleted_by": one.who,
            "deleted_at": one.at.isoformat(),
            "empties_at": one.empties_at.isoformat(),
        }
        for one in trash_of(by=request.actor)
    ]
    return answer({"data": data})


@require_POST
@door
def batch(request: MemberRequest, plural: str) -> HttpResponse:
    """Up to 200 operations, each {"do": create, change, archive or restore, "id", "version", "values"}.

    Each succeeds or fails by itself, unless "atomic": true: then one that fails undoes all.
    """
    obj = named(plural, by=request.actor)
    return once(request, lambda: _run_batch(request, obj), keeps=_outcomes, retells=_told_again)


@require_GET
@hearing(GET=SUMMED)
def summary(request: MemberRequest, plural: str) -> HttpResponse:
    """Exact counts and sums: ?group=stage,owner&sum=amount, with the filter of the list, or that of a view.

    ?aggregates=amount:avg,employees:max is what stands in the foot of a list, over all of its records.
    """
    obj = named(plural, by=request.actor)
    require(request.actor, "see", obj)
    group = _names(request.GET.get("group", ""))
    sums = _names(request.GET.get("sum", ""))
    query = replace(_of_view(request, obj), sort="", after=None)
    foot = _foot(query, request.GET.get("aggregates", ""), by=request.actor)
    groups = summarise(query, by=request.actor, group=group, sums=sums)
    refs = titles_of(linked_keys_of(obj, group, groups), by=request.actor)
    # A group for every month and owner names each month and each owner many times.
    said = [
        {key: _group_json(obj.fields_by_name.get(name), key, refs) for key in {one.key[at] for one in groups}}
        for at, name in enumerate(group)
    ]
    data = [
        {
            "group": {name: words[key] for name, words, key in zip(group, said, one.key, strict=True)},
            "count": one.count,
            "sums": {name: plain(value) for name, value in one.sums.items()},
            "unpriced": one.unpriced,
        }
        for one in groups
    ]
    return answer({"data": data, "currency": request.actor.currency, **foot})


def _foot(query: ListQuery, text: str, *, by: Actor) -> dict[str, Any]:
    """{"aggregates": {field: {aggregate: figure}}}; nothing where none is asked for. Raises BadRequest."""
    chosen = read_pairs(text)
    for name, kind in chosen:
        field = query.obj.fields_by_name.get(name)
        if field is None or kind not in aggregates_of(field):
            said = _("“%(name)s” has no aggregate “%(kind)s”.")
            raise BadRequest("aggregates", said % {"name": name[:60], "kind": kind[:20]})
    if text and not chosen:
        raise BadRequest("aggregates", _("Say field:aggregate, by comma: amount:avg,closed_on:max."))
    return {"aggregates": work_out(query, chosen, by=by)} if chosen else {}


def _group_json(field: Field | None, key: Any, refs: Mapping[Key, Ref]) -> Any:
    return link_json(field.to, key, refs) if isinstance(field, Link) else key


@require_GET
@hearing(GET=("before",))
def history(request: MemberRequest, plural: str, record_id: int) -> HttpResponse:
    """The facts of a record, the newest first, 100 at once; `next` is the `before` of those before them."""
    obj = named(plural, by=request.actor)
    record = find_record(obj, record_id, by=request.actor)
    rows, before = facts_of(obj.name, record.pk).order_by("-id"), request.GET.get("before", "")
    if before:
        if not (before.isascii() and before.isdecimal() and len(before) <= 19 and int(before) < 2**63):
            raise BadRequest("before", _("“before” is the “next” of the page before."))
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: MOST_FACTS + 1])
    facts, more = found[:MOST_FACTS], len(found) > MOST_FACTS
    data = [
        {
            "id": str(fact.pk),
            "name": fact.name,
            "at": fact.at.isoformat(),
            "actor": {"kind": fact.actor_kind, "id": str(fact.actor_id or ""), "name": fact.actor_name},
            "changes": visible_changes(obj, fact.changes, request.actor, record_id=fact.record_id),
            "version": fact.version,
        }
        for fact in facts
    ]
    return answer({"data": data, "next": data[-1]["id"] if more else None})


@door_that_asks
def unknown(request: MemberRequest, rest: str = "") -> HttpResponse:
    """Everything else below /api/."""
    raise NotFound(rest)


# What the doors share


def named(plural: str, *, by: Actor) -> Object:
    """The object of an address as the caller sees it; raises NotFound."""
    obj = registry.by_plural(plural)
    if obj is None:
        raise NotFound(plural)
    return as_seen(obj, by)


def read_query(request: HttpRequest, obj: Object) -> ListQuery:
    """filter, sort, fields, after, limit, q, archived; raises BadRequest and the errors of the engine."""
    asked = request.GET
    names = _names(asked.get("fields", "")) or default_fields(obj)
    for name in names:
        if name not in obj.fields_by_name:
            raise BadRequest("unknown_field", _("There is no field “%(name)s”.") % {"name": name})
    limit = asked.get("limit", "50")
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:4]) <= 200):
        raise BadRequest("limit", _("limit must be between 1 and 200."))
    return ListQuery(
        obj=obj,
        columns=names,
        filter=parse_filter(asked.get("filter", "")),
        sort=asked.get("sort", ""),
        after=asked.get("after") or None,
        limit=int(limit),
        search=asked.get("q", "")[:200],
        archived=asked.get("archived") == "true",
    )


def default_fields(obj: Object) -> tuple[str, ...]:
    """The columns of the list and when it changed."""
    return (*obj.columns, "created_at", "updated_at")


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in text.split(",") if name))


def _then(obj: Object, record: Any, moment: str, *, by: Actor) -> HttpResponse:
    """The record as it was: of what is linked the titles are those of now. Raises BadRequest."""
    try:
        at = moment_asked(moment)
    except FieldError as problem:
        hint = _("Say a day or a moment of the past: 2026-03-31, 2026-03-31T18:00:00Z.")
        raise BadRequest("as_of", f"{problem} {hint}") from None
    past = as_of(obj, record, at)
    found = record_json(obj, past.record, by=by)
    del found["version"], found["archived_at"]
    return answer(
        {
            **found,
            "as_of": at.isoformat(),
            "existed": past.existed,
            "archived": past.archived,
            "changes_since": past.later,
        }
    )


def _anew(request: MemberRequest, obj: Object) -> Callable[[int], HttpResponse]:
    """How a record is told to whom it was told before: as they may read it now. Raises NotFound."""

    def read(record_id: int) -> HttpResponse:
        record = find_record(obj, record_id, by=request.actor)
        return answer(record_json(obj, record, by=request.actor), ETag=etag(record))

    return read


def _create(request: MemberRequest, obj: Object) -> HttpResponse:
    record = create_record(object=obj.name, values=read_object(request.body), by=request.actor)
    content = record_json(obj, record, by=request.actor) | _alike(obj, record, by=request.actor)
    return answer(content, 201, Location=f"/api/v1/{obj.plural}/{record.pk}", ETag=etag(record))


def _change(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    record = find_record(obj, record_id, by=request.actor)
    if (elsewhere := _merged(request, obj, record)) is not None:
        return elsewhere
    values = read_object(request.body)
    changed = change_record(record, values, by=request.actor, version=_version(request, record))
    told = _alike(obj, changed, by=request.actor, named=values) if changed.last_fact_id else {}
    return answer(record_json(obj, changed, by=request.actor) | told, ETag=etag(changed))


def _alike(
    obj: Object, record: Any, *, by: Actor, named: Mapping[str, Any] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Records that may be the same as the one that was written, under `alike`; nothing where there are none.

    Of those that the caller may not see it says what the workspace's rule lets it say.
    """
    values = {one.name: one.get(record) for one in obj.fields}
    if named is not None and not any(name in named for name in shape_of(obj).fields):
        return {}
    found = find_alike(obj, values, by=by, besides=record.pk)
    told = [
        {
            "id": str(one.ref.id) if one.ref else None,
            "title": one.ref.title if one.ref else None,
            "owner": one.owner or None,
            "in": list(one.alike),
        }
        for one in found
    ]
    return {"alike": told} if told else {}


def _version(request: MemberRequest, record: Any) -> int | None:
    """The version in If-Match; None where any will do."""
    named_tag = request.headers.get("If-Match", "*").strip().removeprefix("W/").strip('"')
    if named_tag == "*":
        return None
    if not (named_tag.isascii() and named_tag.isdecimal() and len(named_tag) < 10):
        raise BadRequest("if_match", _("If-Match must be the ETag that was read."), 412)
    if int(named_tag) > record.version:
        raise BadRequest("if_match", _("If-Match must be the ETag that was read."), 412)
    return int(named_tag)


def _run_verb(request: MemberRequest, obj: Object, record_id: int, noun: str) -> HttpResponse:
    if noun == "restoration" and in_trash(obj, record_id):
        back = restore_deleted(obj, record_id, by=request.actor)
        return answer(record_json(obj, back, by=request.actor), ETag=etag(back))
    record = find_record(obj, record_id, by=request.actor)
    if (elsewhere := _merged(request, obj, record, f"/{noun}")) is not None:
        return elsewhere
    if noun == "deletion":
        delete_record(record, by=request.actor)
        return HttpResponse(status=204)
    if noun == "merger":
        return _merge(request, obj, record_id)
    if noun == "reveal":
        name = str(read_object(request.body).get("field", ""))
        field, value = reveal_field(obj, record_id, name, by=request.actor)
        return answer({"field": field.name, "value": field.to_json(value)})
    if noun == "restoration":
        done = restore_record(record, by=request.actor)
    else:
        declared = next((one for one in obj.verbs if one.noun == noun), None)
        if declared is None:
            raise NotFound(noun)
        require(request.actor, declared.name, obj)
        done = declared.run(record, read_object(request.body), by=request.actor)
    return answer(record_json(obj, done, by=request.actor), ETag=etag(done))


def _merge(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """{"others": [ids], "choose": {field: id, or "all"}}: the others become part of this record.

    `batch` of the answer undoes it for 30 days.
    """
    asked = read_object(request.body)
    others, choose = asked.get("others"), asked.get("choose") or {}
    known = isinstance(others, list) and all(str(one).isascii() and str(one).isdecimal() for one in others)
    if not known or not isinstance(choose, dict):
        raise BadRequest("others", _("“others” is a list of ids, “choose” an object."))
    winner = merge_records(
        obj, record_id, [int(one) for one in others or []], by=request.actor, choose=choose
    )
    content = record_json(obj, winner, by=request.actor) | {"batch": str(winner.merge_id)}
    return answer(content, ETag=etag(winner))


def _merged(request: MemberRequest, obj: Object, record: Any, rest: str = "") -> HttpResponse | None:
    """308 to the record that this one was merged into, whatever the method; None where it was not."""
    into = merged_into(obj, record, by=request.actor)
    if into is None:
        return None
    return HttpResponse(status=308, headers={"Location": f"/api/v1/{obj.plural}/{into}{rest}"})


def _run_batch(request: MemberRequest, obj: Object) -> HttpResponse:
    asked = read_object(request.body)
    operations = asked.get("operations")
    if not isinstance(operations, list) or not 1 <= len(operations) <= MOST_OPERATIONS:
        raise BadRequest("operations", _("A batch has 1 to 200 operations."))
    whole = asked.get("atomic") is True
    results = [_run_operation(obj, one, by=request.actor, whole=whole) for one in operations]
    failed = sum(1 for one in results if one["status"] >= 400)
    return answer({"data": results, "failed": failed}, 207 if failed else 200)


def _outcomes(content: Any) -> dict[str, Any]:
    """Of what a batch answered: how each operation ended, and on which record; of an error its code."""
    names = ("status", "id", "version")
    data = [
        {name: one[name] for name in names if name in one}
        | ({"code": one["error"]["code"]} if "error" in one else {})
        for one in content["data"]
    ]
    return {"data": data, "failed": content["failed"]}


def _told_again(outcomes: Mapping[str, Any]) -> dict[str, Any]:
    """An answer made of them: an operation that failed has its error, which says where its reason went."""
    said = _(
        "This operation was refused when the call was made, and did nothing; why is not kept. To learn it, "
        "send this operation again with a key of its own."
    )

    def told(one: Mapping[str, Any]) -> dict[str, Any]:
        if one["status"] < 400:
            return dict(one)
        # Of calls that were kept before codes were, the code is not known.
        error = {"type": "about:blank", "status": one["status"], "code": one.get("code", ""), "title": said}
        return {"status": one["status"], "error": error}

    return {**outcomes, "data": [told(one) for one in outcomes["data"]]}


def _run_operation(obj: Object, operation: Any, *, by: Actor, whole: bool) -> dict[str, Any]:
    try:
        if not isinstance(operation, Mapping):
            raise BadRequest("operation", _("An operation is an object with “do”."))
        with transaction.atomic():
            record = _do(obj, operation, by)
        return {
            "status": 201 if operation.get("do") == "create" else 200,
            "id": str(record.pk),
            "version": record.version,
        }
    except Exception as raised:
        said = explain(raised, by)
        if whole or said is None:
            raise
        return {"status": said.status_code, "error": msgspec.json.decode(said.content)}


def _do(obj: Object, operation: Mapping[str, Any], by: Actor) -> Any:
    kind = operation.get("do")
    values = operation.get("values") or {}
    if not isinstance(values, dict):
        raise BadRequest("values", _("“values” is an object."))
    if kind == "create":
        return create_record(object=obj.name, values=values, by=by)
    given = str(operation.get("id", ""))
    if not (given.isascii() and given.isdecimal()):
        raise NotFound(given)
    record = find_record(obj, int(given), by=by)
    version = operation.get("version")
    if kind == "change":
        return change_record(record, values, by=by, version=version if isinstance(version, int) else None)
    if kind == "archive":
        return archive_record(record, by=by)
    if kind == "restore":
        return restore_record(record, by=by)
    raise BadRequest("do", _("“do” is create, change, archive or restore."))
