"""A quote of 200 lines, reckoned anew and its page, against the same statements; a long sheet as a PDF.

The bare turn of a change replays all that it asks and writes, in a transaction, on the driver's own cursor.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from bench.making import Bench
from bench.measuring import Result, Statement, against, in_turns, statements, within
from bench.product import bare, browser

LINES, LONG = 200, 480  # a sheet of 480 lines has twenty pages and more
RATIO, SECONDS = 3.0, 2.0


def measure(bench: Bench, times: int) -> Iterator[Result]:
    from guanxi.platform.identity.actors import system_actor
    from guanxi.platform.records.writing import create_record, create_records
    from guanxi.platform.tenancy.context import in_workspace
    from guanxi.sales.quotes.models import Quote
    from guanxi.sales.quotes.paper import paper_of
    from guanxi.sales.quotes.printing import print_paper

    def make(lines: int) -> Quote:
        values = {"name": f"Of {lines} lines", "owner": bench.member_id}
        with transaction.atomic():
            quote: Quote = create_record(object="quote", values=values, by=by)
            row = {"quote": quote.pk, "tax_rate": Decimal(13)}
            rows = [
                {
                    **row,
                    "title": f"Line {at}",
                    "quantity": Decimal(at % 7 + 1),
                    "unit_price": Decimal(at),
                    "position": at,
                }
                for at in range(1, lines + 1)
            ]
            create_records(object="quote_line", rows=rows, by=by)
        return quote

    with in_workspace(bench.workspace_id):
        by = system_actor(bench.workspace_id, "bench")
        quote, discounts = make(LINES), (Decimal(at) / 100 for at in itertools.count(1))
        change = _changing(quote, discounts, by)
        told = statements(change)
        ours, plain = in_turns(change, _replayed(told), times)
        yield against("quote", "200 lines reckoned anew", rows=LINES, ours=ours, bare=plain, limit=RATIO)
        person = browser(bench)

        def page() -> bytes:
            return person(f"/quotes/{quote.pk}/")

        ours, plain = in_turns(page, bare(statements(page), bench, page=page()), times)
        yield against("quote", "page of 200 lines", rows=LINES, ours=ours, bare=plain, limit=RATIO)
        long = make(LONG)
        with transaction.atomic():
            started = time.perf_counter()
            print_paper(paper_of(long, "both"))
            took = time.perf_counter() - started
        yield within("quote", "PDF of 20 pages", rows=LONG, ours=took, limit=SECONDS, unit="s")


def _changing(quote: Any, discounts: Iterator[Decimal], by: Any) -> Callable[[], Any]:
    from guanxi.platform.records.writing import change_record

    return lambda: change_record(quote, {"discount_percent": next(discounts)}, by=by)


def _replayed(told: Sequence[Statement]) -> Callable[[], Any]:
    """The reads of a change on the driver's cursor, and its writes of lines and sums as plain SQL."""
    connection.ensure_connection()
    driver, sqlite = connection.connection, connection.vendor == "sqlite"
    ready = [
        (sql.replace("%s", "?").replace("%%", "%") if sqlite else sql, params)
        for sql, params in told
        if sql.startswith(("SELECT", "WITH", "UPDATE"))
    ]

    def run() -> None:
        with transaction.atomic():
            cursor = driver.cursor()
            for sql, params in ready:
                if params and isinstance(params[0], tuple | list):
                    cursor.executemany(sql, params)
                    continue
                cursor.execute(sql, params)
                if sql.startswith(("SELECT", "WITH")):
                    cursor.fetchall()

    return run
