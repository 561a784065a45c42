"""Workflows that can't begin: shown at the workflow, told once to who made it, and switched off at last.

The clock tries such a workflow again every minute. Its maker is told at the first failure and not at the next
ones; after MOST_FAILURES in a row it is switched off, which they hear too. One success begins the count anew.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.automation.workflows.matching import acting
from guanxi.automation.workflows.models import Workflow, WorkflowBook
from guanxi.platform.events.facts import state_fact
from guanxi.platform.tenancy.keys import new_key

MOST_FAILURES = 60  # in a row: an hour of minutes


@transaction.atomic
def note_failure(workflow_id: int, problem: str, *, counts: bool = True) -> None:
    """Show it, count it, and tell who made the workflow of the first and of the last.

    counts   the clock has tried it: facts that it does not hear are no reason to switch it off
    """
    row = Workflow.objects.select_for_update().filter(pk=workflow_id).first()
    if row is None or row.on_at is None or (row.failures and not counts and row.problem == problem):
        return
    first = row.failures == 0
    row.failures, row.problem = row.failures + (counts or first), problem[:2_000]
    stopped = row.failures >= MOST_FAILURES
    if stopped:
        row.on_at = None
        row.problem = _("Switched off after it failed %(count)d times in a row: %(problem)s") % {
            "count": row.failures,
            "problem": row.problem,
        }
    row.save()
    if stopped:
        WorkflowBook.objects.update(edition=new_key())
    if stopped or first:
        state_fact(
            "workflow",
            "stopped" if stopped else "failing",
            row.pk,
            by=acting(None, row.title),
            title=f"{row.title}: {row.problem}"[:300],
            data={"members": [str(row.made_by_id)] if row.made_by_id else []},
        )


def failing_ids() -> frozenset[int]:
    """Workflows that failed when they were last tried."""
    return frozenset(Workflow.objects.filter(failures__gt=0).values_list("pk", flat=True))


def note_success(workflow_id: int) -> None:
    """It could be started again."""
    Workflow.objects.filter(pk=workflow_id).update(failures=0, problem="")
