"""Pages as HTML: against the same SQL on the bare driver and the same page by a plain template."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench.making import Bench
from bench.measuring import Result, against, in_turns, statements
from bench.product import api, bare, browser


def measure(bench: Bench, times: int) -> Iterator[Result]:
    record = api(bench).json("/api/v1/contacts?limit=1&fields=name&sort=-last_touch_at")["data"][0]["id"]
    for name, path, limit in (
        ("contacts", "/contacts/", 3.0),
        ("contacts, later rows", "/contacts/", 3.0),
        ("record", f"/contacts/{record}/", 3.0),
        ("board", "/deals/board/", 2.5),
        ("today", "/today/", None),
    ):
        client = browser(bench)
        if name.endswith("later rows"):
            after = api(bench).json("/api/v1/contacts?sort=name")["next"]
            client.headers |= {"HTTP_HX_REQUEST": "true"}
            path = f"/contacts/?after={after}"
        ask = partial(client, path)
        told = statements(ask)
        ours, plain = in_turns(ask, bare(told, bench, page=ask()), times)
        yield against(
            "page", name, rows=bench.contacts, ours=ours, bare=plain, limit=limit, queries=len(told)
        )
