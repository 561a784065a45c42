"""What a comparison looks at is found by the dates themselves, as well as by what is computed of them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from sqlglot import exp

from guanxi.analytics.semantic.answering import ask
from guanxi.analytics.semantic.compiling import written
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.semantic.periods import first_seen_as, later, reach, same_working_day
from guanxi.analytics.warehouse.engine import cursor
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

FIRST, LAST = date(2019, 1, 1), date(2026, 12, 31)


def seen_as(compare: str) -> list[tuple[date, date]]:
    """Each day, and the day that a comparison looks at it as."""
    value = exp.cast(later(exp.column("day"), compare), "date")
    days = f"generate_series(DATE '{FIRST}', DATE '{LAST}', INTERVAL 1 DAY)"
    return cursor().execute(
        f"SELECT day, {written(value)} FROM (SELECT unnest({days})::DATE AS day) ORDER BY day"
    ).fetchall()  # fmt: skip


@pytest.mark.one_database
@pytest.mark.parametrize("compare", ["yoy", "workdays", "qoq", "mom", "festival"])
def test_days_are_moved_as_far_as_is_said(compare: str) -> None:
    least, most = reach(compare)
    for day, there in seen_as(compare):
        assert least <= (there - day).days <= most, day


@pytest.mark.one_database
def test_january_and_february_stand_beside_as_many_days_as_far_from_the_festival() -> None:
    # On 29 January 2025 and 17 February 2026: January begins 47 days before it, February ends 11 after.
    moved = dict(seen_as("festival"))
    beside = [day for day, there in moved.items() if date(2026, 1, 1) <= there <= date(2026, 2, 28)]
    assert (min(beside), max(beside), len(beside)) == (date(2024, 12, 13), date(2025, 2, 9), 59)
    assert moved[date(2025, 1, 29)] == date(2026, 2, 17)
    days = sorted(moved)
    assert all(
        0 <= (moved[after] - moved[day]).days <= 2 for day, after in pairwise(days)
    )  # none is left out


@pytest.mark.one_database
def test_the_same_working_day_counts_holidays_and_days_that_are_made_up() -> None:
    # Free on 1-7 October 2026 and worked on Saturday the 10th: the 15th is the 7th working day. A year before
    # free on 1-8 October and worked on Saturday the 11th: the 7th is the 16th.
    assert same_working_day(date(2026, 10, 15), "CN") == date(2026, 10, 16)
    assert same_working_day(date(2026, 10, 31), "CN") == date(2026, 10, 31)  # the month is over


@pytest.mark.one_database
@pytest.mark.parametrize("compare", ["yoy", "qoq", "mom"])
def test_the_first_day_that_is_seen_as_another_divides_all_days(compare: str) -> None:
    moved = seen_as(compare)
    for number in range((date(2025, 6, 30) - date(2023, 6, 1)).days):
        day = date(2023, 6, 1) + timedelta(days=number)
        if 3 < day.day < 27:
            continue  # they are moved as their neighbours are
        first = first_seen_as(day, compare)
        assert first is not None
        assert all((there >= day) == (one >= first) for one, there in moved)
    assert first_seen_as(date(2025, 3, 1), "festival") is None


@pytest.mark.django_db
def test_a_leap_day_is_compared_with_the_last_day_of_february(cast: Cast, fed: object) -> None:
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        for day in ("2024-02-28", "2024-02-29", "2024-03-01", "2025-02-28", "2025-03-01"):
            create_record(object="company", values={"name": day, "next_step_on": day}, by=admin)
        fed()  # type: ignore[operator]

        def counted(compare: str, filter: str) -> tuple[object, ...]:
            cube = Cube("company", filter=filter, date="next_step_on", compare=compare)
            answer = ask(cube, admin)
            return answer.figure((), (), 0), (answer.before.get(((), ())) or (None,))[0]

        assert counted("yoy", "next_step_on < 2025-03-01") == (4, 2)
        assert counted("yoy", "next_step_on = 2025-02-28") == (1, 2)
        assert counted("yoy", "next_step_on >= 2025-03-01") == (1, 3)
        assert counted("mom", "next_step_on between (2025-03-01, 2025-03-31)") == (1, 1)
        # Festivals were on 10 February 2024 and 29 January 2025: 28 February is as far as 16 February.
        assert counted("festival", "next_step_on = 2025-02-16") == (0, 1)
