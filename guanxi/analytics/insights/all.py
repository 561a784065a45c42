"""The named analyses, in the order of their index."""

from __future__ import annotations

from guanxi.analytics.insights import (
    alikes,
    balance,
    baskets,
    bestsellers,
    channels,
    churn,
    clv,
    cohorts,
    comparison,
    contests,
    diagnosis,
    effort,
    gaps,
    pareto,
    receivables,
    rfm,
    seasons,
    strategy,
    traits,
    waterfall,
)
from guanxi.analytics.insights.studies import Insight

INSIGHTS: dict[str, Insight] = {
    one.INSIGHT.name: one.INSIGHT
    for one in (
        diagnosis,
        balance,
        strategy,
        pareto,
        comparison,
        rfm,
        cohorts,
        clv,
        churn,
        traits,
        alikes,
        seasons,
        bestsellers,
        baskets,
        contests,
        waterfall,
        effort,
        channels,
        receivables,
        gaps,
    )
}
