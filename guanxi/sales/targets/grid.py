"""The targets of a year as a grid: what is typed, pasted from a spreadsheet, or spread by last year."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.i18n.folding import fold
from guanxi.platform.i18n.holidays import working_days_between
from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Team
from guanxi.platform.identity.queries import working_members
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.metadata.fields.time import add_months
from guanxi.platform.metadata.metrics import Metric
from guanxi.platform.records.access import Refused
from guanxi.platform.records.contexts import workspace_country
from guanxi.platform.records.measuring import may_measure
from guanxi.platform.records.writing import archive_record, change_record, create_typed_records
from guanxi.sales.lines.arithmetic import spread
from guanxi.sales.orders.views import read_number
from guanxi.sales.targets.models import FIRM, MEMBER, TEAM, Target
from guanxi.sales.targets.periods import Period
from guanxi.sales.targets.queries import below, reached_in

MOST_LINES = 400
LEAST_MONTHS = 6  # with anything in them, or last year says nothing about seasons
_NUMBER = re.compile(r"[-+]?[\d.,\uff0c]+")


@dataclass
class Line:
    """One row of the grid. `cells` are the texts of the inputs, `kept` the targets of the months."""

    key: str
    label: str
    depth: int
    scope: str
    owner: int | None = None
    team: int | None = None
    inside: tuple[int, ...] = ()
    cells: list[str] = field(default_factory=lambda: [""] * 12)
    kept: dict[int, Target] = field(default_factory=dict)

    @property
    def total(self) -> str:
        try:
            return plain(sum((read_number(one) for one in self.cells), Decimal(0)))
        except InvalidValues:
            return ""


@dataclass
class Grid:
    """The lines that an actor may give targets to, in the order of the tree of teams."""

    metric: Metric
    year: int
    lines: list[Line]

    @classmethod
    def of(cls, metric: Metric, year: int, *, by: Actor) -> Grid:
        lines = list(_lines(by))[:MOST_LINES]
        found = cls(metric, year, lines)
        named = {(one.scope, one.owner or one.team or 0): one for one in lines}
        kept = Target.objects.filter(
            metric=metric.name, month__gte=date(year, 1, 1), month__lte=date(year, 12, 1),
            product=None, archived_at=None,
        )  # fmt: skip
        for target in kept.order_by("pk"):
            whose = target.owner_id if target.scope == MEMBER else target.team_id or 0
            line = named.get((target.scope, whose or 0))
            if line is not None:
                line.kept[target.month.month] = target
                line.cells[target.month.month - 1] = plain(target.value)
        return found

    def take(self, sent: Mapping[str, str]) -> list[str]:
        """Put what was typed into the lines; returns what is wrong with it."""
        problems = []
        for line in self.lines:
            for at in range(12):
                name = f"{line.key}-{at + 1:02d}"
                if name not in sent:
                    continue
                line.cells[at] = sent[name].strip()[:40]
                try:
                    wrong = read_number(line.cells[at]) < 0
                except InvalidValues:
                    wrong = True
                if wrong:
                    said = _("%(name)s, month %(month)s: “%(value)s” is no number above zero.")
                    problems.append(said % {"name": line.label, "month": at + 1, "value": line.cells[at]})
        return problems


def may_plan(by: Actor) -> bool:
    """Whether the actor gives targets to anybody at all."""
    return by.may("create", "target") and by.may("assign", "target")


@transaction.atomic
def save_grid(grid: Grid, *, by: Actor) -> int:
    """Make, change and archive targets so that they are what stands in the cells; returns how many were."""
    if not may_plan(by):
        raise Refused("target.create")
    rows: list[dict[str, Any]] = []
    count = 0
    for line in grid.lines:
        for month in range(1, 13):
            text, kept = line.cells[month - 1], line.kept.get(month)
            value = read_number(text) if text else None
            if kept is None and value:
                rows.append(_values(line, grid, month, value))
            elif kept is not None and value is None:
                archive_record(kept, by=by)
                count += 1
            elif kept is not None and value != kept.value:
                change_record(kept, {"value": value}, by=by)
                count += 1
    create_typed_records(object="target", rows=rows, by=by)
    return count + len(rows)


def pasted(grid: Grid, text: str) -> list[str]:
    """Fill lines from what a spreadsheet copies: a name, then up to twelve numbers, by tabs or semicolons.

    Returns what could not be placed, in words.
    """
    named = {fold(one.label): one for one in reversed(grid.lines)}
    unknown, filled = list[str](), 0
    for raw in text.splitlines()[:MOST_LINES]:
        name, *parts = [part.strip() for part in re.split(r"[\t;]", raw)]
        numbers = [part for part in parts if _NUMBER.fullmatch(part) or part == ""]
        if not parts or len(numbers) != len(parts) or not any(parts):
            continue  # a heading, or a line without figures
        line = named.get(fold(name))
        if line is None:
            unknown.append(name)
            continue
        for at, part in enumerate(parts[:12]):
            line.cells[at] = plain(read_number(part)) if part else ""
        filled += 1
    notes = [_("%(count)s rows filled in. Nothing is saved yet.") % {"count": filled}]
    if unknown:
        notes.append(_("Nobody here is called %(names)s.") % {"names": comma_list(unknown[:10])})
    return notes


def spread_row(grid: Grid, key: str, sent: Mapping[str, str], *, by: Actor) -> list[str]:
    """Divide the year's figure of a line over its months as last year went; to the unit, it adds up."""
    line = next((one for one in grid.lines if one.key == key), None)
    if line is None:
        return []
    try:
        total = read_number(sent.get(f"{key}-year", "")).quantize(Decimal(1))
    except InvalidValues as problem:
        return [one.message for found in problem.errors.values() for one in found]
    if total <= 0:
        return [_("Say what the year is to come to.")]
    line.cells = [plain(part) for part in spread(total, seasons(grid.metric, grid.year, line, by=by), 0)]
    return []


