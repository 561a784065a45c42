"""A chance learnt from what became of others: logistic regression, tried on cases that it has not seen.

The tried ones are the latest where times are given (a model that looks back must be tried forward), else each
fifth in turn. The finished model is a table of points, so that it can be kept as JSON, explained per record
and applied without the library that learnt it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guanxi.analytics.mining.trust import Trust, doubts

Numbers = NDArray[np.float64]
FEWEST_EVENTS = 50
RARE = 20
NOT_GIVEN = ("", "select", "?", "none", "null", "n/a", "unknown", "未知", "请选择", "請選擇")


@dataclass(frozen=True)
class Column:
    """How one column is read. A number: (value − mean) / spread; else one place for each common word."""

    name: str
    number: bool
    mean: float = 0.0
    spread: float = 1.0
    words: tuple[str, ...] = ()

    @property
    def places(self) -> int:
        return 2 if self.number else len(self.words) + 2  # … and not given, and (of words) another


@dataclass(frozen=True)
class Bin:
    """Cases whose chance was said to be about `said`, and the share of them for which it came true."""

    size: int
    said: float
    came: float


@dataclass(frozen=True)
class Reason:
    """What a value adds to the chance, in log-odds against the usual case: above nought speaks for it."""

    column: str
    value: str
    points: float


@dataclass(frozen=True)
class Learned:
    """`auc`, `brier` and `bins` are of cases that were not learnt from; `rate` is what a guess would say."""

    columns: tuple[Column, ...]
    weights: tuple[tuple[float, ...], ...]
    usual: tuple[float, ...]
    intercept: float
    rate: float
    auc: float
    accuracy: float
    brier: float
    bins: tuple[Bin, ...]
    by_time: bool
    trust: Trust

    def chances(self, table: Mapping[str, Sequence[object]]) -> Numbers:
        """The chance of each row of `table` (the same columns as when learning)."""
        total = np.full(len(next(iter(table.values()), ())), self.intercept)
        for column, weights in zip(self.columns, self.weights, strict=True):
            total += _points(column, weights, table[column.name])
        return np.asarray(1 / (1 + np.exp(-np.clip(total, -35, 35))), dtype=np.float64)

    def reasons(self, row: Mapping[str, object], *, most: int = 5) -> tuple[Reason, ...]:
        """What moves this row most, against the average of each column."""
        found = []
        for column, weights, usual in zip(self.columns, self.weights, self.usual, strict=True):
            points = float(_points(column, weights, [row.get(column.name)])[0]) - usual
            found.append(Reason(column.name, word_of(row.get(column.name)), points))
        return tuple(sorted(found, key=lambda one: -abs(one.points))[:most])

    def shares(self, table: Mapping[str, Sequence[object]]) -> dict[str, float]:
        """How much of what moves the chances each column moves: spreads of its points, by their sum."""
        spreads = {
            column.name: float(_points(column, weights, table[column.name]).std())
            for column, weights in zip(self.columns, self.weights, strict=True)
        }
        whole = sum(spreads.values()) or 1.0
        return {name: spread / whole for name, spread in spreads.items()}

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Learned:
        return cls(
            columns=tuple(Column(**{**one, "words": tuple(one["words"])}) for one in kept["columns"]),
            weights=tuple(tuple(row) for row in kept["weights"]),
            usual=tuple(kept["usual"]),
            bins=tuple(Bin(**one) for one in kept["bins"]),
            trust=Trust(
                kept["trust"]["size"], *(tuple(kept["trust"][name]) for name in ("assumes", "doubts"))
            ),
            **{name: kept[name] for name in ("intercept", "rate", "auc", "accuracy", "brier", "by_time")},
        )


def learn(
    table: Mapping[str, Sequence[object]],
    came: Sequence[bool],
    *,
    when: Sequence[float] | None = None,
    folds: int = 5,
) -> Learned | Trust:
    """Learns the chance that `came` from the columns of `table`; only the trust, where there is too little.

    `when` (any rising number) makes the latest quarter the ones that it is tried on.
    """
    y = np.asarray(came, dtype=bool)
    events = int(min(y.sum(), len(y) - y.sum()))
    if events < FEWEST_EVENTS:
        return Trust(len(y), (), ("thin",))
    order = None if when is None else np.argsort(np.asarray(when, dtype=np.float64), kind="stable")
    if order is not None and len(set(y[order[: len(y) * 3 // 4]].tolist())) < 2:
        return Trust(len(y), (), ("thin",))  # all of one sort came later: nothing to learn from before
    cells = {name: _cells_of(values) for name, values in table.items()}
    said, truth = _tried(cells, y, order, folds)
    everything = np.arange(len(y))
    columns = tuple(_read(name, cell, everything) for name, cell in cells.items())
    model, matrix = _fit(columns, cells, y, everything)
    weights, usual, place = [], [], 0
    for column in columns:
        part = slice(place, place + column.places)
        weights.append(tuple(float(one) for one in model.coef_[0][part]))
        usual.append(float((matrix[:, part] @ model.coef_[0][part]).mean()))
        place += column.places
    auc, bins = area(said, truth), calibration(said, truth)
    off = sum(one.size * abs(one.said - one.came) for one in bins) / len(truth)
    trust = Trust(
        len(y),
        ("past_is_like_future",),
        doubts(
            weak=auc < 0.6, too_good=auc > 0.97, badly_calibrated=off > 0.05, not_tried_forward=when is None
        ),
    )
    return Learned(
        columns,
        tuple(weights),
        tuple(usual),
        float(model.intercept_[0]),
        float(y.mean()),
        auc,
        float(((said >= 0.5) == truth).mean()),
        float(((said - truth) ** 2).mean()),
        bins,
        when is not None,
        trust,
    )


def area(said: Numbers, truth: NDArray[np.bool_]) -> float:
    """AUC: how often one for which it came true was given more than one for which it did not."""
    _words, inverse, counts = np.unique(said, return_inverse=True, return_counts=True)
    ranks, positive = (np.cumsum(counts) - (counts - 1) / 2)[inverse], int(truth.sum())
    negative = len(truth) - positive
    if not positive or not negative:
        return 0.5
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def calibration(said: Numbers, truth: NDArray[np.bool_], *, bins: int = 10) -> tuple[Bin, ...]:
    """Tenths of the cases by what was said, and what came of them."""
    parts = np.array_split(np.argsort(said, kind="stable"), bins)
    return tuple(
        Bin(len(part), float(said[part].mean()), float(truth[part].mean())) for part in parts if len(part)
    )


def drift(before: Numbers, now: Numbers) -> float:
    """Population stability index of two sets of chances: below 0.1 the same, above 0.25 another world."""
    edges = np.quantile(before, np.linspace(0, 1, 11)[1:-1])
    old, new = (
        np.maximum(np.bincount(np.searchsorted(edges, one), minlength=10) / max(len(one), 1), 1e-4)
        for one in (before, now)
    )
    return float(((new - old) * np.log(new / old)).sum())


def word_of(value: object) -> str:
    """What a cell says; nothing where it says that nothing was chosen."""
    text = "" if value is None else str(value).strip()
    return "" if text.lower() in NOT_GIVEN else text


def _points(column: Column, weights: Sequence[float], values: Sequence[object]) -> Numbers:
    cells = _cells_of(values, number=column.number)
    return np.asarray(_places(column, cells, np.arange(len(values))) @ np.array(weights), dtype=np.float64)


def _tried(
    cells: Mapping[str, _Cells], y: NDArray[np.bool_], order: NDArray[np.int64] | None, folds: int
) -> tuple[Numbers, NDArray[np.bool_]]:
    """What was said of cases that were not learnt from, and what became of them."""
    if order is not None:
        cut = len(y) * 3 // 4
        splits = [(order[:cut], order[cut:])]
    else:
        mixed = np.random.default_rng(7).permutation(len(y))
        parts = [mixed[fold::folds] for fold in range(folds)]
        splits = [(np.concatenate(parts[:n] + parts[n + 1 :]), parts[n]) for n in range(folds)]
    said, truth = [], []
    for learnt, tried in splits:
        columns = tuple(_read(name, cell, learnt) for name, cell in cells.items())
        model, _matrix = _fit(columns, cells, y, learnt)
        said.append(model.predict_proba(_matrix_of(columns, cells, tried))[:, 1])
        truth.append(y[tried])
    return np.concatenate(said), np.concatenate(truth)


def _fit(
    columns: Sequence[Column], cells: Mapping[str, _Cells], y: NDArray[np.bool_], rows: NDArray[np.int64]
) -> tuple[Any, Numbers]:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    matrix = _matrix_of(columns, cells, rows)
    with threadpool_limits(limits=1):
        # By Newton's method: a few steps, where there are many more rows than columns.
        model = LogisticRegression(C=1.0, solver="newton-cholesky").fit(matrix, y[rows])
    return model, matrix


def _matrix_of(columns: Sequence[Column], cells: Mapping[str, _Cells], rows: NDArray[np.int64]) -> Numbers:
    return np.hstack([_places(column, cells[column.name], rows) for column in columns])


def _read(name: str, cells: _Cells, rows: NDArray[np.int64]) -> Column:
    if cells.numbers is not None:
        known = cells.numbers[rows]
        known = known[~np.isnan(known)]
        if len(known):
            return Column(name, True, float(known.mean()), float(known.std()) or 1.0)
    counts = np.bincount(cells.codes[rows], minlength=len(cells.words))
    common = zip(cells.words, counts, strict=True)
    return Column(name, False, words=tuple(sorted(word for word, count in common if word and count >= RARE)))


def _places(column: Column, cells: _Cells, rows: NDArray[np.int64]) -> Numbers:
    matrix = np.zeros((len(rows), column.places))
    if column.number:
        numbers = np.full(len(rows), np.nan) if cells.numbers is None else cells.numbers[rows]
        blank = np.isnan(numbers)
        matrix[:, 0] = np.where(blank, 0.0, np.clip((numbers - column.mean) / column.spread, -5, 5))
        matrix[:, 1] = blank
        return matrix
    place = {word: number for number, word in enumerate(column.words)}
    blank_place = len(place)
    of_code = np.array([place.get(word, blank_place + 1) if word else blank_place for word in cells.words])
    matrix[np.arange(len(rows)), of_code[cells.codes[rows]]] = 1.0
    return matrix


@dataclass(frozen=True)
class _Cells:
    """A column, read once: its words, which of them each row has, and the numbers where all are numbers."""

    words: tuple[str, ...]
    codes: NDArray[np.int64]
    numbers: Numbers | None


def _cells_of(values: Sequence[object], *, number: bool | None = None) -> _Cells:
    """`number`: whether to read numbers; without it, where all that is given is a number, of more than
    two."""
    known: dict[str, int] = {}
    codes = np.array([known.setdefault(word_of(value), len(known)) for value in values], dtype=np.int64)
    words = tuple(known)
    if number is None:
        given = [word for word in words if word]
        number = len(given) > 2 and all(_number(word) is not None for word in given)
    if not number:
        return _Cells(words, codes, None)
    read = np.array([np.nan if (one := _number(word)) is None else one for word in words], dtype=np.float64)
    return _Cells(words, codes, read[codes] if len(codes) else np.zeros(0))


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
