"""The sums behind the small drawings, and the letters of avatars."""

from __future__ import annotations

from collections import Counter

import pytest

from guanxi.web.components import (
    Job,
    Pulse,
    avatar_text,
    pulse_paths,
    ring_dash,
    spark_path,
    tie_paths,
    tone_of,
)


def test_a_pulse_finds_the_silence_at_its_end() -> None:
    pulse = Pulse.of([0, 2, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0])
    assert pulse.quiet_from == 3
    assert pulse.words == "6 weeks: 3 from them, 1 from us, silent for the last 3"


def test_one_week_without_a_word_is_not_silence() -> None:
    assert Pulse.of([1, 0], [0, 0]).quiet_from is None


def test_unequal_years_are_refused() -> None:
    with pytest.raises(ValueError, match="2 weeks in, 1 weeks out"):
        Pulse.of([1, 2], [1])


def test_ticks_grow_with_the_count_and_stop_growing() -> None:
    drawn = pulse_paths(Pulse((1, 2, 3, 4, 99), (0, 0, 0, 0, 1)))
    assert drawn.came == "M2 10.5v-4M6 10.5v-6.5M10 10.5v-9M14 10.5v-11M18 10.5v-11"
    assert drawn.went == "M18 13.5v4"
    assert drawn.base == "M0 12.5H20"
    assert drawn.quiet == ""


def test_silence_is_dotted_and_ends_in_a_dot_only_when_it_says_something() -> None:
    weeks = (1,) * 21 + (0,) * 5
    quiet = pulse_paths(Pulse.of(weeks, weeks, tone="gamboge"))
    assert (quiet.base, quiet.quiet, quiet.dot_x) == ("M0 12.5H84", "M86 12.5H100", 102)
    assert pulse_paths(Pulse.of(weeks, weeks)).dot_x is None


def test_the_big_pulse_ends_its_line_under_the_last_tick() -> None:
    weeks = (1,) * 47 + (0,) * 5
    big = pulse_paths(Pulse.of(weeks, weeks), big=True)
    assert (big.view_box, big.base, big.quiet) == ("0 0 832 56", "M0 28.5H740", "M742 28.5H828")


def test_ties_lead_from_the_middle_to_each_row() -> None:
    drawn = tie_paths([3, 0])
    assert (drawn.view_box, drawn.middle) == ("0 0 88 112", 56)
    assert drawn.ties == [(3, "M37 56C68 56 57 28 88 28"), (0, "M37 56C68 56 57 84 88 84")]


def test_nothing_ever_happened() -> None:
    drawn = pulse_paths(Pulse.of((0,) * 26, (0,) * 26))
    assert (drawn.base, drawn.came, drawn.went) == ("", "", "")
    assert drawn.quiet == "M2 12.5H100"


@pytest.mark.parametrize(
    ("name", "size", "company", "letters"),
    [
        ("王若溪", "", False, "溪"),
        ("王若溪", "l", False, "若溪"),
        ("陈屿", "l", False, "陈屿"),
        ("青禾水务", "s", True, "青"),
        ("青禾水务", "xl", True, "青禾"),
        ("Rachel Tan", "", False, "RT"),
        ("Rachel Tan", "s", False, "R"),
        ("Siti Nur Aisyah", "l", False, "SA"),
        ("Jean-Luc", "", False, "JL"),
        ("Verdant Labs", "", True, "V"),
        ("élodie", "", False, "É"),
        ("", "", False, "?"),
        ("😀", "", False, "😀"),
        ("  ", "l", True, "?"),
        ("- -", "", False, "-"),
    ],
)
def test_letters_of_an_avatar(name: str, size: str, company: bool, letters: str) -> None:
    assert avatar_text(name, size=size, company=company) == letters


def test_tones_are_stable_and_spread_over_ids_made_in_a_row() -> None:
    assert tone_of(7) == tone_of(7)
    tones = Counter(tone_of(2**62 + key * 4096) for key in range(1000))
    assert len(tones) == 5
    assert min(tones.values()) > 120


def test_rings_and_sparks_stay_in_their_boxes() -> None:
    assert ring_dash(0.6) == "23.6 39.3"
    assert ring_dash(7) == "39.3 39.3"
    assert ring_dash(-1) == "0.0 39.3"
    assert spark_path([5]) == ("", 0, 0)
    assert spark_path([5, 5])[0] == "M2.0 19.0L86.0 19.0"
    assert spark_path([0, 10])[1:] == (86.0, 3.0)


def test_percent_of_a_job_without_a_total_is_zero() -> None:
    assert Job("1", "Import").percent == 0
    assert Job("1", "Import", done=7, of=6).percent == 100
