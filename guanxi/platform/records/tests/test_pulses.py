from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from guanxi.platform.records.pulses import Silence, silence

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "rhythm", "tone"),
    [
        (18, 9, ""),
        (19, 9, "gamboge"),
        (7, 1, ""),
        (8, 1, "gamboge"),
        (30, None, ""),
        (31, None, "gamboge"),
        (31, 60, "gamboge"),
        (91, 9, "cinnabar"),
        (91, 60, "gamboge"),
        (241, 60, "cinnabar"),
    ],
)
def test_a_silence_has_a_tone_when_it_is_longer_than_usual(days, rhythm, tone):
    assert Silence(days, rhythm).tone == tone


def test_days_of_silence_go_by_the_calendar_of_the_reader():
    with timezone.override("Asia/Shanghai"):
        found = silence(NOW - timedelta(hours=13), 9, now=NOW)  # 12:00 today, 23:00 yesterday
    assert found == Silence(1, 9)
    assert silence(None, 9) is None


def test_it_says_so_in_words():
    with translation.override("en"):
        assert str(Silence(34, 9)) == "Quiet for 34 days; usually every 9"
        assert str(Silence(1, None)) == "Quiet for 1 day"
