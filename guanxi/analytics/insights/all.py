"""The named analyses, in the order of their index."""

from __future__ import annotations

from guanxi.analytics.insights import (
    baskets,
    bestsellers,
    cohorts,
    comparison,
    contests,
    diagnosis,
    pareto,
    receivables,
    rfm,
    seasons,
)
from guanxi.analytics.insights.studies import Insight

INSIGHTS: dict[str, Insight] = {
    one.INSIGHT.name: one.INSIGHT
    for one in (
        diagnosis,
        pareto,
        comparison,
        rfm,
        cohorts,
        seasons,
        bestsellers,
        baskets,
        contests,
        receivables,
    )
}
