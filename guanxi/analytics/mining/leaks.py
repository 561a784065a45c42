"""Columns that know the answer: filled in, or changed, only after it was known. A model that reads them looks
brilliant on the past and is worthless on what is still open.

Where the history is known (when a field was filled, when the outcome came), that is the proof. Of a bare
table only signs can be had; every one is named, and a person decides."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from guanxi.analytics.mining.scores import area, word_of

ALONE = 0.8
LATE = 0.2
FOLLOWS = re.compile(
    r"\b(last|latest|final|clos|outcome|result|reason)|最后|最近|结果|原因|最後|最近|結果", re.I
)


@dataclass(frozen=True)
class Leak:
    """`signs`: "late" (filled after the outcome, from history), "alone" (tells nearly everything by itself),
    "blank_tells" (whether it is filled tells the outcome), "filled_together" (a later step fills several at
    once), "follows" (its name says that it goes on changing). `alone`: the AUC of this column by itself."""

    column: str
    signs: tuple[str, ...]
    alone: float

    @property
    def sure(self) -> bool:
        return "late" in self.signs or "alone" in self.signs


def find_leaks(
    table: Mapping[str, Sequence[object]],
    came: Sequence[bool],
    *,
    filled_late: Mapping[str, float] | None = None,
) -> tuple[Leak, ...]:
    """The suspicious columns of `table`, the surest first.

    `filled_late`: by column, the share of rows where it was empty until the outcome was known.
    """
    y = np.asarray(came, dtype=bool)
    words = {name: [word_of(value) for value in values] for name, values in table.items()}
    blank = {name: np.array([not one for one in values], dtype=bool) for name, values in words.items()}
    together: dict[bytes, list[str]] = defaultdict(list)
    for name, empty in blank.items():
        if 0.2 <= empty.mean() <= 0.8:
            together[empty.tobytes()].append(name)
    blocks = {name for names in together.values() if len(names) >= 3 for name in names}
    found = []
    for name, values in words.items():
        alone = _alone(values, y)
        signs = [
            ("late", (filled_late or {}).get(name, 0.0) >= LATE),
            ("alone", alone >= ALONE),
            ("blank_tells", _blank_tells(blank[name], y)),
            ("filled_together", name in blocks),
            ("follows", bool(FOLLOWS.search(name)) and alone >= 0.55),
        ]
        held = tuple(sign for sign, holds in signs if holds)
        if held:
            found.append(Leak(name, held, alone))
    return tuple(sorted(found, key=lambda leak: (not leak.sure, -leak.alone)))


def _alone(values: Sequence[str], y: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    """AUC of guessing by the share of each word, for columns of words; rare words count as one."""
    counts: dict[str, int] = defaultdict(int)
    for value in values:
        counts[value] += 1
    names = [value if counts[value] >= 10 else "\0" for value in values]
    hits: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, came in zip(names, y, strict=True):
        hits[name][0] += 1
        hits[name][1] += int(came)
    return area(np.array([hits[name][1] / hits[name][0] for name in names]), y)


def _blank_tells(empty: np.ndarray[tuple[int], np.dtype[np.bool_]], y: object) -> bool:
    truth = np.asarray(y, dtype=bool)
    if not 0.05 <= empty.mean() <= 0.95:
        return False
    return abs(float(truth[empty].mean()) - float(truth[~empty].mean())) >= 0.25
