"""Checking, running and undoing an import, later and in another process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import task

from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.progress import JobCancelled
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.metadata.errors import words_of
from guanxi.platform.records.access import Refused
from guanxi.platform.records.importing.checking import check_import
from guanxi.platform.records.importing.models import Import, ImportRow, ImportSchedule
from guanxi.platform.records.importing.preparing import forget_files
from guanxi.platform.records.importing.problems import UnreadableFile
from guanxi.platform.records.importing.running import finish, run_import
from guanxi.platform.records.importing.undoing import mark_undone, undo_import
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.transactions import reading

State = Import.State
UNDER_WAY = {State.CHECKING, State.RUNNING, State.UNDOING}
LONG = timedelta(hours=12)


@task()
@policy(attempts=3, timeout=LONG)
def check(import_id: int) -> None:
    _work(import_id, State.CHECKING, check_import, State.CHECKED)


@task()
@policy(attempts=3, timeout=LONG)
def run(import_id: int) -> None:
    _work(import_id, State.RUNNING, run_import, State.DONE)


@task()
@policy(attempts=3, timeout=LONG)
def undo(import_id: int) -> None:
    _work(import_id, State.UNDOING, undo_import, State.UNDONE)


def begin(job: Import, state: str) -> None:
    """Note what is done with an import from now on, and give it to a worker; in the caller's transaction."""
    job.state = state
    if state == State.RUNNING and job.started_at is None:
        job.started_at = timezone.now()
    tasks = {State.CHECKING: check, State.RUNNING: run, State.UNDOING: undo}
    result = tasks[State(state)].enqueue(import_id=job.pk)
    job.job_id = str(result.id)
    job.save(update_fields=["state", "started_at", "job_id"])


def settle(job: Import) -> Import:
    """Note the end of a job that could not say so itself: cancelled while it waited, or failed for good."""
    if job.state in UNDER_WAY and job.job_id:
        work = Job.objects.filter(pk=job.job_id).first()
        if work is not None and work.state in {Job.State.CANCELLED, Job.State.FAILED}:
            end = State.CANCELLED if work.state == Job.State.CANCELLED else State.FAILED
            finish(job, State.DRAFT if job.state == State.CHECKING else end)
    return job


def importer(job: Import) -> Actor:
    """Who brings it in, as the facts will say, with no more than the token was given.

    The product itself where the command line did.
    Raises Refused when that member is gone.
    """
    if job.member_id is None:
        return replace(system_actor(require_workspace_id(), "import"), kind="import")
    member = working_member(member_id=job.member_id)
    if member is None:
        raise Refused("import")
    return replace(actor_for(member, scopes=job.scopes), kind="import")


def work_on(job: Import, state: str, work: Callable[..., None], end: str) -> None:
    """One stage, here and now; how it ends is noted on the import. Lets JobCancelled and faults pass."""
    with reading():
        actor = importer(job)
    with translation.override(actor.language):
        try:
            work(job, by=actor)
        except JobCancelled:
            finish(job, State.CANCELLED if state != State.CHECKING else State.DRAFT)
            raise
        except (UnreadableFile, Refused, PermissionDenied) as problem:
            finish(job, State.FAILED, error=words_of(problem) or _("You may not do this."))
            return
        except ValidationError as problem:
            finish(job, State.FAILED, error=" ".join(problem.messages))
            return
    if end == State.UNDONE:
        mark_undone(job)
    else:
        finish(job, end)


def _work(import_id: int, state: str, work: Callable[..., None], end: str) -> None:
    with transaction.atomic():
        job = Import.objects.select_for_update().get(pk=import_id)
        if job.state != state:
            return  # cancelled, or done by another worker
    work_on(job, state, work, end)


@schedule("scheduled-imports", cron="*/5 * * * *", per_workspace=True)
@task()
def take_due_turns() -> int:
    """Give each schedule that is due to a worker, and name its next time in the same transaction."""
    from guanxi.platform.records.importing.schedules import due_schedules, next_time

    now, done = timezone.now(), 0
    with reading():
        due = due_schedules(now)
    for key in due:
        with transaction.atomic():
            row = ImportSchedule.objects.select_for_update().filter(pk=key, next_at__lte=now).first()
            if row is None:
                continue  # another worker has it
            row.next_at = next_time(row.every, row.hour, now)
            row.save(update_fields=["next_at"])
            bring_in.enqueue(schedule_id=key)
            done += 1
    return done


@task(queue_name="long")
@policy(attempts=3, timeout=LONG, unique=True)
def bring_in(schedule_id: int) -> int:
    """One turn of a schedule."""
    from guanxi.platform.records.importing.schedules import take_turn

    return take_turn(schedule_id)


_AT_ONCE = 2_000


@schedule("forget-old-imports", cron="51 3 * * *", per_workspace=True)
@task(priority=-50)
def forget_old_imports() -> int:
    """After 30 days the files, the ledger and with them the way back are gone; the records stay."""
    before = timezone.now() - KEPT_FOR
    done = 0
    while True:
        with transaction.atomic():
            old = Import.objects.filter(created_at__lt=before).exclude(state__in=UNDER_WAY).first()
            if old is None:
                return done
            rows = list(ImportRow.objects.filter(file__of_import=old).values_list("pk", flat=True)[:_AT_ONCE])
            ImportRow.objects.filter(pk__in=rows).delete()
            if rows:
                continue
            forget_files(old)
            old.delete()
            done += 1
