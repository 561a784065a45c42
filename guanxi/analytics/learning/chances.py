"""Chances: of what is open to come true (a lead, a deal), of a customer to leave.

Both are logistic regressions of `mining/scores.py` that are tried on the latest quarter. What comes of leads
is said by two filters; who leaves is said by two filters as well, or, without them, by silence: on days of
the past, who had bought at least twice and bought nothing in the time after it (three usual pauses).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from guanxi.analytics.insights.reading import lay_sale
from guanxi.analytics.learning.cases import Live, decided_cases, live_pieces
from guanxi.analytics.learning.customers import SOLD, best_sale, buying_at, usual_pause
from guanxi.analytics.learning.models import LearnedModel, ModelVersion
from guanxi.analytics.learning.trained import Said, Thin, Trained
from guanxi.analytics.mining.leaks import Leak, find_leaks
from guanxi.analytics.mining.scores import FEWEST_EVENTS, Learned, area, learn
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields.time import today
from guanxi.platform.records.contexts import field_context

REASONS = 5
# What grows with the calendar alone (how long ago the first purchase was) would say of today what no day of
# the past could have taught.
GROWS = ("tenure", "purchases", "year_before")
CUTS = 4  # days of the past on which everybody is looked at
SHORTEST, LONGEST = 30, 365  # days of silence that count as leaving


def train_outcome(model: LearnedModel, *, by: Actor) -> Trained | Thin:
    """What comes of the object's records, by its two filters."""
    cases = decided_cases(model, by=by)
    events = min(sum(cases.came), len(cases.came) - sum(cases.came))
    if events < FEWEST_EVENTS:
        return Thin(len(cases.came), events, FEWEST_EVENTS)
    leaks = _leaks_of(cases.table, cases.came, cases.late)
    proven = cases.known >= 0.5  # with a history, only what is sure is left out: the rest was known before
    left = _left_out(model, leaks, proven)
    table = {name: values for name, values in cases.table.items() if name not in left}
    found = learn(table, cases.came, when=cases.when)
    if not isinstance(found, Learned):
        return Thin(len(cases.came), events, FEWEST_EVENTS)
    rules = None
    if cases.rules is not None and len(set(cases.rules)) > 1:
        rules = _of_the_latest(cases.rules, cases.came, cases.when)
    return _trained(found, table, leaks, left, {"rules_auc": rules, "with_history": cases.known})


def train_silence(model: LearnedModel, *, by: Actor) -> Trained | Thin:
    """Who leaves without saying so."""
    sale = best_sale(by)
    if sale is None:
        return Thin(0, 0, FEWEST_EVENTS)
    db, now = lay_sale(sale, by), today(field_context(by))
    horizon = min(max(3 * usual_pause(db), SHORTEST), LONGEST)
    table: dict[str, list[object]] = {}
    left: list[bool] = []
    when: list[float] = []
    for cut in range(CUTS, 0, -1):
        day = now - timedelta(days=cut * horizon)
        seen = buying_at(db, day, horizon=horizon)
        here = [
            place for place, since in enumerate(seen.table[SOLD + "days_since"]) if _there(since, horizon)
        ]
        for name, values in seen.table.items():
            table.setdefault(name, []).extend(values[place] for place in here)
        left += [not seen.came_back[place] for place in here]
        when += [float(day.toordinal())] * len(here)
    events = min(sum(left), len(left) - sum(left))
    if events < FEWEST_EVENTS:
        return Thin(len(left), events, FEWEST_EVENTS)
    dropped = {*(model.left_out or ()), *(SOLD + one for one in GROWS)}
    table = {name: values for name, values in table.items() if name not in dropped}
    found = learn(table, left, when=when)
    if not isinstance(found, Learned):
        return Thin(len(left), events, FEWEST_EVENTS)
    silent = _of_the_latest([float(str(one)) for one in table.get(SOLD + "overdue", [])], left, when)
    figures = {"rules_auc": silent, "horizon": horizon, "sale": sale.object}
    return _trained(found, table, [], dropped, figures)


def say_outcome(
    model: LearnedModel, version: ModelVersion, *, by: Actor, ids: Sequence[int] | None = None
) -> Iterator[list[Said]]:
    """The open records; of who may leave all that have not left."""
    learned = Learned.from_json(version.recipe)
    names = [one.name for one in learned.columns]
    for piece in live_pieces(model, names, by=by, ids=ids):
        open_ = [
            not came and (model.kind == "churn" or not gone)
            for came, gone in zip(piece.came, piece.gone, strict=True)
        ]
        yield [*_said(model, learned, piece, open_), *_closed(piece, open_)]


