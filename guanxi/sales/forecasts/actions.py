"""Keeping what was expected: each week for everybody, and whenever somebody calls a figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Team
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound
from guanxi.platform.records.access import require
from guanxi.platform.records.writing import create_records, settle_record
from guanxi.sales.forecasts.chances import Prospects, prospects
from guanxi.sales.forecasts.models import Forecast
from guanxi.sales.forecasts.queries import Cell, Outlook, cells, outlook, with_interval
from guanxi.sales.targets.models import FIRM, MEMBER, TEAM
from guanxi.sales.targets.periods import Period


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose forecast: of a member, of a team with the teams below, of the firm."""

    kind: str
    owner: int | None = None
    team: int | None = None
    inside: tuple[int, ...] = ()

    def has(self, owner: int | None, team: int | None) -> bool:
        if self.kind == MEMBER:
            return owner == self.owner
        return self.kind == FIRM or team in self.inside


def scope_of(key: str, *, by: Actor) -> Scope:
    """`f0`, `t<team>`, `m<member>` as pages name it; raises NotFound where its forecast is not the actor's.

    Asked is the one access rule: a figure is called of oneself, and of those whose forecasts one may change.
    """
    rows = by.rows("forecast", "edit")
    kind, number = key[:1], key[1:]
    if not (number.isdecimal() and len(number) < 20):
        raise NotFound(key)
    if kind == "f" and rows.every:
        return Scope(FIRM, inside=tuple(Team.objects.values_list("pk", flat=True)))
    if kind == "t":
        team = Team.objects.filter(pk=int(number)).first()
        if team is not None and (rows.every or team.pk in rows.teams):
            below = Team.objects.filter(path__startswith=team.path).values_list("pk", flat=True)
            return Scope(TEAM, team=team.pk, inside=tuple(below))
    if kind == "m":
        member = Member.objects.filter(pk=int(number)).first()
        own = rows.own and member is not None and member.pk == by.member_id
        if member is not None and (rows.every or own or member.team_id in rows.teams):
            return Scope(MEMBER, owner=member.pk, team=member.team_id)
    raise NotFound(key)


@transaction.atomic
def call_forecast(
    scope: Scope, month: date, *, by: Actor, called: Decimal, reason: str = "", today: date
) -> Any:
    """What it will be, said by who answers for it; kept with what the deals said on that day.

    Raises InvalidValues without a reason where that is not the commit, and for less than nothing.
    """
    require(by, "change", registry.get("forecast"))
    if called < 0:
        raise InvalidValues({"called": [FieldError("range", _("A forecast is not below zero."))]})
    period = Period(month.replace(day=1), 1)
    known = prospects()
    found = _outlook(scope, cells(period, known.stages, by=by), period, known, by=by)
    if called != found.commit and not reason.strip():
        said = _("Say why it is not what the deals say.")
        raise InvalidValues({"reason": [FieldError("required", said)]})
    values = {**_figures(found), "called": called, "reason": reason.strip()[:300] or None}
    there = Forecast.objects.filter(
        scope=scope.kind, owner=scope.owner, month=period.first, taken_on=today, archived_at=None
    )
    if scope.kind == TEAM:
        there = there.filter(team=scope.team)
    kept = there.order_by("-pk").first()
    if kept is not None:
        return settle_record(kept, values, by=by, verb="change", stated="called")
    return create_records(object="forecast", rows=[_row(scope, period, today, values)], by=by)[0]


@transaction.atomic
def keep_forecasts(today: date, *, by: Actor, months: int = 3) -> int:
    """Keep what is expected of this month and those that follow, of everybody who has deals; how many rows.

    What was kept on this day already stays as it is, so running twice keeps once.
    """
    rows: list[dict[str, Any]] = []
    first, known = Period(today.replace(day=1), 1), prospects()
    for ahead in range(months):
        period = first.moved(ahead)
        some = cells(period, known.stages, by=by)
        there = {
            (one.scope, one.owner_id, one.team_id if one.scope == TEAM else None)
            for one in Forecast.objects.filter(month=period.first, taken_on=today, archived_at=None)
        }
        for scope in _scopes(some):
            if (scope.kind, scope.owner, scope.team if scope.kind == TEAM else None) in there:
                continue
            found = _outlook(scope, some, period, known, by=by, bounds=scope.kind != MEMBER)
            rows.append(_row(scope, period, today, {**_figures(found), **_called_before(scope, period)}))
    create_records(object="forecast", rows=rows, by=by)
    return len(rows)


def _called_before(scope: Scope, period: Period) -> dict[str, Any]:
    """What was called last stands until somebody calls anew."""
    there = Forecast.objects.filter(scope=scope.kind, owner=scope.owner, month=period.first, archived_at=None)
    if scope.kind == TEAM:
        there = there.filter(team=scope.team)
    last = there.exclude(called=None).order_by("-taken_on", "-pk").first()
    return {} if last is None else {"called": last.called, "reason": last.reason}


def _scopes(some: list[Cell]) -> Iterator[Scope]:
    teams = list(Team.objects.order_by("path"))
    if some:
        yield Scope(FIRM, inside=tuple(one.pk for one in teams))
    busy = {one.team for one in some}
    for team in teams:
        inside = tuple(one.pk for one in teams if one.path.startswith(team.path))
        if busy & set(inside):
            yield Scope(TEAM, team=team.pk, inside=inside)
    home = dict(Member.objects.values_list("pk", "team_id"))
    for owner in sorted({one.owner for one in some if one.owner}):
        yield Scope(MEMBER, owner=owner, team=home.get(owner))


def _outlook(
    scope: Scope, some: list[Cell], period: Period, known: Prospects, *, by: Actor, bounds: bool = True
) -> Outlook:
    found = outlook((one for one in some if scope.has(one.owner, one.team)), known.chance)
    return with_interval(found, period, known, by=by, inside=scope.has) if bounds else found


def _figures(found: Outlook) -> dict[str, Any]:
    names = ("closed", "commit", "best_case", "total", "weighted", "low", "high")
    return {name: getattr(found, name) for name in names}


def _row(scope: Scope, period: Period, today: date, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "scope": scope.kind, "owner": scope.owner, "team": scope.team, "month": period.first,
        "taken_on": today, **values,
    }  # fmt: skip
