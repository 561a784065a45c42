"""The language of formulas: what it gives, what it refuses and where."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as settings_of_django
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.formulas import (
    FormulaError,
    Given,
    check_formula,
    compile_formula,
    parse_formula,
)
from guanxi.platform.metadata.formulas.checking import FUNCTIONS

VALUES: dict[tuple[str, ...], Any] = {
    ("employees",): Decimal(200),
    ("founded",): None,
    ("name",): "青禾水务",
    ("industry",): "water",
    ("next_step_on",): date(2026, 3, 1),
    ("created_at",): datetime(2026, 1, 31, 20, 0, tzinfo=UTC),
    ("tags",): [],
    ("parent", "name"): "青禾集团",
}
GIVEN = Given(VALUES, datetime(2026, 2, 28, 18, 0, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))


def run(source: str) -> Any:
    check_formula(source, registry.get("company"), find=registry.get)
    return compile_formula(source)(GIVEN)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-employees / 8", -25),
        ("10 - 3 - 2", 5),
        ("7 % 4", 3),
        ("-7 % 4", 1),
        ("1 / 0", None),
        ("founded + 1", None),
        ("coalesce(founded, 1999)", 1999),
        ('name & "/" & founded & "/" & employees', "青禾水务//200"),
        ('if(employees >= 100 and not empty(industry), "large", "small")', "large"),
        ("if(founded > 2000, 1, 2)", 2),
        ('industry = "water"', True),
        ('industry != "food" or 1 = 2', True),
        ("founded = null", True),
        ("next_step_on - today()", 0),
        ("next_step_on + 31", date(2026, 4, 1)),
        ("date(created_at)", date(2026, 2, 1)),
        ("year(created_at) * 100 + month(created_at)", 202602),
        ("add_months(date(2026, 1, 31), 1)", date(2026, 2, 28)),
        ("weekday(next_step_on)", 7),
        ("date(2026, 13, 1)", None),
        ("round(2.345, 2)", Decimal("2.35")),
        ("floor(2.9) + ceil(2.1) + abs(-1)", 6),
        ("max(1, founded, 3)", 3),
        ('number("1,200") + 1', 1201),
        ('number("x")', None),
        ("len(name)", 4),
        ('left(name, 2) & right("abc", 1) & upper("x")', "青禾cX"),
        ('contains(name, "水") and starts(industry, "WA")', True),
        ("empty(tags)", True),
        ("parent.name", "青禾集团"),
        ("0.1 + 0.2 = 0.3", True),
        ('"a\\"b"', 'a"b'),
    ],
)
def test_what_it_gives(source: str, value: Any):
    assert run(source) == value


@pytest.mark.parametrize(
    ("source", "at"),
    [
        ("", 0),
        ("1 +", 3),
        ("1 + ?", 4),
        ('len("12', 4),
        ("employes * 2", 0),
        ("parent.nothing", 7),
        ("name.x", 0),
        ("1 + name", 2),
        ('"a" + "b"', 4),
        ("employees > name", 12),
        ("sum(1)", 0),
        ("if(1, 2, 3)", 3),
        ('if(true, 1, "a")', 12),
        ("round()", 0),
        ("(1 + 2", 6),
        ("1 2", 2),
        ("phones.x", 0),
        ("parent = parent", 7),
        ("parent.parent.parent.name", 0),
        ("not 1", 4),
        ("__class__", 0),
        ("name.__class__", 5),
        ("len(employees)", 4),
        ("date(1, 2)", 0),
        ("and", 0),
        ("1 = = 2", 4),
        ("lambda: 1", 6),
        ("name[0]", 4),
    ],
)
def test_what_it_refuses_and_where(source: str, at: int):
    with pytest.raises(FormulaError) as problem:
        check_formula(source, registry.get("company"), find=registry.get)
    assert problem.value.at == at, problem.value


def test_a_function_says_how_many_values_it_takes():
    with translation.override("en"):
        for source, said in (
            ("if(true, 1)", "if takes 3 values."),
            ("round()", "round takes 1 to 2 values."),
        ):
            with pytest.raises(FormulaError) as problem:
                check_formula(source, registry.get("company"), find=registry.get)
            assert str(problem.value) == said


def test_size_and_depth_are_bounded():
    for source in (
        "(" * 100 + "1" + ")" * 100,
        "-" * 1_000 + "1",
        "+".join(["1"] * 900),
        "1" * 3_000,
        "not " * 400,
    ):
        with pytest.raises(FormulaError):
            parse_formula(source)


def test_large_numbers_end_soon():
    source = " * ".join(["999999999999999"] * 100)
    assert len(str(run(source))) < 60
    assert run('left(name, 99999999999999) & replace(name, "", "x")') == "青禾水务青禾水务"
    assert run("next_step_on + 999999999999") is None


_TEXT = st.text(alphabet='abc019 .,()+-*/%&=<>!"\\名empty if(name)', max_size=60)


@settings(max_examples=300, deadline=None)
@given(_TEXT)
def test_whatever_is_typed_is_a_formula_or_refused_with_a_place(source: str):
    try:
        run(source)
        place = 0
    except FormulaError as problem:
        place = problem.at
    assert 0 <= place <= len(source)


def test_every_example_of_the_reference_makes_sense():
    page = (Path(settings_of_django.BASE_DIR) / "docs/reference/formulas.md").read_text()
    rows = [
        line
        for line in page.split("## Functions")[1].split("## Errors")[0].splitlines()
        if line.startswith("| `")
    ]
    examples = [line.rstrip(" |").rpartition("| `")[2].rstrip("`") for line in rows]
    assert len(examples) == len(rows) > 10
    for source in examples:
        check_formula(source, registry.get("company"), find=registry.get)
    named = set(re.findall(r"`(\w+)[(`]", "".join(row.partition("|")[2].partition("|")[0] for row in rows)))
    assert set(FUNCTIONS) <= named


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('matches(industry, "w.+r")', True),
        ('matches(industry, "w")', False),
        ('matches(name, "[青水禾务]+")', True),
        ('matches(text(null), "x")', None),
    ],
)
def test_a_text_is_compared_with_a_pattern(source: str, value: Any):
    assert run(source) is value


@pytest.mark.parametrize(
    ("pattern", "at"),
    [('"(a"', 14), ('"(?=x)"', 14), ('"(a{1000}){1000}"', 14), ('"' + "a" * 201 + '"', 14), ("industry", 14)],
)
def test_what_is_no_pattern_or_would_not_end_is_refused_where_it_stands(pattern: str, at: int):
    with pytest.raises(FormulaError) as problem:
        run(f"matches(name, {pattern})")
    assert problem.value.at == at


def test_formulas_end():
    """What takes another engine, or a naive one, longer than anybody waits."""
    assert run('matches("' + "a" * 1_500 + 'b", "(a+)+c")') is False
    for source in (
        'left("a", number("1e999999999"))',
        'text(number("1e999999999"))',
        'number("-1e-999999999")',
    ):
        assert run(source) in (None, ""), source
    squared = "*".join(["999999999999999"] * 60)
    assert len(str(run(f"text({squared})"))) < 2_000
    grown = 'replace(replace(replace("aaaa", "a", "aaaaaaaa"), "a", "aaaaaaaa"), "a", "aaaaaaaa")'
    assert len(str(run(grown))) <= 2_000
