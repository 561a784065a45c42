"""Notifications on their way out: by mail, to browsers, to a robot.

What is to go lies in `Sending` with the moment at which it may. A job takes all that is due of one member by
one channel, deletes the rows and hands over one message, in one transaction: what waited for the end of quiet
hours or for a digest is one mail, nothing goes twice, and a killed worker leaves nothing half done.
Rights are asked at that moment, and what was read in the meantime does not go.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_tasks import task

from guanxi.automation.workflows import robots
from guanxi.collaboration.notifications.models import Browser, Notification, NotificationChoice, Sending
from guanxi.collaboration.notifications.queries import browsers_of, visible
from guanxi.collaboration.notifications.telling import tell_one
from guanxi.collaboration.readers import reader
from guanxi.platform.calls.calling import CallFailed, call
from guanxi.platform.calls.webpush import push
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.jobs.policy import policy
from guanxi.platform.mail.sending import send_mail
from guanxi.platform.tenancy.transactions import reading

TOLD_AT_MOST = 50  # lines of one mail; the rest stands on the page
_GONE = (404, 410)


def send_when_due(member_id: int) -> None:
    """Enqueue a job for each moment at which something of a member may go out."""
    rows = Sending.objects.filter(member_id=member_id).values_list("channel", "due_at").distinct()
    for channel, due_at in rows:
        send_due.using(run_after=due_at).enqueue(member_id, channel, due_at.isoformat())


@task(priority=20)
@policy(atomic=True, unique=True)
def send_due(member_id: int, channel: str, due: str) -> int:
    """Send what is due of one member by one channel, as one message; returns how many notifications it tells.

    due   tells jobs of different moments apart; by the time that it runs more may be due
    """
    now = max(timezone.now(), datetime.fromisoformat(due))  # the database, which began us, has its own clock
    rows = Sending.objects.filter(member_id=member_id, channel=channel, due_at__lte=now)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    found = dict(rows.order_by("notification_id").values_list("pk", "notification_id"))
    Sending.objects.filter(pk__in=found).delete()
    by = reader(member_id)
    if by is None or not found:
        return 0
    ids = list(found.values())
    lines = _lines(ids, by)
    if not lines:
        return 0
    if channel == "email":
        _mail(lines, by)
    elif channel == "push":
        told = [one.pk for one in browsers_of(member_id)]
        Browser.objects.filter(member_id=member_id).exclude(pk__in=told).delete()  # signed out there
        for browser_id in told:
            send_to_browser.enqueue(browser_id, ids)
    else:
        send_to_robot.enqueue(member_id, ids)
    return len(lines)


@task(priority=20)
@policy(attempts=5)
def send_to_browser(browser_id: int, notification_ids: list[int]) -> None:
    """One message to one browser; told twice it replaces itself there. One that is gone is forgotten."""
    with reading():
        browser = Browser.objects.filter(pk=browser_id).first()
        by = reader(browser.member_id) if browser is not None else None
        lines = _lines(notification_ids, by) if by is not None else []
        there = browsers_of(browser.member_id) if browser is not None else []
    if browser is None or by is None or not lines or browser not in there:
        return
    try:
        push(
            endpoint=browser.endpoint, key=browser.key, auth=browser.auth,
            message=_message(lines, by), urgent=len(lines) == 1,
        )  # fmt: skip
    except CallFailed as problem:
        if problem.status in _GONE:
            with transaction.atomic():
                browser.delete()
        elif problem.passing:
            raise


@task(priority=20)
@policy(attempts=5)
def send_to_robot(member_id: int, notification_ids: list[int]) -> None:
    """One text message to the member's robot."""
    with reading():
        row = NotificationChoice.objects.filter(member_id=member_id).exclude(robot="").first()
        by = reader(member_id)
        lines = _lines(notification_ids, by) if row is not None and by is not None else []
    if row is None or not lines:
        return
    text = "\n".join(f"{text} {url}" for _key, text, url in lines[:TOLD_AT_MOST])
    url, body = robots.message(row.robot, row.robot_url, text, secret=row.robot_secret, at=time.time())
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Guanxi"}
    try:
        answer = call("POST", url, headers=headers, body=json.dumps(body, ensure_ascii=False).encode())
    except CallFailed as problem:
        if problem.passing:
            raise
        return
    refused = robots.refused(row.robot, answer.body)
    if refused is not None and refused[1]:
        raise CallFailed(refused[0], passing=True)


def _lines(ids: Iterable[int], by: Actor) -> list[tuple[int, str, str]]:
    """(id, sentence, address) of what the member still sees and has not read; the newest last."""
    unread = Q(read_at=None) | Q(read_at=F("at"))  # what is not wanted on the page was born read
    rows = Notification.objects.filter(unread, pk__in=list(ids), member_id=by.member_id).order_by("pk")
    with _as_read_by(by):
        found = []
        for shown in visible(rows, by=by):
            told = tell_one(shown)
            said = str(told.sentence.striptags())
            text = f"{said} · {told.text}" if told.text else said
            found.append((told.id, text, f"{settings.SITE_URL}/notifications/{told.id}/"))
        return found


def _mail(lines: Sequence[tuple[int, str, str]], by: Actor) -> None:
    to = Member.objects.filter(pk=by.member_id).values_list("user__email", flat=True).get()
    with _as_read_by(by):
        subject = lines[0][1][:150] if len(lines) == 1 else _many(len(lines))
        told = [f"{text}\n{url}" for _id, text, url in lines[-TOLD_AT_MOST:]]
        if len(lines) > len(told):
            others = _("The others are here:")
            told.append(f"{others}\n{settings.SITE_URL}/notifications/")
        choose = _("What comes by mail, and when, you choose here:")
        told.append(f"—\n{choose}\n{settings.SITE_URL}/settings/notifications/")
        # The same mail, should it be handed over again, has the same name: mailboxes show it once.
        name = f"{lines[0][0]}.{lines[-1][0]}.{len(lines)}"
        send_mail(to=to, subject=subject, body="\n\n".join(told), name=name)


def _message(lines: Sequence[tuple[int, str, str]], by: Actor) -> bytes:
    """What the browser shows: the one thing, or how many there are."""
    with _as_read_by(by):
        last, text, url = lines[-1]
        many = len(lines) > 1
        said = {
            "title": _many(len(lines)) if many else "Guanxi",
            "body": text[:300],
            "url": f"{settings.SITE_URL}/notifications/" if many else url,
            "tag": str(last),
        }
    return json.dumps(said, ensure_ascii=False).encode()


def _many(count: int) -> str:
    return ngettext("%(count)s notification", "%(count)s notifications", count) % {"count": count}


@contextmanager
def _as_read_by(by: Actor) -> Iterator[None]:
    """In the language and the zone of who reads it."""
    with translation.override(by.language), timezone.override(ZoneInfo(by.timezone)):
        yield


def plan(told: Sequence[tuple[Notification, str, datetime]]) -> None:
    """Keep what goes out besides: (notification, channel, when). What was told before does not go again."""
    if not told:
        return
    there = set(
        Notification.objects.filter(pk__in={one.pk for one, *_rest in told}).values_list("pk", flat=True)
    )
    rows = [
        Sending(member_id=one.member_id, notification_id=one.pk, channel=channel, due_at=due_at)
        for one, channel, due_at in told
        if one.pk in there
    ]
    Sending.objects.bulk_create(rows, ignore_conflicts=True)
    for member_id, channel, due_at in {(one.member_id, one.channel, one.due_at) for one in rows}:
        send_due.using(run_after=due_at).enqueue(member_id, channel, due_at.isoformat())
