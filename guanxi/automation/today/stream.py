"""The stream: signals of all rules, one row for each person or company, the most pressing first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from guanxi.automation.today.models import Snooze
from guanxi.automation.today.rules import RULES, Rule, Signal
from guanxi.platform.identity.actors import Actor
from guanxi.platform.records.titles import Key, Ref, titles_of

MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: whom, the main signal, the other reasons for the same person, and the score with its parts.

    score = the rule's weight + urgency + 3 · log₁₀(1 + amount at stake)
    """

    whom: Ref
    signal: Signal
    rule: Rule
    others: tuple[Signal, ...]
    score: float


def stream(*, by: Actor, mine: bool = True, limit: int = MOST_ROWS) -> list[Entry]:
    """Today's rows for an actor, the most pressing first; with mine=False, those of all records in reach."""
    signals = [signal for rule in RULES.values() for signal in rule.find(by, mine)]
    awake = _without_snoozed(signals, by)
    refs = titles_of({pair for signal in awake for pair in signal.about}, by=by)
    by_person: dict[Key, list[Signal]] = {}
    for signal in sorted(awake, key=score, reverse=True):
        whom = next((pair for pair in signal.about if pair in refs), None)
        if whom is not None:
            by_person.setdefault(whom, []).append(signal)
    # A company is as quiet as its people: where one of them has a row, it needs none of its own.
    covered = {
        pair for whom, found in by_person.items() for one in found for pair in one.about if pair != whom
    }
    for whom in [whom for whom, found in by_person.items() if whom in covered and found[0].rule == "quiet"]:
        del by_person[whom]
    entries = [
        Entry(refs[whom], first, RULES[first.rule], tuple(rest), score(first))
        for whom, (first, *rest) in by_person.items()
    ]
    return entries[:limit]


def score(signal: Signal) -> float:
    """How pressing one signal is."""
    stake = math.log10(1 + max(float(signal.value.value), 0)) if signal.value else 0.0
    return RULES[signal.rule].weight + signal.urgency + 3 * stake


def _without_snoozed(signals: Iterable[Signal], by: Actor) -> Sequence[Signal]:
    resting = set(
        Snooze.objects.filter(member_id=by.member_id, until__gt=timezone.now()).values_list(
            "rule", "object", "record_id"
        )
    )
    return [one for one in signals if (one.rule, one.object, one.record_id) not in resting]
