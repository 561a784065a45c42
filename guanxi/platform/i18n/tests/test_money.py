from decimal import Decimal

import pytest
from django.utils import translation

from guanxi.platform.i18n.money import (
    Money,
    currency_choices,
    currency_codes,
    currency_digits,
    currency_name,
    format_money,
    parse_money,
    round_money,
)
from guanxi.platform.i18n.numbers import NO_BREAK


@pytest.mark.parametrize(
    ("amount", "currency", "shown", "exact"),
    [
        ("268000", "CNY", "¥268,000", "¥268,000.00"),
        ("7.5", "CNY", "¥7.50", "¥7.50"),
        ("-1234.5", "HKD", "−HK$1,234.50", "−HK$1,234.50"),
        ("18400", "SGD", "S$18,400", "S$18,400.00"),
        ("96000", "MYR", "RM 96,000", "RM 96,000.00"),
        ("1234.5", "JPY", "JP¥1,235", "JP¥1,235"),
        ("1234.5678", "BHD", "BHD 1,234.568", "BHD 1,234.568"),
        ("0.005", "USD", "US$0.01", "US$0.01"),
    ],
)
def test_amounts(amount, currency, shown, exact):
    assert format_money(Decimal(amount), currency) == shown.replace(" ", NO_BREAK)
    assert format_money(Decimal(amount), currency, exact=True) == exact.replace(" ", NO_BREAK)


@pytest.mark.parametrize(
    ("amount", "currency", "en", "hans", "hant"),
    [
        (1_200_000, "CNY", "¥1.2M", "¥120 万", "¥120 萬"),
        (4_100_000, "TWD", "NT$4.1M", "NT$410 万", "NT$410 萬"),
        (96_000, "MYR", "RM 96K", "RM 9.6 万", "RM 9.6 萬"),
        (1_050_000, "CNY", "¥1.05M", "¥105 万", "¥105 萬"),
        (942, "CNY", "¥942", "¥942", "¥942"),
        (-336_000, "CNY", "−¥336K", "−¥33.6 万", "−¥33.6 萬"),
    ],
)
def test_amounts_at_a_glance(amount, currency, en, hans, hant):
    for language, shown in (("en", en), ("zh-hans", hans), ("zh-hant", hant)):
        with translation.override(language):
            assert format_money(Decimal(amount), currency, compact=True) == shown.replace(" ", NO_BREAK)


def test_no_amount_is_no_text():
    assert format_money(None, "CNY") == ""


@pytest.mark.parametrize(
    ("typed", "amount", "currency"),
    [
        ("268000", "268000", "CNY"),
        ("¥1.2M", "1200000", "CNY"),
        ("120万", "1200000", "CNY"),
        ("NT$410 萬", "4100000", "TWD"),
        ("1.234,50 €", "1234.50", "EUR"),
        ("USD 1200", "1200", "USD"),
        ("1200usd", "1200", "USD"),
        ("(HK$1,200)", "-1200", "HKD"),
        ("-US$5", "-5", "USD"),
        ("RM96k", "96000", "MYR"),
        ("3亿元", "300000000", "CNY"),
        ("人民币一百二十万元", "1200000", "CNY"),
        ("￥１２０", "120", "CNY"),
        ("$5", "5", "CNY"),
    ],
)
def test_amounts_are_understood(typed, amount, currency):
    assert parse_money(typed, "CNY") == Money(Decimal(amount), currency)


@pytest.mark.parametrize("typed", ["", "¥", "abc", "USDX 5", "about 5", "5 or 6"])
def test_other_text_is_no_amount(typed):
    assert parse_money(typed, "CNY") is None


def test_every_currency_reads_what_it_writes():
    for code in currency_codes():
        shown = format_money(Decimal("1234567"), code, exact=True)
        assert parse_money(shown, "XXX") == Money(Decimal("1234567"), code), shown


def test_the_smallest_coin():
    assert [currency_digits(code) for code in ("CNY", "JPY", "KRW", "BHD", "TWD")] == [2, 0, 0, 3, 2]
    assert round_money(Decimal("2.345"), "CNY") == Decimal("2.35")
    assert round_money(Decimal("2.5"), "JPY") == Decimal("3")


def test_names_follow_the_language():
    with translation.override("zh-hant"):
        assert currency_name("TWD") == "新台幣"
        assert currency_choices()[0] == ("CNY", "CNY ¥ 人民幣")
    with translation.override("en"):
        assert currency_name("HKD") == "Hong Kong Dollar"
