"""Settings › Metrics: the numbers that a workspace defines, beside those that come with the product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.analytics.cube.askable import askable
from guanxi.platform.i18n.languages import active_language
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.metrics import Metric, metrics
from guanxi.platform.metadata.models import OwnMetric
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.shaping import (
    METRIC_CHANGEABLE,
    add_metric,
    archive_metric,
    change_metric,
    may_shape,
    metrics_made,
    restore_metric,
)
from guanxi.platform.metadata.versions import StaleVersion
from guanxi.platform.records.addresses import with_query
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.pages.shapes import LANGUAGES, label_in, stale_words
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

ADDRESS = "/settings/metrics/"
_TEXTS = METRIC_CHANGEABLE[2:]


@plain_door("GET", "POST")
def settings(request: MemberRequest) -> HttpResponse:
    """All metrics; POST adds, saves, archives or restores one of the workspace's own."""
    if not may_shape(request.actor):
        raise PermissionDenied
    sent = request.POST
    if request.method == "GET":
        return _draw(request)
    key = read_whole(sent.get("id", "")) or 0
    row = OwnMetric.objects.filter(pk=key).first()
    if row is None and sent.get("do") != "add":
        raise Http404
    values = _read(sent.dict())
    try:
        match sent.get("do", ""), row:
            case "add", None:
                made = add_metric(object=_object(sent.get("object", "")).name, by=request.actor, **values)
                return toast(HttpResponseRedirect(f"{ADDRESS}?metric={made.pk}"), _("The metric is there"))
            case "save", OwnMetric():
                change_metric(row.pk, values, by=request.actor, version=read_whole(sent.get("version", "")))
                return toast(HttpResponseRedirect(f"{ADDRESS}?metric={row.pk}"), _("Saved"))
            case "archive", OwnMetric():
                archive_metric(row.pk, by=request.actor)
                return toast(HttpResponseRedirect(ADDRESS), _("The metric is not offered any more"))
            case "restore", OwnMetric():
                restore_metric(row.pk, by=request.actor)
                return toast(HttpResponseRedirect(ADDRESS), _("The metric is offered again"))
    except InvalidValues as problem:
        return _draw(request, problem=problem, edited=row)
    except StaleVersion as problem:
        return _draw(request, stale=problem, edited=OwnMetric.objects.get(pk=key))
    raise Http404


def _draw(
    request: MemberRequest,
    *,
    problem: InvalidValues | None = None,
    edited: OwnMetric | None = None,
    stale: StaleVersion | None = None,
) -> HttpResponse:
    if edited is None and problem is None:
        edited = OwnMetric.objects.filter(pk=read_whole(request.GET.get("metric", "")) or 0).first()
    given = request.POST if problem or stale else request.GET
    adding = edited is None and (problem is not None or "new" in request.GET)
    objects = askable(request.actor)
    name = edited.object if edited else given.get("object", "")
    obj = next((one for one in objects if one.name == name), objects[0])
    form: dict[str, Any] = {one: given.get(one, "") for one in _TEXTS} | _labels(given.dict())
    if edited is not None and problem is None and stale is None:
        form = {one: getattr(edited, one) for one in METRIC_CHANGEABLE}
    wrong = problem.errors if problem else {}
    context = {
        "own": [(row, label_in(row.label), _object_label(row.object)) for row in metrics_made()],
        "archived": [(row, label_in(row.label)) for row in metrics_made(archived=True)],
        "shipped": [(one, _object_label(one.object)) for one in metrics() if not one.own],
        "edited": edited,
        "adding": adding,
        "obj": obj,
        "form": form,
        "objects": [Option(one.name, str(one.plural_label)) for one in objects],
        "aggregates": aggregates(),
        "dates": [Option(one.name, str(one.label)) for one in obj.fields if one.type in ("date", "datetime")],
        "parts": [Option(one.name, str(one.label)) for one in _summable(obj, edited)],
        "betters": [Option("more", _("More is better")), Option("less", _("Less is better"))],
        "languages": sorted(LANGUAGES, key=lambda one: one[0] != active_language()),
        "problems": [one.message for found in wrong.values() for one in found]
        or (stale_words(stale) if stale else []),
        "wrong": {key: found[0].message for key, found in wrong.items()},
        "try_it": _try_it(edited) if edited is not None and edited.archived_at is None else "",
    }
    status = 422 if problem else 409 if stale else 200
    return render_page(request, "analytics/metrics.html", context, title=_("Metrics"), status=status)


def aggregates() -> list[Option]:
    """What can be made of the records of an object."""
    return [
        Option("count", _("How many records")),
        Option("sum", _("Sum")),
        Option("avg", _("Average")),
        Option("median", _("Median")),
        Option("min", _("Smallest")),
        Option("max", _("Largest")),
        Option("distinct", _("How many different ones")),
        Option("ratio", _("Ratio of two metrics")),
    ]


def _read(sent: Mapping[str, str]) -> dict[str, Any]:
    return {**{name: sent.get(name, "") for name in _TEXTS}, **_labels(sent)}


def _labels(sent: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {
        part: {tag: text for tag, _words in LANGUAGES if (text := sent.get(f"{part}-{tag}", "").strip())}
        for part in ("label", "help")
    }


def _summable(obj: Object, edited: OwnMetric | None) -> list[Metric]:
    """What a ratio of this object can be made of."""
    name = edited.name if edited else ""
    return [one for one in metrics() if one.object == obj.name and one.adds_up and one.name != name]


def _object(name: str) -> Object:
    if not registry.has(name):
        raise Http404
    return registry.get(name)


def _object_label(name: str) -> str:
    return str(registry.get(name).plural_label) if registry.has(name) else name


def _try_it(row: OwnMetric) -> str:
    """The cube of the metric, by month."""
    return with_query(
        "/analytics/cube/", object=row.object, columns=f"{row.date}:month", measures=f"metric:{row.name}"
    )
