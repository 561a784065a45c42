from datetime import date

import pytest
from django.utils import translation

from guanxi.platform.i18n import holidays


@pytest.mark.parametrize(
    ("day", "country", "works"),
    [
        (date(2026, 11, 24), "CN", True),
        (date(2026, 10, 1), "CN", False),
        (date(2026, 10, 10), "CN", True),  # a Saturday worked for the National Day week
        (date(2026, 9, 20), "CN", True),  # a Sunday
        (date(2026, 10, 9), "TW", False),  # the Friday before Double Ten
        (date(2026, 10, 1), "HK", False),
        (date(2026, 11, 28), "HK", False),
        (date(2026, 8, 10), "SG", False),
        (date(2026, 11, 26), "US", False),
        (date(2026, 12, 25), "??", True),
        (date(2026, 11, 28), "??", False),
    ],
)
def test_working_days(day, country, works):
    assert holidays.is_working_day(day, country) is works
    assert holidays.is_working_day(day, country.lower()) is works


def test_the_next_working_day():
    assert holidays.next_working_day(date(2026, 11, 24), "CN") == date(2026, 11, 24)
    assert holidays.next_working_day(date(2026, 10, 1), "CN") == date(2026, 10, 8)


def test_counting_working_days():
    friday = date(2026, 11, 27)
    assert holidays.add_working_days(friday, 3, "CN") == date(2026, 12, 2)
    assert holidays.add_working_days(friday, -5, "CN") == date(2026, 11, 20)
    assert holidays.add_working_days(date(2026, 11, 28), 0, "CN") == date(2026, 11, 30)
    assert holidays.add_working_days(date(2026, 9, 30), 1, "CN") == date(2026, 10, 8)
    assert holidays.working_days_between(friday, date(2026, 11, 30), "CN") == 2
    assert holidays.working_days_between(date(2026, 11, 30), friday, "CN") == 0


def test_the_pace_of_a_month():
    assert holidays.month_pace(date(2026, 11, 24), "CN") == (17, 21)
    assert holidays.month_pace(date(2026, 11, 1), "CN").share == 0
    assert holidays.month_pace(date(2026, 11, 30), "CN").share == 1


def test_names_follow_the_language():
    names = {}
    for language in ("en", "zh-hans", "zh-hant"):
        with translation.override(language):
            names[language] = holidays.holiday_name(date(2026, 10, 1), "CN")
    assert names == {"en": "National Day", "zh-hans": "国庆节", "zh-hant": "國慶節"}
    assert holidays.holiday_name(date(2026, 11, 24), "CN") == ""
