"""Dashboards and cubes by mail, by the clock: each with the figures of what its reader may see.

A turn is begun by naming the next one in the same transaction; it is sent in the transaction that notes it as
sent. A worker that is killed between the two has sent nothing, and the turn is made again; one that is killed
after it does not send twice. What can't be made is tried again after 5, 15 and 60 minutes and 4 hours, then
it is parked and its reader's page says so, until the next turn or until they ask for it.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cronsim import CronSim
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from guanxi.analytics.cube.alarms import (
    ABOVE,
    BELOW,
    cell_words,
    crossed,
    limit_words,
    measured,
    read_limit,
)
from guanxi.analytics.cube.pivot import CUBE
from guanxi.analytics.dashboards.computing import compute, compute_panel
from guanxi.analytics.dashboards.homes import HOMES, panels_of
from guanxi.analytics.dashboards.models import Delivery
from guanxi.analytics.dashboards.panels import Look, Panel, panel_of, period_label, read_look
from guanxi.analytics.dashboards.printing import print_panels
from guanxi.analytics.dashboards.saving import find_dashboard, panels_in
from guanxi.analytics.semantic.compiling import plan_of
from guanxi.analytics.semantic.cubes import read_cube
from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Workspace
from guanxi.platform.mail.sending import send_mail
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.records.filters import FilterSyntaxError
from guanxi.platform.tenancy.transactions import reading

PLACE = "/analytics/dashboards/"
MOST = 20  # of a member
RETRY_AFTER = tuple(timedelta(minutes=one) for one in (5, 15, 60, 240))
_log = logging.getLogger(__name__)
_CRON = {
    Delivery.Every.DAY: "0 {} * * *",
    Delivery.Every.WEEK: "0 {} * * 1",
    Delivery.Every.MONTH: "0 {} 1 * *",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is sent: computed for one member."""

    title: str
    headlines: list[str]
    pdf: bytes


@dataclass(frozen=True, slots=True)
class Alarm:
    """beyond: "below" or "above"; limit: what was typed."""

    beyond: str
    limit: str


@transaction.atomic
def schedule_delivery(
    address: str, *, every: str, hour: int, alarm: Alarm | None = None, by: Actor
) -> Delivery:
    """Send a page of figures to the actor by the clock; the same page at the same pace once.

    address  of a dashboard or of a cube
    alarm    it is looked at by the clock, and sent when its one figure has come beyond a limit

    Raises NotFound for a page that the actor does not see, FieldError for an alarm of what is no one figure,
    InvalidValues that names the field, Refused.
    """
    if by.member_id is None:
        raise Refused(_("Only members get figures by mail."))
    if every not in Delivery.Every.values or not 0 <= hour < 24:
        raise InvalidValues({"every": [FieldError("every", _("Choose how often, and at which hour."))]})
    title = title_of(address, by)
    beyond, limit = _alarm(address, alarm, by) if alarm is not None else ("", None)
    mine = Delivery.objects.filter(member_id=by.member_id)
    alike = mine.filter(address=address, every=every, hour=hour, beyond=beyond, limit=limit)
    found: Delivery | None = alike.first()
    if found is not None:
        return found
    if mine.count() >= MOST:
        raise InvalidValues({"": [FieldError("many", _("These are too many."))]})
    row = Delivery(
        workspace_id=by.workspace_id,
        member_id=by.member_id,
        name=title[:80],
        address=address,
        every=every,
        hour=hour,
        beyond=beyond,
        limit=limit,
        next_at=next_time(every, hour, by.timezone, timezone.now()),
    )
    row.save(force_insert=True)
    return row


def _alarm(address: str, alarm: Alarm, by: Actor) -> tuple[str, Decimal]:
    parts = urlsplit(address)
    if parts.path != CUBE or alarm.beyond not in (BELOW, ABOVE):
        raise FieldError("cube", _("One figure can be watched, not a table."))
    return alarm.beyond, read_limit(alarm.limit, measured(read_cube(parts.query), by))


@transaction.atomic
def end_delivery(delivery_id: int, *, by: Actor) -> None:
    """Raises NotFound for another member's."""
    row = Delivery.objects.filter(pk=delivery_id, member_id=by.member_id or 0).first()
    if row is None:
        raise NotFound(f"delivery {delivery_id}")
    row.delete()


def deliveries_of(by: Actor) -> list[Delivery]:
    """What comes to the actor."""
    return list(Delivery.objects.filter(member_id=by.member_id or 0).order_by("name", "pk"))


