"""Reads of a member's own notifications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone

from guanxi.analytics.dashboards.mailing import alarm_words
from guanxi.analytics.dashboards.models import Delivery
from guanxi.collaboration.notifications.kinds import UNSEEN
from guanxi.collaboration.notifications.models import Browser, Notification
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Session
from guanxi.platform.metadata import registry
from guanxi.platform.records.batches.models import Batch
from guanxi.platform.records.questions import Question, number_question
from guanxi.platform.records.sql import fetch_value
from guanxi.platform.records.titles import Key, Ref, titles_of
from guanxi.platform.tenancy.context import require_workspace_id

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A notification with the record it leads to; `ref` is None for several records, and for imports.

    batch   what was done to many, of which it tells the end; None once that is forgotten
    """

    notification: Notification
    ref: Ref | None
    batch: Batch | None = None


def notifications_of(actor: Actor, *, before: int | None = None) -> tuple[list[Shown], int | None]:
    """The newest of a member's notifications and the cursor of the next page, or None.

    Of what the member can't see any more nothing is shown; it counts as read from then on.
    """
    rows = Notification.objects.filter(member_id=actor.member_id)
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PER_PAGE + 1])
    shown = visible(found[:PER_PAGE], by=actor)
    hidden = {one.pk for one in found[:PER_PAGE] if one.read_at is None}
    hidden -= {one.notification.pk for one in shown}
    if hidden:
        Notification.objects.filter(pk__in=hidden).update(read_at=timezone.now())
    return shown, found[PER_PAGE - 1].pk if len(found) > PER_PAGE else None


def visible(found: Iterable[Notification], *, by: Actor) -> list[Shown]:
    """Those of a member's notifications that lead to something that they see now."""
    told = list(found)
    led = [one for one in told if one.kind == "merged" or one.kind not in UNSEEN]
    keys = {(one.object, one.record_id) for one in led if one.record_id}
    refs = titles_of(keys, by=by)
    done = [one.record_id for one in told if one.kind == "batch"]
    batches = Batch.objects.filter(member_id=by.member_id).in_bulk(done) if done else {}
    return [
        Shown(one, refs.get((one.object, one.record_id)), batches.get(one.record_id))
        for one in told
        if _visible(one, refs, by)
    ]


def browsers_of(member_id: int) -> list[Browser]:
    """Those that take messages for a member: where they are signed in still, however sessions may end."""
    user = Member.objects.filter(pk=member_id).values("user_id")
    alive = Session.objects.filter(user_id__in=user, expire_date__gt=timezone.now())
    moments = set(alive.values_list("started_at", flat=True))
    rows = Browser.objects.filter(member_id=member_id).order_by("pk") if moments else []
    return [one for one in rows if one.signed_in_at is None or one.signed_in_at in moments]


def unread_count(actor: Actor) -> int:
    """How many notifications the member has not read."""
    return int(
        fetch_value(
            "SELECT count(*) FROM collaboration_notification"
            " WHERE workspace_id = %s AND member_id = %s AND read_at IS NULL",
            (require_workspace_id(), actor.member_id),
        )
    )


def find_notification(pk: int, *, by: Actor) -> Notification | None:
    """One of the member's own."""
    found: Notification | None = Notification.objects.filter(pk=pk, member_id=by.member_id).first()
    return found


def follows(object: str, record_id: int, *, by: Actor) -> Question[int]:
    """Whether the member follows a record: 1 or 0."""
    return number_question(
        "SELECT count(*) FROM collaboration_follow"
        " WHERE workspace_id = %s AND member_id = %s AND object = %s AND record_id = %s",
        (by.workspace_id, by.member_id, object, record_id),
    )


def _visible(one: Notification, refs: Mapping[Key, Ref], actor: Actor) -> bool:
    if one.kind == "figures" and one.verb == "crossed":  # it says the figure itself
        row = Delivery.objects.filter(pk=one.record_id, member_id=actor.member_id).first()
        return row is not None and bool(alarm_words(row, actor)[0])
    if one.kind in UNSEEN:
        return True
    if not one.record_id:
        return registry.has(one.object) and actor.may("see", one.object)
    return (one.object, one.record_id) in refs
