"""/api/v1/shares: to whom a record is open beyond the scopes of roles."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from guanxi.api.rest.encoding import answer, read_object
from guanxi.api.rest.idempotency import once
from guanxi.api.rest.problems import BadRequest, door, hearing
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.sharing.actions import end_share, share_record
from guanxi.platform.records.sharing.grantees import To, names_of, read_grantee
from guanxi.platform.records.sharing.models import Share


@require_http_methods(["GET", "HEAD", "POST"])
@hearing(GET=("object", "id"))
def collection(request: MemberRequest) -> HttpResponse:
    """GET ?object=deal&id=7: the shares of a record. POST {"object", "id", "to": "member:812"}: one more."""
    if request.method == "POST":
        return once(request, lambda: _share(request), anew=lambda key: _one(_found(request, key)))
    obj, record_id = _named(request.GET.get("object", ""), request.GET.get("id", ""))
    record = find_record(obj, record_id, by=request.actor)
    rows = Share.objects.filter(object=obj.name, record_id=record.pk).order_by("pk")
    return answer({"data": _told(list(rows))})


@require_http_methods(["GET", "HEAD", "DELETE"])
@door
def item(request: MemberRequest, share_id: int) -> HttpResponse:
    """GET: one share. DELETE: it ends."""
    share = _found(request, share_id)
    if request.method == "DELETE":
        end_share(share, by=request.actor)
        return HttpResponse(status=204)
    return _one(share)


def _share(request: MemberRequest) -> HttpResponse:
    said = read_object(request.body)
    obj, record_id = _named(said.get("object"), said.get("id"))
    record = find_record(obj, record_id, by=request.actor)
    share = share_record(
        record,
        to=read_grantee(str(said.get("to", ""))),
        writes=_boolean(said.get("writes", False)),
        until=_moment(said.get("until")),
        word=str(said.get("word") or ""),
        by=request.actor,
    )
    return _one(share, 201)


def _one(share: Share, status: int = 200) -> HttpResponse:
    return answer(_told([share])[0], status, Location=f"/api/v1/shares/{share.pk}")


def _found(request: MemberRequest, share_id: int) -> Share:
    """A share of a record that the caller sees."""
    share: Share | None = Share.objects.filter(pk=share_id).first() if share_id < 2**63 else None
    if share is None or not registry.has(share.object):
        raise NotFound(f"share {share_id}")
    find_record(registry.get(share.object), share.record_id, by=request.actor)
    return share


def _named(name: Any, key: Any) -> tuple[Object, int]:
    text = str(key)
    if not isinstance(name, str) or not registry.has(name):
        raise BadRequest("object", _("Say which record: “object” and “id”."))
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise NotFound(text)
    return registry.get(name), int(text)


def _boolean(given: Any) -> bool:
    if not isinstance(given, bool):
        raise InvalidValues({"writes": [FieldError("boolean", _("This is true or false."))]})
    return given


def _moment(given: Any) -> datetime | None:
    if given is None or given == "":
        return None
    try:
        read = parse_datetime(str(given))
        found = read.astimezone(UTC) if read is not None and read.tzinfo else None
    except (ValueError, OverflowError):
        found = None
    if found is None:
        words = _("Write a moment with its time zone: 2027-01-31T18:00:00Z")
        raise InvalidValues({"until": [FieldError("moment", words)]})
    return found


def _told(rows: list[Share]) -> list[dict[str, Any]]:
    names = names_of([To(one.grantee_kind, one.grantee_id) for one in rows])
    return [
        {
            "id": str(one.pk),
            "object": one.object,
            "record": str(one.record_id),
            "to": {
                "kind": one.grantee_kind,
                "id": str(one.grantee_id),
                "name": names.get(To(one.grantee_kind, one.grantee_id), ""),
            },
            "writes": one.writes,
            "until": one.until.isoformat() if one.until else None,
            "word": one.word,
            "rule": str(one.rule_id) if one.rule_id else None,
        }
        for one in rows
    ]
