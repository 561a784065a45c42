"""8,800 deals asked as cubes: the funnel, what was won by quarter and by whom, and what can't be foretold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guanxi.analytics.mining.forecasting import forecast
from guanxi.analytics.semantic.answering import Answer, ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.warehouse.feeding import rebuild
from tests.realdata.test_maven_crm import bring

pytestmark = [pytest.mark.slow, pytest.mark.one_database]
CLOSED = "status in (won, lost)"


def test_the_funnel_and_what_was_won_are_those_of_the_files(
    workshop: Any, data: Path, expected: dict[str, Any], tmp_path: Path, settings: Any
) -> None:
    wanted = expected["maven_crm"]
    bring(workshop, data / "maven_crm")
    settings.WAREHOUSE_DIR = tmp_path / "warehouse"
    rebuild(["deal", "stage", "company"])

    def asked(*rows: str, **more: Any) -> Answer:
        return ask(Cube("deal", rows, **more), workshop.by)

    stages = asked("stage")
    assert {stages.label(0, row[0]): stages.figure(row, (), 0) for row in stages.rows if row} == wanted[
        "stage"
    ]
    share = asked(measures=("rate:status = won", "count"), filter=CLOSED)
    assert share.figure((), (), 0) == pytest.approx(wanted["win_rate_of_closed"], abs=5e-7)
    assert share.figure((), (), 1) == 4238 + 2473
    won = asked("closed_on:quarter", measures=("count", "metric:won_amount"), filter="status = won")
    assert won.figure((), (), 1) == wanted["won_value"]
    quarters = {f"Q{(row[0].month + 2) // 3}": list(won.figures[row, ()]) for row in won.rows if row}
    assert quarters == wanted["won_by_close_quarter_2017"]
    best = asked("owner", measures=("metric:won_amount",), top=3, sort="-1")
    named = {best.label(0, row[0]): best.figure(row, (), 0) for row in best.rows[:3]}
    assert named == wanted["top_agents"]
    mean = asked(measures=("avg:amount",), filter="status = won")
    assert mean.figure((), (), 0) == pytest.approx(wanted["avg_won_value"], abs=5e-3)

    months = asked("closed_on:month", measures=("metric:won_amount",))
    values = [float(months.figure(row, (), 0) or 0) for row in months.rows if row and row[0] is not None]
    assert len(values) == 10
    assert forecast(values, 12, 3).trust.thin, "ten months know nothing of a year: it is said, not drawn"
