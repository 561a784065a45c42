import csv

import phonenumbers
import pytest

from guanxi.platform.i18n.phones import format_phone, parse_phone, phone_country
from tests.realdata import data_set


@pytest.fixture(scope="module")
def examples() -> list[dict[str, str]]:
    with (data_set("phone_numbers") / "examples_fixed_mobile.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["valid"] == "1"]


def test_every_form_of_every_region_is_understood(examples):
    assert len(examples) > 400
    for row in examples:
        for form in ("national_format", "international_format", "e164", "rfc3966"):
            phone = parse_phone(row[form], row["region"])
            assert phone is not None, row
            assert phone.e164 == row["e164"], row
            assert phone.typed == row[form]


def test_abroad_they_are_shown_with_their_country_code(examples):
    for row in examples:
        home = "CN" if row["country_code"] != "86" else "SG"
        assert format_phone(row["e164"], home) == row["international_format"]
        country = phone_country(row["e164"])
        assert phonenumbers.country_code_for_region(country) == int(row["country_code"])


def test_what_is_shown_at_home_reads_back(examples):
    for row in examples:
        shown = format_phone(row["e164"], row["region"])
        phone = parse_phone(shown, row["region"])
        assert phone is not None
        assert phone.e164 == row["e164"], shown
