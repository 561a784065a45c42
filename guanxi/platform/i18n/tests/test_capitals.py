from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanxi.platform.i18n.capitals import in_capitals

# The first seven are the examples of the People's Bank for filling in bills (支付结算办法).
KNOWN = [
    ("1409.50", "壹仟肆佰零玖元伍角整"),
    ("6007.14", "陆仟零柒元壹角肆分"),
    ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
    ("107000.53", "壹拾万柒仟元零伍角叁分"),
    ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
    ("325.04", "叁佰贰拾伍元零肆分"),
    ("268000", "贰拾陆万捌仟元整"),
    ("0", "零元整"),
    ("0.05", "伍分"),
    ("0.5", "伍角整"),
    ("10", "壹拾元整"),
    ("100000001", "壹亿零壹元整"),
    ("10000000000", "壹佰亿元整"),
    ("1234567890123.45", "壹万贰仟叁佰肆拾伍亿陆仟柒佰捌拾玖万零壹佰贰拾叁元肆角伍分"),
    ("1000000000000", "壹万亿元整"),
    ("-20.005", "负贰拾元零壹分"),
]


@pytest.mark.parametrize(("amount", "words"), KNOWN)
def test_amounts_are_written_as_the_bank_wants_them(amount, words):
    assert in_capitals(Decimal(amount), named=False) == words


def test_it_names_the_currency_in_both_scripts():
    assert in_capitals(Decimal(268000)) == "人民币贰拾陆万捌仟元整"
    assert in_capitals(Decimal("33.2"), traditional=True) == "人民幣參拾參元貳角整"


def test_what_no_bill_has_room_for_is_refused():
    with pytest.raises(ValueError, match="10000000000000000"):
        in_capitals(Decimal(10) ** 16)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**15))
def test_every_amount_can_be_read_back(cents):
    assert _read(in_capitals(Decimal(cents) / 100, named=False)) == cents


def _read(text: str) -> int:
    """From the words to cents, by another way than they were made."""
    digits = {sign: at for at, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
    cents, before = 0, text
    if "元" in text:
        before, rest = text.split("元")
        total = group = 0
        digit = 0
        for sign in before:
            if sign in digits:
                digit = digits[sign]
            elif sign in "拾佰仟":
                group += digit * {"拾": 10, "佰": 100, "仟": 1000}[sign]
                digit = 0
            elif sign == "万":
                total += (group + digit) * 10**4
                group = digit = 0
            else:
                total = (total + group + digit) * 10**8
                group = digit = 0
        cents, text = (total + group + digit) * 100, rest
    for sign, worth in (("角", 10), ("分", 1)):
        if sign in text:
            cents += digits[text[text.index(sign) - 1]] * worth
    return cents
