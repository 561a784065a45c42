from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from guanxi.collaboration.notifications.choices import NO_WISHES, Wishes, clocks_of, wishes_of
from guanxi.collaboration.notifications.kinds import UNSEEN
from guanxi.collaboration.notifications.models import Notification
from guanxi.collaboration.notifications.rules import Notice, notices
from guanxi.collaboration.notifications.sending import plan
from guanxi.collaboration.readers import seen_by
from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact

_ONE_BY_ONE = 3  # more records handed over at once are told in one line
_FILES = {
    "attached",
    "renamed",
    "detached",
    "reattached",
}  # nine that were dropped together are one piece of news
_TOGETHER = timedelta(minutes=30)


@consumer("notifications", hears=("*",), starts="now")
def notify(facts: Sequence[Fact]) -> None:
    """Tell members what they want to hear, of records that they may see at this moment."""
    by_member: dict[int, list[Notice]] = defaultdict(list)
    for notice in notices(facts):
        by_member[notice.member_id].append(notice)
    wishes = wishes_of(by_member)
    rows: list[tuple[Notification, Collection[str]]] = []
    for member_id, found in by_member.items():
        wish = wishes.get(member_id, NO_WISHES)
        wanted = [one for one in found if wish.shows(one.kind) or wish.channels(one.kind) or one.channels]
        seen = seen_by(member_id, {one.key for one in wanted}) if wanted else set()
        rows += _rows(_news([one for one in wanted if one.kind in UNSEEN or one.key in seen]), wish)
    Notification.objects.bulk_create((one for one, _channels in rows), ignore_conflicts=True)
    plan(_when(rows, wishes))


def _when(
    rows: Sequence[tuple[Notification, Collection[str]]], wishes: Mapping[int, Wishes]
) -> list[tuple[Notification, str, datetime]]:
    """What goes out besides, and when each member may be disturbed."""
    outgoing = [(one, channels) for one, channels in rows if channels]
    if not outgoing:
        return []
    now, clocks = timezone.now(), clocks_of({one.member_id for one, _channels in outgoing})
    return [
        (
            one,
            channel,
            wishes.get(one.member_id, NO_WISHES).due(one.kind, channel, now, clocks[one.member_id]),
        )
        for one, channels in outgoing
        for channel in channels
        if one.member_id in clocks
    ]


def _news(found: Sequence[Notice]) -> list[Notice]:
    """What is not counted onto a notification that the member has not read yet.

    Files come one after the other: those that one person brings to one record within half an hour are
    one notification, and go out once.
    """
    return [one for one in found if one.fact.verb not in _FILES or not _counted(one)]


def _counted(one: Notice) -> bool:
    fact = one.fact
    there = (
        Notification.objects.filter(
            Q(read_at=None) | Q(read_at=F("at")),  # the latter is only sent, not shown
            member_id=one.member_id, kind=one.kind, verb=fact.verb, object=one.key[0], record_id=one.key[1],
            actor_id=fact.actor_id, at__gt=fact.at - _TOGETHER,
        ).order_by("-pk").first()
    )  # fmt: skip
    if there is None:
        return False
    if there.fact_id < fact.pk:  # what is heard again is counted already
        there.fact_id, there.count = fact.pk, there.count + 1
        there.save()
    return True


def _rows(found: Sequence[Notice], wish: Wishes) -> list[tuple[Notification, Collection[str]]]:
    """A notification for each, one for all that were handed over together; and where it goes besides."""
    together: dict[tuple[object, ...], list[Notice]] = defaultdict(list)
    for one in found:
        together[one.kind, *_same(one)].append(one)
    rows: list[tuple[Notification, Collection[str]]] = []
    for group in together.values():
        many = len(group) > (1 if group[0].fact.verb in _FILES else _ONE_BY_ONE)
        for one in group[-1:] if many else group:
            row = _row(one, count=len(group) if many else 1, shown=wish.shows(one.kind))
            rows.append((row, dict.fromkeys((*wish.channels(one.kind), *one.channels))))
    return rows


def _same(one: Notice) -> tuple[object, ...]:
    """What is told together with others of its kind."""
    if one.kind == "assigned":
        return one.key[0], one.fact.actor_id
    return (one.key, one.fact.verb, one.fact.actor_id) if one.fact.verb in _FILES else (one.fact.pk,)


def _row(notice: Notice, *, count: int, shown: bool) -> Notification:
    """What a member wants to be sent and not to be shown is read from the beginning."""
    fact = notice.fact
    return Notification(
        member_id=notice.member_id,
        kind=notice.kind,
        verb=notice.verb or fact.verb,
        object=notice.key[0],
        record_id=notice.key[1] if count == 1 or fact.verb in _FILES else 0,
        fact_id=fact.pk,
        actor_id=fact.actor_id,
        actor_name=fact.actor_name,
        text=notice.text,
        count=count,
        at=fact.at,
        read_at=None if shown else fact.at,
    )
