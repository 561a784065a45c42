"""Reads about activities."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q

from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.activities.objects import ACTIVITY
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.listing import ListQuery, Row, list_question
from guanxi.platform.records.questions import Question, answered
from guanxi.platform.tenancy.context import everywhere
from guanxi.platform.tenancy.transactions import reading

UPCOMING = ("subject", "kind", "starts_at", "due_at", "owner")


def upcoming_about(object: str, record_id: int, *, by: Actor, limit: int = 20) -> Question[list[Row]]:
    """What is still to be done about a record, within the actor's rights, the soonest first."""
    if not sees(ACTIVITY, ("about", "done_at"), by):
        nothing: list[Row] = []
        return answered(nothing)
    about = Condition("about", "is", f"{object}:{record_id}")
    query = ListQuery(
        obj=ACTIVITY,
        columns=UPCOMING,
        filter=All((about, Condition("done_at", "empty"))),
        sort="created_at",
        limit=limit,
    )
    asked = list_question(query, by=by)
    return Question(asked.selects, lambda raw: _soonest_first(asked.read(raw)[0]))


def _soonest_first(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (_when(row) is None, _when(row) or 0, row.id))


def workspaces_with_reminders(now: datetime) -> list[int]:
    """Workspaces in which a reminder is due that has not rung."""
    with everywhere("reminders of all workspaces"), reading():
        due = Activity.objects.filter(remind_at__lte=now, done_at=None, archived_at=None)
        waiting = due.filter(Q(reminded_at=None) | Q(reminded_at__lt=F("remind_at")))
        return list(waiting.values_list("workspace_id", flat=True).distinct())


def _when(row: Row) -> float | None:
    moment = row.values["starts_at"] or row.values["due_at"]
    return moment.timestamp() if moment else None
