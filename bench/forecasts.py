"""The forecast and the funnel over 300,000 deals, from the live tables, and a deal that is moved meanwhile.

The limits are aims in milliseconds by the clock, of the least of some turns.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from django.db import connection, connections, transaction

from bench import names, rows
from bench.loading import copy_rows, unguarded
from bench.making import Bench
from bench.measuring import Result, statements, within
from bench.product import browser
from bench.rows import Step, World
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.identity.models import Member
from guanxi.platform.records.models import Tag
from guanxi.platform.records.tallies.keeping import count_anew, drop_triggers
from guanxi.platform.records.writing import change_record
from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.platform.tenancy.keys import new_keys
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.deals.models import Deal, Stage
from guanxi.sales.forecasts.consumers import renew_stays
from guanxi.sales.forecasts.models import Stay

DEALS, LIMIT, AT_ONCE = 300_000, 300.0, 10_000
PAGES = (("forecast", "/performance/forecast/"), ("funnel", "/performance/funnel/"))


def measure(bench: Bench, times: int) -> Iterator[Result]:
    """Each page alone, and the longest that a change of a deal waits while both are asked for."""
    with in_workspace(bench.workspace_id):
        count = _fill(bench)
    person = browser(bench)
    for name, path in PAGES:
        ask = partial(person, path)
        queries = len(statements(ask))
        took = _least(ask, times)
        yield within("forecast", name, rows=count, ours=took, limit=LIMIT, queries=queries)
    change = _changing(bench)
    alone = _least(change, times)
    yield within("forecast", "a deal is changed", rows=count, ours=alone, limit=None)
    beside = _beside(change, [partial(person, path) for _name, path in PAGES], times)
    yield within("forecast", "a deal is changed while both are read", rows=count, ours=beside, limit=LIMIT)


def _fill(bench: Bench) -> int:
    """Deals as the set has them, until there are so many, with the stays that their facts would have made."""
    with reading():
        world, firms, people, missing = _world(bench)
    with everywhere("a data set is made"), transaction.atomic():
        for model in (Deal, Stay):
            drop_triggers(connection, model)
    with everywhere("a data set is made"), unguarded(("sales_deal",)), transaction.atomic():
        copy_rows("sales_deal", rows.DEAL, rows.deals(world, new_keys(missing), firms, people))
    with reading():
        keys = list(Deal.objects.order_by("pk").values_list("pk", flat=True))
    for at in range(0, len(keys), AT_ONCE):
        with transaction.atomic():
            renew_stays(keys[at : at + AT_ONCE])
    for model in (Deal, Stay):
        count_anew(connection, model)
    return len(keys)


def _world(bench: Bench) -> tuple[World, Sequence[int], Sequence[int], int]:
    """What more deals point at: companies and people of those that are there; and how many are missing."""
    there = Deal.objects.count()
    missing = max(0, DEALS - there)
    members = list(Member.objects.exclude(team=None).values_list("pk", "team_id"))
    stages = Stage.objects.values_list("pipeline_id", "pk", "kind", "probability")
    steps = [Step(one, pk, kind, probability or 0) for one, pk, kind, probability in stages]
    tag = Tag.objects.values_list("pk", flat=True).first() or 0
    world = World(bench.workspace_id, members, steps, tag, names.people(), names.firms())
    linked = Deal.objects.filter(company__isnull=False, contact__isnull=False)
    firms, people = zip(*linked.values_list("company_id", "contact_id")[:5_000], strict=True)
    return world, firms, people, missing


def _changing(bench: Bench) -> Callable[[], Any]:
    numbers = itertools.count(1)
    with in_workspace(bench.workspace_id), reading():
        # Found once: which of all deals is open is no part of what is measured.
        chosen = Deal.objects.filter(status="open").values_list("pk", flat=True)[0]

    def change() -> None:
        with in_workspace(bench.workspace_id):
            by = system_actor(bench.workspace_id, "bench")
            with transaction.atomic():
                deal = Deal.objects.get(pk=chosen)
                change_record(deal, {"amount": str(next(numbers))}, by=by)

    return change


def _least(do: Callable[[], Any], times: int) -> float:
    """Milliseconds by the clock."""
    return min(_took(do) for _turn in range(times))


def _took(do: Callable[[], Any]) -> float:
    began = time.perf_counter()
    do()
    return 1000 * (time.perf_counter() - began)


def _beside(change: Callable[[], Any], reads: list[Callable[[], Any]], times: int) -> float:
    """The longest of some changes while somebody reads all the time, on a connection of their own."""
    stop = threading.Event()

    def read() -> None:
        try:
            for one in itertools.cycle(reads):
                if stop.is_set():
                    return
                one()
        finally:
            connections.close_all()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        return max(_took(change) for _turn in range(times))
    finally:
        stop.set()
        reader.join()
