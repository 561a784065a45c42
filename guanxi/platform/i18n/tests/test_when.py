from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from guanxi.platform.i18n.when import parse_when

NOW = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)  # Tuesday, 10:15 in Shanghai


def read(text, language="en"):
    found = parse_when(text, NOW, "Asia/Shanghai", language)
    return found and (f"{found.at:%Y-%m-%d %H:%M}" if found.timed else f"{found.at:%Y-%m-%d}")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("today", "2026-11-24"),
        ("Tomorrow", "2026-11-25"),
        ("tomorrow 3pm", "2026-11-25 15:00"),
        ("the day after tomorrow at 9", "2026-11-26 09:00"),
        ("in 3 days", "2026-11-27"),
        ("in a week", "2026-12-01"),
        ("2 months from now", "2027-01-24"),
        ("in half an hour", "2026-11-24 10:45"),
        ("in an hour and a half", "2026-11-24 11:45"),
        ("in two and a half hours", "2026-11-24 12:45"),
        ("in four months, on the working day", "2027-03-24"),
        ("in three working days", "2026-11-27"),
        ("two weeks later", "2026-12-08"),
        ("2 hours ago", "2026-11-24 08:15"),
        ("monday", "2026-11-30"),
        ("tuesday", "2026-12-01"),
        ("this tuesday", "2026-11-24"),
        ("next Monday", "2026-11-30"),
        ("next fri", "2026-12-04"),
        ("3:30pm fri", "2026-11-27 15:30"),
        ("monday morning", "2026-11-30 09:00"),
        ("next week", "2026-11-30"),
        ("next month", "2026-12-01"),
        ("end of month", "2026-11-30"),
        ("end of next month", "2026-12-31"),
        ("end of the week", "2026-11-27"),
        ("25 Nov 15:00", "2026-11-25 15:00"),
        ("15:00 25 Nov", "2026-11-25 15:00"),
        ("Nov 25th, 2027 at 9", "2027-11-25 09:00"),
        ("Fri 27 Nov", "2026-11-27"),
        ("1 March", "2027-03-01"),
        ("25/11", "2026-11-25"),
        ("11/25/27", "2027-11-25"),
        ("2026-12-01", "2026-12-01"),
        ("2026/12/1 9:30", "2026-12-01 09:30"),
        ("2026-12-01T01:00Z", "2026-12-01 09:00"),
        ("tonight", "2026-11-24 20:00"),
        ("tonight at 8", "2026-11-24 20:00"),
        ("noon", "2026-11-24 12:00"),
        ("9:30", "2026-11-25 09:30"),  # past for today
        ("at 3", "2026-11-24 15:00"),
        ("12am", "2026-11-25 00:00"),
    ],
)
def test_english(text, meant):
    assert read(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("今天", "2026-11-24"),
        ("后天", "2026-11-26"),
        ("後天", "2026-11-26"),
        ("明天下午三点", "2026-11-25 15:00"),
        ("明早", "2026-11-25 09:00"),
        ("今晚8点半", "2026-11-24 20:30"),
        ("晚上 9:00", "2026-11-24 21:00"),
        ("大后天上午", "2026-11-27 09:00"),
        ("下周三", "2026-12-02"),
        ("下下週三", "2026-12-09"),
        ("周三", "2026-11-25"),
        ("本周五下午3:15", "2026-11-27 15:15"),
        ("下禮拜二", "2026-12-01"),
        ("下周", "2026-11-30"),
        ("周末", "2026-11-28"),
        ("3天后", "2026-11-27"),
        ("兩週後", "2026-12-08"),
        ("四个月后", "2027-03-24"),
        ("半个月后", "2026-12-09"),
        ("1小时后", "2026-11-24 11:15"),
        ("半小时后", "2026-11-24 10:45"),
        ("一个半小时后", "2026-11-24 11:45"),
        ("两个半钟头后", "2026-11-24 12:45"),
        ("三天前", "2026-11-21"),
        ("月底", "2026-11-30"),
        ("下月底", "2026-12-31"),
        ("年底", "2026-12-31"),
        ("下个月", "2026-12-01"),
        ("下月15号", "2026-12-15"),
        ("25号", "2026-11-25"),
        ("3号", "2026-12-03"),
        ("11月25日", "2026-11-25"),
        ("十二月五日，上午十点", "2026-12-05 10:00"),
        ("2027年1月5日 上午9点半", "2027-01-05 09:30"),
        ("明年3月5日", "2027-03-05"),
        ("三点", "2026-11-24 15:00"),
        ("9点一刻", "2026-11-25 09:15"),
    ],
)
def test_chinese(text, meant):
    assert read(text, "zh-hans") == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "foo",
        "31 Feb",
        "25:00",
        "tomorrow tomorrow",
        "2026",
        "13月1日",
        "next",
        "的",
        "in 9999 years",
        "x" * 99,
    ],
)
def test_other_text_is_no_time(text):
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("in 4 months, on the working day", "2027-03-24"),
        ("in 4 days, on the working day", "2026-11-30"),  # the 28th is a Saturday
        ("in 4 days on a working day at 9:30", "2026-11-30 09:30"),
        ("next working day", "2026-11-25"),
        ("in 5 working days", "2026-12-01"),
        ("3 business days from now", "2026-11-27"),
        ("28 Nov 3pm on the working day", "2026-11-30 15:00"),
        ("四个月后的工作日", "2027-03-24"),
        ("四天后的工作日上午九点", "2026-11-30 09:00"),
        ("四天後，遇假日順延", "2026-11-30"),
        ("五個工作日後", "2026-12-01"),
        ("三个工作日后下午三点", "2026-11-27 15:00"),
        ("下個工作日", "2026-11-25"),
        ("1月1日顺延", "2027-01-04"),  # New Year with the days that China takes along
        ("下周三上午", "2026-12-02 09:00"),
    ],
)
def test_working_days(text, meant):
    assert read(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("in 4 months and 2 days", "2027-03-26"),
        ("4 months, 2 days from now", "2027-03-26"),
        ("in 4 months and 2 days ago", "2026-07-22"),
        ("in 1 year and 2 months, on the working day", "2028-01-24"),
        ("in 2 weeks and 3 working days at 9:30", "2026-12-11 09:30"),
        ("in 2 hours and 15 minutes", "2026-11-24 12:30"),
        ("in 2 days 3pm", "2026-11-26 15:00"),
        ("in a year and a half", "2028-05-24"),
        ("in a month and a half", "2027-01-08"),
        ("四个月零两天后", "2027-03-26"),
        ("四個月又兩天後的工作日", "2027-03-26"),
        ("四個月後的工作日", "2027-03-24"),
        ("4 个月 2 天之后上午九点", "2027-03-26 09:00"),
        ("两年三个月后", "2029-02-24"),
        ("1小时20分钟后", "2026-11-24 11:35"),
        ("一年半后", "2028-05-24"),
        ("一個半月後", "2027-01-08"),
        ("半年零两周后", "2027-06-07"),
        ("两天三小时前", "2026-11-22 07:15"),
    ],
)
def test_lengths_of_several_units(text, meant):
    assert read(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [  # In 2027 China rests from Friday 5 to Wednesday 10 February, and from 1 to 5 October.
        ("Spring Festival", "2027-02-06"),
        ("first working day after Spring Festival", "2027-02-11"),
        ("the 1st business day after the Spring Festival holiday at 9", "2027-02-11 09:00"),
        ("after Chinese New Year", "2027-02-11"),
        ("third working day after Lunar New Year", "2027-02-15"),
        ("first Monday after Spring Festival", "2027-02-15"),
        ("last working day before Spring Festival", "2027-02-04"),
        ("two weeks before National Day", "2027-09-17"),
        ("3 days after Christmas", "2026-12-28"),
        ("the day after Christmas", "2026-12-26"),
        ("after the holidays", "2027-01-04"),
        ("春节", "2027-02-06"),
        ("春节后", "2027-02-11"),
        ("春节后第一个工作日", "2027-02-11"),
        ("春節後首個工作日上午九點", "2027-02-11 09:00"),
        ("農曆新年後第三個工作日", "2027-02-15"),
        ("年后", "2027-02-11"),
        ("春节前最后一个工作日", "2027-02-04"),
        ("春节前最后一个周五", "2027-01-29"),
        ("春節前兩週", "2027-01-23"),
        ("国庆长假后两个工作日", "2027-10-07"),
        ("元旦后第一个工作日", "2027-01-04"),
        ("清明前一天", "2027-04-04"),
        ("中秋節", "2027-09-15"),
        ("节后第一个工作日", "2027-01-04"),
        ("十一长假后", "2027-10-06"),
        ("十一天后", "2026-12-05"),
        ("十一月三日", "2027-11-03"),
    ],
)
def test_holidays_by_their_names(text, meant):
    assert read(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("first working day of next month", "2026-12-01"),
        ("last working day of the month", "2026-11-30"),
        ("3rd working day of January", "2027-01-06"),
        ("last Friday of the quarter", "2026-12-25"),
        ("first Monday of November", "2027-11-01"),
        ("下个月第一个工作日", "2026-12-01"),
        ("月底最后一个工作日下午五点", "2026-11-30 17:00"),
        ("本月最後一個工作日", "2026-11-30"),
        ("下個月第一個週一", "2026-12-07"),
        ("3月第二个周二", "2027-03-09"),
        ("明年第一个工作日", "2027-01-04"),
    ],
)
def test_the_first_and_the_last_of_a_month(text, meant):
    assert read(text) == meant


