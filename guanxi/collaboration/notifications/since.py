"""What happened since the member was last here: told beside Today's stream, one line for each record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup

from guanxi.automation.today.beside import Piece, register
from guanxi.collaboration.notifications.models import Notification
from guanxi.collaboration.notifications.queries import visible
from guanxi.collaboration.notifications.telling import tell_one
from guanxi.platform.i18n.dates import format_day, format_time
from guanxi.platform.identity.requests import MemberRequest

SHOWN = 5
_LOOKED_AT = 60  # the newest; what is older stands on the page of notifications


@dataclass(frozen=True, slots=True)
class News:
    """The newest thing that happened to one record; `more` others came before it."""

    id: int
    icon: str
    sentence: Markup
    at: datetime
    more: int


def since_of(request: MemberRequest) -> Mapping[str, Any] | None:
    """The news of the time away; None on the first day, when there are none, and in another's place."""
    left = request.member.away_since
    if left is None or request.standing is not None:
        return None
    news = news_since(left, request)
    if not news:
        return None
    when = _("since %(day)s %(time)s") % {"day": format_day(left, inside=True), "time": format_time(left)}
    return {"news": news[:SHOWN], "others": len(news) - SHOWN, "when": when}


def news_since(left: datetime, request: MemberRequest) -> list[News]:
    """One line for each record, the newest first."""
    told = Notification.objects.filter(member_id=request.actor.member_id, at__gt=left)
    found = visible(list(told.order_by("-at", "-pk")[:_LOOKED_AT]), by=request.actor)
    groups: dict[tuple[str, int], list[Any]] = {}
    for shown in found:
        one = shown.notification
        groups.setdefault((one.object, one.record_id or one.pk), []).append(shown)
    return [_news(group[0], len(group) - 1) for group in groups.values()]


def _news(shown: Any, more: int) -> News:
    told = tell_one(shown)
    return News(told.id, told.icon, told.sentence, told.at, more)


register(Piece(name="since", template="collaboration/since.html", context=since_of, order=30))
