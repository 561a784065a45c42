from decimal import Decimal

import pytest
from django.utils import translation

from guanxi.platform.i18n import numbers


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1284, "1,284"),
        (-5, "−5"),
        (Decimal("1234.50"), "1,234.5"),
        (0.1, "0.1"),
        (Decimal("1E+3"), "1,000"),
        (None, ""),
    ],
)
def test_numbers_are_grouped(value, shown):
    assert numbers.format_number(value) == shown


def test_digits_round_half_up():
    assert numbers.format_number(Decimal("2.345"), digits=2) == "2.35"
    assert numbers.format_number(2.5, digits=0) == "3"
    assert numbers.format_number(7, digits=2) == "7.00"


def test_percent():
    assert numbers.format_percent(0.118) == "12%"
    assert numbers.format_percent(Decimal("0.19"), sign=True) == "+19%"
    assert numbers.format_percent(-0.031, digits=1, sign=True) == "−3.1%"


@pytest.mark.parametrize(
    ("value", "en", "hans", "hant"),
    [
        (1_200_000, "1.2M", "120 万", "120 萬"),
        (942, "942", "942", "942"),
        (9_420, "9.4K", "9,420", "9,420"),
        (999_950, "1M", "100 万", "100 萬"),
        (99_999_999, "100M", "1 亿", "1 億"),
        (Decimal("999.6"), "1K", "1,000", "1,000"),
        (-336_000, "−336K", "−33.6 万", "−33.6 萬"),
        (0, "0", "0", "0"),
        (1_234_567_890_123, "1,235B", "12,346 亿", "12,346 億"),
    ],
)
def test_compact_numbers_take_the_units_of_the_language(value, en, hans, hant):
    for language, shown in (("en", en), ("zh-hans", hans), ("zh-hant", hant)):
        with translation.override(language):
            assert numbers.format_compact(value) == shown.replace(" ", numbers.NO_BREAK)


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (218_400, "218 KB"),
        (1_234_000, "1.2 MB"),
        (999_999, "1 MB"),
        (2 * 10**9, "2 GB"),
    ],
)
def test_sizes_of_files(octets, shown):
    assert numbers.format_size(octets) == shown.replace(" ", numbers.NO_BREAK)


def test_lists_in_a_sentence():
    assert numbers.join_words([]) == ""
    assert numbers.join_words(["A", "B", "C"]) == "A, B and C"
    with translation.override("zh-hans"):
        assert numbers.join_words(["甲", "乙", "丙"]) == "甲、乙和丙"
        assert numbers.join_words(["甲", "乙"], last="or") == "甲或乙"
        assert numbers.clause_list(["负责人 是 我", "阶段 是 报价"]) == "负责人 是 我\uff0c阶段 是 报价"
    assert numbers.clause_list(["owner is me", "stage is open"]) == "owner is me, stage is open"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1284", "1284"),
        ("1,234,567.5", "1234567.5"),
        ("1.234.567,50", "1234567.50"),
        ("1,23", "1.23"),
        ("1,234", "1234"),
        ("12 000", "12000"),
        ("1'234.5", "1234.5"),
        ("１２０", "120"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("(1,200)", "-1200"),
        ("1.5k", "1500"),
        ("120万", "1200000"),
        ("2 億", "200000000"),
        ("三十四", "34"),
        ("两千三", "2300"),
        ("一千零五", "1005"),
        ("三万五", "35000"),
        ("一亿二千万", "120000000"),
        ("二〇二六", "2026"),
        ("十五", "15"),
    ],
)
def test_numbers_are_understood(typed, meant):
    assert numbers.parse_number(typed) == Decimal(meant)


@pytest.mark.parametrize(
    "typed", ["", "abc", "1e5", "NaN", "Infinity", "1.2.3,4,5", "--5", "5 apples", "万", "=1+1"]
)
def test_other_text_is_no_number(typed):
    assert numbers.parse_number(typed) is None
