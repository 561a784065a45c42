from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from guanxi.platform.records.importing.suggesting import Vocabulary, nearest, slips
from guanxi.platform.records.importing.values import CellProblem, Reading, make_converter

CONTEXT = SimpleNamespace(currency="CNY")


def field(type_: str, clean=lambda value, context: value, **more):
    return SimpleNamespace(type=type_, name="field", clean=clean, **more)


def convert(type_: str, text: str, **reading):
    return make_converter(field(type_), CONTEXT, Reading(**reading))(text)


def test_each_type_reads_its_cells():
    assert convert("date", " 01-03-2017 ", order="DMY") == date(2017, 3, 1)
    assert convert("integer", "1,024") == 1024
    assert convert("decimal", "1,5", mark=",") == Decimal("1.5")
    assert convert("money", "30", scale=10_000) == {"amount": Decimal(300000), "currency": "CNY"}
    assert convert("money", "€ 12.50") == {"amount": Decimal("12.50"), "currency": "EUR"}
    assert convert("money", "USD 3") == {"amount": Decimal(3), "currency": "USD"}
    assert convert("text", " Anna ") == "Anna"


@pytest.mark.parametrize("text", ["", "  ", "N/A", "Select", "无", "-", "NULL"])
def test_what_says_nothing_is_nothing(text):
    assert convert("text", text) is None
    assert convert("date", text) is None


def test_a_fix_replaces_a_whole_cell():
    assert convert("text", "technolgy", replace={"technolgy": "technology"}) == "technology"
    assert convert("date", "soon", replace={"soon": ""}) is None


def test_a_number_with_words_suggests_its_number():
    with pytest.raises(CellProblem) as problem:
        convert("money", "约 20")
    assert (problem.value.code, problem.value.text, problem.value.suggestion) == ("number", "约 20", "20")


def test_a_misspelt_option_suggests_the_right_one():
    def clean(value, context):
        raise ValueError(value)

    option = SimpleNamespace(
        value="technology", label=SimpleNamespace(en="Technology", hans="科技", hant="科技")
    )
    with pytest.raises(CellProblem) as problem:
        make_converter(field("choice", clean, options=[option]), CONTEXT, Reading())("technolgy")
    assert problem.value.suggestion.casefold() == "technology"


def test_words_that_nobody_knows_find_their_neighbour():
    products = {name: name for name in ("GTX Basic", "GTX Pro", "GTX Plus Pro", "GTK 500")}
    assert nearest("GTXPro", products) == "GTX Pro"
    assert nearest("Something else", products) == ""
    firms = Vocabulary(
        {name: name for name in ("Acme Corporation", "青禾水务集团有限公司", "Tidewell Utilities")}
    )
    assert firms.nearest("ACME Corp.") == "Acme Corporation"
    assert firms.nearest("青禾水务") == "青禾水务集团有限公司"
    assert firms.nearest("锦江印染") == ""


def test_slips_show_within_a_column():
    counts = {"Google": 2868, "google": 5, "technolgy": 12, "retail": 17, "Direct": 3}
    assert slips(counts) == {"google": "Google", "technolgy": "technology"}
