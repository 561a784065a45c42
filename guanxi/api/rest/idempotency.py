"""Idempotency-Key: a call that is sent twice is done once and answered twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from guanxi.api.models import IdempotentCall
from guanxi.api.rest.encoding import etag, record_json
from guanxi.api.rest.problems import problem
from guanxi.platform.identity.actors import Actor, Grant
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.resources import SentFile
from guanxi.platform.records.access import find_record

KEPT_FOR = timedelta(hours=24)
KEPT_HEADERS = ("Content-Type", "Location", "ETag")


def once(
    request: MemberRequest,
    do: Callable[[], HttpResponse],
    file: SentFile | None = None,
    *,
    of: Object | None = None,
) -> HttpResponse:
    """Answer with `do`, or with what it answered when the same caller sent the same key before.

    `file` is what was sent where the body was read already; otherwise the body tells calls apart.
    Only answers below 500 that changed something are kept. The row is written in the transaction of the
    call: of two that run at the same moment, the second one waits for the first and then finds its answer.

    An answer outlives no right. Where it is a record `of` an object, only which record that was is kept, and
    it is read again as the caller may read it then (NotFound where that is not at all); any other answer is
    kept with the rights under which it was given, and given again under the same ones only.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key or request.method in ("GET", "HEAD"):
        return do()
    if len(key) > 200:
        return problem(400, "idempotency_key", _("The Idempotency-Key is too long."))
    caller = f"token:{request.token.pk}" if request.token else f"member:{request.actor.member_id}"
    digest = _digest(request, file)
    kept = IdempotentCall.objects.filter(caller=caller, key=key).first()
    if kept is not None:
        return _again(request, kept, digest, of)
    try:
        with transaction.atomic():
            call = IdempotentCall.objects.create(
                caller=caller, key=key, digest=digest, rights=_rights(request.actor), status=0, body=b""
            )
    except IntegrityError:
        kept = IdempotentCall.objects.get(caller=caller, key=key)
        return _again(request, kept, digest, of)
    response = do()
    if response.status_code >= 400:
        call.delete()
        return response
    call.status = response.status_code
    call.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    call.body = _which(response.content) if of else response.content
    call.save()
    return response


def forget_old_calls() -> int:
    """Drop answers older than a day; returns how many."""
    old = IdempotentCall.objects.filter(created_at__lt=datetime.now(UTC) - KEPT_FOR)
    count, _models = old.delete()
    return int(count)


def _again(request: MemberRequest, kept: IdempotentCall, digest: str, of: Object | None) -> HttpResponse:
    if kept.digest != digest:
        return problem(422, "idempotency_key", _("This Idempotency-Key was used for another call."))
    status, headers, body = kept.answer()
    if of is not None and body:
        which = msgspec.json.decode(body)
        record = find_record(of, int(which["id"]), by=request.actor)
        body = msgspec.json.encode(record_json(of, record, by=request.actor) | which)
        headers = headers | {"ETag": etag(record)}
    elif of is None and kept.rights != _rights(request.actor):
        words = _("This was done at the first call. Your rights have changed since: read what came of it.")
        return problem(409, "rights_changed", words)
    response = HttpResponse(body, status=status)
    for name, value in headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response


def _which(body: bytes) -> bytes:
    """Of a record's answer what tells which it is, and the batch that takes it back; no field of it."""
    if not body:
        return b""
    content = msgspec.json.decode(body)
    return msgspec.json.encode({name: content[name] for name in ("id", "batch") if name in content})


def _rights(by: Actor) -> str:
    """What somebody may do and where they stand, as one line that differs where any of it does."""
    grants = sorted((name, repr(_sorted(one))) for name, one in by.grants.items())
    scopes = sorted(by.scopes) if by.scopes is not None else None
    stands = (by.team_id, sorted(by.below_ids), sorted(by.above_ids), sorted(by.led_ids), by.administers)
    return hashlib.sha256(repr((grants, scopes, stands)).encode()).hexdigest()


def _sorted(grant: Grant) -> tuple[object, ...]:
    """A grant in one order: those of sets differ between processes."""
    reaches = (grant.see, grant.edit, grant.delete, grant.export)
    return (sorted(grant.verbs), reaches, sorted(grant.teams.items()), sorted(grant.fields.items()))


def _digest(request: MemberRequest, file: SentFile | None) -> str:
    said = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if file is not None:
        said.update(repr(file.name).encode())
        for piece in file.chunks():
            said.update(piece)
        return said.hexdigest()
    if request.content_type != "multipart/form-data":
        said.update(request.body)
        return said.hexdigest()
    for name, values in request.POST.lists():  # the bytes between the parts are another's each time
        said.update(repr((name, values)).encode())
    for name, files in request.FILES.lists():
        for part in files:
            said.update(repr((name, part.name, part.size)).encode())
            for piece in part.chunks():
                said.update(piece)
            part.seek(0)
    return said.hexdigest()
