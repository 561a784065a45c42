"""Metrics: numbers with one definition. Nouns declare theirs in `metrics.py`, workspaces make their own."""

from __future__ import annotations

from dataclasses import dataclass

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry

AGGREGATES = ("count", "sum", "avg", "min", "max", "median", "distinct", "ratio")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A number of the records of an object, in a time.

    filter     which records, as text; "" is all that are not archived
    sum        a field to sum, of money unless the unit says otherwise; "" counts
    date       the date or datetime field by which a record belongs to a time
    headline   shown to everybody every morning
    aggregate  of a workspace's own: one of AGGREGATES; "" is the sum or the count
    formula    of a workspace's own: what of each record is aggregated
    part, whole  of a ratio: the names of two metrics of the same object that add up
    concerned  an object: the different records of it are counted that the records are about, themselves or by
               a record of theirs; goes with "distinct"
    unit       "money", "percent", a word, or "" for what the sum says
    better     "more" or "less"
    own        the key of its row; 0 for a shipped one
    help       what it is for
    words      what else people call it, when they ask
    archived   not offered any more; targets and cubes that name it go on
    """

    name: str
    label: L
    object: str
    date: str
    filter: str = ""
    sum: str = ""
    headline: bool = False
    order: int = 50
    aggregate: str = ""
    formula: str = ""
    part: str = ""
    whole: str = ""
    concerned: str = ""
    unit: str = ""
    better: str = "more"
    own: int = 0
    archived: bool = False
    help: L | None = None
    words: tuple[str, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it is a count or the sum of an amount: what lists and targets compute from live records."""
        return self.aggregate in ("", "count") or (self.aggregate == "sum" and bool(self.sum))

    @property
    def money(self) -> bool:
        """Whether it is a sum in the workspace's currency."""
        return bool(self.sum) and self.unit in ("", "money")

    @property
    def adds_up(self) -> bool:
        """Whether the parts make the whole."""
        return self.aggregate in ("", "count", "sum")


_metrics: dict[str, Metric] = {}


def declare(metric: Metric) -> Metric:
    """Make a metric known; raises ValueError for a name that is taken."""
    if _metrics.get(metric.name, metric) != metric:
        raise ValueError(f"two metrics are called {metric.name}")
    _metrics[metric.name] = metric
    return metric


def metrics() -> list[Metric]:
    """All of them, those of the chosen workspace too, in order."""
    every = {**_own(), **_metrics}.values()
    return sorted((one for one in every if not one.archived), key=lambda one: (one.order, one.name))


def plain_metrics() -> list[Metric]:
    """Those that are a count or the sum of an amount, as targets set them."""
    return [one for one in metrics() if one.plain]


def metric(name: str) -> Metric:
    """The metric of that name; raises KeyError."""
    found = _metrics.get(name)
    return found if found is not None else _own()[name]


def shipped_metrics() -> frozenset[str]:
    """The names that a workspace's own can't have."""
    return frozenset(_metrics)


def _own() -> dict[str, Metric]:
    made = registry.of_workspace()
    return dict(made.metrics) if made is not None else {}
