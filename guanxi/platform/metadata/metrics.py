"""Metrics: numbers with one definition. Nouns declare theirs in `metrics.py`."""

from __future__ import annotations

from dataclasses import dataclass

from guanxi.platform.i18n.labels import L


@dataclass(frozen=True, kw_only=True)
class Metric:
    """How many records of an object, or the sum of one amount of theirs, in a time.

    filter    which records, as text; "" is all that are not archived
    sum       a money field to sum; "" counts
    date      the date or datetime field by which a record belongs to a time
    headline  shown to everybody every morning
    """

    name: str
    label: L
    object: str
    date: str
    filter: str = ""
    sum: str = ""
    headline: bool = False
    order: int = 50


_metrics: dict[str, Metric] = {}


def declare(metric: Metric) -> Metric:
    """Make a metric known; raises ValueError for a name that is taken."""
    if _metrics.get(metric.name, metric) != metric:
        raise ValueError(f"two metrics are called {metric.name}")
    _metrics[metric.name] = metric
    return metric


def metrics() -> list[Metric]:
    """All of them, in order."""
    return sorted(_metrics.values(), key=lambda one: (one.order, one.name))


def metric(name: str) -> Metric:
    """The metric of that name; raises KeyError."""
    return _metrics[name]
