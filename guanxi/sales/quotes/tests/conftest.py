"""A product at cost, a deal of it and its quote, for the tests of every verb."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.models import Deal, Stage
from guanxi.sales.products.models import Product
from guanxi.sales.quotes.actions import quote_deal
from guanxi.sales.quotes.models import Quote
from tests.cast import Cast, actor


@dataclass
class Desk:
    """What lies on the rep's desk."""

    cast: Cast
    product: Product
    deal: Deal
    quote: Quote
    company: Any


@pytest.fixture
def desk(cast):
    """The rep's deal of four analysers, and a quote of it; inside the workspace and a transaction."""
    with in_workspace(cast.xishan.pk), transaction.atomic():
        admin, rep = actor(cast.admin), actor(cast.rep)
        stage = Stage.objects.order_by("position").first()
        product = create_record(
            object="product",
            values={
                "name": "WQ-200 在线水质分析仪", "code": "WQ-200", "unit": "台", "price": "52000",
                "cost": "31000", "tax_rate": "13",
            },
            by=admin,
        )  # fmt: skip
        company = create_record(object="company", values={"name": "青禾水务集团", "level": "A"}, by=rep)
        contact = create_record(
            object="contact",
            values={"name": "王若溪", "company": company.pk, "emails": [{"email": "wang@qinghe.example"}]},
            by=rep,
        )
        deal = create_record(
            object="deal",
            values={
                "name": "WQ-200 × 4", "stage": stage.pk, "company": company.pk, "contact": contact.pk,
                "amount": "208000",
            },
            by=rep,
        )  # fmt: skip
        create_record(
            object="deal_line", values={"deal": deal.pk, "product": product.pk, "quantity": 4}, by=rep
        )
        yield Desk(cast, product, deal, quote_deal(deal, by=rep), company)
