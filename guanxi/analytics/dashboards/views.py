"""Pages of dashboards: the figures of whoever looks, and the buttons by which a dashboard is put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.cube.alarms import ABOVE, BELOW, DELIVERIES, cell_words, measured
from guanxi.analytics.cube.pivot import CUBE, address
from guanxi.analytics.dashboards.computing import Shown, compute, compute_panel
from guanxi.analytics.dashboards.homes import HOMES, homes_of, panels_of
from guanxi.analytics.dashboards.mailing import (
    PLACE,
    Alarm,
    alarm_words,
    deliveries_of,
    end_delivery,
    schedule_delivery,
    send_again,
)
from guanxi.analytics.dashboards.models import Dashboard, Delivery
from guanxi.analytics.dashboards.panels import COMPARES, PERIODS, Look, Panel, period_label, read_look
from guanxi.analytics.dashboards.printing import print_panels
from guanxi.analytics.dashboards.saving import (
    arrange_panel,
    change_dashboard,
    dashboards_of,
    delete_dashboard,
    find_dashboard,
    make_dashboard,
    panels_in,
    put_on_dashboard,
    shared_of,
)
from guanxi.analytics.jobs import send_figures
from guanxi.analytics.semantic.cubes import read_cube
from guanxi.analytics.warehouse.freshness import fresh_words
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, Refused
from guanxi.platform.records.filters import FilterSyntaxError
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.pages.offered import teams
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast


@dataclass(frozen=True, slots=True)
class Place:
    """A dashboard that is open: one that comes with the product, or one that is kept."""

    path: str
    title: str
    panels: list[Panel]
    usual: Look
    row: Dashboard | None = None


@plain_door("GET", "POST")
def index(request: MemberRequest) -> HttpResponse:
    """The first home; a POST makes a dashboard (`name`, `shared`, `home`: whose panels it begins with)."""
    by = request.actor
    if request.method == "POST":
        home = request.POST.get("home", "")
        panels = panels_of(home, by) if home in HOMES else []
        row = make_dashboard(
            name=request.POST.get("name", ""),
            shared=request.POST.get("shared", ""),
            panels=panels,
            look=read_look(request.POST.dict()),
            by=by,
        )
        return HttpResponseRedirect(f"{PLACE}{row.pk}/?edit=1")
    first = next(homes_of(by), None)
    kept = dashboards_of(by).first()
    if first is not None:
        return _page(request, _home(first[0], request))
    if kept is not None:
        return _page(request, _kept(kept))
    return _page(request, Place(PLACE, _("Dashboards"), [], Look()))


@plain_door("GET")
def home(request: MemberRequest, key: str) -> HttpResponse:
    """A dashboard that comes with the product."""
    return _page(request, _home(key, request))


@plain_door("GET")
def dashboard(request: MemberRequest, dashboard_id: int) -> HttpResponse:
    """A dashboard that is kept."""
    return _page(request, _kept(find_dashboard(dashboard_id, by=request.actor)))


@plain_door("GET")
def home_panel(request: MemberRequest, key: str, place: int) -> HttpResponse:
    """One panel, asked anew when something changed."""
    return _panel(request, _home(key, request), place)


@plain_door("GET")
def dashboard_panel(request: MemberRequest, dashboard_id: int, place: int) -> HttpResponse:
    return _panel(request, _kept(find_dashboard(dashboard_id, by=request.actor)), place)


@plain_door("GET")
def home_pdf(request: MemberRequest, key: str) -> HttpResponse:
    return _pdf(request, _home(key, request))


@plain_door("GET")
def dashboard_pdf(request: MemberRequest, dashboard_id: int) -> HttpResponse:
    return _pdf(request, _kept(find_dashboard(dashboard_id, by=request.actor)))


@plain_door("POST")
def change(request: MemberRequest, dashboard_id: int) -> HttpResponse:
    """Name, for whom, and with what it opens."""
    said = request.POST
    row = change_dashboard(
        dashboard_id,
        name=said.get("name", ""),
        shared=said.get("shared", ""),
        look=read_look(said.dict()),
        by=request.actor,
    )
    return toast(HttpResponseRedirect(f"{PLACE}{row.pk}/?edit=1"), _("Saved"))


@plain_door("POST")
def delete(request: MemberRequest, dashboard_id: int) -> HttpResponse:
    delete_dashboard(dashboard_id, by=request.actor)
    return toast(HttpResponseRedirect(PLACE), _("The dashboard is deleted"))


@plain_door("POST")
def put(request: MemberRequest) -> HttpResponse:
    """A cube onto a dashboard (`query`, `dashboard`: its id, or empty for a new one called `name`)."""
    by, said = request.actor, request.POST
    try:
        cube = read_cube(said.get("query", ""))
        key = read_whole(said.get("dashboard", ""))
        with transaction.atomic():  # no empty dashboard stays of a cube that is refused
            if key is None:
                key = make_dashboard(name=said.get("name", "") or _("My dashboard"), by=by).pk
            row = put_on_dashboard(cube, key, by=by)
    except (FieldError, FilterSyntaxError, KeyError) as problem:
        return HttpResponse(str(problem), status=422, content_type="text/plain; charset=utf-8")
    return toast(HttpResponseRedirect(f"{PLACE}{row.pk}/"), _("It stands on “%(name)s”") % {"name": row.name})


@plain_door("POST")
def arrange(request: MemberRequest, dashboard_id: int, key: int, noun: str) -> HttpResponse:
    """Move a panel, make it wider or narrower, take it away."""
    row = arrange_panel(dashboard_id, str(key), noun, by=request.actor)
    return HttpResponseRedirect(f"{PLACE}{row.pk}/?edit=1")


@plain_door("GET", "POST")
def deliveries(request: MemberRequest) -> HttpResponse:
    """What comes to one by mail; a POST has one more come (`address`, `every`, `hour`)."""
    by = request.actor
    if request.method == "POST":
        try:
            said = request.POST
            hour = read_whole(said.get("hour", "8"))
            schedule_delivery(
                said.get("address", ""),
                every=said.get("every", ""),
                hour=-1 if hour is None else hour,
                alarm=Alarm(said["beyond"], said.get("limit", "")) if said.get("beyond") else None,
                by=by,
            )
        except (FieldError, FilterSyntaxError) as problem:
            return HttpResponse(str(problem), status=422, content_type="text/plain; charset=utf-8")
        words = _("You are told from now on") if "beyond" in said else _("It comes by mail from now on")
        return toast(HttpResponseRedirect(DELIVERIES), words)
    shown = [
        (one, EVERY[one.every] % {"hour": f"{one.hour:02}:00"}, alarm_words(one, by))
        for one in deliveries_of(by)
    ]
    context: dict[str, Any] = {"shown": shown, "watched": None}
    try:
        context["watched"] = _watched(request, by) if request.GET.get("about") else None
    except (FieldError, FilterSyntaxError) as problem:
        return HttpResponse(str(problem), status=400, content_type="text/plain; charset=utf-8")
    return render_page(request, "analytics/dashboards/deliveries.html", context, title=_("Figures by mail"))


def _watched(request: MemberRequest, by: Actor) -> dict[str, Any]:
    """What the form of an alarm has: `about` is the cube of one figure."""
    cube = read_cube(request.GET["about"])
    if not registry.has(cube.object) or not by.may("see", cube.object):
        raise Refused(f"{cube.object}.see")
    measure = measured(cube, by)
    above = request.GET.get("beyond") == ABOVE
    return {
        "address": address(cube),
        "name": cell_words(cube, measure, by),
        "beyond": ABOVE if above else BELOW,
        "sides": [Option(BELOW, _("below")), Option(ABOVE, _("above"))],
        "limit": request.GET.get("limit", "")[:40],
        "percent": measure.shape == "percent",
        "every": [Option(key, str(said)) for key, said in EVERY_SHORT.items()],
    }


@plain_door("POST")
def again(request: MemberRequest, delivery_id: int) -> HttpResponse:
    """Try one that failed now."""
    row = send_again(delivery_id, by=request.actor)
    send_figures.enqueue(delivery_id=row.pk, turn=row.turn)
    return toast(HttpResponseRedirect(DELIVERIES), _("It is tried again"))


@plain_door("POST")
def end(request: MemberRequest, delivery_id: int) -> HttpResponse:
    end_delivery(delivery_id, by=request.actor)
    return toast(HttpResponseRedirect(DELIVERIES), _("It does not come any more"))


EVERY = {
    Delivery.Every.DAY.value: gettext_lazy("Every day at %(hour)s"),
    Delivery.Every.WEEK.value: gettext_lazy("Mondays at %(hour)s"),
    Delivery.Every.MONTH.value: gettext_lazy("On the first of the month at %(hour)s"),
}


def _home(key: str, request: MemberRequest) -> Place:
    if key not in HOMES:
        raise Http404
    return Place(f"{PLACE}home/{key}/", str(HOMES[key]), panels_of(key, request.actor), Look())


def _kept(row: Dashboard) -> Place:
    return Place(f"{PLACE}{row.pk}/", row.name, panels_in(row), Look(row.period, row.compare), row)


def _page(request: MemberRequest, place: Place) -> HttpResponse:
    by = request.actor
    look = read_look(request.GET.dict(), place.usual)
    own = place.row is not None and place.row.belongs_to(by)
    context: dict[str, Any] = {
        "place": place,
        "look": look,
        "panels": compute(place.panels, look, by),
        "query": _query(look),
        "own": own,
        "editing": own and "edit" in request.GET,
        "shared": shared_of(place.row) if place.row else "",
        "administers": by.administers,
        "homes": [(f"{PLACE}home/{name}/", str(label)) for name, label in homes_of(by)],
        "kept": [(f"{PLACE}{one.pk}/", one.name) for one in dashboards_of(by)[:50]],
        "periods": [Option(one, period_label(one)) for one in PERIODS],
        "compares": [Option(one, compare_label(one)) for one in COMPARES],
        "teams": [Option("0", _("The whole firm")), *teams()],
        "every": [Option(key, str(said)) for key, said in EVERY_SHORT.items()],
        "fresh": fresh_words(by),
        "home": place.path.split("/")[-2] if place.row is None and place.path != PLACE else "",
        "cube": CUBE,
    }
    template = "tv" if "tv" in request.GET else "dashboard"
    return render_page(request, f"analytics/dashboards/{template}.html", context, title=place.title)


EVERY_SHORT = {
    "day": gettext_lazy("Every day"),
    "week": gettext_lazy("Mondays"),
    "month": gettext_lazy("On the first of the month"),
}


def compare_label(name: str) -> str:
    """What a comparison is called where it is chosen."""
    return {
        "": _("With nothing"),
        "yoy": _("With a year before"),
        "workdays": _("With a year before, same working days"),
        "festival": _("With a year before, by Spring Festival"),
        "qoq": _("With a quarter before"),
        "mom": _("With a month before"),
    }[name]


def _panel(request: MemberRequest, place: Place, number: int) -> HttpResponse:
    if number >= len(place.panels):
        raise Http404
    look = read_look(request.GET.dict(), place.usual)
    shown = compute_panel(place.panels[number], number, look, request.actor)
    context = {"panel": shown, "place": place, "query": _query(look), "editing": False}
    return render_page(request, "analytics/dashboards/panel.html", context, title=place.title)


def _pdf(request: MemberRequest, place: Place) -> HttpResponse:
    by = request.actor
    look = read_look(request.GET.dict(), place.usual)
    shown: list[Shown] = compute(place.panels, look, by)
    sub = period_label(look.period)
    response = HttpResponse(print_panels(place.title, sub, shown, by), content_type="application/pdf")
    named = content_disposition_header(False, f"{place.title}.pdf")
    response["Content-Disposition"] = named or "inline"
    return response


def _query(look: Look) -> str:
    return urlencode({"period": look.period, "compare": look.compare, "team": look.team})
