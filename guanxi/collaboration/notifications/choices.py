"""What a member has chosen: which kinds, by which channels, and when they may be disturbed.

Everything stands on the page of notifications at once. Mail, browser and robot disturb, so they wait for the
end of the member's quiet hours, and mail for the digest where there is one. What is urgent waits for neither.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.automation.workflows.recipe import ROBOTS
from guanxi.collaboration.notifications.kinds import KINDS
from guanxi.collaboration.notifications.models import CHANNELS, NotificationChoice, Sending
from guanxi.collaboration.notifications.sending import send_when_due
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata.errors import FieldError, InvalidValues

MARKS = (*CHANNELS, "urgent")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one member wants."""

    kinds: Mapping[str, bool] = field(default_factory=dict)
    marks: Mapping[str, Collection[str]] = field(default_factory=dict)
    quiet: tuple[time, time] | None = None
    digest: str = ""
    digest_hour: int = 8
    digest_day: int = 0
    robot: str = ""

    @classmethod
    def of(cls, row: NotificationChoice | None) -> Wishes:
        if row is None:
            return cls()
        quiet = None
        if row.quiet_from is not None and row.quiet_until is not None:
            quiet = (row.quiet_from, row.quiet_until)
        return cls(row.kinds, row.channels, quiet, row.digest, row.digest_hour, row.digest_day, row.robot)

    def shows(self, kind: str) -> bool:
        """Whether it stands on the page, and is counted there."""
        return bool(self.kinds.get(kind, KINDS[kind].wanted))

    def channels(self, kind: str) -> tuple[str, ...]:
        """Where it goes besides."""
        return tuple(one for one in CHANNELS if one in self.marks.get(kind, ()))

    def is_urgent(self, kind: str) -> bool:
        chosen = self.marks.get(kind)
        return KINDS[kind].urgent if chosen is None else "urgent" in chosen

    def due(self, kind: str, channel: str, now: datetime, zone: ZoneInfo) -> datetime:
        """When it goes: never before `now`."""
        if self.is_urgent(kind):
            return now
        when = now
        if channel == "email" and self.digest:
            when = self._next_digest(now, zone)
        return self._after_quiet(when, zone)

    def _next_digest(self, now: datetime, zone: ZoneInfo) -> datetime:
        here = now.astimezone(zone)
        day = here.date()
        while True:
            at = datetime.combine(day, time(self.digest_hour), zone).astimezone(UTC)
            if at > now and (self.digest == "daily" or day.weekday() == self.digest_day):
                return at
            day += timedelta(days=1)

    def _after_quiet(self, moment: datetime, zone: ZoneInfo) -> datetime:
        if self.quiet is None:
            return moment
        start, end = self.quiet
        here = moment.astimezone(zone)
        clock = here.time()
        inside = start <= clock < end if start < end else clock >= start or clock < end
        if start == end or not inside:
            return moment
        day = here.date() if clock < end else here.date() + timedelta(days=1)
        ends = datetime.combine(day, end, zone)
        if ends.astimezone(UTC) <= moment:  # the hour that comes twice when clocks go back: its second time
            ends = ends.replace(fold=1)
        return ends.astimezone(UTC)


NO_WISHES = Wishes()


def clocks_of(member_ids: Collection[int]) -> dict[int, ZoneInfo]:
    """The zones of members who work here."""
    rows = Member.objects.filter(pk__in=member_ids, left_at=None, user__deactivated_at=None)
    found = rows.values_list("pk", "user__timezone", "workspace__timezone")
    return {pk: ZoneInfo(own or firm) for pk, own, firm in found}


def wishes_of(member_ids: Collection[int]) -> dict[int, Wishes]:
    """What those of some members who have chosen anything want."""
    rows = NotificationChoice.objects.filter(member_id__in=member_ids)
    return {row.member_id: Wishes.of(row) for row in rows}


def choice_of(member_id: int) -> NotificationChoice:
    """The member's row; one that is not saved where nothing was chosen yet."""
    found: NotificationChoice | None = NotificationChoice.objects.filter(member_id=member_id).first()
    return found or NotificationChoice(member_id=member_id)


@transaction.atomic
def choose(given: Mapping[str, Any], *, by: Actor) -> None:
    """Keep what a member has chosen; what waits is timed anew. What is not given stays.

    given   kinds, marks (kind → words of MARKS), quiet_from, quiet_until ("22:00" or ""), digest,
            digest_hour, digest_day, robot, robot_url, robot_secret ("" keeps what that robot has)
    Raises InvalidValues.
    """
    row = choice_of(by.member_id or 0)
    if "kinds" in given:
        row.kinds = {name: bool(on) for name, on in given["kinds"].items() if name in KINDS}
    if "marks" in given:
        chosen = {name: marks for name, marks in given["marks"].items() if name in KINDS}
        row.channels = {name: [one for one in MARKS if one in marks] for name, marks in chosen.items()}
    if "digest" in given:
        row.digest = given["digest"] if given["digest"] in NotificationChoice.Digest.values else ""
        row.digest_hour = min(given.get("digest_hour", row.digest_hour), 23)
        row.digest_day = min(given.get("digest_day", row.digest_day), 6)
    errors = {**_keep_quiet_hours(row, given), **_keep_robot(row, given)}
    if errors:
        raise InvalidValues(errors)
    row.save()
    _time_anew(row)


def _keep_quiet_hours(row: NotificationChoice, given: Mapping[str, Any]) -> dict[str, list[FieldError]]:
    if "quiet_from" not in given:
        return {}
    row.quiet_from, row.quiet_until = _clock(given["quiet_from"]), _clock(given.get("quiet_until", ""))
    if (row.quiet_from is None) != (row.quiet_until is None):
        return {"quiet_from": [FieldError("required", _("Quiet hours have a beginning and an end."))]}
    return {}


def _keep_robot(row: NotificationChoice, given: Mapping[str, Any]) -> dict[str, list[FieldError]]:
    if "robot" not in given:
        return {}
    before, row.robot = row.robot, given["robot"] if given["robot"] in ROBOTS else ""
    url, secret = given.get("robot_url", "").strip(), given.get("robot_secret", "").strip()
    if row.robot == before:  # of the same robot, what is left empty stays
        url, secret = url or row.robot_url, secret or row.robot_secret
    row.robot_url = url if row.robot else ""
    row.robot_secret = secret[:200] if row.robot else ""
    if row.robot and (not url.startswith(("https://", "http://")) or len(url) > 1000):
        return {"robot_url": [FieldError("invalid", _("An address begins with https:// and a name."))]}
    return {}


def _clock(typed: str) -> time | None:
    try:
        return time.fromisoformat(typed.strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


def _time_anew(row: NotificationChoice) -> None:
    """What waits goes when the new choice says so, or by a channel that is not wanted any more not at all."""
    wishes, zone, now = Wishes.of(row), clocks_of([row.member_id])[row.member_id], timezone.now()
    for one in Sending.objects.filter(member_id=row.member_id).select_related("notification"):
        if one.channel not in wishes.channels(one.notification.kind):
            one.delete()
            continue
        one.due_at = wishes.due(one.notification.kind, one.channel, now, zone)
        one.save(update_fields=["due_at"])
    send_when_due(row.member_id)
