"""The figures of a cube asked of PostgreSQL's live tables, as reports without a warehouse ask them.

The same number of orders and lines as the warehouse's files have, made by the server in the product's own
tables with all of their columns and indexes, analysed, in one workspace; the statement is written by hand and
asked as the product asks, in a transaction that has said its workspace: without, row-level security shows it
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection, models, transaction

from bench.loading import left_out, sql_literal, unguarded
from guanxi.sales.orders.models import Order, OrderLine

_FIRST = 10**12  # keys that nothing else has
# For a million lines, on two processors that have nothing else to do: to fill, to ask once, on the disk.
MINUTES, ASK_MINUTES, GIGABYTES = 0.35, 0.02, 0.6
FILE_MINUTES, CUBE_MINUTES, FILE_GIGABYTES = 0.1, 0.05, 0.15


def fill_live(workspace_id: int, lines: int, per_order: int, units: tuple[str, ...]) -> None:
    """Orders of five years and their lines, into the live tables of a database that nobody else uses."""
    orders = max(lines // per_order, 1)
    kept = {
        "workspace_id": str(workspace_id),
        "created_at": "now()",
        "updated_at": "now()",
        "currency": "'CNY'",
    }
    listed = ", ".join(f"'{one}'" for one in units)
    with unguarded([Order._meta.db_table, OrderLine._meta.db_table]), transaction.atomic():
        _insert(
            Order, orders,
            {**kept, "id": f"{_FIRST} + i", "ordered_on": f"DATE '2021-01-01' + (i * 1826 / {orders})::int"},
        )  # fmt: skip
        _insert(
            OrderLine, lines,
            {
                **kept, "id": f"{_FIRST} + i", "order_id": f"{_FIRST} + i / {per_order}",
                "unit": f"(ARRAY[{listed}])[1 + i % {len(units)}]", "net": "(i * 7919) % 100000000",
                "net_base": "(i * 7919) % 100000000", "quantity": "10000",
            },
        )  # fmt: skip
    with connection.cursor() as cursor:
        for model in (Order, OrderLine):
            cursor.execute(f'VACUUM ANALYZE "{model._meta.db_table}"')


def expected(lines: int, live_lines: int, turns: int) -> str:
    """What it takes, by what it took for others: for who waits, or has little room on the disk."""
    filled, asked = lines / 1_000_000, live_lines / 1_000_000
    minutes = filled * (FILE_MINUTES + CUBE_MINUTES * (turns + 1)) + asked * (
        MINUTES + ASK_MINUTES * (turns + 1)
    )
    room = filled * FILE_GIGABYTES + asked * GIGABYTES
    return (
        f"{lines:,} lines in files and {live_lines:,} in live tables: about {minutes:.0f} minutes with all"
        f" turns, and {room:.0f} GB of the disk until it ends"
    )


def asked_live(workspace_id: int) -> Callable[[], Any]:
    """What asks for two dimensions, three measures, subtotals and totals."""
    order, line = Order._meta.db_table, OrderLine._meta.db_table
    sql = (
        "SELECT l.unit, date_trunc('year', o.ordered_on), count(*), sum(l.net_base), avg(l.net_base)"
        f" FROM {line} l JOIN {order} o ON o.id = l.order_id AND o.workspace_id = l.workspace_id"
        " WHERE l.workspace_id = %s AND l.net_base > 1000000"
        " AND l.archived_at IS NULL AND o.archived_at IS NULL"
        " GROUP BY GROUPING SETS ((1, 2), (1), (2), ())"
    )

    def ask() -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '256MB'")  # as somebody sets it who runs reports
            cursor.execute(sql, [workspace_id])
            found = cursor.fetchall()
        if len(found) < 2:
            raise RuntimeError("the live tables show no lines: there is nothing to compare with")
        return found

    return ask


def _insert(model: type[models.Model], count: int, said: dict[str, str]) -> None:
    table = model._meta.db_table
    given = said | {name: sql_literal(value) for name, value in left_out(table, list(said)).items()}
    columns = ", ".join(f'"{name}"' for name in given)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({columns}) SELECT {", ".join(given.values())}'
            f" FROM generate_series(0::bigint, {count - 1}) AS made(i)"
        )
