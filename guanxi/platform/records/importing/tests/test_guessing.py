from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from guanxi.platform.records.importing.dates import detect_order, parse_day, parse_moment
from guanxi.platform.records.importing.guessing import profile_columns
from guanxi.platform.records.importing.quantities import detect_mark, parse_number


def profile(*cells: str):
    return profile_columns(["column"], [[cell] for cell in cells])[0]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (("2026-01-02", "2026-11-30"), "date"),
        (("2026-01-02 10:00", "2026-11-30 23:59:59"), "datetime"),
        (("11月3日, 2026",), "text"),
        (("anna@example.com", "bert@example.org"), "email"),
        (("138 5710 4426", "+65 9123 4567", "(555) 555-5555"), "phone"),
        (("13857104426", "13900000000"), "phone"),
        (("1100.04", "251.41", "1,024"), "number"),
        (("¥30万", "¥12.5万"), "money"),
        (("12%", "7 %"), "percent"),
        (("Yes", "No", "Yes"), "boolean"),
        (("https://example.com", "www.example.org/x"), "url"),
        (("retail", "retail", "medical") * 4, "choice"),
        (("006q000000HddohAAB", "006q000000HdPzpAAF", "006q000000Hbmd1AAB", "006q000000HcZXrAAN"), "code"),
        (("", "N/A", "-"), "empty"),
    ],
)
def test_a_column_is_known_by_what_is_in_it(cells, kind):
    assert profile(*cells).kind == kind


def test_the_whole_column_decides_the_order_of_dates():
    assert detect_order(["01-03-2017", "20-10-2016", "07-03-2017"]) == ("DMY", True)
    assert detect_order(["01/03/2017", "10/20/2016"]) == ("MDY", True)
    assert detect_order(["01/03/2017", "02/03/2017"]) == ("DMY", False)
    assert detect_order(["2017/1/3", "2 Jan 2017", "2017年1月3日", "20170103"]) == ("YMD", True)
    assert detect_order(["Rome", "Oslo"]) == (None, False)


def test_a_column_that_leaves_the_order_open_follows_its_neighbour():
    rows = [["01/02/2017", "03/04/2017"], ["20/12/2016", "05/06/2017"]]
    assert [one.order for one in profile_columns(["a", "b"], rows)] == ["DMY", "DMY"]
    rows = [["01/02/2017", "03/04/2017"], ["12/20/2016", "05/06/2017"]]
    assert [one.order for one in profile_columns(["a", "b"], rows)] == ["MDY", "MDY"]


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("20-10-2016", "DMY", date(2016, 10, 20)),
        ("10/20/16", "MDY", date(2016, 10, 20)),
        ("2026/11/12", "DMY", date(2026, 11, 12)),
        ("2026年11月2日", "YMD", date(2026, 11, 2)),
        ("24 October 2011", "YMD", date(2011, 10, 24)),
        ("Oct 24, 2011", "YMD", date(2011, 10, 24)),
        ("24-Oct-11", "YMD", date(2011, 10, 24)),
        ("46339", "YMD", date(2026, 11, 13)),
        ("2018-12-19 00:00:00", "YMD", date(2018, 12, 19)),
        ("31-02-2016", "DMY", None),
        ("11月13日", "YMD", None),
    ],
)
def test_days_are_read_as_people_write_them(text, order, day):
    assert parse_day(text, order) == day


def test_moments_keep_their_time_and_zone():
    assert parse_moment("1/2/2026 3:04 PM", "MDY") == datetime(2026, 1, 2, 15, 4)
    assert parse_moment("2026-01-02T03:04:05Z", "YMD") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert parse_moment("2026-01-02 25:04", "YMD") is None


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("1,234.50", ".", "1234.50"),
        ("1.234,50", ",", "1234.50"),
        ("1 234,50 €", ",", "1234.50"),
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("¥30万", ".", "300000"),
        ("12.5亿", ".", "1250000000"),
        ("(12.00)", ".", "-12.00"),
        ("-3", ".", "-3"),
        ("7 %", ".", "7"),
        ("$1.5m", ".", "1500000"),
        ("约 20", ".", None),
        ("20-30", ".", None),
        ("1.2.3", ".", None),
        ("", ".", None),
    ],
)
def test_numbers_are_exact(text, mark, number):
    assert parse_number(text, mark) == (Decimal(number) if number else None)


def test_the_decimal_mark_is_told_by_what_it_parts():
    assert detect_mark(["1.234,50", "12", "3,5"]) == ","
    assert detect_mark(["1,234.50", "12", "1,000"]) == "."


def test_words_that_say_nothing_do_not_count():
    column = profile("Select", "Select", "Mumbai", "N/A", "Mumbai", "Pune")
    assert (column.filled, column.not_given) == (3, ("Select", "N/A"))


def test_one_cell_with_such_a_word_may_be_a_name():
    assert profile("None", "Anna").not_given == ()


def test_several_values_in_a_cell_are_seen():
    assert profile("WQ-200;TB-10", "TB-10", "WQ-200;TB-10;X", "X", "WQ-200").separator == ";"
    assert profile("Smith, Anna", "Jones, Bert", "Miller, Cleo").separator == ""