def say_silence(
    model: LearnedModel, version: ModelVersion, *, by: Actor, ids: Sequence[int] | None = None
) -> Iterator[list[Said]]:
    """Everybody who has bought at least twice and is not long gone."""
    learned, sale = Learned.from_json(version.recipe), best_sale(by)
    if sale is None:
        return
    horizon = int(version.figures["horizon"])
    seen = buying_at(lay_sale(sale, by), today(field_context(by)), ids=ids)
    there = [_there(one, horizon) for one in seen.table[SOLD + "days_since"]]
    nobody = [False] * len(seen.ids)
    piece = Live(seen.ids, seen.table, nobody, nobody)
    yield [*_said(model, learned, piece, there), *_closed(piece, there)]


def tier_of(model: LearnedModel, chance: float) -> str:
    """The class of a chance in percent."""
    if model.high is not None and chance >= model.high:
        return "high"
    return "middle" if model.middle is not None and chance >= model.middle else "low"


def _said(model: LearnedModel, learned: Learned, piece: Live, wanted: Sequence[bool]) -> Iterator[Said]:
    if not any(wanted):
        return
    chances = learned.chances(piece.table)
    names = list(piece.table)
    for place, record_id in enumerate(piece.ids):
        if wanted[place]:
            row = {name: piece.table[name][place] for name in names}
            reasons = [
                [one.column, one.value, round(one.points, 3)]
                for one in learned.reasons(row, most=REASONS)
                if abs(one.points) >= 0.05
            ]
            percent = round(float(chances[place]) * 100)
            yield Said(record_id, percent, tier_of(model, percent), reasons)


def _closed(piece: Live, wanted: Sequence[bool]) -> Iterator[Said]:
    """What is decided keeps what was last said of it in its estimate, and no chance in its fields."""
    return (Said(one, None, "", []) for one, held in zip(piece.ids, wanted, strict=True) if not held)


def _trained(
    found: Learned,
    table: Mapping[str, Sequence[object]],
    leaks: Sequence[Leak],
    left: set[str],
    more: dict[str, Any],
) -> Trained:
    chances = found.chances(table)
    high = max(2, round(float(np.quantile(chances, 0.8)) * 100))
    middle = max(1, min(high - 1, round(float(np.quantile(chances, 0.5)) * 100)))
    figures = {
        "auc": found.auc,
        "brier": found.brier,
        "guess": found.rate * (1 - found.rate),
        "accuracy": found.accuracy,
        "rate": found.rate,
        "by_time": found.by_time,
        "shares": {name: round(share, 4) for name, share in found.shares(table).items()},
        "bins": [[one.size, one.said, one.came] for one in found.bins],
        **more,
    }
    told = [
        {"column": one.column, "signs": list(one.signs), "alone": one.alone, "left_out": one.column in left}
        for one in leaks
    ]
    events = round(found.rate * found.trust.size)
    return Trained(
        found.as_json(),
        [one.name for one in found.columns],
        figures,
        found.trust,
        events,
        told,
        (high, middle),
    )


def _leaks_of(
    table: Mapping[str, Sequence[object]], came: Sequence[bool], late: Mapping[str, float]
) -> list[Leak]:
    """Names of fields are read as words, so that their signs are seen."""
    words = {name.replace("_", " "): name for name in table}
    found = find_leaks(
        {word: table[name] for word, name in words.items()},
        came,
        filled_late={word: late.get(name, 0.0) for word, name in words.items()},
    )
    return [Leak(words[one.column], one.signs, one.alone) for one in found]


def _left_out(model: LearnedModel, leaks: Sequence[Leak], proven: bool) -> set[str]:
    if model.left_out is not None:
        return set(model.left_out)
    return {one.column for one in leaks if one.sure or not proven}


def _of_the_latest(
    scores: Sequence[float], came: Sequence[bool], when: Sequence[float] | None
) -> float | None:
    """AUC of the rules on the cases on which the learned one was tried; None where there are none."""
    if not scores:
        return None
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(came, dtype=bool)
    if when is not None:
        latest = np.argsort(np.asarray(when), kind="stable")[len(came) * 3 // 4 :]
        values, truth = values[latest], truth[latest]
    return area(values, truth)


def _there(days_since: object, horizon: int) -> bool:
    return float(str(days_since)) <= horizon
