import pytest

from guanxi.platform.i18n.phones import (
    Phone,
    at_home_in,
    format_phone,
    parse_phone,
    phone_country,
    phone_kind,
    phone_link,
)


@pytest.mark.parametrize(
    ("typed", "country", "e164", "extension"),
    [
        ("138 5710 4426", "CN", "+8613857104426", ""),
        ("0573-13905738821", "CN", None, ""),
        ("０５７１－８８２０４４１０", "CN", "+8657188204410", ""),
        ("(0571) 8820 4410 转 8012", "CN", "+8657188204410", "8012"),
        ("0571-88204410分机:12", "CN", "+8657188204410", "12"),
        ("0571-88204410 ext. 12", "CN", "+8657188204410", "12"),
        ("+65 9123 4567", "CN", "+6591234567", ""),
        ("tel:+65-9123-4567", "CN", "+6591234567", ""),
        ("0086 13857104426", "CN", "+8613857104426", ""),
        ("(02) 2345-6789", "tw", "+886223456789", ""),
        ("400-820-8820", "CN", "+864008208820", ""),
        ("12", "CN", None, ""),
        ("", "CN", None, ""),
        ("call me", "CN", None, ""),
        ("1" * 100, "CN", None, ""),
        ("9123 4567", "??", None, ""),
    ],
)
def test_phones_are_understood(typed, country, e164, extension):
    expected = None if e164 is None else Phone(e164, typed, extension)
    assert parse_phone(typed, country) == expected


@pytest.mark.parametrize(
    ("e164", "country", "shown"),
    [
        ("+8613857104426", "CN", "138 5710 4426"),
        ("+8657188204410", "CN", "0571-8820 4410"),
        ("+862151798888", "CN", "021-5179 8888"),
        ("+8613857104426", "SG", "+86 138 5710 4426"),
        ("+6591234567", "CN", "+65 9123 4567"),
        ("+6591234567", "SG", "9123 4567"),
        ("+886223456789", "TW", "02 2345 6789"),
        ("not a number", "CN", "not a number"),
    ],
)
def test_phones_are_shown_as_people_there_write_them(e164, country, shown):
    assert format_phone(e164, country) == shown


def test_home_is_where_the_workspace_is():
    assert format_phone("+6591234567") == "+65 9123 4567"
    with at_home_in("SG"):
        assert format_phone("+6591234567") == "9123 4567"
        assert parse_phone("9123 4567") == Phone("+6591234567", "9123 4567")
    assert parse_phone("138 5710 4426") == Phone("+8613857104426", "138 5710 4426")


def test_extensions_and_links():
    assert format_phone("+8657188204410", "CN", "8012") == "0571-8820 4410 ext. 8012"
    assert phone_link("+8657188204410", "8012") == "tel:+8657188204410;ext=8012"
    assert phone_link("+8657188204410") == "tel:+8657188204410"


def test_kind_and_country():
    assert phone_kind("+8613857104426") == "mobile"
    assert phone_kind("+8657188204410") == "line"
    assert phone_kind("?") == ""
    assert phone_country("+85291234567") == "HK"
    assert phone_country("?") == ""
