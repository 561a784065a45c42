"""When people work: the hours of a member, else of the nearest team above, else of the firm.

Days follow the calendar (i18n/holidays.py): who works on Fridays does not on a Friday that is a holiday, and
on a weekend day that is made up everybody works as on the first day of their week. Hours are those of the
member's own time zone. Absence is a delegation that runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.dates import weekday_names
from guanxi.platform.i18n.holidays import said_of_day, weekdays_of, working_weekdays
from guanxi.platform.i18n.languages import ENGLISH, active_language
from guanxi.platform.i18n.own_days import KeptWithCalendar, Weekdays
from guanxi.platform.identity.models import Delegation, Member, Team, WorkingHours, Workspace
from guanxi.platform.identity.team_tree import above_ids
from guanxi.platform.identity.zones import zone

Span = tuple[str, str]  # from, to: "09:00", "18:00"; "24:00" ends a day
Week = tuple[tuple[Span, ...], ...]  # seven, Monday first
USUAL: Span = ("09:00", "18:00")  # where nobody has said anything


@dataclass(frozen=True, slots=True)
class Hours:
    """A week, and who says so: "member", "team", "workspace"; "" where nobody does. `owner_id`: which one."""

    week: Week
    whose: str = ""
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    """All that was said in a workspace."""

    workspace: Week | None = None
    teams: Mapping[int, Week] = field(default_factory=dict)
    members: Mapping[int, Week] = field(default_factory=dict)


def hours_of(member: Member) -> Hours:
    """By which hours a member works; `user` and `workspace` are best loaded with the member."""
    own = _kept().members.get(member.pk)
    return Hours(own, "member", member.pk) if own else hours_around(member)


def hours_around(member: Member) -> Hours:
    """The hours that a member has without own ones."""
    return _of_teams(above_ids(member.workspace, member.team_id), member.workspace)


def hours_of_team(team: Team, workspace: Workspace) -> Hours:
    """By which hours the members of a team work."""
    return _of_teams(above_ids(workspace, team.pk), workspace)


def hours_above(team: Team, workspace: Workspace) -> Hours:
    """The hours that a team has without own ones."""
    return _of_teams(above_ids(workspace, team.parent_id), workspace)


def hours_of_workspace(workspace: Workspace) -> Hours:
    """The hours of the firm: its own, else nine to six on the days that its country works."""
    own = _kept().workspace
    return Hours(own, "workspace", workspace.pk) if own else Hours(usual_week(workspace.country))


def usual_week(country: str) -> Week:
    """Nine to six on the days that a country works."""
    days = weekdays_of(country, timezone.now().year)
    return tuple((USUAL,) if day in days else () for day in range(7))


def weekdays_of_workspace() -> Weekdays | None:
    """On which days the firm works (Monday is 0); None where it says nothing of them."""
    own = _kept().workspace
    return frozenset(day for day, spans in enumerate(own) if spans) if own else None


def at_work(member: Member, moment: datetime, *, week: Week | None = None) -> bool:
    """Whether a moment (with its zone) is a working hour where the member lives; `week` instead of theirs.

    The first minute of a span is work, the one at which it ends no more.
    """
    local = moment.astimezone(zone(member.user.timezone or member.workspace.timezone))
    spans = spans_on(local.date(), week or hours_of(member).week, member.workspace.country)
    return any(first <= f"{local:%H:%M}" < last for first, last in spans)


def spans_on(day: date, week: Week, country: str) -> tuple[Span, ...]:
    """When somebody with this week works on a day; () on a free one."""
    said = said_of_day(day, country)
    if said is False:
        return ()
    own = week[day.weekday()]
    if own or said is None or day.weekday() in working_weekdays(country, day.year):
        return own
    return next((spans for spans in week if spans), ())


def is_away(member: Member, moment: datetime) -> bool:
    """Whether somebody else stands in for the member at that moment: a holiday, an illness."""
    rows = Delegation.objects.filter(
        member_id=member.pk, ended_at=None, starts_at__lte=moment, ends_at__gt=moment
    )
    return bool(rows.exists())


def hours_words(hours: Hours, *, team_id: int | None = None) -> str:
    """ "Mon–Fri 09:00–18:00 · Sat 09:00–12:00 (as team South)"; `team_id`: on the page of that team."""
    names = weekday_names("abbreviated")
    parts = []
    for spans, run in groupby(range(7), key=lambda day: hours.week[day]):
        days = list(run)
        if spans:
            first, last = names[days[0]], names[days[-1]]
            span = _("%(first)s–%(last)s") % {"first": first, "last": last} if len(days) > 1 else first
            parts.append(f"{span} {spans_words(spans)}")
    said = " · ".join(parts)
    if hours.whose == "team" and hours.owner_id != team_id:
        team = Team.objects.filter(pk=hours.owner_id).first()
        return _("%(hours)s (as team %(name)s)") % {"hours": said, "name": team}
    return said


def spans_words(spans: Sequence[Span]) -> str:
    """ "09:00–12:00, 13:00–18:00"."""
    sign = ", " if active_language() == ENGLISH else "、"
    return sign.join(f"{first}–{last}" for first, last in spans)


def _of_teams(team_ids: Sequence[int], workspace: Workspace) -> Hours:
    """Of teams from the top down, the lowest that says something; else the firm."""
    known = _kept().teams
    found = next((one for one in reversed(team_ids) if one in known), None)
    return hours_of_workspace(workspace) if found is None else Hours(known[found], "team", found)


def _read() -> _Kept:
    workspace, teams, members = None, dict[int, Week](), dict[int, Week]()
    for team_id, member_id, week in WorkingHours.objects.values_list("team_id", "member_id", "week"):
        found = tuple(tuple((first, last) for first, last in spans) for spans in week)
        if member_id:
            members[member_id] = found
        elif team_id:
            teams[team_id] = found
        else:
            workspace = found
    return _Kept(workspace, teams, members)


_kept: KeptWithCalendar[_Kept] = KeptWithCalendar(_read, _Kept())
