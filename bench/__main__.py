"""scripts/bench: every figure of the issue's speed and size, as a table and as JSON."""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

import django


def main() -> int:
    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from bench.dataset import make

    call_command("migrate", verbosity=0)
    started = time.perf_counter()
    bench = make(options.contacts)
    print(
        f"{connection.vendor}: {options.contacts:,} contacts made in {time.perf_counter() - started:.0f} s",
        flush=True,
    )
    families = (lists, pages, verbs, imports)
    results = [result for family in families for result in family(bench, options.times)]
    _print(results)
    if options.json:
        with open(options.json, "w") as out:
            json.dump([{"database": connection.vendor, **asdict(one)} for one in results], out, indent=1)
    return 1 if any(one.holds is False for one in results) and options.strict else 0


# Families of figures


def lists(bench: Any, times: int) -> Iterator[Any]:
    """List API, 50 rows: against the bare driver with the same SQL and orjson."""
    from bench.measuring import Product

    product = Product(bench)
    fields = "name,company,title,city,phones,last_touch_at,owner,tags"
    base = f"/api/v1/contacts?fields={fields}"
    sorts = ("name", "-created_at", "-last_touch_at", "company", "owner", "title", "city")
    for sort in sorts:
        yield _against_bare(product, f"list by {sort}", f"{base}&sort={sort}", times, 2.5)
    middle = _cursor(bench)
    yield _against_bare(
        product, "list by name, half-way down", f"{base}&sort=name&after={middle}", times, 2.5
    )
    filters = {
        "owner": f"owner = {bench.owner_id}",
        "tag": f"tags = {bench.tag_id}",
        "city": "city = Berlin",
        "created in 30 days": "created_at >= -30d",
    }
    for name, text in filters.items():
        yield _against_bare(product, f"list, {name}", f"{base}&sort=name&filter={quote(text)}", times, 2.5)


def pages(bench: Any, times: int) -> Iterator[Any]:
    """Pages as HTML: against the same SQL and a plain template of the same size."""
    from bench.measuring import Product

    product = Product(bench)
    record = json.loads(product("/api/v1/contacts?limit=1&fields=name"))["data"][0]["id"]
    for name, path, limit in (
        ("page: list", "/contacts/", 3.0),
        ("page: record", f"/contacts/{record}/", 3.0),
        ("page: board", "/deals/board/", 2.5),
        ("page: today", "/today/", None),
    ):
        try:
            yield _against_bare(product, name, path, times, limit, template=True)
        except AssertionError as problem:
            print(f"{name}: {str(problem)[:160]}", flush=True)


