"""What customers did, at a moment: learned from and told by the kinds that look at sales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from guanxi.analytics.insights.reading import customer_object, lay_sale, product_object, usable
from guanxi.analytics.roles import Sale, roles
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SOLD = "sold."  # what a column that is no field of the record begins with
BEHAVIOUR = ("days_since", "purchases", "year", "year_before", "tenure", "pause", "overdue", "products")
SEEN_AT_LEAST = 2  # purchases: before that nobody has a rhythm


@dataclass(frozen=True)
class Buying:
    """What each customer had done until `day`; and whether they bought in the `horizon` days after it."""

    ids: list[int]
    table: dict[str, list[object]]
    came_back: list[bool]


def best_sale(by: Actor) -> Sale | None:
    """What counts as a sale here: the first kind of which there is anything; None where there is none."""
    for one in usable(Sale, by):
        if one.customer and _count(one, by):
            return one
    return None


def customers_of(sale: Sale) -> str:
    """The object of those who buy."""
    return customer_object(sale)


def products_of(sale: Sale) -> str:
    return product_object(sale)


def usual_pause(db: DuckDBPyConnection) -> int:
    """Days between two purchases of the customer in the middle; 30 where nobody came twice."""
    found = db.execute(
        "SELECT MEDIAN(pause) FROM (SELECT (MAX(day) - MIN(day)) / (COUNT(DISTINCT day) - 1) AS pause"
        " FROM sale WHERE customer IS NOT NULL GROUP BY customer HAVING COUNT(DISTINCT day) > 1)"
    ).fetchone()
    return max(1, round(float(found[0]))) if found and found[0] is not None else 30


def buying_at(
    db: DuckDBPyConnection,
    day: date,
    *,
    horizon: int = 0,
    ids: Sequence[int] | None = None,
    least: int = SEEN_AT_LEAST,
) -> Buying:
    """Every customer with at least `least` purchases until a day, by what was known on that day."""
    rows = db.execute(
        """
        WITH one AS (SELECT customer, day, SUM(amount) / 100.0 AS amount FROM sale
                     WHERE customer IS NOT NULL GROUP BY 1, 2),
        known AS (
            SELECT customer, date_diff('day', MAX(day), $day) AS days_since, COUNT(*) AS purchases,
                   SUM(CASE WHEN day > $day - 365 THEN amount ELSE 0 END) AS year,
                   SUM(CASE WHEN day BETWEEN $day - 729 AND $day - 365 THEN amount ELSE 0 END) AS year_before,
                   date_diff('day', MIN(day), $day) AS tenure,
                   COALESCE(date_diff('day', MIN(day), MAX(day)) / NULLIF(COUNT(*) - 1.0, 0), 0) AS pause
            FROM one WHERE day <= $day GROUP BY 1 HAVING COUNT(*) >= $least),
        bought AS (SELECT customer, COUNT(DISTINCT product) AS products FROM sold
                   WHERE day <= $day AND customer IS NOT NULL GROUP BY 1),
        back AS (SELECT DISTINCT customer FROM one WHERE day > $day AND day <= $day + $horizon::INT)
        SELECT k.customer, k.days_since, k.purchases, k.year, k.year_before, k.tenure, k.pause,
               k.days_since / GREATEST(k.pause, 1), COALESCE(b.products, 0), r.customer IS NOT NULL
        FROM known k LEFT JOIN bought b USING (customer) LEFT JOIN back r USING (customer) ORDER BY 1
        """,
        {"day": day, "least": least, "horizon": horizon},
    ).fetchall()
    if ids is not None:
        wanted = set(ids)
        rows = [row for row in rows if row[0] in wanted]
    return Buying(
        [int(row[0]) for row in rows],
        {SOLD + name: [float(row[1 + at]) for row in rows] for at, name in enumerate(BEHAVIOUR)},
        [bool(row[-1]) for row in rows],
    )


def reads_of(column: str, sale: Sale) -> list[str]:
    """The fields of a sale that a column of behaviour follows from."""
    name = column.removeprefix(SOLD)
    amounts = [sale.amount] if name in ("year", "year_before") else []
    return [sale.date, sale.customer, *sale.where, *amounts]


def _count(sale: Sale, by: Actor) -> int:
    if not registry.has(customer_object(sale)):
        return 0
    found = lay_sale(sale, by).execute("SELECT COUNT(*) FROM sale WHERE customer IS NOT NULL").fetchone()
    return int(found[0]) if found else 0


def best_kind(customers: str) -> Sale | None:
    """The first kind of sale to this object's records, whoever asks."""
    return next(
        (one for one in roles(Sale) if registry.has(one.object) and customers_of(one) == customers), None
    )
