"""Look-alikes: who has never bought and is like those who do, by what is known of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from guanxi.analytics.insights.reading import lay_sale
from guanxi.analytics.learning.cases import NUMBERS, WORDS, live_pieces, plain
from guanxi.analytics.learning.chances import tier_of
from guanxi.analytics.learning.customers import best_sale, customers_of
from guanxi.analytics.learning.models import LearnedModel, ModelVersion
from guanxi.analytics.learning.trained import Said, Thin, Trained
from guanxi.analytics.mining.alikes import Weights, alike, weights_of
from guanxi.analytics.mining.leaks import Leak, find_leaks
from guanxi.analytics.mining.scores import area
from guanxi.analytics.mining.traits import FEWEST, FEWEST_CHOSEN
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.analytics.warehouse.engine import name_of
from guanxi.analytics.warehouse.reading import connect
from guanxi.analytics.warehouse.rights import seen_columns
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.metadata.fields import Field

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_WORDS = 60
THIRDS = ("low", "middle", "high")
Rows = dict[int, dict[str, str]]


def train_likeness(model: LearnedModel, *, by: Actor) -> Trained | Thin:
    """From all who bought; tried on those who bought for the first time in the latest quarter of them."""
    sale = best_sale(by)
    if sale is None or customers_of(sale) != model.object:
        return Thin(0, 0, FEWEST_CHOSEN)
    rows, cuts = known_rows(model.object, by, left_out=model.left_out or ())
    first: dict[int, Any] = dict(
        lay_sale(sale, by)
        .execute("SELECT customer, MIN(day) FROM sale WHERE customer IS NOT NULL GROUP BY 1")
        .fetchall()
    )
    bought = sorted((key for key in first if key in rows), key=lambda key: (first[key], key))
    rows, leaks = without_answers(rows, first)
    if len(rows) < FEWEST or len(bought) < FEWEST_CHOSEN * 2:
        return Thin(len(rows), len(bought), FEWEST_CHOSEN * 2)
    auc = _tried(rows, bought)
    weights = weights_of(rows, bought)
    others = [alike(row, weights).points for key, row in rows.items() if key not in first]
    steps = [round(float(one), 4) for one in np.quantile(others or [0.0], np.linspace(0, 1, 101))]
    trust = Trust(len(rows), ("what_is_common_need_not_be_why",), doubts(weak=auc is not None and auc < 0.6))
    recipe = {"weights": weights, "cuts": cuts, "steps": steps, "sale": sale.object}
    figures = {"auc": auc, "by_time": True, "customers": len(bought)}
    told = [
        {"column": one.column, "signs": list(one.signs), "alone": one.alone, "left_out": True}
        for one in leaks
    ]
    return Trained(recipe, sorted(weights), figures, trust, len(bought), told, (90, 60))


def say_likeness(
    model: LearnedModel, version: ModelVersion, *, by: Actor, ids: Sequence[int] | None = None
) -> Iterator[list[Said]]:
    """Everybody who has not bought, by the place among them: 90 is liker than nine of ten."""
    sale, recipe = best_sale(by), version.recipe
    if sale is None:
        return
    found = lay_sale(sale, by).execute("SELECT DISTINCT customer FROM sale WHERE customer IS NOT NULL")
    bought = {row[0] for row in found.fetchall()}
    for piece in live_pieces(model, list(recipe["weights"]), by=by, ids=ids):
        said = []
        for place, key in enumerate(piece.ids):
            row = {
                name: word_of(values[place], recipe["cuts"].get(name)) for name, values in piece.table.items()
            }
            one = alike(row, recipe["weights"])
            if key in bought or not one.reasons:
                said.append(Said(key, None, "", []))
                continue
            percent = min(int(np.searchsorted(recipe["steps"], round(one.points, 4), side="right")), 100)
            reasons = [[column, word, round(points, 3)] for column, word, points in one.reasons]
            said.append(Said(key, percent, tier_of(model, percent), reasons))
        yield said


def known_rows(name: str, by: Actor, *, left_out: Sequence[str] = ()) -> tuple[Rows, dict[str, list[float]]]:
    """What the actor sees of each record of an object, in words; numbers as thirds, whose cuts come along.

    Raises Refused for an object that the actor does not see.
    """
    if not by.may("see", name):
        raise Refused(f"{name}.see")
    obj, db = registry.get(name), connect(by, name)
    columns = [
        (one.name, obj[one.field])
        for one in seen_columns(obj, by)
        if one.field
        and one.part == "value"
        and one.field not in left_out
        and _may_tell(obj[one.field], obj.title)
    ]
    kept = [(column, field) for column, field in columns if _few(db, name, column, field)]
    listed = "".join(f", {name_of(column)}" for column, _field in kept)
    found = db.execute(f"SELECT id{listed} FROM {name_of(name)}").fetchall()
    cuts: dict[str, list[float]] = {}
    for place, (_column, field) in enumerate(kept):
        if field.type in NUMBERS:
            given = [float(row[1 + place]) for row in found if row[1 + place] is not None]
            cuts[field.name] = [float(one) for one in np.quantile(given or [0.0], (1 / 3, 2 / 3))]
    return {
        int(row[0]): {
            field.name: word_of(plain(field, row[1 + place]), cuts.get(field.name))
            for place, (_column, field) in enumerate(kept)
        }
        for row in found
    }, cuts


def without_answers(rows: Rows, bought: Collection[int]) -> tuple[Rows, list[Leak]]:
    """Without the columns that say by themselves who has bought ("customer", not "prospect"), and those."""
    names = list(next(iter(rows.values()), {}))
    came = [key in bought for key in rows]
    table = {name: [row[name] for row in rows.values()] for name in names}
    leaks = [one for one in find_leaks(table, came) if one.sure] if any(came) and not all(came) else []
    out = {one.column for one in leaks}
    return {key: {name: row[name] for name in names if name not in out} for key, row in rows.items()}, leaks


def word_of(value: object, cuts: Sequence[float] | None) -> str:
    """A value as a word: of a number in which third it lies."""
    if value is None:
        return ""
    if cuts is None:
        return str(value)
    number = float(str(value))
    return THIRDS[int(number > cuts[0]) + int(number > cuts[1])]


def _tried(rows: Mapping[int, Mapping[str, str]], bought: Sequence[int]) -> float | None:
    """AUC: those who bought later, among all who had not bought then, by what was learned of the earlier."""
    cut = len(bought) * 3 // 4
    early, late = bought[:cut], set(bought[cut:])
    weights: Weights = weights_of(rows, early)
    open_ = [key for key in rows if key not in set(early)]
    truth = np.asarray([key in late for key in open_], dtype=bool)
    if not truth.any() or truth.all():
        return None
    return area(np.asarray([alike(rows[key], weights).points for key in open_], dtype=np.float64), truth)


def _may_tell(field: Field, title: str) -> bool:
    kept = field.own and field.readonly and not field.computed
    return field.type in (*WORDS, *NUMBERS) and field.name != title and not field.hidden and not kept


def _few(db: DuckDBPyConnection, name: str, column: str, field: Field) -> bool:
    found = db.execute(f"SELECT COUNT(DISTINCT {name_of(column)}) FROM {name_of(name)}").fetchone()
    different = int(found[0]) if found else 0
    return different > 1 and (field.type in NUMBERS or different <= MOST_WORDS)
