"""A bundle on a line becomes its parts: the price is kept to the coin, or is that of the parts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata.errors import InvalidValues, NotFound
from guanxi.platform.records.writing import create_record
from guanxi.sales.lines.arithmetic import Asked, Terms, work_out
from guanxi.sales.lines.unfolding import prices_that_keep, unfold
from guanxi.sales.quotes.models import QuoteLine
from tests.cast import actor, client_for

D = Decimal
PARTS = (("Cable", "30", 2), ("Probe", "70", 1))


@pytest.fixture
def line(desk):
    """Three bundles at 99.99 with 10 % off; the parts of one cost 130."""
    admin, rep = actor(desk.cast.admin), actor(desk.cast.rep)
    bundle = create_record(
        object="product", values={"name": "Kit", "price": "99.99", "tax_rate": "13"}, by=admin
    )
    for name, price, many in PARTS:
        values = {"name": name, "price": price, "unit": "pc", "cost": "5", "tax_rate": "6"}
        part = create_record(object="product", values=values, by=admin)
        item = {"bundle": bundle.pk, "product": part.pk, "quantity": many}
        create_record(object="bundle_item", values=item, by=admin)
    given = {"quote": desk.quote.pk, "product": bundle.pk, "quantity": 3, "discount_percent": "10"}
    return create_record(object="quote_line", values=given, by=rep)


def lines_of(quote) -> list[QuoteLine]:
    return list(QuoteLine.objects.filter(quote=quote, archived_at=None).order_by("position"))


def test_the_price_is_kept_by_the_button_of_the_line(desk, line):
    rep = client_for(desk.cast.rep)
    desk.quote.refresh_from_db()
    before, here = desk.quote.total, f"/lines/quote_lines/{desk.quote.pk}/"
    assert f'value="unfold:{line.pk}"' in rep.get(f"/quotes/{desk.quote.pk}/").content.decode()
    for who in ("stranger", "outsider"):
        assert client_for(getattr(desk.cast, who)).post(here, {"do": f"unfold:{line.pk}"}).status_code == 404
    for _twice in range(2):
        assert rep.post(here, {"do": f"unfold:{line.pk}"}).status_code == 302
    desk.quote.refresh_from_db()
    first, cable, probe = lines_of(desk.quote)
    assert desk.quote.total == before
    assert (cable.title, cable.quantity, cable.unit, cable.discount_percent, cable.tax_rate, cable.cost) == (
        "Cable", 6, "pc", 10, 13, 5,
    )  # fmt: skip
    assert cable.gross + probe.gross == line.gross
    assert [one.position for one in (first, cable, probe)] == [1, 2, 3]
    assert "Kit" in (cable.details or "")
    assert [one.verb for one in facts_of("quote_line", line.pk)][-1] == "unfolded"


def test_at_the_prices_of_the_parts_and_through_the_api(desk, line):
    rep = client_for(desk.cast.rep)
    at = f"/api/v1/quote_lines/{line.pk}/priced-unfolding"
    assert client_for(desk.cast.stranger).post(at, "{}", content_type="application/json").status_code == 404
    assert rep.post(at, "{}", content_type="application/json").status_code == 200
    _first, cable, probe = lines_of(desk.quote)
    assert [(one.quantity, one.unit_price, one.tax_rate) for one in (cable, probe)] == [
        (6, 30, 6),
        (3, 70, 6),
    ]
    with pytest.raises(InvalidValues, match="no bundle"):
        unfold(cable, by=actor(desk.cast.rep))
    with pytest.raises(NotFound):
        unfold(cable, by=actor(desk.cast.stranger))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 60), st.integers(0, 10**7), st.integers(0, 100), st.booleans(),
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 10**5)), min_size=1, max_size=6),
)  # fmt: skip
def test_parts_come_to_what_the_bundle_does(many, price, discount, included, parts):
    terms = Terms("CNY", 2, tax_included=included, discount=D(5))
    line = Asked(D(many), D(price) / 100, D(discount), D(13))
    quantities = [D(many * each) for each, _weight in parts]
    try:
        prices = prices_that_keep(line, quantities, [D(weight) for _each, weight in parts], terms)
    except InvalidValues:
        assert min(quantities) > 20  # four decimals of a price are too few for so many
        return
    charged = [
        work_out(Asked(q, p, line.discount, line.tax_rate), terms)
        for q, p in zip(quantities, prices, strict=True)
    ]
    whole = work_out(line, terms)
    assert sum(one.gross if included else one.net for one in charged) == (
        whole.gross if included else whole.net
    )
    assert all(one >= 0 for one in prices)
