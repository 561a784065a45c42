"""Opening a project, and taking milestones from a template."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import plain_door
from guanxi.sales.instalments.models import CLOSED, Instalment
from guanxi.sales.orders.views import messages_of
from guanxi.sales.projects.actions import add_milestones, open_project
from guanxi.sales.projects.models import ProjectTemplate
from guanxi.sales.projects.objects import PROJECT
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

GIVEN = ("name", "starts_on", "ends_on")


@plain_door("GET", "POST")
def open_one(request: MemberRequest, whole_id: int, name: str) -> HttpResponse:
    """A project of a deal, order or contract: POST opens it, with the milestones that were asked for."""
    by, obj, sent = request.actor, registry.get(name), request.POST
    whole = find_record(obj, whole_id, by=by, access="edit")
    require(by, "open_project", obj)
    require(by, "create", PROJECT)
    problems: list[str] = []
    if request.method == "POST":
        try:
            given = {one: sent.get(one, "").strip() for one in GIVEN}
            made = open_project(
                whole,
                by=by,
                template=_template(sent.get("template", "")),
                payments="payments" in sent,
                **given,
            )
        except InvalidValues as problem:
            problems = messages_of(problem)
        else:
            said = _("Made %(name)s") % {"name": made}
            return toast(HttpResponseRedirect(record_url(PROJECT, made.pk)), said)
    today = timezone.localdate().isoformat()
    context = {
        "whole": whole,
        "back": record_url(obj, whole.pk),
        "name_label": PROJECT["name"].label,
        "templates": _templates(),
        "payments": _expected(whole) if name != "deal" and by.may("see", "instalment") else 0,
        "typed": {"name": str(whole.deal if name != "deal" and whole.deal_id else whole), "starts_on": today}
        | {one: sent[one] for one in (*GIVEN, "template") if one in sent},
        "with_payments": request.method != "POST" or "payments" in sent,
        "problems": problems,
    }
    title = _("New %(object)s") % {"object": PROJECT.label.within}
    status = 422 if problems else 200
    return render_page(request, "sales/project_new.html", context, title=title, status=status)


@plain_door("GET", "POST")
def from_template(request: MemberRequest, project_id: int) -> HttpResponse:
    """Which template; POST adds its milestones."""
    by = request.actor
    project = find_record(PROJECT, project_id, by=by, access="edit")
    require(by, "use_template", PROJECT)
    problems: list[str] = []
    if request.method == "POST":
        try:
            chosen = _template(request.POST.get("template", ""))
            if chosen is None:
                raise InvalidValues({"template": [FieldError("required", _("Say which template."))]})
            made = add_milestones(project, chosen, by=by)
        except InvalidValues as problem:
            problems = messages_of(problem)
        else:
            said = _("Milestones added: %(count)d") % {"count": len(made)}
            return toast(HttpResponseRedirect(record_url(PROJECT, project.pk, "milestones")), said)
    context: dict[str, Any] = {
        "project": project,
        "back": record_url(PROJECT, project.pk),
        "templates": _templates(),
        "problems": problems,
    }
    status = 422 if problems else 200
    return render_page(
        request,
        "sales/project_milestones.html",
        context,
        title=_("Milestones from a template"),
        status=status,
    )


def _templates() -> list[Option]:
    found = ProjectTemplate.objects.filter(archived_at=None).order_by("sort_key", "pk")
    return [Option(str(one.pk), one.name) for one in found]


def _template(text: str) -> ProjectTemplate | None:
    """What was chosen, None for nothing; raises InvalidValues for what is not there."""
    if not text:
        return None
    fits = text.isdecimal() and len(text) < 20
    rows = ProjectTemplate.objects.filter(pk=int(text) if fits else 0, archived_at=None)
    found: ProjectTemplate | None = rows.first()
    if found is None:
        raise InvalidValues({"template": [FieldError("link", _("This template is not there any more."))]})
    return found


def _expected(whole: Any) -> int:
    rows = Instalment.objects.filter(**{whole.object_name: whole}, archived_at=None)
    count: int = rows.exclude(status__in=CLOSED).count()
    return count
