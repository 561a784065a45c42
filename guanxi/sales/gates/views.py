"""A tick on the page of a deal; the checklists and ways of a stage under Settings."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.identity.doors import administrator_required
from guanxi.platform.identity.models import Role
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.writing import archive_record, create_record
from guanxi.sales.deals.models import Stage
from guanxi.sales.deals.stages import stages_of
from guanxi.sales.gates.actions import tick, untick
from guanxi.sales.gates.models import Passage, StageCheck
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast


@plain_door("POST")
def check(request: MemberRequest, deal_id: int, item_id: int) -> HttpResponse:
    """`done` 1 ticks a line, 0 takes the tick away."""
    by, obj = request.actor, registry.get("deal")
    deal = find_record(obj, deal_id, by=by, access="edit")
    item = find_record(registry.get("stage_check"), item_id, by=by)
    do = tick if request.POST.get("done") == "1" else untick
    do(deal, item, by=by)
    return HttpResponseRedirect(record_url(obj, deal.pk))


@administrator_required
def gate(request: MemberRequest, stage_id: int) -> HttpResponse:
    """The checklist of a stage and the ways out of it; POST adds or takes away one, by the button."""
    stage = Stage.objects.filter(pk=stage_id, archived_at=None).select_related("pipeline").first()
    if stage is None:
        raise Http404
    problems: list[str] = []
    if request.method == "POST":
        try:
            _do(request, stage)
        except InvalidValues as problem:
            problems = [one.message for found in problem.errors.values() for one in found]
        else:
            to = HttpResponseRedirect(f"/settings/stages/{stage.pk}/gate/")
            return toast(to, _("Saved %(name)s") % {"name": stage})
    # A role that Guanxi brings is called otherwise in each language: its key is kept.
    roles = sorted(
        (Option(one.name or one.system, str(one)) for one in Role.objects.all()), key=lambda one: one.label
    )
    context = {
        "stage": stage,
        "checks": StageCheck.objects.filter(stage=stage, archived_at=None).order_by("position", "pk"),
        "ways": [
            (one, next((role.label for role in roles if role.value == one.role), one.role))
            for one in Passage.objects.filter(stage=stage, archived_at=None)
            .select_related("to")
            .order_by("pk")
        ],
        "others": [Option(str(one.pk), one.name) for one in stages_of(stage.pipeline) if one.pk != stage.pk],
        "roles": [Option("", _("Everybody")), *roles],
        "typed": request.POST.get("name", "") if problems else "",
        "problems": problems,
    }
    title = _("Checklist and allowed moves of “%(stage)s”") % {"stage": stage}
    return render_page(request, "sales/gate.html", context, title=title, status=422 if problems else 200)


def _do(request: MemberRequest, stage: Stage) -> None:
    by, sent = request.actor, request.POST
    act, _colon, key = sent.get("do", "").partition(":")
    number = int(key) if key.isdecimal() and len(key) < 20 else 0
    match act:
        case "check":
            count = StageCheck.objects.filter(stage=stage, archived_at=None).count()
            values = {"stage": stage.pk, "name": sent.get("name", ""), "position": count}
            create_record(object="stage_check", values={**values, "needed": "needed" in sent}, by=by)
        case "way":
            values = {"stage": stage.pk, "to": sent.get("to", ""), "role": sent.get("role", "")}
            create_record(object="passage", values=values, by=by)
        case "drop_check":
            for item in StageCheck.objects.filter(pk=number, stage=stage, archived_at=None):
                archive_record(item, by=by)
        case "drop_way":
            for way in Passage.objects.filter(pk=number, stage=stage, archived_at=None):
                archive_record(way, by=by)
        case _:
            raise Http404
