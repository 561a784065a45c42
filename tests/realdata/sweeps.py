"""Real records into a workspace, a sweep over them, and how many of the true pairs it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from django.db import transaction

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.duplicates.models import DuplicatePair, Sweep
from guanxi.platform.records.duplicates.sweeping import sweep_records
from guanxi.platform.records.writing import create_records

LIKELY = 500  # permille


class Score(NamedTuple):
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def sweep(
    object: str, rows: Sequence[Mapping[str, Any]], by: Actor
) -> tuple[list[int], dict[tuple[int, int], int]]:
    """Ids of the new records in order, and the pairs that were found with their permille."""
    with transaction.atomic():
        made = create_records(object=object, rows=rows, by=by)
        job = Sweep(object=object)
        job.save()
    done = sweep_records(job, registry.get(object))
    assert done.records == len(rows)
    with transaction.atomic():
        pairs = DuplicatePair.objects.filter(object=object).values_list("low_id", "high_id", "permille")
        return [one.pk for one in made], {(low, high): permille for low, high, permille in pairs}


def score(
    ids: Sequence[int], truth: Sequence[str], found: Mapping[tuple[int, int], int], least: int = LIKELY
) -> Score:
    """Of the pairs that are at least so likely, by the cluster to which each record truly belongs."""
    cluster = dict(zip(ids, truth, strict=True))
    likely = [pair for pair, permille in found.items() if permille >= least]
    right = sum(cluster[low] == cluster[high] for low, high in likely)
    every = sum(count * (count - 1) // 2 for count in Counter(truth).values())
    return Score(right / max(1, len(likely)), right / every)


def together(pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """The pairs that follow from these: what is the same as the same is the same."""
    leads: dict[int, int] = {}

    def top(one: int) -> int:
        while leads.setdefault(one, one) != one:
            one = leads[one]
        return one

    for low, high in pairs:
        leads[top(low)] = top(high)
    groups: dict[int, list[int]] = {}
    for one in leads:
        groups.setdefault(top(one), []).append(one)
    return {pair for group in groups.values() for pair in combinations(sorted(group), 2)}
