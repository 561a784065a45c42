"""The prices of a book where there is little room: a row ends with the price, not with the quantity."""

from __future__ import annotations

import re

import pytest

from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def test_a_narrow_row_ends_with_the_price(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        product = create_record(object="product", values={"name": "Pump", "price": "99"}, by=by)
        book = create_record(object="price_book", values={"name": "Dealers"}, by=by)
        tier = {"price_book": book.pk, "product": product.pk, "least_quantity": "10", "unit_price": "81.5"}
        create_record(object="price", values=tier, by=by)
    page = client_for(cast.rep).get("/prices/").content.decode()
    (end,) = re.findall(r'<td class="[^"]*fold-end[^"]*"[^>]*>(.*?)</td>', page, re.S)
    assert "81.5" in end
    assert "Pump · 10+" in page  # which of its prices this is
