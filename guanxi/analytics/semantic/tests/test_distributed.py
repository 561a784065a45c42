"""The same cubes from the same files, asked of a cluster with two workers: the same figures to everybody."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.analytics.semantic.answering import Answer, Figure, ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.warehouse.feeding import load_rows
from guanxi.platform.metadata import registry
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.one_database]
SERVER = """
import sys
from pysail.spark import SparkConnectServer
server = SparkConnectServer()
server.start(background=True)
print("sc://%s:%d" % server.listening_address, flush=True)
sys.stdin.read()
"""
MEASURES = ("count", "sum:amount", "avg:amount", "median:amount", "distinct:company", "rate:status = won")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster of this machine: a driver and two workers."""
    pytest.importorskip("pysail")
    pytest.importorskip("pyspark")
    more = {"SAIL_MODE": "local-cluster"}
    more |= {f"SAIL_CLUSTER__WORKER_{name}_COUNT": "2" for name in ("INITIAL", "MAX")}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **more, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.stdin.close()


def test_a_cluster_says_what_this_process_says(
    cast: Cast, fed: Callable[[], int], cluster: str, settings: Any
) -> None:
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        firms = [
            create_record(object="company", values={"name": f"公司 {one}", "industry": "水务"}, by=admin)
            for one in range(7)
        ]
        change_record(firms[0], {"industry": "制药"}, by=admin)
        fed()
        load_rows(registry.get("deal"), deals([one.pk for one in firms], cast))
        load_rows(registry.get("deal_line"), lines())
        cube = Cube("deal", ("company.industry", "team:2"), ("closed_on:year",), MEASURES)
        cubes = (
            cube,
            replace(cube, compare="yoy", top=1),
            replace(cube, compare="festival"),
            Cube(
                "deal", ("closed_on:weekday",), ("status",), MEASURES, filter="amount > 200 and tags is empty"
            ),
            Cube("deal", ("created_at:month",), (), MEASURES[:5], filter="owner.name contains 林"),
            Cube("deal", ("company",), (), MEASURES, filter="not company.industry = 水务"),
            Cube("company", ("industry",), (), ("count",), as_of=date.today().isoformat()),
            Cube("deal_line", (), (), ("count",)),
            Cube(
                "deal_line",
                ("deal.company.industry", "deal.team:2"),
                ("deal.closed_on:quarter",),
                ("count", "distinct:deal.company"),
                filter="deal.status = won",
                compare="yoy",
            ),  # what lines carry of their deals
        )
        for member in (cast.admin, cast.rep, cast.observer):
            by = actor(member)
            for one in cubes:
                here = ask(one, by)
                settings.WAREHOUSE_ENGINE = cluster
                there = ask(one, by)
                settings.WAREHOUSE_ENGINE = ""
                assert told(there) == told(here), (member, one)
        assert ask(cube, admin).figure((), (), 0) == 3_000
        assert 0 < (ask(cube, actor(cast.rep)).figure((), (), 0) or 0) < 3_000


def deals(firms: list[int], cast: Cast) -> Iterator[dict[str, str]]:
    owners = (cast.rep, cast.below, cast.stranger)
    for one in range(3_000):
        owner, day = owners[one % 3], date(2022, 1, 1) + timedelta(days=one % 1_500)
        yield {
            "id": str(one + 1),
            "company_id": str(firms[one * one % 11 % 7]),
            "owner_id": str(owner.pk),
            "team_id": str(owner.team_id),
            "status": ("open", "won", "lost")[one % 5 % 3],
            "amount": str(Decimal(one * 37 % 1_000) / 4),
            "closed_on": day.isoformat(),
            "created_at": f"{day} {one % 24:02}:30:00",
        }


def lines() -> Iterator[dict[str, str]]:
    """Two of each deal, and some of deals that are not there."""
    for one in range(6_100):
        yield {"id": str(one + 1), "deal_id": str(one // 2 + 1), "unit": ("pc", "kg")[one % 2]}


def told(answer: Answer) -> tuple[object, ...]:
    """Everything that an answer says, with figures to nine digits."""
    return (
        answer.rows,
        answer.columns,
        answer.labels,
        [
            {key: tuple(map(rounded, one)) for key, one in each.items()}
            for each in (answer.figures, answer.before)
        ],
    )


def rounded(figure: Figure) -> object:
    return None if figure is None else f"{float(figure):.9g}"
