"""What is expected: read from the tallies of deals, by the one access rule, so 300,000 deals cost little."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields.number import from_units
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.sql import fetch, read_sum
from guanxi.platform.records.tallies import COUNT, counted_ahead, sum_ahead
from guanxi.platform.records.tallies.shape import PART
from guanxi.sales.deals.models import Deal, Stage
from guanxi.sales.forecasts.categories import BEST_CASE, COMMIT, OMITTED, PIPELINE, category_of
from guanxi.sales.forecasts.chances import EXACT, Prospects, interval, wide_interval
from guanxi.sales.targets.periods import Period

ZERO = Decimal(0)
Inside = Callable[[int | None, int | None], bool]
READ = ("amount", "stage", "status", "expected_close", "closed_on", "forecast")


@dataclass(frozen=True, slots=True)
class Cell:
    """Deals of one month, owner and team that are alike: how many, and their sum in the base currency.

    category   closed, or what is expected of open ones
    """

    month: str
    category: str
    stage: int
    owner: int | None
    team: int | None
    count: int
    amount: Decimal


@dataclass
class Outlook:
    """Sums of one scope; each contains the one before."""

    closed: Decimal = ZERO
    commit: Decimal = ZERO
    best_case: Decimal = ZERO
    total: Decimal = ZERO
    weighted: Decimal = ZERO
    count: int = 0
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def open(self) -> Decimal:
        return self.total - self.closed


def may_forecast(by: Actor) -> bool:
    """Whether the actor sees what forecasts are made of."""
    return by.may("see", "deal") and sees(registry.get("deal"), READ, by)


def cells(period: Period, stages: Mapping[int, Stage], *, by: Actor) -> list[Cell]:
    """What is closed and what is expected to be, month by month, of the deals that the actor sees."""
    found = won_in(period, by=by)
    for stage_id, said, month, owner, team, count, amount in _counted(
        ("stage_id", "forecast", "expected_close:month"), period, by
    ):
        stage = stages.get(stage_id)
        if stage is not None and stage.kind == Stage.Kind.OPEN:
            category = category_of(said, stage.category, stage.probability)
            found.append(Cell(month, category, stage_id, owner, team, count, amount))
    return found


def outlook(some: Iterable[Cell], chance: Mapping[int, float]) -> Outlook:
    """The sums of cells, weighted by the chances of their stages."""
    found, sums = Outlook(), dict.fromkeys(("closed", COMMIT, BEST_CASE, PIPELINE, OMITTED), ZERO)
    for one in some:
        sums[one.category] = sums.get(one.category, ZERO) + one.amount
        if one.category not in ("closed", OMITTED):
            found.weighted += one.amount * Decimal(str(round(chance.get(one.stage, 0.0), 6)))
            found.count += one.count
    found.closed = sums["closed"]
    found.commit = found.closed + sums[COMMIT]
    found.best_case = found.commit + sums[BEST_CASE]
    found.total = found.best_case + sums[PIPELINE]
    found.weighted += found.closed
    return found


def with_interval(
    found: Outlook,
    period: Period,
    known: Prospects,
    *,
    by: Actor,
    inside: Inside | None = None,
) -> Outlook:
    """Fill low and high. `inside` says of owner and team whether a deal belongs here; None: all do."""
    chance = known.chance
    kinds = {key: one for key, one in known.stages.items() if one.kind == Stage.Kind.OPEN}
    rule = row_rule(registry.get("deal"), by)
    where = (
        f"FROM sales_deal r WHERE {rule.text} AND r.archived_at IS NULL AND r.status = 'open'"
        " AND r.expected_close >= %s AND r.expected_close <= %s AND r.amount_base > 0"
    )
    params = (*rule.params, period.first, period.last)
    if found.count <= EXACT:
        rows = fetch(
            f"SELECT r.stage_id, r.forecast, r.amount_base, r.owner_id, r.team_id {where} LIMIT {4 * EXACT}",
            params,
        )
        deals = [
            (from_units(amount) or ZERO, chance.get(stage, 0.0))
            for stage, said, amount, owner, team in rows
            if stage in kinds and (inside is None or inside(owner, team))
            and category_of(said, kinds[stage].category, kinds[stage].probability) != OMITTED
        ]  # fmt: skip
        low, high = interval(deals)
    else:
        rows = fetch(
            "SELECT r.stage_id, r.forecast, r.owner_id, r.team_id, sum(r.amount_base * 0.0001),"
            f" sum((r.amount_base * 0.0001) * (r.amount_base * 0.0001)) {where} GROUP BY 1, 2, 3, 4",
            params,
        )
        mean = variance = whole = 0.0
        for stage, said, owner, team, amount, squares in rows:
            if stage not in kinds or (inside is not None and not inside(owner, team)):
                continue
            if category_of(said, kinds[stage].category, kinds[stage].probability) == OMITTED:
                continue
            p = chance.get(stage, 0.0)
            mean += p * float(amount)
            variance += p * (1 - p) * float(squares)
            whole += float(amount)
        low, high = wide_interval(mean, variance, whole)
    found.low, found.high = found.closed + low, found.closed + high
    return found


def won_in(period: Period, *, by: Actor) -> list[Cell]:
    """What was closed, by month, owner and team."""
    return [
        Cell(month, "closed", 0, owner, team, count, amount)
        for _status, _none, month, owner, team, count, amount in _counted(
            ("status", "closed_on:month"), period, by, only="won"
        )
    ]


def _counted(
    by_columns: Sequence[str], period: Period, by: Actor, *, only: str = ""
) -> list[tuple[Any, Any, str, int | None, int | None, int, Decimal]]:
    """(first, second, month, owner, team, count, sum): from the tally; counted where a share needs rows."""
    obj = registry.get("deal")
    rule = row_rule(obj, by)
    *plain, month = by_columns
    names = [f'r."{one}"' for one in plain]
    texts = [rule.text, *names]
    tally = counted_ahead(Deal, texts, periods=(month,), amount="amount_base")
    source = tally.table if tally else _as_a_tally(month.partition(":")[0])
    first, second = [*names, "NULL"][:2]
    keys = [*names, f'r."{month}"', "r.owner_id", "r.team_id"]
    status, params = "", (*rule.params, f"{period.first:%Y-%m}", f"{period.last:%Y-%m}")
    if only:
        status, params = " AND r.status = %s", (*params, only)
    rows = fetch(
        f'SELECT {first}, {second}, r."{month}", r.owner_id, r.team_id, {COUNT}, {sum_ahead()}'
        f' FROM {source} WHERE {rule.text} AND r."{month}" >= %s AND r."{month}" <= %s{status}'
        f" AND r.archived_at IS NULL GROUP BY {', '.join(keys)} HAVING sum(r.n) <> 0",
        params,
    )
    return [(*row[:5], int(row[5]), from_units(read_sum(row[6])) or ZERO) for row in rows]


def _as_a_tally(day: str) -> str:
    """The table of deals with the columns that a tally of it has."""
    shown = f"d.{day}" if connection.vendor == "sqlite" else f"to_char(d.{day}, 'YYYY-MM-DD')"
    return (
        "(SELECT d.id, d.workspace_id, d.owner_id, d.team_id, d.stage_id, d.status, d.forecast,"
        f' d.archived_at, substr({shown}, 1, 7) AS "{day}:month", 1 AS n, 0 AS unpriced,'
        f" COALESCE(d.amount_base, 0) / {PART} AS high, COALESCE(d.amount_base, 0) %% {PART} AS low"
        " FROM sales_deal d) r"
    )
