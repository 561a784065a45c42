"""Cubes over order lines: fifty to a customer, five years of them, beside SQL by hand for the same files.

ours_ms is a cube as it is asked (rights, every subtotal, words for rows and columns), bare_ms the same
figures by a statement that DuckDB reads from the same files, in the same process and in turns; both by the
clock, because both use every processor. Answers that were given before are forgotten for it; what they
save is the line "warm". The rows are written past the product, in the warehouse's own form.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import connection

from bench.live import asked_live, expected, fill_live
from bench.making import Bench
from bench.measuring import Result, against, within
from guanxi.analytics.dashboards.computing import compute_panel
from guanxi.analytics.dashboards.homes import HOMES, panels_of
from guanxi.analytics.dashboards.panels import Look
from guanxi.analytics.semantic.answering import ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.warehouse.answers import forget
from guanxi.analytics.warehouse.engine import cursor, literal, name_of
from guanxi.analytics.warehouse.shape import carry_of, columns_of
from guanxi.analytics.warehouse.store import Store
from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.identity.models import Member, Team
from guanxi.platform.metadata import registry
from guanxi.platform.tenancy.context import in_workspace, require_workspace_id
from guanxi.platform.tenancy.transactions import reading

LINES_EACH, PER_ORDER = 50, 5
DAYS = 1826  # five years, up to today: panels ask for this year and for the one before
UNITS = ("pc", "kg", "box", "h", "m")
LIVE_TIMES, MOST_LIVE = 20, 5_000_000
RATIO, WARM_SECONDS, SCOPED = 1.5, 0.5, 1.3
PANEL_SECONDS, PANEL_SECONDS_OF_MANY, USUAL_LINES = 0.3, 1.0, 1_000_000
BASE = Cube(
    "order_line", ("unit",), ("order.ordered_on:year",), ("count", "sum:net", "avg:net"), filter="net > 100"
)
SAME = 3  # turns of each; the middle one counts


def measure(bench: Bench, lines: int, times: int, live_lines: int | None = None) -> Iterator[Result]:
    """`live_lines`: how many order lines the live tables have that one cube is asked of as well, on
    PostgreSQL; as many as there are in the files, but no more than MOST_LIVE, where that is not said.
    """
    with in_workspace(bench.workspace_id):
        turns = max(min(times, SAME), 1)
        live = 0 if connection.vendor == "sqlite" else live_lines or min(lines, MOST_LIVE)
        print(f"    {expected(lines, live, turns)}", file=sys.stderr)
        began = time.perf_counter()
        _fill(bench.workspace_id, lines)
        took = time.perf_counter() - began
        print(f"    {lines:,} lines were written in {took:.0f} s", file=sys.stderr)
        with reading():
            everybody = system_actor(bench.workspace_id, "bench")
            member = actor_for(Member.objects.select_related("user", "role", "team").get(pk=bench.member_id))
        yield from _cubes(everybody, member, lines, turns)
        yield from _panels(everybody, lines, turns)
        if live:
            if live != lines:
                _fill(bench.workspace_id, live)
            yield _beside_live(everybody, bench.workspace_id, live, turns)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield within("analytics", "memory at most", rows=lines, ours=peak, limit=None, unit="MB")


def _beside_live(everybody: Actor, workspace_id: int, lines: int, turns: int) -> Result:
    """The first cube beside the live tables of the same number of lines."""
    began = time.perf_counter()
    fill_live(workspace_id, lines, PER_ORDER, UNITS)
    print(f"    the live tables were filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    ours, live = _turns(partial(_asked_anew, BASE, everybody), asked_live(workspace_id), turns)
    return against(
        "analytics", "beside the live tables", rows=lines, ours=ours, bare=live, limit=1 / LIVE_TIMES,
        note=f"{live / ours:.0f} times as fast as PostgreSQL's own tables",
    )  # fmt: skip


def _cubes(everybody: Actor, member: Actor, lines: int, turns: int) -> Iterator[Result]:
    asked = (
        ("two dimensions, three measures, filtered", BASE, _by_hand()),
        (
            "the same, with the year before",
            Cube(**{**_said(BASE), "compare": "yoy"}),
            _by_hand(before=True),
        ),
        (
            "how many customers, with the year before",
            Cube(**{**_said(BASE), "measures": ("distinct:order.company",), "compare": "yoy"}),
            _customers_by_hand(),
        ),
    )
    for name, cube, sql in asked:
        ours, bare = _turns(partial(_asked_anew, cube, everybody), partial(_run, sql), turns)
        yield against("analytics", name, rows=lines, ours=ours, bare=bare, limit=RATIO)
        warm, _same = _turns(partial(ask, cube, everybody), partial(ask, cube, everybody), turns)
        yield within(
            "analytics", f"{name}, warm", rows=lines, ours=warm / 1000, limit=WARM_SECONDS, unit="s",
            note="asked before, of files that have not changed since",
        )  # fmt: skip
        if cube is BASE:
            scoped, whole = _turns(
                partial(_asked_anew, cube, member), partial(_asked_anew, cube, everybody), turns
            )
            yield against(
                "analytics", "within 'team and below'", rows=lines, ours=scoped, bare=whole, limit=SCOPED,
                note="beside the same of who sees everything",
            )  # fmt: skip


def _panels(by: Actor, lines: int, turns: int) -> Iterator[Result]:
    """The slowest panel of each home, alone as a page asks it anew: the middle of some turns."""
    limit = PANEL_SECONDS if lines <= USUAL_LINES else PANEL_SECONDS_OF_MANY
    for home in HOMES:
        slowest = 0.0
        for place, panel in enumerate(panels_of(home, by)):
            took = []
            for turn in range(turns + 1):
                forget()
                began = time.perf_counter()
                compute_panel(panel, place, Look(), by)
                if turn:
                    took.append(time.perf_counter() - began)
            slowest = max(slowest, statistics.median(took))
        yield within("analytics", f"slowest panel of {home}", rows=lines, ours=slowest, limit=limit, unit="s")


def _asked_anew(cube: Cube, by: Actor) -> None:
    forget()
    ask(cube, by)


def _said(cube: Cube) -> dict[str, Any]:
    return {name: getattr(cube, name) for name in cube.__slots__}


def _turns(ours: Callable[[], Any], bare: Callable[[], Any], turns: int) -> tuple[float, float]:
    """The middle of some turns of each, in milliseconds by the clock; the first ones warm the files."""
    first: list[float] = []
    second: list[float] = []
    for turn in range(turns + 1):
        for do, into in ((ours, first), (bare, second)):
            began = time.perf_counter()
            do()
            if turn:
                into.append(1000 * (time.perf_counter() - began))
    return statistics.median(first), statistics.median(second)


def _run(sql: str) -> None:
    cursor().execute(sql).fetchall()


def _by_hand(*, before: bool = False) -> str:
    """What somebody who knows the files and DuckDB well would write, for the years and, with `before`, for
    those before: the order's date as it lies beside the line, years as numbers, subtotals from the groups.
    """
    made = [
        f"SELECT {bit} AS bit, unit, year(order__ordered_on) + {bit} AS y, count(*) AS c, sum(net) AS s"
        f" FROM {_lines()} WHERE {_IN_USE}{_SAME_DAYS if bit else ''} GROUP BY 1, 2, 3"
        for bit in range(1 + before)
    ]
    return (
        f"WITH g AS ({' UNION ALL '.join(made)}) SELECT bit, unit, make_date(y::INT, 1, 1), sum(c), sum(s),"
        " sum(s)::DOUBLE / sum(c) FROM g GROUP BY GROUPING SETS ((1, 2, 3), (1, 2), (1, 3), (1))"
    )


def _customers_by_hand() -> str:
    """The same of how many different customers there are, which only the lines themselves can tell."""
    asked = [
        f"SELECT {bit}, unit, year(order__ordered_on) + {bit} AS y, count(DISTINCT order__company_id)"
        f" FROM {_lines()} WHERE {_IN_USE}{_SAME_DAYS if bit else ''}"
        " GROUP BY GROUPING SETS ((2, 3), (2), (3), ())"
        for bit in range(2)
    ]
    return " UNION ALL ".join(asked)


_IN_USE = "net > 100 AND NOT archived AND order__workspace_id IS NOT NULL"
_SAME_DAYS = " AND order__ordered_on <= current_date - INTERVAL 1 YEAR"  # the year is under way


def _lines() -> str:
    store = Store(require_workspace_id())
    now = store.manifest().tables["order_line"].now
    assert now is not None
    return f"read_parquet([{', '.join(literal(str(store.folder / one)) for one in now.files)}])"


def _fill(workspace_id: int, lines: int) -> None:
    """Customers, orders over five years and their lines, as columns that DuckDB computes."""
    with reading():
        teams = list(Team.objects.order_by("pk").values_list("pk", flat=True))
        owners = list(Member.objects.order_by("pk").values_list("pk", flat=True))
    firms, orders = max(lines // LINES_EACH, 1), max(lines // PER_ORDER, 1)
    common = {
        "id": "i + 1", "workspace_id": str(workspace_id), "archived": "false", "trashed": "false",
        "valid_from": "TIMESTAMP '2021-01-01'",
    }  # fmt: skip
    owned = {"team_id": _one_of(teams, 3), "owner_id": _one_of(owners, 5)}
    words = ("水务", "制药", "食品", "纺织", "电子", "物流", "建筑", "化工")
    first = date.today() - timedelta(days=DAYS - 1)
    day = f"DATE '{first}' + (i * {DAYS} // {orders})::INTEGER"
    made: dict[str, tuple[int, dict[str, str]]] = {
        "company": (firms, {"name": "'客户 ' || i", "industry": _one_of(words, 7), **owned}),
        "order": (
            orders,
            {"company_id": f"(hash(i * 11) % {firms})::BIGINT + 1", "ordered_on": day, **owned,
             "status": "'confirmed'"},
        ),
        "order_line": (
            lines,
            {"order_id": f"i // {PER_ORDER} + 1", "product_id": "(hash(i * 13) % 500)::BIGINT + 1",
             "unit": _one_of(UNITS, 17), "quantity": "hash(i) % 20 + 1",
             "net": "(hash(i * 19) % 1000000)::DECIMAL(18, 4) / 100"},
        ),
    }  # fmt: skip
    store = Store(workspace_id)
    for name, (count, given) in made.items():
        columns = columns_of(registry.get(name))
        said = {**common, **given}
        listed = ", ".join(
            f"({said.get(one.name, 'NULL')})::{one.type} AS {name_of(one.name)}" for one in columns
        )
        store.lay_base(
            name, columns, f"SELECT {listed} FROM range({count}) AS made(i)", carry_of(registry.get(name))
        )


def _one_of(values: Any, salt: int) -> str:
    listed = ", ".join(literal(one) for one in values)
    return f"[{listed}][1 + (hash(i * {salt}) % {len(values)})::INTEGER]"
