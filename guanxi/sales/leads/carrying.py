"""What happened with a lead stands on the pages of what was made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.activities.objects import ACTIVITY
from guanxi.collaboration.attachments.models import Attachment
from guanxi.collaboration.timeline.models import TimelineEntry
from guanxi.platform.identity.actors import Actor
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.batches.models import Batch
from guanxi.platform.records.batches.steps import Step, made, moved
from guanxi.platform.records.merging.following import following
from guanxi.platform.records.models import Value
from guanxi.sales.leads.models import Lead

TOLD = ("event", "file")  # kinds of entries that come along: what was written into fields stays with the lead


def carry_history(lead: Lead, made_of: Sequence[Any], batch: Batch, *, by: Actor) -> list[Step]:
    """Let activities be about these records too, the first of which gets the files and the older events.

    Activities change by facts of the batch; the steps that are returned take back the rest.
    """
    _let_activities_follow(lead, made_of, batch, by=by)
    return [*_move_files(lead, made_of[0]), *_copy_events(lead, made_of[0])]


def _let_activities_follow(lead: Lead, made_of: Sequence[Any], batch: Batch, *, by: Actor) -> None:
    ids = Value.objects.filter(object=ACTIVITY.name, field="about", value=f"{lead.object_name}:{lead.pk}")
    more = [[one.object_name, one.pk] for one in made_of]
    wishes = [
        Wish(one.pk, {"about": [*one.about, *(pair for pair in more if pair not in one.about)]})
        for one in Activity.objects.filter(pk__in=list(ids.values_list("record_id", flat=True)))
    ]
    if wishes:
        change_many(ACTIVITY, wishes, by=following(by), data=batch.mark)


def _move_files(lead: Lead, to: Any) -> list[Step]:
    steps: list[Step] = []
    for row in Attachment.objects.filter(object=lead.object_name, record_id=lead.pk):
        steps.append(moved(row, "object", lead.object_name, to.object_name))
        steps.append(moved(row, "record_id", lead.pk, to.pk))
        row.object, row.record_id = to.object_name, to.pk
        row.save(update_fields=["object", "record_id"])
    return steps


def _copy_events(lead: Lead, to: Any) -> list[Step]:
    entries = TimelineEntry.objects.filter(object=lead.object_name, record_id=lead.pk, kind__in=TOLD)
    steps: list[Step] = []
    for row in entries.order_by("at"):
        row.pk, row.object, row.record_id = TimelineEntry().pk, to.object_name, to.pk
        row.save(force_insert=True)
        steps.append(made(row))
    return steps
