"""What workflows do when they hear facts: the worker's hot path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from guanxi.automation.workflows.matching import (
    OURS,
    Book,
    Rule,
    book_of_workspace,
    matching,
    records_holding,
    why_idle,
)
from guanxi.automation.workflows.models import Holding, Prompt, Run
from guanxi.automation.workflows.prompts import follow_owners, keep_prompts
from guanxi.automation.workflows.running import run_of, start_runs
from guanxi.automation.workflows.trouble import note_failure
from guanxi.platform.events.models import Fact
from guanxi.platform.tenancy.transactions import reading


def hear_facts(facts: Sequence[Fact]) -> None:
    """Facts of one workspace, in order, inside the transaction that moves the consumer's cursor."""
    book = book_of_workspace()
    if not book.rules and not book.waited:
        return
    pairs: list[tuple[Rule, Fact]] = []
    for fact in facts:
        if fact.object not in OURS:
            pairs += [(rule, fact) for rule in book.candidates(fact)]
    rules = {rule.id: rule for rule, _fact in pairs}
    idle = {key: why for key, rule in rules.items() if (why := why_idle(rule))}
    for workflow_id, why in idle.items():
        note_failure(workflow_id, why, counts=False)
    pairs = [(rule, fact) for rule, fact in pairs if rule.id not in idle]
    if book.waited:
        wake_by(facts, book)
    if book.prompts:
        gone = {fact.record_id for fact in facts if fact.verb in ("archived", "deleted")}
        Prompt.objects.filter(record_id__in=gone).delete()
        follow_owners(facts, book)
    if not pairs:
        return
    held = [(rule, fact) for rule, fact in pairs if rule.kind == "held"]
    start = [(rule, fact) for rule, fact in pairs if rule.kind != "held"]
    _keep_holdings(held)
    keep_prompts([pair for pair in start if pair[0].prompts])
    start_runs(
        [
            run_of(
                rule.id,
                rule.version,
                object=fact.object,
                record_id=fact.record_id,
                title=str(record)[:300],
                once=f"fact {fact.pk}",
                fact=fact,
                data={"changes": fact.changes},
                workflow_title=rule.title,
            )
            for rule, fact, record in matching(start)
            if fact.at >= rule.on_at
        ]
    )


def wake_by(facts: Sequence[Fact], book: Book) -> None:
    """Let runs go on that wait for one of these facts about the record they are at."""
    heard = {
        (fact.object, fact.record_id, verb): fact
        for fact in facts
        for verb in (fact.verb, "*")
        if (fact.object, verb) in book.waited
    }
    if not heard:
        return
    names = {f"{object}.{verb}" for object, _record, verb in heard}
    records = {record_id for _object, record_id, _verb in heard}
    waiting = Run.objects.filter(waits_record__in=records, state=Run.State.WAITING).exclude(waits_for="")
    for run in waiting.filter(waits_for__in=names):
        wake(run, heard)


def wake(run: Run, heard: dict[tuple[str, int, str], Fact]) -> bool:
    """Let one run go on, if what it waits for is among these facts."""
    from guanxi.automation.workflows.jobs import advance_runs

    object, _dot, verb = run.waits_for.partition(".")
    fact = heard.get((object, run.waits_record or 0, verb))
    if fact is None or (run.waits_since is not None and fact.pk <= run.waits_since):
        return False
    woken = Run.objects.filter(pk=run.pk, state=Run.State.WAITING, waits_for=run.waits_for)
    if not woken.update(next_at=fact.at, waits_for="", data={**run.data, "heard": fact.name}):
        return False
    advance_runs.enqueue(run_ids=[run.pk])
    return True


def _keep_holdings(pairs: Sequence[tuple[Rule, Fact]]) -> None:
    """Since when a condition holds: begun by the fact that made it hold, ended by the one that ended it."""
    by_rule: dict[int, tuple[Rule, dict[int, datetime]]] = {}
    for rule, fact in pairs:
        by_rule.setdefault(rule.id, (rule, {}))[1].setdefault(fact.record_id, fact.at)
    for rule, since in by_rule.values():
        holding = records_holding(rule, [_Key(one) for one in since])
        known = set(
            Holding.objects.filter(workflow_id=rule.id, record_id__in=since).values_list(
                "record_id", flat=True
            )
        )
        Holding.objects.bulk_create(
            [
                Holding(workflow_id=rule.id, object=rule.object, record_id=one, since=since[one])
                for one in holding - known
            ],
            ignore_conflicts=True,
        )
        Holding.objects.filter(workflow_id=rule.id, record_id__in=known - holding).delete()


class _Key:
    """As much of a record as is needed to ask for it."""

    def __init__(self, pk: int) -> None:
        self.pk = pk


def look_back(run_id: int) -> None:
    """A fact that came while the run was about to wait for it, before the wait was committed."""
    waiting = Run.objects.filter(pk=run_id, state=Run.State.WAITING).exclude(waits_for="")
    with reading():  # most runs have ended: to know that needs no lock, which on SQLite makes writers wait
        if not waiting.exists():
            return
    with transaction.atomic():
        run = waiting.first()
        if run is None or run.waits_since is None:
            return
        object, _dot, verb = run.waits_for.partition(".")
        came = Fact.objects.filter(object=object, record_id=run.waits_record, pk__gt=run.waits_since)
        fact = (came if verb == "*" else came.filter(verb=verb)).order_by("pk").first()
        if fact is not None:
            wake(run, {(object, run.waits_record or 0, verb): fact})