def verbs(bench: Any, times: int) -> Iterator[Any]:
    """Processor time of one request, web and database together, against the figures of others."""
    from bench.measuring import Product, Result, cpu_of

    product = Product(bench)
    record = json.loads(product("/api/v1/contacts?limit=1&fields=name"))["data"][0]["id"]
    deals = json.loads(product("/api/v1/deals?limit=50&fields=name,stage&filter=" + quote("status = open")))[
        "data"
    ]
    stages = [
        one["id"]
        for one in json.loads(product("/api/v1/stages?sort=position"))["data"]
        if one["kind"] == "open"
    ]
    turn = iter(range(10**9))

    def create() -> bytes:
        at = next(turn)
        body = json.dumps({"name": f"New {at}", "phones": f"139{at:08d}", "emails": f"n{at}@new.example"})
        return product("/api/v1/contacts", "POST", body.encode())

    def move() -> bytes:
        at = next(turn)
        body = json.dumps({"stage": stages[at // len(deals) % len(stages)]})
        return product(f"/api/v1/deals/{deals[at % len(deals)]['id']}", "PATCH", body.encode())

    won = "/api/v1/deals/summary?group=closed_on:month,owner&sum=amount&filter=" + quote("status = won")
    asked: list[tuple[str, Callable[[], Any], float]] = [
        ("cpu: list of 50 with total", lambda: product("/api/v1/contacts?total=true"), 4),
        ("cpu: filtered list", lambda: product(f"/api/v1/contacts?filter={quote('city = Berlin')}"), 4),
        ("cpu: deep page", lambda: product(f"/api/v1/contacts?sort=name&after={_cursor(bench)}"), 4),
        (
            "cpu: contains search",
            lambda: product(f"/api/v1/contacts?filter={quote('name contains 0012')}"),
            8,
        ),
        ("cpu: record", lambda: product(f"/contacts/{record}/"), 6),
        ("cpu: create a contact", create, 8),
        ("cpu: change a stage", move, 5),
        ("cpu: board", lambda: product("/deals/board/"), 10),
        ("cpu: won by month by owner", lambda: product(won), 5),
    ]
    for name, do, aim in asked:
        try:
            cost = cpu_of(do, times)
        except AssertionError as problem:
            print(f"{name}: {str(problem)[:160]}", flush=True)
            continue
        yield Result(name, bench.contacts, cost, aim, cost / aim, 1.0, cost <= aim, "bare_ms is the aim")


def imports(bench: Any, times: int) -> Iterator[Any]:
    """Import of contacts from CSV against a bare bulk load of the same rows."""
    from bench.loading import import_speed

    yield from import_speed(bench)


# How they are measured


def _against_bare(
    product: Any, name: str, path: str, times: int, limit: float | None, *, template: bool = False
) -> Any:
    import orjson
    from django.db import connection

    from bench.measuring import Result, in_turns, statements

    told = statements(lambda: product(path))
    bare = _bare_runner(told, orjson.dumps, template)
    ours_ms, bare_ms = in_turns(lambda: product(path), bare, times)
    ratio = ours_ms / bare_ms
    queries = len(told)
    holds = None if limit is None else ratio <= limit and queries <= 8
    note = f"{queries} queries"
    return Result(
        f"{name} ({connection.vendor})", product.bench.contacts, ours_ms, bare_ms, ratio, limit, holds, note
    )


def _bare_runner(told: list[tuple[str, tuple[Any, ...]]], dumps: Any, template: bool) -> Callable[[], Any]:
    """The same statements on the driver's own cursor, and the rows as JSON (and through a plain template)."""
    from django.db import connection
    from jinja2 import Environment

    page = Environment(autoescape=True).from_string(
        "<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>"
        "{% endfor %}</tr>{% endfor %}</table>"
    )
    connection.ensure_connection()
    raw = connection.connection
    sqlite = connection.vendor == "sqlite"
    ready = [(sql.replace("%s", "?").replace("%%", "%") if sqlite else sql, params) for sql, params in told]
    scope = product_scope()

    def run() -> Any:
        rows: list[Any] = []
        cursor = raw.cursor()
        if not sqlite:
            cursor.execute("BEGIN")
            cursor.execute("SELECT set_config('guanxi.workspace', %s, true)", [scope])
        for sql, params in ready:
            cursor.execute(sql, params)
            rows += cursor.fetchall()
        if not sqlite:
            cursor.execute("COMMIT")
        said = dumps(rows, default=str)
        return page.render(rows=rows) if template else said

    return run


def product_scope() -> str:
    """The value of guanxi.workspace for the bare cursor."""
    from guanxi.platform.tenancy.models import Workspace

    return str(Workspace.objects.get(slug="bench").pk)


def _cursor(bench: Any) -> str:
    """The cursor of the row half-way down the list by name."""
    from django.db import transaction

    from guanxi.platform.records.sql import fetch
    from guanxi.platform.tenancy.context import in_workspace

    with in_workspace(bench.workspace_id), transaction.atomic():
        key, last = fetch(
            "SELECT sort_key, id FROM people_contact WHERE workspace_id = %s AND archived_at IS NULL"
            " ORDER BY sort_key, id LIMIT 1 OFFSET %s",
            (bench.workspace_id, bench.contacts // 2),
        )[0]
    return base64.urlsafe_b64encode(json.dumps([0, [key], last]).encode()).decode().rstrip("=")


def _print(results: list[Any]) -> None:
    print(f"{'':44}{'rows':>10}{'ours ms':>10}{'bare ms':>10}{'ratio':>8}{'limit':>7}  holds")
    for one in results:
        limit = "" if one.limit is None else f"{one.limit:g}"
        holds = "" if one.holds is None else "yes" if one.holds else "NO"
        figures = f"{one.rows:>10,}{one.ours_ms:>10.2f}{one.bare_ms:>10.2f}{one.ratio:>8.2f}"
        print(f"{one.name:44}{figures}{limit:>7}  {holds:5}{one.note}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=30, help="repeats of each figure")
    parser.add_argument("--json", metavar="FILE", help="also write the table as JSON")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a limit does not hold")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
