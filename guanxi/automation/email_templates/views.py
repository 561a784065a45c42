from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.automation.email_templates.actions import (
    add_template,
    archive_template,
    change_template,
    find_template,
    restore_template,
)
from guanxi.automation.email_templates.filling import fields_to_fill, fill
from guanxi.automation.email_templates.models import EmailTemplate
from guanxi.automation.email_templates.uses import uses_of
from guanxi.platform.i18n.languages import LANGUAGES, active_language
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound
from guanxi.platform.records.pages.doors import plain_door
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

ADDRESS = "/settings/email-templates/"
LANGUAGE_NAMES = {"zh-hans": "简体中文", "zh-hant": "繁體中文", "en": "English"}
_TRIED = 8  # records that the preview offers


@plain_door("GET", "POST")
def templates(request: MemberRequest) -> HttpResponse:
    """All of them; POST makes a new one and opens it."""
    _administrators(request)
    problems: list[str] = []
    typed = request.POST.dict() if request.method == "POST" else {}
    if request.method == "POST":
        title, object = typed.get("title", ""), typed.get("object", "")
        first = {active_language(): {"subject": title, "text": "…"}}
        try:
            row = add_template(object=object, title=title, texts=first, by=request.actor)
            return HttpResponseRedirect(f"{ADDRESS}{row.pk}/")
        except InvalidValues as problem:
            problems = _messages(problem)
    archived = "archived" in request.GET
    rows = EmailTemplate.objects.filter(archived_at__isnull=not archived).order_by("object", "title", "pk")
    listed = [(one, registry.get(one.object), _languages(one)) for one in rows if registry.has(one.object)]
    context = {
        "listed": listed,
        "archived": archived,
        "objects": [Option(one.name, str(one.label)) for one in registry.objects() if one.group],
        "typed": typed,
        "problems": problems,
    }
    title = _("Email templates")
    return render_page(
        request, "automation/email_templates.html", context, title=title, status=422 if problems else 200
    )


@plain_door("GET", "POST")
def template(request: MemberRequest, template_id: int) -> HttpResponse:
    """One of them: its texts in three languages, what can be filled in, and how it reads for a record."""
    _administrators(request)
    row = find_template(template_id, by=request.actor)
    texts, problems = row.texts, list[str]()
    if request.method == "POST":
        here = HttpResponseRedirect(f"{ADDRESS}{row.pk}/")
        try:
            match request.POST.get("do", ""):
                case "archive":
                    archive_template(row.pk, by=request.actor)
                    return toast(HttpResponseRedirect(ADDRESS), _("Archived %(name)s") % {"name": row})
                case "restore":
                    restore_template(row.pk, by=request.actor)
                    return toast(here, _("%(name)s is back") % {"name": row})
                case "save":
                    texts = _typed(request)
                    change_template(
                        row.pk,
                        title=request.POST.get("title", ""),
                        texts=texts,
                        used_for=request.POST.get("used_for", ""),
                        by=request.actor,
                    )
                    return toast(here, _("Saved"))
                case _unknown:
                    raise Http404
        except InvalidValues as problem:
            problems = _messages(problem)
    context = {
        "row": row,
        "obj": registry.get(row.object),
        "languages": [(one, name, texts.get(one, {})) for one, name in LANGUAGE_NAMES.items()],
        "uses": [Option("", "–"), *(Option(one.name, str(one.label)) for one in uses_of(row.object))],
        "fields": fields_to_fill(row.object, row.used_for),
        "problems": problems,
        **_preview(request, row),
    }
    return render_page(
        request, "automation/email_template.html", context, title=row.title, status=422 if problems else 200
    )


def _preview(request: MemberRequest, row: EmailTemplate) -> dict[str, Any]:
    """The mail as it is kept, for the record and the language that are asked for."""
    obj = registry.get(row.object)
    recent = list(obj.rows().filter(archived_at=None).order_by("-pk")[:_TRIED])
    tried = read_whole(request.GET.get("record", "")) or (recent[0].pk if recent else None)
    language = request.GET.get("language", "")
    try:
        letter = (
            fill(row, tried, by=request.actor, language=language if language in LANGUAGES else "")
            if tried
            else None
        )
    except NotFound as gone:
        raise Http404 from gone
    return {
        "letter": letter,
        "records": [Option(str(one.pk), str(one)) for one in recent],
        "tried": str(tried or ""),
        "spoken": [Option("", _("Language of the recipient"))]
        + [Option(one, name) for one, name in LANGUAGE_NAMES.items() if one in row.texts],
        "language": language,
    }


def _typed(request: MemberRequest) -> dict[str, Any]:
    return {
        one: {"subject": request.POST.get(f"subject-{one}", ""), "text": request.POST.get(f"text-{one}", "")}
        for one in LANGUAGES
    }


def _languages(row: EmailTemplate) -> str:
    return " · ".join(name for one, name in LANGUAGE_NAMES.items() if one in row.texts)


def _messages(problem: InvalidValues) -> list[str]:
    found = []
    for path, errors in problem.errors.items():
        language = LANGUAGE_NAMES.get(path.split(".")[1], "") if path.startswith("texts.") else ""
        found += [f"{language} · {one.message}" if language else str(one.message) for one in errors]
    return found


def _administrators(request: MemberRequest) -> None:
    if not request.actor.administers:
        raise PermissionDenied
