"""Lengths of time: what people write is read, what is read is written again."""

from __future__ import annotations

import pytest
from django.utils import translation

from guanxi.platform.i18n.durations import clock, format_minutes, read_minutes


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("1:30", 90),
        ("0\uff1a45", 45),
        ("1 h 30 min", 90),
        ("1h30m", 90),
        ("1.5 h", 90),
        ("2 小时 30 分钟", 150),
        ("2小時", 120),
        ("1 天", 1440),
        ("3 Days", 4320),
        ("1:60", None),
        ("90", None),  # a plain number is the field's own matter
        ("1.001 h", None),
        ("1 h or so", None),
        ("1 fortnight", None),
        ("", None),
        ("9" * 5_000 + " h", None),
    ],
)
def test_lengths_of_time_are_read_or_not(typed: str, minutes: int | None):
    assert read_minutes(typed) == minutes


@pytest.mark.parametrize("minutes", [0, 5, 59, 60, 90, 1439, 1440, 2161, 527_040])
def test_a_clock_is_read_again(minutes: int):
    assert read_minutes(clock(minutes)) == minutes


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "0 min"), (45, "45 min"), (90, "1 h 30 min"), (1680, "1 day 4 h"), (2880, "2 days")],
)
def test_nothing_of_a_length_is_rounded_away(minutes: int, said: str):
    with translation.override("en"):
        assert format_minutes(minutes) == said
