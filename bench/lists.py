"""List API, 50 rows: against the bare driver with the same SQL and orjson."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from django.db import connection

from bench.making import Bench
from bench.measuring import Result, against, in_turns, statements
from bench.product import Client, api, bare
from guanxi.platform.metadata import registry

LIMIT = 2.5
ROWS = 50


def measure(bench: Bench, times: int) -> Iterator[Result]:
    client = api(bench)
    for name, path in cases(bench):
        ask = partial(client, path)
        told = statements(ask)
        ours, plain = in_turns(ask, bare(told, bench), times)
        yield against(
            "list", name, rows=bench.contacts, ours=ours, bare=plain, limit=LIMIT, queries=len(told)
        )


def cases(bench: Bench) -> Iterator[tuple[str, str]]:
    """Every shown column that sorts, its first page and one far down; the filters in two orders."""
    base = "/api/v1/contacts?sort="
    for sort in sorts():
        yield f"by {sort}", f"{base}{sort}"
    page = bench.contacts // 2 // ROWS
    for sort in sorts():
        cursor, at = deep_cursor(bench, f"{base}{sort}", page)
        yield f"by {sort}, page {at:,}", f"{base}{sort}&after={cursor}"
    for name, text in filters(bench).items():
        yield f"{name}, by name", f"{base}name&filter={quote(text)}"
        yield f"{name}, newest first", f"{base}-created_at&filter={quote(text)}"


def sorts() -> list[str]:
    """What the columns of the contacts' list can be sorted by, and by when they were made."""
    contact = registry.get("contact")
    return [name for name in contact.columns if contact[name].sortable] + ["-last_touch_at", "-created_at"]


def filters(bench: Bench) -> dict[str, str]:
    return {
        "owner": f"owner = {bench.owner_id}",
        "tag": f"tags = {bench.tag_id}",
        "city": "city = Berlin",
        "created in the last 30 days": "created_at >= -30d",
        "owner and city": f"owner = {bench.owner_id} and city = Berlin",
    }


def deep_cursor(bench: Bench, path: str, page: int) -> tuple[str, int]:
    """The cursor after so many pages, or after half as many while there are fewer.

    The product writes it itself: it is asked for one row, and its statement is made to skip those before.
    """
    while page:
        if after := _skip(api(bench), path, page * ROWS - 1):
            return after, page
        page //= 2
    return "", 0


def _skip(client: Client, path: str, rows: int) -> str:
    left = rows

    def jump(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        if left and "ORDER BY" in sql and sql.endswith("LIMIT %s"):
            sql, params, left = f"{sql} OFFSET %s", (*params, left), 0
        return execute(sql, params, many, context)

    with connection.execute_wrapper(jump):
        return str(client.json(f"{path}&limit=1")["next"] or "")
