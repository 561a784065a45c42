"""Giving facts to consumers again: after a consumer was mended, or to build from the log what it builds."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from guanxi.platform.events.consuming import CONSUMERS, Consumer
from guanxi.platform.events.models import Cursor, FactHead, ParkedFact
from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.platform.tenancy.transactions import reading


def replay(consumer: str, *, from_position: int = 0, workspace_id: int | None = None) -> int:
    """Let a consumer hear all facts from this position on again, in one workspace or in all.

    Returns in how many. It only moves cursors; the worker delivers. What the consumer has already done it
    does once more: for one that counts or appends, `rebuild` is meant. Raises KeyError for an unknown one.
    """
    chosen = CONSUMERS[consumer]
    places = _workspaces(workspace_id)
    for place in places:
        _set_back(chosen, place, to=max(from_position - 1, 0), reset=False)
    return len(places)


def rebuild(consumer: str, *, workspace_id: int | None = None) -> int:
    """Empty what a consumer has built, by its own `reset`, and let it hear the whole log.

    Returns in how many workspaces. Raises KeyError for an unknown consumer, ValueError for one that has no
    `reset`.
    """
    chosen = CONSUMERS[consumer]
    if chosen.reset is None:
        raise ValueError(f"{consumer} can't be rebuilt: it does not say how to empty what it has built")
    places = _workspaces(workspace_id)
    for place in places:
        _set_back(chosen, place, to=0, reset=True)
    return len(places)


def retry_parked(consumer: str | None = None) -> int:
    """Have parked facts tried again now, with all their tries before them; returns how many."""
    with everywhere("parked facts of all workspaces"), transaction.atomic():
        parked = ParkedFact.objects.filter(**({"consumer": consumer} if consumer else {}))
        count: int = parked.update(next_try_at=timezone.now(), attempts=1)
        return count


def _workspaces(workspace_id: int | None) -> list[int]:
    if workspace_id is not None:
        return [workspace_id]
    with everywhere("workspaces that have facts"), reading():
        return list(FactHead.objects.values_list("workspace_id", flat=True))


def _set_back(consumer: Consumer, workspace_id: int, *, to: int, reset: bool) -> None:
    with in_workspace(workspace_id), transaction.atomic():
        Cursor.objects.bulk_create([Cursor(consumer=consumer.name, position=to)], ignore_conflicts=True)
        # Waits for a delivery that is under way; the next one begins at the new place.
        cursor = Cursor.objects.select_for_update().get(consumer=consumer.name)
        if reset and consumer.reset is not None:
            consumer.reset()
        # They will be heard again in their place.
        ParkedFact.objects.filter(consumer=consumer.name, fact__position__gt=to).delete()
        cursor.position, cursor.failures, cursor.retry_at, cursor.error = to, 0, None, ""
        cursor.save()
