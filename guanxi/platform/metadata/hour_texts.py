"""Working hours in the file of shapes: of the firm, of teams by their names, of members by their addresses.

    [hours.firm]
    monday = ["09:00-12:00", "13:00-18:00"]
    tuesday = ["09:00-18:00"]

    [hours.teams.South]
    saturday = ["09:00-12:00"]

    [hours.members."lin@xishan.example"]
    monday = ["10:00-19:00"]

A day that is not named is free. Who has no hours of their own works as their team, their firm, their country.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from guanxi.platform.identity.actions.hours import read_week, set_hours
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.hours import Week
from guanxi.platform.identity.models import Member, Team, WorkingHours, Workspace
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GROUPS = ("teams", "members")


def hours_as_text() -> dict[str, dict[str, list[str]]]:
    """{"firm", "teams.<name>" or "members.<address>": {day: [spans]}}, the firm first."""
    found: dict[str, dict[str, list[str]]] = {}
    rows = WorkingHours.objects.select_related("team", "member__user").order_by("pk")
    for row in sorted(rows, key=lambda one: (bool(one.team_id or one.member_id), bool(one.member_id))):
        key = "firm"
        if row.team_id:
            key = f"teams.{row.team.name}"
        elif row.member_id:
            key = f"members.{row.member.user.email}"
        found[key] = spans_by_day(row.week)
    return found


def spans_by_day(week: Week | list[Any]) -> dict[str, list[str]]:
    """A week as files and the API have it; free days are left out."""
    return {
        name: [f"{first}-{last}" for first, last in spans]
        for name, spans in zip(DAYS, week, strict=True)
        if spans
    }


def week_of(values: Any) -> Week:
    """A week out of `{day: [spans]}`; raises InvalidValues that names the day."""
    fair = isinstance(values, Mapping) and all(
        name in DAYS and isinstance(spans, list) and all(isinstance(one, str) for one in spans)
        for name, spans in values.items()
    )
    if not fair:
        raise InvalidValues({"hours": [FieldError("hours", _("Hours are lists of times by weekday."))]})
    try:
        return read_week([", ".join(values.get(name, ())) for name in DAYS])
    except ValidationError as problem:
        named = {
            DAYS[int(day.removeprefix("day-")) - 1]: [FieldError("hours", " ".join(words))]
            for day, words in problem.message_dict.items()
        }
        raise InvalidValues(named) from problem


def flat_hours(hours: Mapping[str, Any] | None) -> dict[str, Any]:
    """The tables of a file under the keys of `hours_as_text`."""
    found: dict[str, Any] = {}
    for name, values in (hours or {}).items():
        found |= {f"{name}.{key}": one for key, one in values.items()} if name in _GROUPS else {name: values}
    return {key: _as_kept(one) for key, one in found.items()}


def _as_kept(values: Any) -> Any:
    """Times as they will be read again; what makes no sense is left for who applies it to name."""
    try:
        return spans_by_day(week_of(values))
    except InvalidValues:
        return values


def check_hours(hours: Any) -> None:
    """Raises FieldError for what are no tables of hours."""
    fair = isinstance(hours, dict) and not set(hours) - {"firm", *_GROUPS}
    if not fair or not all(isinstance(one, dict) for one in flat_hours(hours).values()):
        raise FieldError("file", _("Hours are those of the firm, of teams and of members."))


def set_hours_as_text(key: str, values: Mapping[str, Any] | None, by: Actor) -> None:
    """Hours of a file; None: as those above. Raises Refused, and InvalidValues that names whose they are."""
    try:
        week = None if values is None else week_of(values)
        set_hours(whose=_named(key, by), week=week, by=by)
    except InvalidValues as problem:
        said = [one for errors in problem.errors.values() for one in errors]
        raise InvalidValues({f"hours.{key}": said}) from problem
    except ValidationError as problem:
        raise InvalidValues({f"hours.{key}": [FieldError("hours", " ".join(problem.messages))]}) from problem
    except PermissionDenied as problem:
        raise Refused("hours.change") from problem


def hours_tables(hours: Mapping[str, Any]) -> Iterator[tuple[str, list[str], Mapping[str, Any]]]:
    """(table, its parts, values) of each for the file."""
    for key, values in hours.items():
        group, _dot, name = key.partition(".")
        yield group, [name] if name else [], values


def _named(key: str, by: Actor) -> Workspace | Team | Member:
    group, _dot, name = key.partition(".")
    found: Workspace | Team | Member | None = None
    if group == "firm":
        found = Workspace.objects.get(pk=by.workspace_id)
    elif group == "teams":
        teams = list(Team.objects.filter(name=name)[:2])
        found = teams[0] if len(teams) == 1 else None
    elif group == "members":
        rows = Member.objects.select_related("user", "role", "workspace").filter(left_at=None)
        found = rows.filter(user__email__iexact=name).first()
    if found is None:
        words = _("Nobody here is called “%(name)s”.") % {"name": name or group}
        raise InvalidValues({key: [FieldError("hours", words)]})
    return found
