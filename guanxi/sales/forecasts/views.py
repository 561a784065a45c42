"""The forecast down the tree of teams, what was expected when, and the funnel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.dates import format_date, format_month
from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.names import sort_key
from guanxi.platform.i18n.numbers import format_number, format_percent
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Team
from guanxi.platform.identity.queries import member_names
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.metrics import metric
from guanxi.platform.records.access import Refused
from guanxi.platform.records.pages.doors import plain_door
from guanxi.sales.deals.models import Pipeline
from guanxi.sales.forecasts.actions import Scope, call_forecast, scope_of
from guanxi.sales.forecasts.chances import prospects
from guanxi.sales.forecasts.funnel import funnel, win_rates
from guanxi.sales.forecasts.history import Past, kept_of, past_of
from guanxi.sales.forecasts.queries import Cell, Outlook, cells, may_forecast, outlook, with_interval
from guanxi.sales.orders.views import messages_of, read_number
from guanxi.sales.targets.models import FIRM, MEMBER, TEAM
from guanxi.sales.targets.periods import Period, period_of
from guanxi.sales.targets.queries import wanted_in
from guanxi.sales.targets.views import tabs
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

FORECAST, FUNNEL = "/performance/forecast/", "/performance/funnel/"


@plain_door("GET", "POST")
def forecast(request: MemberRequest) -> HttpResponse:
    """What is expected of a month or a quarter (`period`); a POST calls the figure of one scope."""
    by, today = request.actor, timezone.localdate()
    if not may_forecast(by):
        raise Refused("deal.see")
    asked = request.POST.get("period") or request.GET.get("period", "")
    period, problems = period_of(asked, today=today), list[str]()
    if request.method == "POST":
        try:
            called = read_number(request.POST.get("called", ""))
            scope = scope_of(request.POST.get("scope", ""), by=by)
            reason = request.POST.get("reason", "")
            call_forecast(scope, period.first, by=by, called=called, reason=reason, today=today)
        except InvalidValues as problem:
            problems = messages_of(problem)
        else:
            where = f"{FORECAST}?{urlencode({'period': period.text})}"
            return toast(HttpResponseRedirect(where), _("Forecast called"))
    known = prospects()
    some = cells(period, known.stages, by=by)
    whole = with_interval(outlook(some, known.chance), period, known, by=by)
    money = words(by)
    wanted = wanted_in(metric("won_amount"), period, by=by) if by.may("see", "target") else None
    goal = wanted.firm if wanted is not None and by.rows("deal").every else None
    kept = kept_of(period, by=by)
    rows = list(_rows(some, known.chance, kept, by))
    past = past_of(today, by=by)

    def address(to: Period) -> str:
        return f"{FORECAST}?{urlencode({'period': to.text})}"

    context = {
        "tabs": tabs(by, "forecast"),
        "period": period.text,
        "period_label": period.label,
        "before": address(period.moved(-1)),
        "after": address(period.moved(1)),
        "lengths": [
            Option(str(months), label, href=address(period.of_length(months)))
            for months, label in ((1, _("Month")), (3, _("Quarter")))
        ],
        "length": str(period.months),
        "stats_shown": _stats(whole, goal, money),
        "rows": rows,
        "monthly": period.months == 1,
        "callable": [row for row in rows if row["may_call"]] if period.months == 1 else [],
        "kept": [_kept(one, money) for one in kept],
        "past": [_past(one, money) for one in past],
        "bias": _bias(past),
        "problems": problems,
        "sent": {name: request.POST.get(name, "") for name in ("scope", "called", "reason")},
    }
    status = 422 if problems else 200
    return render_page(request, "sales/forecasts/forecast.html", context, title=_("Forecast"), status=status)


def words(by: Actor) -> Callable[[Decimal | None], str]:
    """Amounts as pages show them."""
    return lambda value: "–" if value is None else format_money(round(value), by.currency, compact=True)


def _stats(whole: Outlook, goal: Decimal | None, money: Callable[[Decimal | None], str]) -> list[Any]:
    found = [
        (_("Closed"), money(whole.closed), ""),
        (_("Commit"), money(whole.commit), ""),
        (_("Best case"), money(whole.best_case), ""),
        (_("With the pipeline"), money(whole.total), ""),
        (_("Likely"), money(whole.weighted), ""),
        (_("Four cases of five"), f"{money(whole.low)} – {money(whole.high)}", ""),
    ]
    if goal:
        found.append((_("Target"), money(goal), format_percent(whole.closed / goal)))
        if goal > whole.closed:
            cover = whole.open / (goal - whole.closed)
            found.append((_("Coverage"), f"{cover:.1f} ×", _("open deals for what is missing")))
    return found


def _rows(
    some: list[Cell], chance: Mapping[int, float], kept: list[Any], by: Actor
) -> Iterator[dict[str, Any]]:
    """The tree of teams with their members, what was `kept` of each; only what has deals in the period."""
    teams = list(Team.objects.order_by("path"))
    names = member_names({one.owner for one in some if one.owner})
    called = {(one.scope, one.owner_id or one.team_id or 0): one for one in reversed(kept)}
    mine, money = by.rows("forecast", "edit"), words(by)

    def row(scope: Scope, label: str, depth: int) -> dict[str, Any]:
        found = outlook((one for one in some if scope.has(one.owner, one.team)), chance)
        whose = scope.owner or scope.team or 0
        said = called.get((scope.kind, whose))
        may_call = mine.every or (
            (scope.kind == MEMBER and mine.own and scope.owner == by.member_id)
            or (scope.kind != FIRM and scope.team in mine.teams)
        )
        return {
            "key": f"{ {FIRM: 'f', TEAM: 't', MEMBER: 'm'}[scope.kind] }{whose}",
            "label": label,
            "depth": min(depth, 6),
            "member": scope.kind == MEMBER,
            "figures": [
                money(one)
                for one in (found.closed, found.commit, found.best_case, found.total, found.weighted)
            ],
            "called": money(said.called) if said is not None and said.called is not None else "",
            "reason": (said.reason or "") if said is not None else "",
            "count": found.count,
            "may_call": may_call and by.may("change", "forecast"),
        }

    busy = {one.team for one in some}
    if by.rows("deal").every:
        yield row(Scope(FIRM, inside=tuple(one.pk for one in teams)), _("The firm"), 0)
    for team in teams:
        inside = tuple(one.pk for one in teams if one.path.startswith(team.path))
        if not busy & set(inside):
            continue
        if by.rows("deal").every or set(inside) <= set(by.rows("deal").teams):
            yield row(Scope(TEAM, team=team.pk, inside=inside), team.name, team.depth)
        owners = {one.owner for one in some if one.team == team.pk and one.owner}
        for owner in sorted(owners, key=lambda one: sort_key(str(names.get(one, "")))):
            yield row(Scope(MEMBER, owner=owner, team=team.pk), str(names.get(owner, "")), team.depth + 1)


def _kept(one: Any, money: Callable[[Decimal | None], str]) -> dict[str, Any]:
    return {
        "href": f"/forecasts/{one.pk}/",
        "on": format_date(one.taken_on, year=True),
        "for": _("The firm") if one.scope == FIRM else one.name.partition(" · ")[2],
        "figures": [money(value) for value in (one.closed, one.commit, one.best_case, one.total)],
        "between": f"{money(one.low)} – {money(one.high)}" if one.low is not None else "",
        "called": money(one.called) if one.called is not None else "",
        "reason": one.reason or "",
    }


def _past(one: Past, money: Callable[[Decimal | None], str]) -> dict[str, Any]:
    return {
        "month": format_month(one.month),
        "said": money(one.said),
        "actual": money(one.actual),
        "accuracy": "–" if one.accuracy is None else format_percent(one.accuracy),
        "inside": one.inside,
    }


def _bias(past: list[Past]) -> str:
    actual = sum((one.actual for one in past), Decimal(0))
    if not past or not actual:
        return ""
    bias = sum((one.said - one.actual for one in past), Decimal(0)) / actual
    if abs(bias) < Decimal("0.005"):
        return _("On the whole neither too high nor too low.")
    share = {"share": format_percent(abs(bias))}
    return (
        _("On the whole %(share)s too high.") if bias > 0 else _("On the whole %(share)s too low.")
    ) % share


@plain_door("GET")
def stages(request: MemberRequest) -> HttpResponse:
    """How those deals fared that began in a year or a quarter: where they go on, and where they are lost."""
    by, today = request.actor, timezone.localdate()
    if not may_forecast(by):
        raise Refused("deal.see")
    text = request.GET.get("period", "") or f"{today.year}"
    period = period_of(text, today=today)
    pipelines = list(Pipeline.objects.filter(archived_at=None).order_by("position", "pk"))
    wanted = request.GET.get("pipeline", "")
    chosen = next((one for one in pipelines if str(one.pk) == wanted), pipelines[0] if pipelines else None)
    steps = funnel(chosen.pk, period, by=by) if chosen else []
    split = request.GET.get("by", "owner")
    split = split if split in ("owner", "product") else "owner"

    def address(**more: Any) -> str:
        kept = {"period": period.text, "pipeline": chosen.pk if chosen else "", "by": split}
        return f"{FUNNEL}?{urlencode(kept | more)}"

    money = words(by)
    context = {
        "tabs": tabs(by, "funnel"),
        "pipelines": [Option(str(one.pk), one.name) for one in pipelines],
        "pipeline": str(chosen.pk) if chosen else "",
        "period": period.text,
        "period_label": period.label,
        "before": address(period=period.moved(-1).text),
        "after": address(period=period.moved(1).text),
        "lengths": [
            Option(str(months), label, href=address(period=period.of_length(months).text))
            for months, label in ((1, _("Month")), (3, _("Quarter")), (12, _("Year")))
        ],
        "length": str(period.months),
        "steps": steps,
        "splits": [
            Option("owner", _("By member"), href=address(by="owner")),
            Option("product", _("By product"), href=address(by="product")),
        ],
        "split": split,
        "rates": [
            {
                "label": one.label or _("Without"),
                "won": format_number(one.won),
                "lost": format_number(one.lost),
                "rate": format_percent(one.rate, digits=1),
                "bar": round(one.rate * 100),
                "amount": money(one.amount),
                "by_amount": format_percent(one.rate_by_amount, digits=1)
                if one.rate_by_amount is not None
                else "–",
            }
            for one in win_rates(split, period, by=by)
        ],
    }
    return render_page(request, "sales/forecasts/funnel.html", context, title=_("Funnel"))
