"""What privacy law asks for, on pages: hand out a person's data, erase a person, certificates."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, Refused, find_record
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import object_door, plain_door
from guanxi.platform.records.privacy.actions import (
    ask_erasure,
    certificate,
    export_person,
    is_person,
    may_erase,
    refuse_needed,
)
from guanxi.platform.records.privacy.models import Erasure
from guanxi.platform.records.trash.belongings import files_on, hanging_on
from guanxi.web.components import Option
from guanxi.web.pages import render_page


@object_door("GET", "POST")
def person(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """GET the two duties. POST with the name typed: what would go; with `sure` as well: do it."""
    by = request.actor
    may = {"erase": may_erase(obj, by=by), "export": by.may("export", obj.name)}
    if not is_person(obj):
        raise NotFound(obj.name)
    record = find_record(obj, record_id, by=by)
    if not any(may.values()):
        raise Refused(f"{obj.name}.erase")
    context = {
        "obj": obj,
        "record": record,
        "address": record_url(obj, record.pk),
        "may": may,
        "grounds": [Option(value, label) for value, label in grounds().items()],
        "ground": request.POST.get("ground", "request"),
        "typed": request.POST.get("typed", ""),
        "error": "",
        "step": 1,
    }
    title = _("Personal data of %(name)s") % {"name": record}
    if request.method == "GET":
        return render_page(request, "records/privacy.html", context, title=title)
    if not may["erase"]:
        raise Refused(f"{obj.name}.erase")
    if request.POST.get("typed", "").strip() != str(record).strip():
        context["error"] = _("Type the name exactly as it stands here.")
        return render_page(request, "records/privacy.html", context, title=title, status=422)
    try:
        refuse_needed(obj, record_id)
        if "sure" in request.POST:
            erasure = ask_erasure(
                obj, record_id, typed=request.POST["typed"], ground=request.POST.get("ground", ""), by=by
            )
            return HttpResponseRedirect(f"/privacy/{erasure.pk}/")
    except InvalidValues as problem:
        context["error"] = " ".join(one.message for found in problem.errors.values() for one in found)
        return render_page(request, "records/privacy.html", context, title=title, status=422)
    context |= {
        "step": 2,
        "links": [(one.plural_label, count) for one, count in hanging_on(obj, record.pk) if one.group],
        "files": files_on(obj, record.pk),
    }
    return render_page(request, "records/privacy.html", context, title=title)


@object_door("GET")
def export(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse | FileResponse:
    """The zip of a person's data."""
    target = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it
    export_person(obj, record_id, target, by=request.actor)
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"{obj.name}-{record_id}.zip")


@plain_door("GET")
def certificates(request: MemberRequest) -> HttpResponse:
    """Every erasure of the workspace, the newest first."""
    if not request.actor.administers:
        raise Refused("privacy")
    rows = [(one, *_words(one)) for one in Erasure.objects.order_by("-asked_at")[:200]]
    return render_page(request, "records/erasures.html", {"rows": rows}, title=_("Erasures"))


@plain_door("GET")
def erased(request: MemberRequest, erasure_id: int) -> HttpResponse:
    """The certificate of one."""
    one = certificate(erasure_id, by=request.actor)
    label, asked, done, ground = _words(one)
    context = {
        "one": one,
        "address": request.path,
        "again": f"{record_url(registry.get(one.object), one.record)}privacy/"
        if registry.has(one.object)
        else "",
        "label": label,
        "asked": asked,
        "done": done,
        "ground": ground,
        "counted": _counted(one.counts),
    }
    return render_page(request, "records/erasure.html", context, title=_("Certificate of erasure"))


def grounds() -> dict[str, str]:
    """Why somebody is erased."""
    return {
        Erasure.Ground.REQUEST.value: _("The person asked for it"),
        Erasure.Ground.CONSENT.value: _("The person no longer agrees"),
        Erasure.Ground.PURPOSE.value: _("It is not needed any more"),
        Erasure.Ground.UNLAWFUL.value: _("It should not have been kept"),
    }


def _words(one: Erasure) -> tuple[str, str, str, str]:
    label = str(registry.get(one.object).label) if registry.has(one.object) else one.object
    done = format_datetime(one.done_at) if one.done_at else ""
    if one.state == Erasure.State.FAILED:
        done = _("Not erased")
    return label, format_datetime(one.asked_at), done, grounds().get(one.ground, one.ground)


def _counted(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """What was deleted or made unreadable, by what it was: nobody outside knows our tables."""
    kept = {
        "events_fact": _("Entries of the history"),
        "collaboration_timeline": _("Entries of timelines"),
        "records_search_entry": _("Entries of the search"),
        "records_match_key": _("Marks by which duplicates are found"),
    }
    objects = {obj.table: str(obj.plural_label) for obj in registry.objects()}
    found: Counter[str] = Counter()
    for table, count in counts.items():
        found[kept.get(table) or objects.get(table) or _("Other rows")] += count
    return sorted(found.items())
