"""Work of the engine that takes longer than a request: computing many records anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks import task

from guanxi.platform.identity.actors import system_actor
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.computed import readers_of
from guanxi.platform.metadata.kinds import KINDS
from guanxi.platform.metadata.models import OwnField
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.shaping import on_field_changed
from guanxi.platform.records.computing import recalculate, recalculate_all
from guanxi.platform.records.places import weigh_every_workspace
from guanxi.platform.records.recalculating import recalculate_in_bulk
from guanxi.platform.records.retyping import forget_old_values, go_on
from guanxi.platform.records.search.store import FORM, index_records
from guanxi.platform.records.tallies.keeping import settle
from guanxi.platform.records.walking import walk
from guanxi.platform.tenancy.context import in_workspace, require_workspace_id
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading

AT_ONCE_HERE = 1_000  # records that a consumer computes itself


@on_field_changed
def compute_anew(row: OwnField) -> None:
    """A computed field is new or says something else: all records get its value."""
    if KINDS[row.type].computed:
        recalculate_field.enqueue(object=row.object, field=row.name)


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=6), unique=True)
def recalculate_field(object: str, field: str) -> None:
    """Compute a field of all records, some at a time; then what other objects compute from it."""
    if not recalculate_in_bulk(object, field):
        walk(object, recalculate_all, field=field)
    with transaction.atomic():
        for other, name in readers_of(object, field):
            if other != object:
                recalculate_field.enqueue(object=other, field=name)


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=1))
def recalculate_records(object: str, ids: list[int], cause: int, depth: int) -> None:
    """Compute records anew that follow from a fact: a company has very many contacts."""
    with reading():
        known = registry.has(object)
    if known:
        by = system_actor(require_workspace_id(), "Guanxi", cause_id=cause, depth=depth)
        recalculate(object, ids, by=by)


@schedule("put the rows of tallies together", cron="*/5 * * * *")
@task()
@policy(unique=True)
def settle_tallies() -> None:
    """Where many rows say what was written since, they become one for each cell."""
    for workspace in Workspace.objects.filter(closed_at=None):
        with in_workspace(workspace.pk), transaction.atomic():
            settle(workspace.pk)


@schedule("compute what follows from the day", cron="7 * * * *")
@task()
@policy(unique=True)
def compute_the_day() -> None:
    """Where a new day has begun, formulas that ask for today are computed anew."""
    now = timezone.now()
    for workspace in Workspace.objects.filter(closed_at=None).exclude(objects_version=0):
        if now.astimezone(ZoneInfo(workspace.timezone)).hour != 0:
            continue
        with in_workspace(workspace.pk), transaction.atomic():
            own = registry.of_workspace()
            for name, computed in own.computed.items() if own else ():
                timely = next((one for one in computed if one.timely), None)
                if timely is not None:
                    recalculate_field.enqueue(object=name, field=timely.name)


@schedule("index anew after a release", cron="17 * * * *")
@task()
@policy(unique=True)
def index_where_old() -> None:
    """Workspaces of which search knows what an older release found records by."""
    for workspace in Workspace.objects.filter(closed_at=None, search_form__lt=FORM):
        with in_workspace(workspace.pk), transaction.atomic():
            index_anew.enqueue()


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=6), unique=True)
def index_anew() -> None:
    """Write what search knows of all records anew, some at a time; all are found meanwhile."""
    with reading():
        old = Workspace.objects.filter(pk=require_workspace_id(), search_form__lt=FORM).exists()
        names = [one.name for one in registry.objects()] if old else []
    for name in names:
        walk(name, _index_piece, at_once=200)
    with transaction.atomic():
        Workspace.objects.filter(pk=require_workspace_id()).update(search_form=FORM)


def _index_piece(obj: Object, records: list[Any]) -> None:
    """The consumer may write the same records: who comes second finds what the first has written."""
    for left in (2, 1, 0):
        try:
            with transaction.atomic():
                index_records(obj, records)
            break
        except IntegrityError:
            if not left:
                raise


@schedule("weigh-places", cron="37 * * * *")
@task()
@policy(unique=True)
def make_and_drop_places() -> None:
    """Own fields that lists are often asked for get places, those that nobody asks for lose them."""
    weigh_every_workspace()


@schedule("go on with types of fields", cron="41 * * * *", per_workspace=True)
@task(queue_name="long")
@policy(unique=True)
def go_on_with_types() -> int:
    """Changes of a field's type that are under way and that no worker has."""
    return go_on()


@schedule("forget-old-values", cron="29 4 * * *", per_workspace=True)
@task(queue_name="long")
@policy(unique=True)
def forget_values_of_old_types() -> None:
    """What a field held under the type that it had more than 30 days ago."""
    with reading():
        known = registry.of_workspace() is not None
    if known:
        forget_old_values()
