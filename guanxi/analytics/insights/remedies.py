"""Following up: what was done about a finding, and whether it helped."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from guanxi.analytics.insights.models import Remedy
from guanxi.analytics.insights.studies import Follow
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.records.access import NotFound
from guanxi.platform.tenancy.transactions import reading

TIME = timedelta(days=30)


@transaction.atomic
def begin_remedy(follow: Follow, *, todos: int, by: Actor) -> Remedy:
    """Keep how it stands now; where the member treats it already, how it stood at first is kept. Raises
    Refused for who is no member."""
    if by.member_id is None:
        raise Refused("remedy.begin")
    found: tuple[Remedy, bool] = Remedy.objects.get_or_create(
        finding=follow.finding,
        member_id=by.member_id,
        ended_at=None,
        defaults={
            "workspace_id": by.workspace_id,
            "value": follow.value,
            "points": follow.points,
            "goal": follow.goal,
            "proof": follow.proof[:300],
            "todos": todos,
            "due": timezone.localdate() + TIME,
        },
    )
    remedy, made = found
    if not made:
        remedy.todos += todos
        remedy.due = timezone.localdate() + TIME
        remedy.save(update_fields=["todos", "due"])
    return remedy


@transaction.atomic
def end_remedy(remedy_id: int, *, by: Actor) -> None:
    """No longer looked at. Raises NotFound for what is not the member's."""
    ended = Remedy.objects.filter(pk=remedy_id, member_id=by.member_id, ended_at=None).update(
        ended_at=timezone.now()
    )
    if not ended:
        raise NotFound(f"remedy {remedy_id}")


def open_remedies(*, by: Actor) -> list[Remedy]:
    """The member's own that have not ended, the oldest first."""
    if by.member_id is None:
        return []
    with reading():
        return list(Remedy.objects.filter(member_id=by.member_id, ended_at=None).order_by("pk"))
