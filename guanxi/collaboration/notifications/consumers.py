from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from guanxi.collaboration.notifications.kinds import KINDS, UNSEEN
from guanxi.collaboration.notifications.models import Notification, NotificationChoice
from guanxi.collaboration.notifications.rules import Notice, notices
from guanxi.collaboration.readers import seen_by
from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact

_ONE_BY_ONE = 3  # more records handed over at once are told in one line


@consumer("notifications", hears=("*",), starts="now")
def notify(facts: Sequence[Fact]) -> None:
    """Tell members what they want to hear, of records that they may see at this moment."""
    by_member: dict[int, list[Notice]] = defaultdict(list)
    for notice in notices(facts):
        by_member[notice.member_id].append(notice)
    choices = dict(
        NotificationChoice.objects.filter(member_id__in=by_member).values_list("member_id", "kinds")
    )
    rows: list[Notification] = []
    for member_id, found in by_member.items():
        kinds = choices.get(member_id, {})
        wanted = [one for one in found if kinds.get(one.kind, KINDS[one.kind].wanted)]
        seen = seen_by(member_id, {one.key for one in wanted}) if wanted else set()
        rows += _rows([one for one in wanted if one.kind in UNSEEN or one.key in seen])
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def _rows(found: Sequence[Notice]) -> list[Notification]:
    """A notification for each, but one for all that were handed over together."""
    together: dict[tuple[object, ...], list[Notice]] = defaultdict(list)
    for one in found:
        same = (one.key[0], one.fact.actor_id) if one.kind == "assigned" else (one.fact.pk,)
        together[one.kind, *same].append(one)
    rows = []
    for group in together.values():
        many = len(group) > _ONE_BY_ONE
        rows += [_row(group[-1], count=len(group))] if many else [_row(one) for one in group]
    return rows


def _row(notice: Notice, count: int = 1) -> Notification:
    fact = notice.fact
    return Notification(
        member_id=notice.member_id,
        kind=notice.kind,
        verb=notice.button or fact.verb,
        object=notice.key[0],
        record_id=notice.key[1] if count == 1 else 0,
        fact_id=fact.pk,
        actor_id=fact.actor_id,
        actor_name=fact.actor_name,
        text=notice.text,
        count=count,
        at=fact.at,
    )
