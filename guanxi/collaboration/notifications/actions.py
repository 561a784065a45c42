"""What members do with notifications. None of it is a fact: it concerns nobody else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.collaboration.notifications.models import Browser, Follow, Notification
from guanxi.platform.calls.webpush import is_browser
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record

MOST_BROWSERS = 10  # of one member; the oldest is forgotten


def read_notification(notification: Notification) -> None:
    """Mark one as read; what was read stays read since then."""
    Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=timezone.now())


def read_of(object: str, record_id: int, by: Actor) -> None:
    """Mark as read what tells the member of this: they look at it."""
    rows = Notification.objects.filter(
        member_id=by.member_id, object=object, record_id=record_id, read_at=None
    )
    if by.member_id is not None and rows.exists():
        rows.update(read_at=timezone.now())


def read_all(*, by: Actor) -> int:
    """Mark all of the member's as read; returns how many."""
    unread = Notification.objects.filter(member_id=by.member_id, read_at=None)
    count: int = unread.update(read_at=timezone.now())
    return count


def add_browser(
    *, endpoint: str, key: str, auth: str, name: str, signed_in_at: datetime | None = None, by: Actor
) -> Browser:
    """Let a browser take messages for the member, until they sign out there; known already, it is theirs from
    now on.

    Raises InvalidValues for what no browser answers.
    """
    if len(endpoint) > 1000 or not is_browser(endpoint=endpoint, key=key, auth=auth):
        raise InvalidValues({"endpoint": [FieldError("invalid", _("This browser takes no messages."))]})
    values: dict[str, Any] = {"member_id": by.member_id, "key": key, "auth": auth, "name": name[:300]}
    values["signed_in_at"] = signed_in_at
    row: Browser = Browser.objects.update_or_create(endpoint=endpoint, defaults=values)[0]
    newest = Browser.objects.filter(member_id=by.member_id).order_by("-pk").values_list("pk", flat=True)
    Browser.objects.filter(member_id=by.member_id).exclude(pk__in=list(newest[:MOST_BROWSERS])).delete()
    return row


def remove_browser(browser_id: int, *, by: Actor) -> None:
    """Send that browser no more; raises NotFound for another member's."""
    count, _rows = Browser.objects.filter(pk=browser_id, member_id=by.member_id).delete()
    if not count:
        raise NotFound(f"browser {browser_id}")


def follow_record(obj: Object, record_id: int, *, by: Actor) -> None:
    """Hear of what happens to a record from now on. Raises NotFound for one that can't be seen."""
    find_record(obj, record_id, by=by)
    Follow.objects.get_or_create(member_id=by.member_id, object=obj.name, record_id=record_id)


def unfollow_record(obj: Object, record_id: int, *, by: Actor) -> None:
    """Hear no more of it; also for a record that can't be seen any longer."""
    Follow.objects.filter(member_id=by.member_id, object=obj.name, record_id=record_id).delete()
