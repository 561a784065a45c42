"""What members do with notifications. None of it is a fact: it concerns nobody else."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone

from guanxi.collaboration.notifications.kinds import KINDS
from guanxi.collaboration.notifications.models import Follow, Notification, NotificationChoice
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record


def read_notification(notification: Notification) -> None:
    """Mark one as read; what was read stays read since then."""
    Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=timezone.now())


def read_all(*, by: Actor) -> int:
    """Mark all of the member's as read; returns how many."""
    unread = Notification.objects.filter(member_id=by.member_id, read_at=None)
    count: int = unread.update(read_at=timezone.now())
    return count


def choose_kinds(wanted: Mapping[str, bool], *, by: Actor) -> None:
    """Keep which kinds the member wants; kinds that nobody knows are left out."""
    kinds = {name: bool(on) for name, on in wanted.items() if name in KINDS}
    NotificationChoice.objects.update_or_create(member_id=by.member_id, defaults={"kinds": kinds})


def follow_record(obj: Object, record_id: int, *, by: Actor) -> None:
    """Hear of what happens to a record from now on. Raises NotFound for one that can't be seen."""
    find_record(obj, record_id, by=by)
    Follow.objects.get_or_create(member_id=by.member_id, object=obj.name, record_id=record_id)


def unfollow_record(obj: Object, record_id: int, *, by: Actor) -> None:
    """Hear no more of it; also for a record that can't be seen any longer."""
    Follow.objects.filter(member_id=by.member_id, object=obj.name, record_id=record_id).delete()
