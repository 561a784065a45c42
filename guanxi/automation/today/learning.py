"""What Today learns from a member: which rules' rows they do, and which they wave away.

Each rule has a chance p that this member does what it puts forward, with a Beta distribution: before anything
is known it is Beta(6, 2), a mean of 0.75. A row done counts for it, one waved away ("not needed") against it;
putting off and handing over say nothing. Answers of the last 180 days count.

    p = (6 + done) / (6 + 2 + done + waved away)        factor = p / 0.75, between 0.4 and 1.2

The rule's weight is multiplied by the factor. Under 8 answers the data is thin, the factor is 1 and the rules
are as they are. The member sees all of it under *Why these people*, and can have it forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from guanxi.automation.today.models import Answer
from guanxi.platform.identity.actors import Actor
from guanxi.platform.records.questions import Question, Raw, Select

DONE_BEFORE, WAVED_BEFORE = 6, 2
MEAN = DONE_BEFORE / (DONE_BEFORE + WAVED_BEFORE)
THIN = 8
LEAST, MOST = 0.4, 1.2
REMEMBERED = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Learned:
    """What one member answered to one rule, and what follows from it for its weight."""

    done: int = 0
    waved: int = 0

    @property
    def count(self) -> int:
        return self.done + self.waved

    @property
    def chance(self) -> float:
        """How likely the member does what the rule puts forward: the mean of the distribution."""
        return (DONE_BEFORE + self.done) / (DONE_BEFORE + WAVED_BEFORE + self.count)

    @property
    def factor(self) -> float:
        return 1.0 if self.count < THIN else max(LEAST, min(MOST, self.chance / MEAN))


NOTHING = Learned()


def learned_question(by: Actor) -> Question[Mapping[str, Learned]]:
    """Rule → what was learned from this member."""
    select = Select(
        ("q.rule", "q.kind", "q.n"),
        f'FROM (SELECT a.rule AS rule, a.kind AS kind, COUNT(*) AS n FROM "{Answer._meta.db_table}" a'
        " WHERE a.workspace_id = %s AND a.member_id = %s AND a.at > %s GROUP BY a.rule, a.kind) q",
        (by.workspace_id, by.member_id, timezone.now() - REMEMBERED),
        ("text", "text", "bigint"),
    )

    def read(raw: Sequence[Raw]) -> Mapping[str, Learned]:
        counts: dict[str, dict[str, int]] = {}
        for rule, kind, count in raw[0]:
            counts.setdefault(rule, {})[kind] = count
        return {
            rule: Learned(some.get(Answer.Kind.DONE, 0), some.get(Answer.Kind.WAVED, 0))
            for rule, some in counts.items()
        }

    return Question((select,), read)


def note_answer(*, rule: str, object: str, record_id: int, kind: str, by: Actor) -> None:
    """Remember what a member did with a row; the same row again on the same day says nothing more."""
    if by.member_id is None:
        return
    Answer.objects.filter(
        member_id=by.member_id, rule=rule, object=object, record_id=record_id,
        at__gt=timezone.now() - timedelta(days=1),
    ).delete()  # fmt: skip
    Answer.objects.create(member_id=by.member_id, rule=rule, object=object, record_id=record_id, kind=kind)


def take_back_answer(*, rule: str, object: str, record_id: int, by: Actor) -> None:
    """What was answered today is undone, so it says nothing."""
    Answer.objects.filter(
        member_id=by.member_id, rule=rule, object=object, record_id=record_id,
        at__gt=timezone.now() - timedelta(days=1),
    ).delete()  # fmt: skip


def forget(*, by: Actor, rule: str = "") -> int:
    """Forget what was learned from this member, of one rule or of all; how many answers."""
    rows = Answer.objects.filter(member_id=by.member_id)
    count: int = (rows.filter(rule=rule) if rule else rows).delete()[0]
    return count
