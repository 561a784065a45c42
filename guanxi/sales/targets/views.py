"""Attainment, and the grid in which the targets of a year are given."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import format_number, format_percent
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.metrics import Metric, metric, plain_metrics
from guanxi.platform.records.access import Refused
from guanxi.platform.records.contexts import workspace_country
from guanxi.platform.records.pages.doors import plain_door
from guanxi.sales.targets.grid import Grid, may_plan, pasted, save_grid, spread_row
from guanxi.sales.targets.periods import Days, Period, period_of, working_days
from guanxi.sales.targets.queries import Row, attainment, may_see_targets
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

BEHIND = 0.9  # of the pace: below that a row is shown as late
ATTAINMENT, GRID = "/performance/", "/performance/grid/"


def tabs(by: Actor, current: str) -> list[Option]:
    """The pages of this area that the member sees, for the control in their bars."""
    every = (
        ("targets", _("Targets"), ATTAINMENT, "target"),
        ("forecast", _("Forecast"), "/performance/forecast/", "deal"),
        ("funnel", _("Funnel"), "/performance/funnel/", "deal"),
        ("commission", _("Commission"), "/performance/commission/", "commission"),
    )
    return [Option(name, label, href=href) for name, label, href, obj in every if by.may("see", obj)]


@plain_door("GET")
def reached(request: MemberRequest) -> HttpResponse:
    """What was to be reached and what was, down the tree of teams (`metric`, `period`)."""
    by, today = request.actor, timezone.localdate()
    if not may_see_targets(by):
        raise Refused("target.see")
    chosen, period = chosen_metric(request), period_of(request.GET.get("period", ""), today=today)
    days = working_days(period, today=today, country=workspace_country(by.workspace_id))
    rows = attainment(chosen, period, by=by)

    def address(to: Period) -> str:
        return f"{ATTAINMENT}?{urlencode({'metric': chosen.name, 'period': to.text})}"

    context = {
        "tabs": tabs(by, "targets"),
        "metrics": [Option(one.name, str(one.label)) for one in plain_metrics()],
        "metric": chosen.name,
        "metric_label": str(chosen.label),
        "period": period.text,
        "period_label": period.label,
        "before": address(period.moved(-1)),
        "after": address(period.moved(1)),
        "lengths": [
            Option(str(months), label, href=address(period.of_length(months)))
            for months, label in ((1, _("Month")), (3, _("Quarter")), (12, _("Year")))
        ],
        "length": str(period.months),
        "pace": round(100 * days.share),
        "days": days,
        "rows": [shown(one, chosen, days, by=by) for one in rows],
        "grid": f"{GRID}?{urlencode({'metric': chosen.name, 'year': period.first.year})}"
        if may_plan(by)
        else "",
    }
    return render_page(request, "sales/targets/reached.html", context, title=_("Targets"))


def shown(row: Row, chosen: Metric, days: Days, *, by: Actor) -> dict[str, Any]:
    """A row of the attainment as pages show it."""
    words = amount_words(chosen, by)
    share, left = row.share, None if row.actual is None else row.target - row.actual
    late = share is not None and share < BEHIND * days.share
    per_day = left / days.left if left is not None and left > 0 and days.left else None
    return {
        "scope": row.scope,
        "id": row.id,
        "label": row.label or _("The firm"),
        "depth": min(row.depth, 6),
        "target": words(row.target),
        "given": row.given,
        "below": words(row.below) if row.below is not None and row.below != row.target else "",
        "actual": "" if row.actual is None else words(row.actual),
        "percent": "" if share is None else format_percent(share),
        "bar": 0 if share is None else max(0, min(100, round(share * 100))),
        "tone": "" if share is None else "malachite" if share >= 1 else "cinnabar" if late else "azurite",
        "left": "" if left is None or left <= 0 else words(left),
        "per_day": "" if per_day is None else words(per_day),
    }


def amount_words(chosen: Metric, by: Actor) -> Callable[[Decimal], str]:
    """How values of a metric are shown: money in the workspace's currency, or a number."""
    if chosen.money:
        return lambda value: format_money(value.quantize(Decimal(1)), by.currency, compact=True)
    return lambda value: format_number(value.quantize(Decimal("0.1")).normalize() + 0)


def chosen_metric(request: MemberRequest) -> Metric:
    """The metric that the address names, or the first one."""
    name = request.POST.get("metric") or request.GET.get("metric", "")
    try:
        return metric(name)
    except KeyError:
        return plain_metrics()[0]


@plain_door("GET", "POST")
def grid(request: MemberRequest) -> HttpResponse:
    """Twelve months for the firm, each team, each member. What is pasted or spread is shown, then saved."""
    by, today = request.actor, timezone.localdate()
    if not may_plan(by):
        raise Refused("target.change")
    chosen = chosen_metric(request)
    text = request.POST.get("year") or request.GET.get("year", "")
    year = period_of(text, today=today).first.year if text else today.year
    found, problems, notes = Grid.of(chosen, year, by=by), list[str](), list[str]()
    if request.method == "POST":
        problems = found.take(request.POST)
        do = request.POST.get("do", "save")
        if do == "paste":
            notes = pasted(found, request.POST.get("pasted", ""))
        elif do.startswith("spread:"):
            problems += spread_row(found, do.partition(":")[2], request.POST, by=by)
        elif not problems:
            count = save_grid(found, by=by)
            said = _("%(count)s targets saved") % {"count": format_number(count)}
            query = urlencode({"metric": chosen.name, "year": year})
            return toast(HttpResponseRedirect(f"{GRID}?{query}"), said)
    context = {
        "metrics": [Option(one.name, str(one.label)) for one in plain_metrics()],
        "metric": chosen.name,
        "year": year,
        "before": f"{GRID}?{urlencode({'metric': chosen.name, 'year': year - 1})}",
        "after": f"{GRID}?{urlencode({'metric': chosen.name, 'year': year + 1})}",
        "back": f"{ATTAINMENT}?{urlencode({'metric': chosen.name, 'period': year})}",
        "months": [f"{month:02d}" for month in range(1, 13)],
        "lines": found.lines,
        "problems": problems,
        "notes": notes,
        "unit": by.currency if chosen.money else chosen.unit,
    }
    title = _("Targets of %(year)s") % {"year": year}
    status = 422 if problems else 200
    return render_page(request, "sales/targets/grid.html", context, title=title, status=status)
