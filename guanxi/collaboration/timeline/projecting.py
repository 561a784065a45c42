"""From facts and activities to entries of timelines.

An entry of a fact is written once. The entries of an activity follow it: they are there while it is done
and not archived, and are written anew with each of its facts, from the activity as it is now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.timeline.models import TimelineEntry, Traffic
from guanxi.collaboration.timeline.traffic import recount, sides
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry
from guanxi.platform.records.sql import run
from guanxi.platform.tenancy.context import in_workspace, require_workspace_id

Key = tuple[str, int]

# Worth telling on the record's own page; the pages of the records around it need not hear them.
_OWN_AFFAIRS = {"changed", "assigned"}
_KINDS = {
    "changed": "change", "assigned": "change", "attached": "file", "renamed": "file", "detached": "file",
    "reattached": "file",
}  # fmt: skip
_TOLD_ELSEWHERE = {"scored"}  # the panel of the score says it with its reasons
_BODY = 4_000


def project_facts(facts: Sequence[Fact]) -> None:
    """Bring the timelines up to these facts; heard again, they change nothing."""
    project_activities({fact.record_id for fact in facts if fact.object == Activity.object_name})
    entries = [
        entry for fact in facts if fact.object != Activity.object_name for entry in _entries_of_fact(fact)
    ]
    TimelineEntry.objects.bulk_create(entries, ignore_conflicts=True)


def project_activities(ids: Collection[int]) -> None:
    """Write the entries of activities anew, and count the traffic that they are."""
    if not ids:
        return
    earlier = TimelineEntry.objects.filter(source_id__in=ids)
    gone = list(earlier.only("object", "record_id", "at", "incoming", "outgoing"))
    earlier.delete()
    told = [
        activity
        for activity in Activity.objects.filter(pk__in=ids, archived_at=None, done_at__isnull=False)
        if activity.about
    ]
    places = _places(told)
    names = member_names({activity.owner_id or activity.created_by_id or 0 for activity in told})
    entries = [
        _entry_of_activity(activity, place, names) for activity in told for place in places[activity.pk]
    ]
    TimelineEntry.objects.bulk_create(entries, ignore_conflicts=True)
    recount([entry for entry in (*gone, *entries) if entry.incoming or entry.outgoing])


def project_after_commit(ids: Collection[int]) -> None:
    """Bring the timelines up to these activities as soon as they are kept, instead of when the log comes by.

    The next page of the member who wrote them shows them; the consumer does it again, to the same end.
    """

    workspace_id = require_workspace_id()

    def project() -> None:
        with in_workspace(workspace_id), transaction.atomic():
            project_activities(ids)

    transaction.on_commit(project, robust=True)


def entry_for(activity: Activity, place: Key) -> TimelineEntry:
    """The entry of a done activity on one page, not saved."""
    doer = activity.owner_id or activity.created_by_id or 0
    return _entry_of_activity(activity, place, member_names([doer]))


def happened_at(activity: Activity) -> datetime:
    """When a done activity happened: at its time, or when it was ticked off if that was before it."""
    moments = [moment for moment in (activity.starts_at, activity.done_at) if moment]
    return min(moments, default=activity.created_at)


def forget_timelines() -> None:
    """Empty the timelines of the chosen workspace, so that they can be made again."""
    TimelineEntry.objects.all().delete()
    Traffic.objects.all().delete()
    for obj in registry.objects():
        if obj.touched:
            run(
                f'UPDATE "{obj.table}" SET last_touch_at = NULL, rhythm_days = NULL WHERE workspace_id = %s',
                (require_workspace_id(),),
            )


def _entries_of_fact(fact: Fact) -> Iterable[TimelineEntry]:
    if not registry.has(fact.object) or fact.verb in _TOLD_ELSEWHERE:
        return
    about = [] if fact.verb in _OWN_AFFAIRS else [(str(name), int(key)) for name, key in fact.about]
    for name, record_id in dict.fromkeys([(fact.object, fact.record_id), *about]):
        if registry.has(name) and registry.get(name).group:  # those without a page have no timeline
            yield TimelineEntry(
                object=name,
                record_id=record_id,
                at=fact.at,
                source_id=fact.pk,
                about=fact.object,
                about_id=fact.record_id,
                kind=_KINDS.get(fact.verb, "event"),
                verb=fact.verb,
                actor_id=fact.actor_id,
                actor_name=fact.actor_name,
                title=fact.title,
                data={"changes": {} if fact.verb == "created" else fact.changes, **fact.data},
            )


def _entry_of_activity(activity: Activity, place: Key, names: dict[int, Any]) -> TimelineEntry:
    came, went = sides(activity.kind, activity.direction)
    doer = activity.owner_id or activity.created_by_id
    return TimelineEntry(
        object=place[0],
        record_id=place[1],
        at=happened_at(activity),
        source_id=activity.pk,
        about=activity.object_name,
        about_id=activity.pk,
        kind=activity.kind,
        direction=activity.direction,
        incoming=came,
        outgoing=went,
        actor_id=doer,
        actor_name=str(names.get(doer or 0, "")),
        title=activity.subject,
        data={
            "body": (activity.body or "")[:_BODY],
            "minutes": activity.minutes,
            "outcome": activity.outcome,
            "place": activity.place,
            "with": activity.about,
        },
    )


def _places(activities: Sequence[Activity]) -> dict[int, list[Key]]:
    """On whose pages each activity stands: the records it is about, and those that these belong to now."""
    about = {activity.pk: activity.concerns() for activity in activities}
    around = _around({key for keys in about.values() for key in keys})
    return {
        pk: list(
            dict.fromkeys(
                [*(key for key in keys if key in around), *(o for k in keys for o in around.get(k, ()))]
            )
        )
        for pk, keys in about.items()
    }


def _around(keys: Collection[Key]) -> dict[Key, list[Key]]:
    """What each record itself belongs to: a contact's company, a deal's company and contact."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for name, record_id in keys:
        if registry.has(name):
            wanted[name].add(record_id)
    return {
        (name, record.pk): record.concerns()
        for name, ids in wanted.items()
        for record in registry.get(name).rows().filter(pk__in=ids)
    }