def seasons(metric: Metric, year: int, line: Line, *, by: Actor) -> list[Decimal]:
    """The weights of twelve months: last year's of this line, else last year's of all, else working days."""
    if may_measure(metric, by=by):
        months = [Period(add_months(date(year - 1, 1, 1), at), 1) for at in range(12)]
        found = [reached_in(metric, one, by=by) for one in months]
        own = [
            one.members.get(line.owner or 0, Decimal(0))
            if line.scope == MEMBER
            else sum((one.teams.get(team, Decimal(0)) for team in line.inside), Decimal(0))
            for one in found
        ]
        for weights in (own, [one.total for one in found]):
            if sum(1 for one in weights if one > 0) >= LEAST_MONTHS:
                return [max(one, Decimal(0)) for one in weights]
    country = workspace_country(by.workspace_id)
    spans = [Period(date(year, at, 1), 1) for at in range(1, 13)]
    return [Decimal(working_days_between(one.first, one.last, country)) for one in spans]


def _values(line: Line, grid: Grid, month: int, value: Decimal) -> dict[str, Any]:
    return {
        "metric": grid.metric.name,
        "scope": line.scope,
        "month": date(grid.year, month, 1),
        "value": value,
        "owner": line.owner,
        "team": line.team,
    }


def _lines(by: Actor) -> Iterator[Line]:
    """The firm, teams and members whose targets the actor may change, by the one access rule."""
    rows = by.rows(registry.get("target").name, "edit")
    teams = list(Team.objects.order_by("path"))
    inside = below(teams)
    if rows.every:
        yield Line("f0", _("The firm"), 0, FIRM, inside=tuple(inside))
    reached = set(inside) if rows.every else set(rows.teams)
    members = dict[int, list[Any]]()
    for one in working_members():
        members.setdefault(one.team_id or 0, []).append(one)
    for team in _in_order(teams, None):
        if team.pk not in reached:
            continue
        yield Line(f"t{team.pk}", team.name, team.depth, TEAM, team=team.pk, inside=inside[team.pk])
        for one in members.get(team.pk, ()):
            yield Line(f"m{one.id}", one.name, team.depth + 1, MEMBER, owner=one.id, team=team.pk)
    if rows.every:
        for one in members.get(0, ()):
            yield Line(f"m{one.id}", one.name, 0, MEMBER, owner=one.id)
    elif by.member_id and not reached and rows.own:
        mine = Member.objects.get(pk=by.member_id)
        yield Line(f"m{mine.pk}", mine.display_name, 0, MEMBER, owner=mine.pk, team=mine.team_id)


def _in_order(teams: list[Team], parent: int | None) -> Iterator[Team]:
    """The tree from the top down; a team whose parent is not there stands at the top."""
    known = {one.pk for one in teams}
    for one in teams:
        above = one.parent_id if one.parent_id in known else None
        if above == parent:
            yield one
            yield from _in_order(teams, one.pk)
