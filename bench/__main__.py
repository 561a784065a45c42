"""scripts/bench: every figure of the issue's speed and size, as a table and as JSON."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

FAMILIES = (
    "list",
    "page",
    "growth",
    "cpu",
    "serve",
    "import",
    "workflow",
    "quote",
    "account",
    "forecast",
    "score",
    "search",
    "depth",
    "analytics",
    "freshness",
    "sweep",
)


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="guanxi-bench.") as folder:
        os.environ["GUANXI_DATA"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
        import django

        django.setup()
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    from django.db import connection

    from bench.report import save, show

    results = []
    for one in _measure(options):
        results.append(one)
        print(f"  {one.family}: {one.name}", file=sys.stderr, flush=True)
    print(f"\n{connection.vendor}")
    show(results)
    if options.json:
        save(options.json, results, connection.vendor, add=options.add)
    return 1 if options.strict and any(one.holds is False for one in results) else 0


def _measure(options: argparse.Namespace) -> Iterator[Any]:
    """All lines: at the full size, at that at which others were measured, and a small one to grow from."""
    from bench import (
        accounts,
        analytics,
        costs,
        depth,
        forecasts,
        freshness,
        growth,
        imports,
        lists,
        pages,
        quotes,
        scores,
        searches,
        served,
        sets,
        sweeps,
        workflows,
    )
    from guanxi.config.settling import settle

    large = options.contacts
    if "sweep" in options.only and not options.make:
        yield from sweeps.measure(large)
        if len(options.only) == 1:
            return
    others, small = min(large, 100_000), max(min(large // 10, 10_000), 20)
    sizes = {
        large,
        *([others] if "cpu" in options.only else []),
        *([small] if "growth" in options.only else []),
    }
    for size in sizes:
        sets.keep(size)
    if options.make:
        return
    with sets.working_copies(sorted(sizes)) as copies:
        bench = sets.open_copy(copies[large])
        settle()  # as the server does
        if "list" in options.only:
            yield from lists.measure(bench, options.times)
        if "page" in options.only:
            yield from pages.measure(bench, options.times)
        if "growth" in options.only:
            yield from growth.measure((small, copies[small]), (large, copies[large]), options.times)
        if "cpu" in options.only:
            yield from costs.measure(sets.open_copy(copies[others]), options.times)
        bench = sets.open_copy(copies[large])
        if "serve" in options.only:
            yield from served.measure(bench, options.times)
        if "import" in options.only:
            yield from imports.measure(bench, options.rows or max(large // 10, 1_000))
        if "workflow" in options.only:
            yield from workflows.measure(bench, options.times)
        if "account" in options.only:
            yield from accounts.measure(bench, options.times)
        if "forecast" in options.only:
            yield from forecasts.measure(bench, options.times)
        if "score" in options.only:
            yield from scores.measure(bench)
        if "search" in options.only:
            yield from searches.measure(bench, options.times)
        if "quote" in options.only:
            yield from quotes.measure(bench, options.times)
        if "analytics" in options.only:
            lines = options.lines or analytics.LINES_EACH * large
            yield from analytics.measure(bench, lines, options.times, options.live_lines)
        if "freshness" in options.only:
            yield from freshness.measure(bench)
        if "depth" in options.only:
            yield from depth.measure(bench, options.times)  # last: it changes every contact


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=30, help="repeats of each figure")
    parser.add_argument("--rows", type=int, help="rows that are imported (default: a tenth of the contacts)")
    parser.add_argument("--lines", type=int, help="order lines that are analysed (default: 50 to a contact)")
    parser.add_argument("--live-lines", type=int, help="order lines in PostgreSQL's live tables beside them")
    parser.add_argument("--only", nargs="+", choices=FAMILIES, default=FAMILIES, help="families of figures")
    parser.add_argument("--json", metavar="FILE", help="also write the table as JSON")
    parser.add_argument("--add", action="store_true", help="keep what is in that file")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a limit does not hold")
    parser.add_argument("--make", action="store_true", help="only make the data sets")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
