"""Settings › Pipelines: the stages of each way of selling."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.identity.doors import administrator_required
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.pages.controls import choices_of
from guanxi.platform.records.writing import change_record, create_record
from guanxi.sales.deals.models import Pipeline, Stage
from guanxi.sales.deals.stages import add_stage, move_stage, retire_stage, stages_of
from guanxi.web.pages import render_page, toast

ADDRESS = "/settings/pipelines/"
TYPED = ("name", "probability", "kind", "rot_days", "needs", "gate")


@administrator_required
def pipelines(request: MemberRequest) -> HttpResponse:
    """All pipelines with their stages; POST adds one."""
    if request.method != "POST":
        return _draw(request)
    try:
        position = Pipeline.objects.filter(archived_at=None).count()
        values = {"name": request.POST.get("name", ""), "position": position}
        made = create_record(object="pipeline", values=values, by=request.actor)
    except InvalidValues as problem:
        return _draw(request, problem)
    return toast(HttpResponseRedirect(ADDRESS), _("Added %(name)s") % {"name": made})


@administrator_required
def pipeline(request: MemberRequest, pipeline_id: int) -> HttpResponse:
    """POST renames a pipeline, or adds a stage to it."""
    found = Pipeline.objects.filter(pk=pipeline_id, archived_at=None).first()
    if found is None or request.method != "POST":
        raise Http404
    try:
        if "stage" in request.POST:
            saved = add_stage(found, values=_typed(request), by=request.actor)
        else:
            saved = change_record(found, {"name": request.POST.get("name", "")}, by=request.actor)
    except InvalidValues as problem:
        return _draw(request, problem)
    return toast(HttpResponseRedirect(ADDRESS), _("Saved %(name)s") % {"name": saved})


@administrator_required
def stage(request: MemberRequest, stage_id: int) -> HttpResponse:
    """POST changes a stage, moves it one place, or retires it, by the button."""
    found = Stage.objects.filter(pk=stage_id, archived_at=None).select_related("pipeline").first()
    if found is None or request.method != "POST":
        raise Http404
    try:
        match request.POST.get("do", ""):
            case "earlier":
                move_stage(found, step=-1, by=request.actor)
            case "later":
                move_stage(found, step=1, by=request.actor)
            case "retire":
                retire_stage(found, by=request.actor)
            case _:
                change_record(found, _typed(request), by=request.actor)
    except InvalidValues as problem:
        return _draw(request, problem)
    return toast(HttpResponseRedirect(ADDRESS), _("Saved %(name)s") % {"name": found})


def _typed(request: MemberRequest) -> dict[str, object]:
    return {name: request.POST[name] for name in TYPED if name in request.POST}


def _draw(request: MemberRequest, problem: InvalidValues | None = None) -> HttpResponse:
    rows = Pipeline.objects.filter(archived_at=None).order_by("position", "id")
    context = {
        "pipelines": [(one, stages_of(one)) for one in rows],
        "kinds": choices_of(registry.get("stage")["kind"], request.actor),
        "problems": [one.message for found in problem.errors.values() for one in found] if problem else [],
    }
    return render_page(
        request, "sales/pipelines.html", context, title=_("Pipelines"), status=422 if problem else 200
    )