def alarm_words(row: Delivery, by: Actor) -> tuple[str, str]:
    """Which figure is watched and beyond what, for its page; ("", "") for what is sent each time, and for
    what the actor does not see any more."""
    if not row.beyond or row.limit is None:
        return "", ""
    try:
        cube = read_cube(urlsplit(row.address).query)
        if not registry.has(cube.object) or not by.may("see", cube.object):
            return "", ""
        measure = measured(cube, by)
        return cell_words(cube, measure, by), limit_words(row.beyond, row.limit, measure, by)
    except (FieldError, FilterSyntaxError, Refused):
        return "", ""


def next_time(every: str, hour: int, zone: str, after: datetime) -> datetime:
    """The next full turn by the clocks of a time zone, UTC."""
    local = after.astimezone(ZoneInfo(zone))
    return next(CronSim(_CRON[Delivery.Every(every)].format(hour), local)).astimezone(UTC)


def begin_turns(now: datetime) -> int:
    """Begin the turns that are due, each once; how many. Opens its own transactions."""
    begun = 0
    with reading():
        zones = ("member__user__timezone", "workspace__timezone")
        due = list(Delivery.objects.filter(next_at__lte=now).values_list("pk", *zones))
    for key, own, firms in due:
        with transaction.atomic():
            row = Delivery.objects.select_for_update().filter(pk=key, next_at__lte=now).first()
            if row is None:
                continue  # another worker has it
            row.turn += 1
            row.next_at = next_time(row.every, row.hour, own or firms, now)
            row.failures, row.retry_at = 0, None  # `error` stays until one was sent
            row.save(update_fields=["turn", "next_at", "failures", "retry_at"])
            begun += 1
    return begun


def unsent_turns() -> list[tuple[int, int]]:
    """(delivery, turn) of those that were begun and not sent, and are not to rest: also what a kill left."""
    due = Q(failures=0) | Q(retry_at__lte=timezone.now())
    with reading():
        return list(Delivery.objects.filter(due, sent__lt=F("turn")).values_list("pk", "turn"))


@transaction.atomic
def send_again(delivery_id: int, *, by: Actor) -> Delivery:
    """Try one that failed now. Raises NotFound for another member's, and for one that waits for its turn."""
    mine = Delivery.objects.select_for_update().filter(pk=delivery_id, member_id=by.member_id or 0)
    row: Delivery | None = mine.first()
    if row is None or not row.failures or row.sent >= row.turn:
        raise NotFound(f"delivery {delivery_id}")
    row.failures, row.retry_at = 0, None
    row.save()
    return row


def send_turn(delivery_id: int, turn: int) -> bool:
    """Compute what a turn sends and send it, once; False where it was sent, or nobody is there to read it."""
    with reading():
        row = Delivery.objects.filter(pk=delivery_id).first()
        member = working_member(member_id=row.member_id) if row is not None else None
    if row is None or row.sent >= turn:
        return False
    if member is None:
        _pass_over(delivery_id, turn)
        return False
    with reading():
        by = actor_for(member)
    with translation.override(by.language), timezone.override(ZoneInfo(by.timezone)):
        try:
            with reading():
                met, said = _crossed(row, by)
                sheet = sheet_of(row.address, by) if met else None
        except (NotFound, Refused, FieldError, FilterSyntaxError):
            _cease(row, turn, member, by)
            return False
        except Exception as problem:
            _failed(delivery_id, turn, problem)
            return False
        if sheet is None:
            _pass_over(delivery_id, turn, crossed_at=row.crossed_at if said else None)
            return False
        with transaction.atomic():
            held = Delivery.objects.select_for_update().filter(pk=delivery_id, sent__lt=turn).first()
            if held is None:
                return False
            held.sent, held.sent_at = turn, timezone.now()
            held.failures, held.retry_at, held.error = 0, None, ""
            held.crossed_at = held.sent_at if row.beyond else None
            held.save(update_fields=["sent", "sent_at", "crossed_at", "failures", "retry_at", "error"])
            _mail(sheet, row, member, turn, said)
            if row.beyond:
                state_fact("figures", "crossed", row.pk, by=by, title=said, data={"members": [member.pk]})
    return True


def _crossed(row: Delivery, by: Actor) -> tuple[bool, str]:
    """Whether it is to be sent: always, or since its figure has come beyond its limit; with what is said of
    that: "" where the figure is not there."""
    if not row.beyond or row.limit is None:
        return True, ""
    cube = read_cube(urlsplit(row.address).query)
    if not registry.has(cube.object):
        raise NotFound(row.address)
    met, said = crossed(cube, row.beyond, row.limit, by)
    return met and row.crossed_at is None, said if met else ""


