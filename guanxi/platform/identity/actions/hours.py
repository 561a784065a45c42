"""Saying when somebody works: the firm, a team, a member."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.i18n.own_days import renew_calendar
from guanxi.platform.identity.actions.members import may_manage
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.changes import Change, tell
from guanxi.platform.identity.hours import Span, Week
from guanxi.platform.identity.models import Member, Team, WorkingHours, Workspace

MOST_SPANS = 6  # of one day
_SPAN = re.compile(r"(\d{1,2})(?:[:.](\d\d))? *(?:-|–|—|~|至|到|to) *(\d{1,2})(?:[:.](\d\d))?")
_BETWEEN = re.compile(r"[,;、/\s]*")


def may_set_hours(whose: Workspace | Team | Member, by: Actor) -> bool:
    """Administrators all; members their own, and those of whom they may change."""
    if by.workspace_id != (whose.pk if isinstance(whose, Workspace) else whose.workspace_id):
        return False
    if isinstance(whose, Member):
        return whose.pk == by.member_id or may_manage(by, "change", whose)
    return by.administers


def set_hours(*, whose: Workspace | Team | Member, week: Week | None, by: Actor) -> None:
    """From now on they work by this week; None: as those above them (member, team, firm, country).

    Raises PermissionDenied, and ValidationError for a week without a working hour.
    """
    if not may_set_hours(whose, by):
        raise PermissionDenied
    if week is not None and (len(week) != 7 or not any(week)):
        raise ValidationError(_("Say when work is done on one day at least."))
    kind = type(whose).__name__.lower()
    key = {
        "team_id": whose.pk if isinstance(whose, Team) else None,
        "member_id": whose.pk if isinstance(whose, Member) else None,
    }
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=by.workspace_id)  # two who say it at once
        row = WorkingHours.objects.filter(**key).first()
        old = row.week if row else None
        new = None if week is None else [[list(span) for span in spans] for spans in week]
        if old == new:
            return
        if row is not None and new is None:
            row.delete()
        else:
            row = row or WorkingHours(**key)
            row.week = new
            row.save()
        renew_calendar()
        title = whose.display_name if isinstance(whose, Member) else whose.name
        tell(Change(kind, "changed", whose.pk, title, by, {"hours": [old, new]}))


def read_week(typed: Sequence[str]) -> Week:
    """Seven texts, Monday first ("9-12, 13:00–18:00"; empty: free), as a week.

    Raises ValidationError with what is wrong by day: {"day-1": [...]} is Monday's.
    """
    problems: dict[str, list[str]] = {}
    found = []
    for day, text in enumerate(typed, 1):
        try:
            found.append(read_spans(text))
        except ValueError:
            words = _("Write times like 09:00–12:00, 13:00–18:00, one after the other.")
            problems[f"day-{day}"] = [words]
    if problems:
        raise ValidationError(problems)
    return tuple(found)


def read_spans(text: str) -> tuple[Span, ...]:
    """The spans of one day, in order; raises ValueError for what is none, ends too early or overlaps."""
    text, found, at = unicodedata.normalize("NFKC", text[:200]).strip(), list[Span](), 0
    while at < len(text):
        if (match := _SPAN.match(text, at)) is None:
            raise ValueError(text)
        first, last = (_clock(match[one], match[one + 1]) for one in (1, 3))
        if first >= last or (found and first < found[-1][1]):
            raise ValueError(text)
        found.append((first, last))
        between = _BETWEEN.match(text, match.end())
        at = between.end() if between else match.end()
    if len(found) > MOST_SPANS:
        raise ValueError(text)
    return tuple(found)


def _clock(hours: str, minutes: str | None) -> str:
    clock = f"{int(hours):02}:{int(minutes or 0):02}"
    if clock > "24:00" or clock[3:] > "59":
        raise ValueError(clock)
    return clock
