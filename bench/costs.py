"""Processor time of one request, web and database together; the limits are the aims.

Others on the same work with 100,000 contacts: list with total EspoCRM 39, Odoo 52, Twenty 73; filtered list
Twenty 27; deep page Odoo 102; contains Frappe 96; record Twenty 14; create BottleCRM 106; stage Odoo 22;
board Twenty 131; won by month Twenty 31.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import orjson

from bench.lists import deep_cursor
from bench.making import Bench
from bench.measuring import Result, cpu_of, statements, within
from bench.product import api, browser


def measure(bench: Bench, times: int) -> Iterator[Result]:
    for name, do, aim in _asked(bench):
        queries = len(statements(do))
        cost = cpu_of(do, times)
        # What a verb does is more than a read; the eight are a request's that shows something.
        counted = queries if name not in {"create a contact", "change a stage"} else None
        yield within("cpu", name, rows=bench.contacts, ours=cost, limit=aim, queries=counted)


def _asked(bench: Bench) -> Iterator[tuple[str, Callable[[], Any], float]]:
    program, person = api(bench), browser(bench)
    contacts = "/api/v1/contacts"
    named = program.json(f"{contacts}?limit=1&fields=name&sort=-created_at")["data"][0]
    cursor, _page = deep_cursor(bench, f"{contacts}?sort=name", bench.contacts // 100)
    rare, common = quote(f'name contains "{named["name"][1:]}"'), quote("name contains an")
    won = "/api/v1/deals/summary?group=closed_on:month,owner&sum=amount&filter=" + quote("status = won")
    yield "list of 50 with total", lambda: program(f"{contacts}?total=true"), 4
    yield "filtered list", lambda: program(f"{contacts}?filter={quote('city = Berlin')}"), 4
    yield "deep page", lambda: program(f"{contacts}?sort=name&after={cursor}"), 4
    yield "contains search, few found", lambda: program(f"{contacts}?filter={rare}"), 8
    yield "contains search, many found", lambda: program(f"{contacts}?filter={common}"), 8
    yield "record with related records", lambda: person(f"/contacts/{named['id']}/"), 6
    yield "create a contact", _creating(program), 8
    yield "change a stage", _moving(program), 5
    yield "board", lambda: person("/deals/board/"), 10
    yield "won by month by owner", lambda: program(won), 5


def _creating(program: Any) -> Callable[[], Any]:
    """New people with a phone and an email, which the product compares with all that it knows."""
    numbers = itertools.count()

    def create() -> Any:
        at = next(numbers)
        body = {"name": f"New {at}", "phones": f"139{at:08d}", "emails": f"n{at}@new.example"}
        return program("/api/v1/contacts", "POST", orjson.dumps(body))

    return create


def _moving(program: Any) -> Callable[[], Any]:
    """Open deals, one after the other, into the next stage."""
    asked = "/api/v1/deals?limit=50&fields=name,stage&filter=" + quote("status = open")
    deals = itertools.cycle(program.json(asked)["data"])
    found = program.json("/api/v1/stages?sort=position&fields=name,kind,position")["data"]
    stages = [one["id"] for one in found if one["kind"] == "open"]

    def move() -> Any:
        deal = next(deals)
        other = stages[(stages.index(deal["stage"]["id"]) + 1) % len(stages)]
        deal["stage"] = {"id": other}
        return program(f"/api/v1/deals/{deal['id']}", "PATCH", orjson.dumps({"stage": other}))

    return move
