"""Sums and counts are exact, by any field, within rights."""

from __future__ import annotations

from decimal import Decimal

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.summary import summarise
from guanxi.platform.records.writing import create_record, create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def products(cast: Cast) -> Cast:
    with in_workspace(cast.xishan.pk):
        for name, price, status in (("a", "0.1", "sold"), ("b", "0.2", "sold"), ("c", "1000000.07", "ended")):
            create_record(
                object="product",
                values={"name": name, "price": price, "status": status},
                by=actor(cast.admin),
            )
        create_record(object="product", values={"name": "d", "status": "sold"}, by=actor(cast.admin))
    return cast


def query(text: str = "") -> ListQuery:
    return ListQuery(obj=registry.get("product"), columns=(), filter=parse_filter(text))


def test_sums_are_exact(products: Cast):
    with in_workspace(products.xishan.pk):
        by = actor(products.rep)
        (whole,) = summarise(query(), by=by, sums=("price",))
        assert (whole.count, whole.sums) == (4, {"price": Decimal("1000000.37")})
        parts = summarise(query(), by=by, group=("status",), sums=("price",))
        assert {part.key: (part.count, part.sums["price"]) for part in parts} == {
            ("sold",): (3, Decimal("0.3")),
            ("ended",): (1, Decimal("1000000.07")),
        }
        assert summarise(query("status = ended"), by=by)[0].count == 1
        with pytest.raises(FieldError):
            summarise(query(), by=by, group=("about; DROP TABLE",))
        with pytest.raises(FieldError):
            summarise(query(), by=by, sums=("name",))
    outsider = actor(products.outsider)
    with in_workspace(products.marlin.pk):
        assert summarise(query(), by=outsider)[0].count == 0


def test_sums_beyond_63_bits_are_exact(cast: Cast):
    """Ninety-odd typing errors must not take a list and its board from everybody."""
    price = Amount(Decimal("-9999999999999.01"), "CNY")
    rows = [{"name": f"p{number}", "price": price} for number in range(95)]
    with in_workspace(cast.xishan.pk):
        create_records(object="product", rows=rows, by=actor(cast.admin))
        (whole,) = summarise(query(), by=actor(cast.rep), sums=("price",))
    assert whole.sums == {"price": price.value * 95}
