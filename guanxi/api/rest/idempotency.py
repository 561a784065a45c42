"""Idempotency-Key: a call that is sent twice is done once, and said twice to be done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from guanxi.api.models import IdempotentCall
from guanxi.api.rest.encoding import answer
from guanxi.api.rest.problems import problem
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.resources import SentFile

KEPT_FOR = timedelta(hours=24)
KEPT_HEADERS = ("Location",)


def once(
    request: MemberRequest,
    do: Callable[[], HttpResponse],
    file: SentFile | None = None,
    *,
    anew: Callable[[int], HttpResponse] | None = None,
    keeps: Callable[[Any], dict[str, Any]] | None = None,
    retells: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> HttpResponse:
    """Answer with `do`, or say what came of it when the same caller sent the same key before.

    `file` is what was sent where the body was read already; otherwise the body tells calls apart.
    Only answers below 400 are kept: a call that was refused has done nothing, and may be sent again. The row
    is written in the transaction of the call: of two that run at the same moment, the second one waits for
    the first and then finds its answer. Doors that change nothing have no need of this.

    An answer outlives no right, so none of it is kept but that it was done: its status, where the thing is,
    and its key (or what `keeps` takes of the answer, which must be nothing that a right is needed for, and
    `retells` makes an answer of again). With `anew` the thing is read again by its key, as the caller may
    read it then; what that raises is raised.
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
        return _again(kept, digest, anew, retells)
    try:
        with transaction.atomic():
            call = IdempotentCall.objects.create(caller=caller, key=key, digest=digest, status=0)
    except IntegrityError:
        kept = IdempotentCall.objects.get(caller=caller, key=key)
        return _again(kept, digest, anew, retells)
    response = do()
    if response.status_code >= 300:  # sent on to where a merged record is: nothing was done
        call.delete()
        return response
    call.status = response.status_code
    call.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    call.done = (keeps or _which)(_content(response))
    call.save()
    return response


def forget_old_calls() -> int:
    """Drop answers older than a day; returns how many."""
    old = IdempotentCall.objects.filter(created_at__lt=datetime.now(UTC) - KEPT_FOR)
    count, _models = old.delete()
    return int(count)


def _again(
    kept: IdempotentCall,
    digest: str,
    anew: Callable[[int], HttpResponse] | None,
    retells: Callable[[dict[str, Any]], dict[str, Any]],
) -> HttpResponse:
    if kept.digest != digest:
        words = _(
            "This Idempotency-Key came with another call before. That one was done and stays; this one was "
            "not. To have it done, send it with a key of its own."
        )
        return problem(422, "idempotency_key", words)
    done, which = dict(kept.done), str(kept.done.get("id", ""))
    if kept.status == 204:
        response = HttpResponse(status=204)
    elif anew is not None and which.isascii() and which.isdecimal():
        response = anew(int(which))
        response.status_code = kept.status
        response.content = msgspec.json.encode(_content(response) | done)
    else:
        response = answer(retells(done), kept.status)
    for name, value in kept.headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response


def _which(content: Any) -> dict[str, Any]:
    """Of what was answered the key of the thing, and of the batch that takes it back."""
    return {name: content[name] for name in ("id", "batch") if name in content}


def _content(response: HttpResponse) -> Any:
    """What an answer says; nothing of one that is no object in JSON."""
    if response.streaming or not response.get("Content-Type", "").startswith("application/json"):
        return {}
    content = msgspec.json.decode(response.content) if response.content else {}
    return content if isinstance(content, dict) else {}


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
