"""Forecasts and seasons of series that the textbooks print."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import numpy as np
import pytest

from guanxi.analytics.mining.forecasting import airline, forecast, holt_winters
from guanxi.analytics.mining.seasons import find_cycle, seasonal_index, stl


@pytest.mark.slow  # the first to load SciPy
def test_holt_winters_and_the_airline_model_are_as_published(data: Path, expected):
    wanted = expected["time_series"]["AirPassengers"]
    passengers = series(data, "AirPassengers")
    smooth, published = holt_winters(passengers, 12), wanted["holt_winters_multiplicative"]
    for name in ("alpha", "beta", "gamma"):
        assert getattr(smooth, name) == pytest.approx(published[name], abs=2e-4)
    assert smooth.sse == pytest.approx(published["sse"], abs=0.02)
    assert (smooth.level, smooth.trend) == pytest.approx((published["level"], published["trend"]), abs=0.01)
    assert smooth.forecast(12) == pytest.approx(published["forecast_12"], abs=0.02)
    model, published = airline(passengers, 12), wanted["airline_model_on_log"]
    assert (model.ma1, model.sma1) == pytest.approx((published["ma1"], published["sma1"]), abs=2e-4)
    assert model.sigma2 == pytest.approx(published["sigma2"], abs=1e-6)
    assert model.log_likelihood == pytest.approx(published["log_likelihood"], abs=0.01)
    assert model.aic == pytest.approx(published["aic"], abs=0.02)
    gas, published = series(data, "UKgas"), expected["time_series"]["UKgas"]["holt_winters_multiplicative"]
    quarterly = holt_winters(gas, 4)
    assert (quarterly.alpha, quarterly.beta) == pytest.approx(
        (published["alpha"], published["beta"]), abs=5e-4
    )
    assert quarterly.sse == pytest.approx(published["sse"], rel=1e-5)


def test_a_forecast_has_to_beat_repeating_the_last_year(data: Path):
    passengers = series(data, "AirPassengers")
    found = forecast(passengers[:-12], 12, 12)
    assert found.error < found.naive_error
    assert found.trust.sound
    assert np.mean((found.low <= passengers[-12:]) & (passengers[-12:] <= found.high)) > 0.7
    noise = [random.Random(7).gauss(100, 20) for _month in range(1)] * 30
    assert "no_better_than_naive" in forecast(noise, 12, 6).trust.doubts
    assert forecast(passengers[:20], 12, 6).trust.thin


def test_seasons_and_cycles_are_real_or_said_not_to_be(data: Path):
    passengers, gas = series(data, "AirPassengers"), series(data, "UKgas")
    season = seasonal_index(passengers, 12)
    assert season.trust.sound
    assert [int(place) for place in np.argsort(season.index)[-2:]] in ([6, 7], [7, 6])  # July and August
    parts = stl(passengers, 12)
    assert parts.trend + parts.season + parts.rest == pytest.approx(passengers)
    assert np.abs(parts.rest).max() < 60
    assert (find_cycle(passengers).length, find_cycle(gas).length) == (12, 4)
    assert find_cycle(passengers).real
    noise = random.Random(7)
    assert not find_cycle([noise.gauss(0, 1) for _month in range(100)]).real
    assert not find_cycle(series(data, "LakeHuron")).real
    assert find_cycle(passengers[:10]).trust.thin


def series(data: Path, name: str) -> list[float]:
    with (data / "time_series" / f"{name}.csv").open() as file:
        return [float(row["value"]) for row in csv.DictReader(file)]