def _failed(delivery_id: int, turn: int, problem: Exception) -> None:
    """Written down and left alone for a while: nothing is tried every few minutes for ever."""
    _log.exception("delivery %s, turn %s", delivery_id, turn)
    with transaction.atomic():
        row = Delivery.objects.select_for_update().filter(pk=delivery_id, sent__lt=turn).first()
        if row is None:
            return
        rest = RETRY_AFTER[row.failures] if row.failures < len(RETRY_AFTER) else None
        row.retry_at = timezone.now() + rest if rest is not None else None
        row.failures += 1
        row.error = (str(problem) or repr(problem))[:500]
        row.save(update_fields=["failures", "retry_at", "error"])


def _cease(row: Delivery, turn: int, member: Member, by: Actor) -> None:
    """It is gone, or not for this member any more: that is said once, and nothing of it is sent."""
    words = _("It is not there any more, or you may not see it any more. Nothing is sent.")
    with transaction.atomic():
        held = Delivery.objects.select_for_update().filter(pk=row.pk, sent__lt=turn).first()
        if held is None:
            return
        held.sent, told, held.error = turn, held.error == words, words
        held.failures, held.retry_at = 0, None
        held.save(update_fields=["sent", "failures", "retry_at", "error"])
        if not told:
            said = _("%(name)s does not come any more") % {"name": row.name}
            state_fact("figures", "ceased", row.pk, by=by, title=said, data={"members": [member.pk]})


def _pass_over(delivery_id: int, turn: int, *, crossed_at: datetime | None = None) -> None:
    """Nothing is sent in this turn; `crossed_at`: since when its figure is beyond its limit."""
    with transaction.atomic():
        rows = Delivery.objects.filter(pk=delivery_id, sent__lt=turn)
        rows.update(sent=turn, crossed_at=crossed_at, error="")


def title_of(address: str, by: Actor) -> str:
    """What a page of figures is called; raises NotFound for what is none, or not for the actor."""
    return _read(address, by)[0]


def sheet_of(address: str, by: Actor) -> Sheet:
    """What stands on a page of figures, for a member."""
    title, panels, look = _read(address, by)
    if look is None:
        cube = read_cube(urlsplit(address).query)
        shown = [compute_panel(panels[0], 0, Look(period="", compare=cube.compare), by)]
        sub = str(registry.get(cube.object).plural_label)
    else:
        shown, sub = compute(panels, look, by), period_label(look.period)
    return Sheet(title, [one.headline for one in shown if one.headline], print_panels(title, sub, shown, by))


def _read(address: str, by: Actor) -> tuple[str, list[Panel], Look | None]:
    """Title, panels and look of a page; a cube has no look of its own."""
    try:
        parts = urlsplit(address)
    except ValueError as problem:
        raise NotFound(address) from problem
    given = QueryDict(parts.query)
    if parts.netloc or parts.scheme:
        raise NotFound(address)
    if parts.path == CUBE:
        cube = read_cube(given)
        if not registry.has(cube.object) or not by.may("see", cube.object):
            raise NotFound(address)
        plan_of(cube, by)
        title = f"{registry.get(cube.object).plural_label} · {plan_of(cube, by).measures[0].label}"
        return title, [panel_of(cube)], None
    kind, _slash, rest = parts.path.removeprefix(PLACE).partition("/")
    if not parts.path.startswith(PLACE):
        raise NotFound(address)
    if kind == "home" and rest.strip("/") in HOMES:
        name = rest.strip("/")
        return str(HOMES[name]), panels_of(name, by), read_look(given.dict())
    if not kind.isascii() or not kind.isdecimal() or len(kind) > 19 or rest:
        raise NotFound(address)
    row = find_dashboard(int(kind), by=by)
    return row.name, panels_in(row), read_look(given.dict(), Look(row.period, row.compare))


def _mail(sheet: Sheet, row: Delivery, member: Member, turn: int, alarm: str = "") -> None:
    workspace = Workspace.objects.get(pk=row.workspace_id)
    link = f"{settings.SITE_URL}{row.address}"
    said = "\n".join(f"· {one}" for one in ([alarm] if alarm else sheet.headlines))
    body = _("%(headlines)s\n\nLive: %(link)s\n\nStop it: %(stop)s") % {
        "headlines": said,
        "link": link,
        "stop": f"{settings.SITE_URL}/analytics/deliveries/",
    }
    send_mail(
        to=member.user.email,
        subject=_("%(title)s · %(firm)s") % {"title": alarm or sheet.title, "firm": workspace.name},
        body=body,
        name=f"delivery.{row.pk}.{turn}",
        attachments=[(f"{sheet.title}.pdf", "application/pdf", b64encode(sheet.pdf).decode())],
    )