def test_holidays_are_those_of_the_country():
    found = parse_when("first working day after Spring Festival", NOW, "Asia/Taipei", "zh-hant", "TW")
    assert found
    assert f"{found.at:%Y-%m-%d}" == "2027-02-11"
    found = parse_when("after Thanksgiving", NOW, "America/New_York", "en", "US")
    assert found
    assert f"{found.at:%Y-%m-%d}" == "2026-11-27"


@pytest.mark.parametrize(
    "text",
    [
        "in 4 months and 2 months",
        "after",
        "holiday",
        "fifteenth Monday of March",
        "31st Monday of March",
    ],
)
def test_half_a_phrase_is_no_time(text):
    assert read(text) is None


def test_working_day_twice_is_no_time():
    assert read("working day working day") is None
    assert read("0 working days") is None


def test_the_language_decides_what_3_4_is():
    assert read("3/4") == "2027-04-03"
    assert read("3/4", "zh-hans") == "2027-03-04"


def test_months_end_where_they_end():
    last_of_january = datetime(2027, 1, 31, tzinfo=UTC)
    found = parse_when("in 1 month", last_of_january, "UTC", "en")
    assert found
    assert f"{found.at:%Y-%m-%d}" == "2027-02-28"


def test_the_clock_changes_but_an_hour_is_an_hour():
    before = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)  # 01:30 in Berlin, half an hour before the change
    found = parse_when("in 3 hours", before, "Europe/Berlin", "en")
    assert found
    assert (found.at - before).total_seconds() == 3 * 3600


def test_without_a_zone_the_active_one_holds():
    with timezone.override("Asia/Taipei"):
        found = parse_when("tomorrow", NOW)
    assert found
    assert found.at.tzinfo == ZoneInfo("Asia/Taipei")
