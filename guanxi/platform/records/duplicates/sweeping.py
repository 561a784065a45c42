"""A sweep: all records of an object are compared, and pairs that may be one wait for a person.

Nothing is merged. Reading, learning, weighing; after each step it is written down how far it is. A worker
that takes over from one that died goes on there, with the file that the other one left;
where that is gone, it begins anew.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django_tasks import task

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.progress import JobCancelled, report_progress
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import Refused
from guanxi.platform.records.duplicates import normal
from guanxi.platform.records.duplicates.columns import columns_of, row_of
from guanxi.platform.records.duplicates.keys import shape_of
from guanxi.platform.records.duplicates.linkage import Linkage, Pair
from guanxi.platform.records.duplicates.models import DuplicatePair, Sweep
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.transactions import reading

AT_ONCE = 2_000
LEAST = 0.2  # less probable pairs are not put to anybody
State = Sweep.State


@transaction.atomic
def begin_sweep(obj: Object, *, by: Actor) -> Sweep:
    """Give a sweep to a worker; the one that is under way, where there is one. Raises Refused."""
    if not by.administers:
        raise Refused("sweep.begin")
    under_way = Sweep.objects.filter(object=obj.name, state__in=(State.WAITING, State.RUNNING)).first()
    if under_way is not None:
        return under_way  # type: ignore[no-any-return]
    sweep = Sweep(object=obj.name, member_id=by.member_id)
    sweep.save(force_insert=True)
    sweep.job_id = str(run_sweep.enqueue(sweep_id=sweep.pk).id)
    sweep.save()
    return sweep


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=12))
def run_sweep(sweep_id: int) -> None:
    """Do what is left of a sweep."""
    with reading():
        sweep = Sweep.objects.filter(pk=sweep_id).first()
        obj = registry.get(sweep.object) if sweep is not None and registry.has(sweep.object) else None
    if sweep is None or obj is None or sweep.is_over:
        return
    try:
        sweep_records(sweep, obj)
    except JobCancelled:
        _end(sweep, obj, State.CANCELLED)
        raise


def sweep_records(sweep: Sweep, obj: Object) -> Sweep:
    """Read, learn and weigh from where it stopped; returns the sweep when it is done."""
    path = file_of(sweep)
    if not path.exists():
        sweep.stage, sweep.model = {}, {}
    path.parent.mkdir(parents=True, exist_ok=True)
    linkage = Linkage(path, columns_of(obj))
    try:
        sweep.state = State.RUNNING
        if sweep.stage.get("name", "reading") == "reading":
            _read(sweep, obj, linkage)
        linkage.prepare()
        if sweep.stage["name"] == "learning":
            _note(sweep, name="learning")
            sweep.model = linkage.train() if linkage.learnt else {}
            _note(sweep, name="weighing", slice=0)
        _weigh(sweep, obj, linkage)
    finally:
        linkage.close()
    return _end(sweep, obj, State.DONE)


def file_of(sweep: Sweep) -> Path:
    """Where a sweep keeps what it compares, until it is over."""
    return Path(settings.DATA_DIR) / "sweeps" / f"{sweep.pk}.duckdb"


def _read(sweep: Sweep, obj: Object, linkage: Linkage) -> None:
    after = int(sweep.stage.get("after", 0))
    linkage.forget_after(after)
    columns, total = linkage.columns, _count(obj)
    for records in _pieces(obj, after):
        linkage.add([(one.pk, _sounds(obj, one), row_of(columns, obj, one)) for one in records])
        _note(sweep, name="reading", after=records[-1].pk)
        sweep.records = linkage.count
        report_progress(sweep.records, total * 2, "reading")
    sweep.records = linkage.count
    _note(sweep, name="learning")


def _pieces(obj: Object, after: int) -> Iterator[list[Any]]:
    while True:
        with reading():
            rows = obj.rows().filter(pk__gt=after, archived_at=None).order_by("pk")
            records = list(rows[:AT_ONCE])
        if not records:
            return
        yield records
        after = records[-1].pk


def _sounds(obj: Object, record: Any) -> list[str]:
    """How the title sounds in Latin letters: what a Chinese and a Latin name have in common."""
    naming = shape_of(obj).naming
    if naming == "thing":
        return []
    one = str(record)
    sounds = [normal.sounds_of_company(one)] if naming == "company" else normal.sounds_of_person(one)
    return [sound for sound in sounds if len(sound) > 3]


def _weigh(sweep: Sweep, obj: Object, linkage: Linkage) -> None:
    slices = linkage.slices
    for slice in range(int(sweep.stage.get("slice", 0)), slices):
        pairs = list(linkage.weigh(sweep.model, slice, least=LEAST))
        with transaction.atomic():
            if slice == 0:  # what was found before and nobody has looked at is found again, or is none
                DuplicatePair.objects.filter(object=obj.name, state=DuplicatePair.State.OPEN).delete()
            _keep(obj, pairs)
            sweep.looked_at += linkage.looked_at
            sweep.found += len(pairs)
            _note(sweep, name="weighing", slice=slice + 1, slices=slices)
        report_progress(slices + slice + 1, slices * 2, "weighing")


def _keep(obj: Object, pairs: list[Pair]) -> None:
    rows = [
        DuplicatePair(
            object=obj.name,
            low_id=one.low,
            high_id=one.high,
            permille=min(1000, round(one.probability * 1000)),
            evidence=one.evidence,
        )
        for one in pairs
    ]
    DuplicatePair.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["workspace", "object", "low_id", "high_id"],
        update_fields=["permille", "evidence"],  # what somebody said of the pair stays
    )


@transaction.atomic
def _note(sweep: Sweep, **stage: Any) -> None:
    """Write down how far it is."""
    sweep.stage = stage
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sweep.peak_mb = max(sweep.peak_mb, most // (1024 * 1024 if sys.platform == "darwin" else 1024))
    sweep.save()


@transaction.atomic
def _end(sweep: Sweep, obj: Object, state: str) -> Sweep:
    sweep.state, sweep.finished_at = state, datetime.now(UTC)
    sweep.save()
    state_fact(
        "sweep",
        "finished",
        sweep.pk,
        by=system_actor(require_workspace_id(), "sweep"),
        title=str(obj.plural_label),
        data={"state": str(state), "found": sweep.found, "member": str(sweep.member_id or "")},
    )
    path = file_of(sweep)
    for one in (path, path.with_suffix(".duckdb.wal")):
        one.unlink(missing_ok=True)
    return sweep


def _count(obj: Object) -> int:
    with reading():
        kind = " AND kind = %s" if obj.kind else ""
        rows = fetch(
            f'SELECT count(*) FROM "{obj.table}" WHERE workspace_id = %s AND archived_at IS NULL{kind}',
            (require_workspace_id(), *([obj.kind] if obj.kind else [])),
        )
    return int(rows[0][0])
