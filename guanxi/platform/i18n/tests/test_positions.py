from __future__ import annotations

import pytest
from django.utils import translation

from guanxi.platform.i18n.positions import Position, format_distance, metres_between, parse_position


def test_two_numbers_are_a_place():
    assert parse_position(" 30.27415, 120.15515 ") == Position(30.27415, 120.15515)
    assert str(parse_position("geo:-33.8,151.2")) == "-33.800000,151.200000"
    for wrong in ("", "30", "91,0", "0,181", "nan,nan", "1e5,2", "30.1.2,5", "杭州"):
        assert parse_position(wrong) is None


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((30.0, 120.0), (30.0, 120.0), 0),
        ((0.0, 0.0), (0.0, 180.0), 20_015_115),
        ((31.2304, 121.4737), (39.9042, 116.4074), 1_067_311),  # Shanghai to Beijing
        ((0.0, 179.9), (0.0, -179.9), 22_239),  # over the line where the day changes
    ],
)
def test_distances_go_over_the_ground(one, other, metres):
    found = metres_between(Position(*one), Position(*other))
    assert abs(found - metres) <= metres * 0.001
    assert found == metres_between(Position(*other), Position(*one))


def test_distances_are_told_as_people_say_them():
    with translation.override("en"):
        assert [format_distance(one) for one in (0, 999, 1000, 12_345, 1_067_311)] == [
            "0 m", "999 m", "1.0 km", "12.3 km", "1,067 km",
        ]  # fmt: skip
