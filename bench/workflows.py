"""A thousand workflows that are switched on: what a fact costs that starts none, and how late runs are.

The workflows stand on companies, contacts and deals, in every way to begin, with conditions; one in a hundred
starts a run for the facts that are stated. Late is a run's end against the moment of its fact.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from bench.making import Bench
from bench.measuring import Result, elapsed, within

WORKFLOWS, FACTS, PER_SECOND, SECONDS, WORKERS = 1_000, 2_000, 100, 30, 2
MS_PER_FACT, LATE_SECONDS = 0.2, 5.0


def measure(bench: Bench, times: int) -> Iterator[Result]:
    from guanxi.platform.tenancy.context import in_workspace

    with in_workspace(bench.workspace_id):
        _automate()
        for size in (200, 20):
            cost = _cost_of_nothing(size)
            name = f"a fact that starts nothing, {size} at a time, {WORKFLOWS} workflows"
            yield within("workflow", name, rows=WORKFLOWS, ours=cost, limit=MS_PER_FACT)
        late, runs = _lateness()
        note = f"{runs} runs of {PER_SECOND * SECONDS} facts, {PER_SECOND} a second, {WORKERS} workers"
        yield within(
            "workflow", "99th of a hundred runs is done after", rows=WORKFLOWS, ours=late, limit=LATE_SECONDS,
            unit="s", note=note,
        )  # fmt: skip


@transaction.atomic
def _automate() -> None:
    from guanxi.automation.workflows.actions import install_workflows
    from guanxi.automation.workflows.models import Workflow, WorkflowBook
    from guanxi.platform.identity.actors import system_actor
    from guanxi.platform.tenancy.context import require_workspace_id

    Workflow.objects.all().delete()
    WorkflowBook.objects.all().delete()
    given = [(f"w{at}", f"Workflow {at}", *_recipe(at)) for at in range(WORKFLOWS)]
    install_workflows(given, by=system_actor(require_workspace_id(), "bench"))


def _recipe(at: int) -> tuple[str, dict[str, Any]]:
    """The hundredth does something for a company whose number of employees becomes even; others never do."""
    steps = [{"do": "change", "values": {"level": "A"}}]
    if at % 100 == 0:
        even = f"employees = {2 * (at // 100)}"
        return "company", {
            "when": {"kind": "fact", "verb": "changed", "fields": ["employees"]},
            "if": even,
            "steps": steps,
        }
    match at % 5:
        case 0:
            return "company", {
                "when": {"kind": "enters"},
                "if": f"employees > {1_000_000 + at} and level = D",
                "steps": steps,
            }
        case 1:
            return "company", {
                "when": {"kind": "fact", "verb": "changed", "fields": ["industry"]},
                "if": f'industry = "i{at}"',
                "steps": steps,
            }
        case 2:
            return "contact", {
                "when": {"kind": "fact", "verb": "*"},
                "if": f'title = "t{at}"',
                "steps": [{"do": "stop"}],
            }
        case 3:
            return "deal", {
                "when": {"kind": "fact", "verb": "won"},
                "if": f"amount > {at}",
                "steps": [{"do": "stop"}],
            }
    return "company", {"when": {"kind": "leaves"}, "if": f'website = "w{at}"', "steps": steps}


def _cost_of_nothing(size: int) -> float:
    """Milliseconds of the worker's processor time for one fact that is heard and starts nothing."""
    from guanxi.automation.workflows.hearing import hear_facts
    from guanxi.platform.events.models import Fact
    from guanxi.platform.tenancy.context import require_workspace_id

    now = timezone.now()
    facts = [
        Fact(
            workspace_id=require_workspace_id(), object="company", verb="changed", record_id=at + 1,
            actor_kind="member", actor_name="x", at=now + timedelta(days=1), changes=_changes(at),
        )
        for at in range(FACTS)
    ]  # fmt: skip
    pieces = [facts[start : start + size] for start in range(0, len(facts), size)]

    def hear() -> None:
        for piece in pieces:
            with transaction.atomic():
                hear_facts(piece)

    hear()  # the process reads its book once
    return statistics.fmean(elapsed(hear) for _ in range(5)) / FACTS


def _changes(at: int) -> dict[str, Any]:
    return {"next_step": [None, f"Call {at}"], "employees": [at, 2 * at + 1], "name": ["a", f"b{at}"]}


def _lateness() -> tuple[float, int]:
    """(seconds that 99 of 100 runs took at most, how many there were), with real workers."""
    from guanxi.automation.workflows.models import Run
    from guanxi.platform.events.models import Fact
    from guanxi.platform.identity.actors import system_actor
    from guanxi.platform.records.writing import change_record, create_record
    from guanxi.platform.tenancy.context import require_workspace_id

    by = system_actor(require_workspace_id(), "bench")
    firms = [create_record(object="company", values={"name": f"Bench {at}"}, by=by) for at in range(50)]
    begun = timezone.now()
    with _workers():
        time.sleep(8)
        Run.objects.all().delete()
        began = time.monotonic()
        for at in range(PER_SECOND * SECONDS):
            ahead = began + at / PER_SECOND - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            firm = firms[at % len(firms)]
            firms[at % len(firms)] = change_record(firm, {"employees": at % 21, "next_step": f"{at}"}, by=by)
        took = time.monotonic() - began
        _wait_for_runs()
    with transaction.atomic():
        rows = list(
            Run.objects.filter(begun_at__gte=begun, ended_at__isnull=False).values_list("fact_id", "ended_at")
        )
        at_of = dict(Fact.objects.filter(pk__in=[key for key, _ended in rows]).values_list("pk", "at"))
    late = sorted((ended - at_of[key]).total_seconds() for key, ended in rows)
    print(f"    {PER_SECOND * SECONDS / took:.0f} facts a second were stated", file=sys.stderr)
    return late[int(len(late) * 0.99)], len(late)


def _wait_for_runs() -> None:
    from guanxi.automation.workflows.models import Run

    last, end = -1, time.monotonic() + 120
    while time.monotonic() < end:
        with transaction.atomic():
            count, left = Run.objects.count(), Run.objects.filter(ended_at=None).exists()
        if count == last and not left:
            return
        last = count
        time.sleep(3)


@contextmanager
def _workers() -> Iterator[None]:
    started = [
        subprocess.Popen([sys.executable, "manage.py", "worker"], env={**os.environ}) for _ in range(WORKERS)
    ]
    try:
        yield
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait(timeout=20)
