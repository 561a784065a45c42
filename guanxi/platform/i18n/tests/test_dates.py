from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from guanxi.platform.i18n import dates

NOW = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)  # 10:15 in Shanghai, a Tuesday


@pytest.fixture(autouse=True)
def _shanghai_at_a_quarter_past_ten(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    with timezone.override("Asia/Shanghai"):
        yield


def said(language, function, *arguments, **options):
    with translation.override(language):
        return function(*arguments, **options)


@pytest.mark.parametrize(
    ("day", "en", "hans"),
    [
        (date(2026, 11, 24), "24 Nov", "11月24日"),
        (date(2025, 9, 3), "3 Sep 2025", "2025年9月3日"),
        (date(2027, 1, 9), "9 Jan", "1月9日"),
        (date(2027, 9, 3), "3 Sep 2027", "2027年9月3日"),
        (datetime(2026, 11, 24, 17, 30, tzinfo=UTC), "25 Nov", "11月25日"),
    ],
)
def test_dates(day, en, hans):
    assert said("en", dates.format_date, day) == en
    assert said("zh-hans", dates.format_date, day) == said("zh-hant", dates.format_date, day) == hans


def test_weekdays_are_written_for_each_script():
    assert said("en", dates.format_date, NOW, weekday=True) == "Tue 24 Nov"
    assert said("zh-hans", dates.format_date, NOW, weekday=True) == "11月24日 周二"
    assert said("zh-hant", dates.format_date, NOW, weekday=True) == "11月24日 週二"


def test_times_are_shown_in_the_time_zone_of_the_member():
    assert dates.format_time(NOW) == "10:15"
    assert said("zh-hans", dates.format_datetime, NOW) == "11月24日 10:15"
    with timezone.override("America/New_York"):
        assert said("en", dates.format_datetime, NOW) == "23 Nov 21:15"


@pytest.mark.parametrize(
    ("days", "en", "hans", "hant"),
    [
        (0, "Today", "今天", "今天"),
        (-1, "Yesterday", "昨天", "昨天"),
        (1, "Tomorrow", "明天", "明天"),
        (-4, "Friday 20 November", "11月20日 星期五", "11月20日 星期五"),
        (-400, "Monday 20 October 2025", "2025年10月20日 星期一", "2025年10月20日 星期一"),
    ],
)
def test_headings_of_days(days, en, hans, hant):
    moment = NOW + timedelta(days=days)
    assert [said(language, dates.format_day, moment) for language in ("en", "zh-hans", "zh-hant")] == [
        en,
        hans,
        hant,
    ]


@pytest.mark.parametrize(
    ("ago", "en", "hans", "hant"),
    [
        (timedelta(seconds=20), "just now", "刚刚", "剛剛"),
        (timedelta(minutes=1), "1 min ago", "1 分钟前", "1 分鐘前"),
        (timedelta(hours=3), "3 h ago", "3 小时前", "3 小時前"),
        (timedelta(hours=11), "yesterday", "昨天", "昨天"),
        (timedelta(days=34), "34 days ago", "34 天前", "34 天前"),
        (timedelta(days=300), "10 months ago", "10 个月前", "10 個月前"),
        (timedelta(days=900), "2 years ago", "2 年前", "2 年前"),
        (-timedelta(minutes=30), "in 30 min", "30 分钟后", "30 分鐘後"),
        (-timedelta(days=1), "tomorrow", "明天", "明天"),
        (-timedelta(days=3), "in 3 days", "3 天后", "3 天後"),
    ],
)
def test_how_long_ago(ago, en, hans, hant):
    for language, words in (("en", en), ("zh-hans", hans), ("zh-hant", hant)):
        assert said(language, dates.format_relative, NOW - ago) == words


def test_a_date_without_time_is_compared_by_day():
    assert dates.format_relative(date(2026, 11, 24)) == "today"
    assert dates.format_relative(date(2026, 11, 22)) == "2 days ago"


@pytest.mark.parametrize(
    ("due", "en", "hans", "hant"),
    [
        (date(2026, 11, 18), "6 days late", "逾期 6 天", "逾期 6 天"),
        (date(2026, 11, 24), "Today", "今天", "今天"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), "Today 16:00", "今天 16:00", "今天 16:00"),
        (datetime(2026, 11, 24, 16, 0, tzinfo=UTC), "Tomorrow", "明天", "明天"),
        (date(2026, 11, 27), "Fri 27 Nov", "11月27日 周五", "11月27日 週五"),
        (date(2026, 12, 4), "4 Dec", "12月4日", "12月4日"),
    ],
)
def test_when_it_is_due(due, en, hans, hant):
    for language, words in (("en", en), ("zh-hans", hans), ("zh-hant", hant)):
        assert said(language, dates.format_due, due) == words


def test_spans():
    assert dates.format_range(date(2026, 11, 17), date(2026, 11, 28)) == "17 – 28 Nov"
    assert (
        said("zh-hans", dates.format_range, date(2026, 10, 28), date(2026, 11, 17)) == "10月28日 – 11月17日"
    )
    assert dates.format_range(date(2025, 12, 30), date(2026, 1, 2)) == "30 Dec 2025 – 2 Jan"
    assert said("en", dates.format_month, NOW) == "November 2026"
    assert said("zh-hant", dates.format_month, NOW) == "2026年11月"


@pytest.mark.parametrize(
    ("length", "en", "hans"),
    [
        (45, "45 s", "45 秒"),
        (720, "12 min", "12 分钟"),
        (4800, "1 h 20 min", "1 小时 20 分钟"),
        (259_200, "3 days", "3 天"),
    ],
)
def test_how_long(length, en, hans):
    assert said("en", dates.format_duration, length) == en
    assert said("zh-hans", dates.format_duration, timedelta(seconds=length)) == hans


def test_nothing_is_no_text():
    for function in (
        dates.format_date,
        dates.format_time,
        dates.format_datetime,
        dates.format_day,
        dates.format_relative,
        dates.format_due,
        dates.format_duration,
    ):
        assert function(None) == ""


def test_weeks_begin_on_monday():
    assert said("en", dates.weekday_names)[0] == "Monday"
    assert said("zh-hans", dates.weekday_names, "narrow") == list("一二三四五六日")
    assert said("zh-hant", dates.month_names)[10] == "11月"


def test_time_zones_have_names_and_lie_from_west_to_east():
    zones = said("zh-hant", dates.time_zones)
    assert ("Asia/Taipei", "UTC+08:00 · 台北") in zones
    assert zones[0][0].startswith("Pacific/")
    assert {"UTC", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore", "Europe/London"} <= {
        name for name, _ in zones
    }
