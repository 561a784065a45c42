"""Settings › Configuration file: all that a workspace has made of its product, as one text.

The text is compared first: what applying it would do is shown step by step, and done only when somebody has
seen just these steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.shaping import may_shape
from guanxi.platform.metadata.texts import (
    LONGEST,
    Step,
    apply_shape,
    read_shape,
    steps_to,
    told_wrong,
    try_shape,
    value_as_text,
    write_shape,
)
from guanxi.platform.records.pages.doors import plain_door
from guanxi.web.pages import render_page, toast

ADDRESS = "/settings/configuration/"
SHOWN = 300  # signs of a value before and after


@dataclass(frozen=True, slots=True)
class Line:
    """A step as it is shown: what is done, to what, and each part with its text before and after."""

    what: str
    word: str
    name: str
    changes: Sequence[tuple[str, str, str]]


@plain_door("GET", "POST")
def configuration(request: MemberRequest) -> HttpResponse:
    """POST tells what a text would do; with `do=apply` and the mark of what was shown it does that."""
    _require(request)
    if request.method == "GET":
        return _draw(request, "")
    text, problem = _given(request)
    if problem:
        return _draw(request, text, problems=[problem])
    remove = bool(request.POST.get("remove"))
    try:
        shape = read_shape(text)
        steps = steps_to(shape, remove=remove)
        if request.POST.get("do") == "apply" and request.POST.get("seen") == _mark(steps):
            apply_shape(shape, by=request.actor, remove=remove)
            said = ngettext("%(count)d step done.", "%(count)d steps done.", len(steps))
            return toast(HttpResponseRedirect(ADDRESS), said % {"count": len(steps)})
        try_shape(shape, by=request.actor, remove=remove)
    except FieldError as wrong:
        return _draw(request, text, problems=[str(wrong)])
    except InvalidValues as wrong:
        return _draw(request, text, problems=told_wrong(text, wrong))
    return _draw(request, text, steps)


@plain_door("GET")
def configuration_file(request: MemberRequest) -> HttpResponse:
    """The text of what there is now."""
    _require(request)
    name = f"{request.member.workspace.slug}-{timezone.localdate():%Y-%m-%d}.toml"
    named = content_disposition_header(True, name) or "attachment"
    headers = {"Content-Disposition": named}
    return HttpResponse(
        write_shape(by=request.actor), content_type="application/toml; charset=utf-8", headers=headers
    )


def _given(request: MemberRequest) -> tuple[str, str]:
    """The text of an upload or a field, and what is wrong with it."""
    upload = request.FILES.get("file")
    if getattr(request, "too_large", "") or (upload is not None and (upload.size or 0) > 4 * LONGEST):
        return "", _("The file is too large.")
    if upload is None:
        text = request.POST.get("text", "").replace("\r\n", "\n")
        return text, "" if text.strip() else _("Choose a file, or paste its text.")
    try:
        return upload.read().decode("utf-8-sig").replace("\r\n", "\n"), ""
    except UnicodeDecodeError:
        return "", _("This is no text in UTF-8.")


def _draw(
    request: MemberRequest, text: str, steps: list[Step] | None = None, problems: Sequence[str] = ()
) -> HttpResponse:
    context = {
        "text": text,
        "lines": None if steps is None else [_line(one) for one in steps],
        "seen": _mark(steps or ()),
        "remove": bool(request.POST.get("remove")),
        "problems": list(problems),
    }
    status = 422 if problems else 200
    title = _("Configuration file")
    return render_page(request, "records/configuration.html", context, title=title, status=status)


def _line(step: Step) -> Line:
    word = {"add": _("new"), "change": _("changed"), "archive": _("into the archive")}[step.what]
    changes = [(name, _short(old), _short(new)) for name, (old, new) in step.changes.items()]
    return Line(step.what, word, step.name, changes)


def _short(value: object) -> str:
    text = "–" if value in (None, "", [], {}) else value_as_text(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _mark(steps: Sequence[Step]) -> str:
    """Tells whether what would be done is what was shown."""
    return sha256("\n".join(map(str, steps)).encode()).hexdigest()


def _require(request: MemberRequest) -> None:
    if not may_shape(request.actor):
        raise PermissionDenied
