"""Where each stands, what runs ahead of what, and which groups there are: found where they were put, and not
found where they were not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from guanxi.analytics.mining.clusters import find_groups
from guanxi.analytics.mining.lags import runs_ahead
from guanxi.analytics.mining.lifetime import Contracts, Worth, fit_contracts, fit_renewals, worth_of
from guanxi.analytics.mining.portfolio import portfolio
from guanxi.analytics.mining.silence import silences
from guanxi.analytics.mining.traits import find_traits
from guanxi.analytics.mining.trust import Trust


def test_places_are_weighted_and_what_is_unknown_counts_for_nothing() -> None:
    rows: dict[str, dict[str, float | None]] = {
        "strong": {"sold": 10.0, "won": 1.0, "open": 0.0},
        "wanted": {"sold": 0.0, "won": 0.0, "open": 8.0},
        "half": {"sold": 5.0, "won": None, "open": 4.0},
        "none": {"sold": 0.0, "won": 0.0, "open": 0.0},
    }
    sizes = {"strong": 10.0, "half": 5.0}
    found = portfolio(rows, sizes, strength={"sold": 3, "won": 1}, attraction={"open": 1, "size": 1})
    places = {one.key: one for one in found.places}
    assert (places["strong"].strength, places["strong"].attraction) == (100, 0)
    assert places["half"].strength == 50  # sold alone: who won is not known
    assert places["half"].known < places["strong"].known < 1  # nobody's size is
    assert [one.key for one in found.of("win")] == ["wanted"]
    assert found.places[0].key == "strong"
    assert found.trust.thin  # four are too few
    giant = {number: {"sold": float(number)} for number in range(40)} | {99: {"sold": 1e9}}
    spread = portfolio(giant, {}, strength={"sold": 1}, attraction={})
    assert len({round(one.strength) for one in spread.places}) > 20  # the giant leaves room for the others


def test_what_runs_ahead_is_found_and_growth_alone_is_not() -> None:
    chance = np.random.default_rng(3)
    steps = chance.normal(size=80)
    first, second = np.cumsum(steps[3:]) + 100, np.cumsum(steps[:-3] + chance.normal(size=77) / 4) + 100
    found = runs_ahead(list(first), list(second))
    assert found.lag == 3
    assert found.real
    assert found.link > 0.9
    one, other = (np.arange(60) * 10 + chance.normal(size=60) for _side in range(2))
    assert not runs_ahead(list(one), list(other)).real  # both grow, and have nothing to do with each other
    assert runs_ahead([1, 2, 3], [3, 2, 1]).trust.thin
    assert not runs_ahead([5.0] * 40, [5.0] * 40).real


def test_groups_that_are_there_are_found_told_and_others_doubted() -> None:
    chance = np.random.default_rng(5)
    small, large = chance.normal(10, 1, 80), chance.normal(60, 2, 40)
    often, seldom = chance.normal(20, 2, 80), chance.normal(3, 0.5, 40)
    table = {"amount": [*small, *large], "orders": [*often, *seldom], "noise": list(chance.normal(size=120))}
    found = find_groups(table)
    assert [one.size for one in found.groups] == [80, 40]  # the largest first
    assert len(set(found.of[:80])) == len(set(found.of[80:])) == 1
    assert {one.column for one in found.groups[1].traits} == {"amount", "orders"}
    assert found.groups[1].traits[0].middle != found.groups[1].traits[0].overall
    assert found.trust.sound
    nothing = {name: list(chance.normal(size=200)) for name in "abc"}
    assert "no_groups" in find_groups(nothing).trust.doubts
    assert find_groups({"a": [1.0] * 10}).trust.thin


def test_renewals_are_learnt_from_one_cohort_and_from_many_alike() -> None:
    surviving = [1000, 869, 743, 653, 593, 551, 517, 491]  # Fader and Hardie 2007, "high end"
    one = fit_contracts(surviving)
    assert (round(one.a, 2), round(one.b, 2)) == (0.67, 3.81)
    periods, left = [], []
    for period, (before, after) in enumerate(pairwise(surviving), 1):
        periods += [period] * (before - after)
        left += [True] * (before - after)
    many = fit_renewals(periods + [8] * 491, left + [False] * 491)
    assert isinstance(many, Contracts)
    assert abs(many.a - one.a) < 0.01
    assert isinstance(fit_renewals([1, 2], [True, False]), Trust)


def test_worth_follows_who_still_comes() -> None:
    chance = np.random.default_rng(2)
    rows = [(key, int(chance.poisson(4)), 0, 700, 10_000.0) for key in range(150)]
    rows = [
        (key, n, int(700 * chance.uniform(0.3, 1)) if n else 0, age, mean) for key, n, _l, age, mean in rows
    ]
    rows += [(900, 6, 690, 700, 10_000.0), (901, 6, 90, 700, 10_000.0)]
    found = worth_of(rows, margin=0.4, discount=0.1, years=3)
    assert isinstance(found, Worth)
    assert found.alive[900] > 0.9 > found.alive[901]
    assert found.value[900] > found.value[901]
    assert isinstance(worth_of(rows[:20], margin=1, discount=0, years=1), Trust)


def test_traits_that_are_there_are_found_and_who_is_alike() -> None:
    rows = {key: {"trade": "water" if key % 3 == 0 else "food", "city": f"c{key % 5}"} for key in range(60)}
    chosen = list(range(0, 45, 3))
    found = find_traits(rows, chosen)
    assert found.trust.sound
    assert (found.traits[0].column, found.traits[0].value) == ("trade", "water")
    assert found.traits[0].sure
    assert found.traits[0].lift == 3
    assert set(found.alike) == {45, 48, 51, 54, 57}
    assert not any(one.sure for one in find_traits(rows, range(0, 60, 2)).traits)
    assert find_traits({1: {"a": "b"}}, [1]).trust.thin


def test_silence_is_measured_by_ones_own_rhythm_and_tried_on_the_past() -> None:
    weekly, yearly = list(range(0, 700, 7)), [0, 350, 700]
    regular = dict.fromkeys(range(40), weekly)
    gone = {key: weekly[: 30 + key % 5] for key in range(40, 60)}
    found = silences({**regular, **gone, "yearly": yearly, "once": [3, 4]}, 714)
    assert {key for key, one in found.of.items() if one.silent} == set(gone)
    assert "once" not in found.of
    assert not found.of["yearly"].silent
    assert (found.tried.called, found.tried.right) == (20, 20)
    assert (found.tried.others, found.tried.left) == (40, 0)
    assert found.trust.sound
    assert silences({"a": [1, 2, 3]}, 9).trust.thin
