"""The stream: signals of all rules, one row for each person or company, the most pressing first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from guanxi.automation.today.learning import NOTHING, Learned, learned_question
from guanxi.automation.today.models import Snooze
from guanxi.automation.today.rules import RULES, Rule, Signal, signals_question
from guanxi.automation.workflows.models import Prompt
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.questions import Question, Raw, Select, ask
from guanxi.platform.records.titles import Key, Ref, titles_of

MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: whom, the main signal, the other reasons for the same person, and the score with its parts.

    learned   what this member's answers make of the rule's weight (learning.py)
    """

    whom: Ref
    signal: Signal
    rule: Rule
    others: tuple[Signal, ...]
    score: float
    learned: Learned = NOTHING

    @property
    def parts(self) -> dict[str, float]:
        """What the score is made of."""
        return parts(self.signal, self.learned)


def stream(*, by: Actor, mine: bool = True, limit: int = MOST_ROWS) -> list[Entry]:
    """Today's rows for an actor, the most pressing first; with mine=False, those of all records in reach."""
    signals, learned = ask(awake_question(by=by, mine=mine), learned_question(by))
    return entries_of(signals, titles_of(mentioned(signals), by=by), limit=limit, learned=learned)


def awake_question(*, by: Actor, mine: bool) -> Question[list[Signal]]:
    """The signals that the member has not put to rest."""
    asked = (signals_question(by=by, mine=mine), _resting_question(by), _prompts_question(by))
    first = len(asked[0].selects)

    def read(raw: Sequence[Raw]) -> list[Signal]:
        resting = asked[1].read(raw[first : first + 1])
        found = [*asked[0].read(raw[:first]), *asked[2].read(raw[first + 1 :])]
        return [one for one in found if (one.rule, one.object, one.record_id) not in resting]

    return Question(tuple(select for one in asked for select in one.selects), read)


def mentioned(signals: Iterable[Signal]) -> set[Key]:
    """Everybody whom a row may be about."""
    return {pair for signal in signals for pair in signal.about}


def entries_of(
    signals: Iterable[Signal],
    refs: Mapping[Key, Ref],
    *,
    limit: int = MOST_ROWS,
    learned: Mapping[str, Learned] | None = None,
) -> list[Entry]:
    """One row for each person or company that the reader may see, the most pressing first."""
    knows = learned or {}
    by_person: dict[Key, list[Signal]] = {}
    for signal in sorted(signals, key=lambda one: score(one, knows.get(one.rule, NOTHING)), reverse=True):
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
        Entry(
            refs[whom],
            first,
            RULES[first.rule],
            tuple(rest),
            score(first, knows.get(first.rule, NOTHING)),
            knows.get(first.rule, NOTHING),
        )
        for whom, (first, *rest) in by_person.items()
    ]
    return entries[:limit]


def score(signal: Signal, learned: Learned = NOTHING) -> float:
    """How pressing one signal is: the sum of its parts."""
    return sum(parts(signal, learned).values())


def parts(signal: Signal, learned: Learned = NOTHING) -> dict[str, float]:
    """rule: its weight × what was learned · time: how pressing · value: 3 · log₁₀(1 + amount × chance) ·
    score: a tenth of the record's score."""
    stake = float(signal.value.value) * signal.chance / 100 if signal.value else 0.0
    return {
        "rule": RULES[signal.rule].weight * learned.factor,
        "time": signal.urgency,
        "value": 3 * math.log10(1 + max(stake, 0.0)),
        "score": signal.warmth / 10,
    }


def _prompts_question(by: Actor) -> Question[list[Signal]]:
    """What workflows lead the member's day with; the weight is the workflow's, not the rule's."""
    select = Select(
        ("p.object", "p.record_id", "p.why", "p.weight"),
        f'FROM "{Prompt._meta.db_table}" p WHERE p.workspace_id = %s AND p.member_id = %s'
        " ORDER BY p.weight DESC, p.id LIMIT 60",
        (by.workspace_id, by.member_id),
        ("text", "bigint", "text", "int"),
    )

    def read(raw: Sequence[Raw]) -> list[Signal]:
        return [
            Signal("workflow", name, key, "", ((name, key),), why, urgency=weight)
            for name, key, why, weight in raw[0]
            if registry.has(name)
        ]

    return Question((select,), read)


def _resting_question(by: Actor) -> Question[set[tuple[str, str, int]]]:
    select = Select(
        ("s.rule", "s.object", "s.record_id"),
        f'FROM "{Snooze._meta.db_table}" s WHERE s.workspace_id = %s AND s.member_id = %s AND s.until > %s',
        (by.workspace_id, by.member_id, timezone.now()),
        ("text", "text", "bigint"),
    )
    return Question((select,), lambda raw: set(raw[0]))
