"""What everybody is to reach, what is expected, and what the money that came in gives those who sold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from guanxi.platform.identity.actors import system_actor
from guanxi.platform.records.writing import create_records
from guanxi.sales.commissions.settling import settle
from guanxi.sales.deals.models import Deal
from guanxi.sales.forecasts.actions import keep_forecasts
from guanxi.sales.forecasts.consumers import renew_stays
from guanxi.sales.receipts.models import Receipt

if TYPE_CHECKING:
    from guanxi.config.demo.story import Story

RULES = {"CNY": "标准提成", "HKD": "標準獎金", "SGD": "Standard"}
SEASONS = (70, 50, 110, 95, 100, 115, 85, 90, 110, 85, 120, 170)  # percent of the mean month


def add_performance(story: Story) -> None:
    """Targets of this year by member, a commission rule with a tier, and what is expected today."""
    by = story.actors["gu"]
    won = list(Deal.objects.filter(status="won").values_list("owner_id", "amount_base"))
    owners = sorted({owner for owner, _amount in won if owner})
    mean = sum((amount or Decimal(0) for _owner, amount in won), Decimal(0)) / (12 * max(len(owners), 1))
    thousand = Decimal(1000)
    rows = [
        {
            "metric": "won_amount", "scope": "member", "owner": owner,
            "month": date(story.today.year, month, 1),
            "value": (mean * season / 100 / thousand).quantize(Decimal(1)) * thousand,
        }
        for owner in owners
        for month, season in enumerate(SEASONS, 1)
    ]  # fmt: skip
    create_records(object="target", rows=rows, by=by)
    name = RULES.get(story.workspace.currency, "Standard")
    (rule,) = create_records(
        object="commission_rule",
        rows=[{"name": name, "rate": Decimal(3)}],
        by=by,
    )
    tier = {"rule": rule.pk, "above": 100 * thousand, "rate": Decimal(5)}
    create_records(object="commission_tier", rows=[tier], by=by)
    product = system_actor(story.workspace.pk, "Guanxi")
    settle(list(Receipt.objects.values_list("pk", flat=True)), by=product)
    renew_stays(Deal.objects.values_list("pk", flat=True))
    keep_forecasts(story.today, by=by)
