"""A thousand workflows that are switched on: what a fact costs that starts none, and how late runs are.

The workflows stand on companies, contacts and deals, in every way to begin, with conditions; one in a hundred
starts a run for the facts that are stated. Late is a run's end against the moment of its fact. Under the same
load each second a lead gets a tag, a customer a score above 50, a deal goes from quote to contract, a quote
is approved: what a workspace begins with (the fifth workflow, of silence, goes by the clock, each minute).
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
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
        yield from _under_load()


@transaction.atomic
def _automate() -> None:
    from guanxi.automation.workflows.actions import install_workflows
    from guanxi.automation.workflows.models import Workflow, WorkflowBook
    from guanxi.platform.identity.actors import system_actor
    from guanxi.platform.tenancy.context import require_workspace_id

    Workflow.objects.filter(name__regex=r"^w\d+$").delete()
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


def _under_load() -> Iterator[Result]:
    """How late runs and the first workflows are with real workers, and what the load costs."""
    from guanxi.automation.workflows.models import Run
    from guanxi.platform.identity.actors import system_actor
    from guanxi.platform.records.writing import change_record, create_record
    from guanxi.platform.tenancy.context import require_workspace_id

    by = system_actor(require_workspace_id(), "bench")
    firms = [create_record(object="company", values={"name": f"Bench {at}"}, by=by) for at in range(50)]
    with transaction.atomic():
        probes = Probes()
    spent = _spent()
    with _workers():
        firms[0] = _awaken(firms[0], by)
        Run.objects.all().delete()
        begun, began, own = timezone.now(), time.monotonic(), time.process_time()
        for at in range(PER_SECOND * SECONDS):
            ahead = began + at / PER_SECOND - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            if at % PER_SECOND == PER_SECOND // 2:
                probes.happen(at // PER_SECOND)
            firm = firms[at % len(firms)]
            firms[at % len(firms)] = change_record(firm, {"employees": at % 21, "next_step": f"{at}"}, by=by)
        took, own = time.monotonic() - began, time.process_time() - own
        _wait_for_runs()
    facts = PER_SECOND * SECONDS
    late, runs = _lateness(begun)
    note = f"{runs} runs of {facts} facts, {facts / took:.0f} a second, {WORKERS} workers"
    yield within(
        "workflow", "99th of a hundred runs is done after", rows=WORKFLOWS, ours=late, limit=LATE_SECONDS,
        unit="s", note=note,
    )  # fmt: skip
    for name, seconds in probes.late().items():
        note = f"{len(seconds)} of {probes.count}, under that load"
        yield within(
            "workflow", name, rows=WORKFLOWS, ours=max(seconds, default=0.0), limit=LATE_SECONDS, unit="s",
            note=note if seconds else f"none of {probes.count} came",
        )  # fmt: skip
    yield within(
        "workflow", "processor time of the workers for a fact, all consumers and its runs", rows=WORKFLOWS,
        ours=1000 * (_spent() - spent) / facts, limit=None, note=f"{1000 * own / facts:.1f} ms to state one",
    )  # fmt: skip


def _awaken(firm: Any, by: Any) -> Any:
    """Until the workers do runs: what begins while they start would be their start, not their lateness."""
    from guanxi.automation.workflows.models import Run
    from guanxi.platform.records.writing import change_record

    end = time.monotonic() + 120
    for at in count():
        firm = change_record(firm, {"employees": 2 * (at % 10), "next_step": f"awake {at}"}, by=by)
        time.sleep(2)
        with transaction.atomic():
            if Run.objects.filter(ended_at__isnull=False).exists() or time.monotonic() > end:
                break
    time.sleep(3)  # the second worker
    return firm


def _lateness(begun: datetime) -> tuple[float, int]:
    """(seconds that 99 of 100 runs took at most, how many there were)."""
    from guanxi.automation.workflows.models import Run
    from guanxi.platform.events.models import Fact

    with transaction.atomic():
        rows = list(
            Run.objects.filter(begun_at__gte=begun, ended_at__isnull=False).values_list("fact_id", "ended_at")
        )
        at_of = dict(Fact.objects.filter(pk__in=[key for key, _ended in rows]).values_list("pk", "at"))
    late = sorted((ended - at_of[key]).total_seconds() for key, ended in rows if key in at_of)
    return late[int(len(late) * 0.99)], len(late)


def _spent() -> float:
    """Seconds that ended child processes have worked; on PostgreSQL without the server's."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Probes:
    """What the first workflows of a workspace hear, and when each had its effect."""

    def __init__(self) -> None:
        from guanxi.collaboration.notifications.actions import follow_record
        from guanxi.platform.identity.acting import actor_for
        from guanxi.platform.identity.actors import system_actor
        from guanxi.platform.identity.models import Member
        from guanxi.platform.metadata import registry
        from guanxi.platform.records.models import Tag
        from guanxi.platform.records.writing import create_record
        from guanxi.platform.tenancy.context import require_workspace_id
        from guanxi.sales.deals.models import Stage

        self.by = system_actor(require_workspace_id(), "bench")
        keys = list(Stage.objects.order_by("position").values_list("pk", flat=True))
        first, self.quoting, self.signing = keys[0], keys[2], keys[4]
        members = Member.objects.select_related("user", "role", "workspace").order_by("pk")
        head, owner = members.filter(role__administers=True)[0], members.filter(role__administers=False)[0]
        administrator = actor_for(head)
        self.tag = Tag.objects.order_by("pk")[0].pk  # the first of those that the score counts
        own = {"owner": owner.pk}
        self.own = own
        self.deals, self.quotes = [], []
        for at in range(SECONDS):
            values = {"name": f"Probe {at}", "stage": first, **own}
            self.deals.append(create_record(object="deal", values=values, by=self.by))
            self.quotes.append(
                create_record(object="quote", values={"name": f"Probe {at}", **own}, by=self.by)
            )
            follow_record(registry.get("deal"), self.deals[-1].pk, by=administrator)
        self.began: dict[str, dict[int, datetime]] = {name: {} for name in _PROBES}

    @property
    def count(self) -> int:
        return SECONDS

    def happen(self, second: int) -> None:
        """One of each."""
        from guanxi.platform.events.facts import state_fact
        from guanxi.platform.records.writing import create_record
        from guanxi.sales.deals.actions import move_deal

        tagged = {"name": f"Probe {second}", "tags": [self.tag], **self.own}
        lead = create_record(object="lead", values=tagged, by=self.by)
        self.began["lead"][lead.pk] = timezone.now()
        scored = {"name": f"Probe {second}", "score": 60, **self.own}
        company = create_record(object="company", values=scored, by=self.by)
        self.began["company"][company.pk] = timezone.now()
        deal = move_deal(self.deals[second], stage=self.quoting, by=self.by)
        move_deal(deal, stage=self.signing, by=self.by)
        self.began["deal"][deal.pk] = timezone.now()
        quote = self.quotes[second]
        with transaction.atomic():
            state_fact("quote", "approved", quote.pk, by=self.by, title=str(quote))
        self.began["quote"][quote.pk] = timezone.now()

    def late(self) -> dict[str, list[float]]:
        """What is measured → seconds of each that had its effect."""
        from guanxi.automation.scoring.models import Score
        from guanxi.automation.workflows.models import Prompt
        from guanxi.collaboration.notifications.models import Notification

        with transaction.atomic():
            told = Notification.objects.filter(kind="automation")
            came = {
                "lead": dict(Score.objects.values_list("record_id", "at")),
                "company": dict(Prompt.objects.values_list("record_id", "made_at")),
                "deal": dict(told.filter(object="deal").values_list("record_id", "at")),
                "quote": dict(told.filter(object="quote").values_list("record_id", "at")),
            }
        return {
            label: [
                max((came[name][key] - at).total_seconds(), 0.0)
                for key, at in self.began[name].items()
                if key in came[name]
            ]
            for name, label in _PROBES.items()
        }


_PROBES = {
    "lead": "a lead's score follows its tags, at the latest after",
    "company": "a score above 50 leads Today, at the latest after",
    "deal": "from quote to contract tells subscribers, at the latest after",
    "quote": "an approved quote tells its sales person, at the latest after",
}


def _wait_for_runs() -> None:
    """Until none is under way; those of silent customers wait for days, for their second reminder."""
    from guanxi.automation.workflows.models import Run

    last, end = -1, time.monotonic() + 120
    while time.monotonic() < end:
        with transaction.atomic():
            number = Run.objects.count()
            left = Run.objects.filter(ended_at=None).exclude(state=Run.State.WAITING).exists()
        if number == last and not left:
            return
        last = number
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
