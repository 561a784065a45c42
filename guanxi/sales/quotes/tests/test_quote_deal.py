from decimal import Decimal

import pytest

from guanxi.platform.events.facts import facts_of
from guanxi.platform.i18n.rates import set_rate
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound
from guanxi.platform.records.access import find_record
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.sales.quotes.actions import copy_quote, quote_deal
from guanxi.sales.quotes.models import QuoteLine
from tests.cast import actor, client_for

REACHED = ("currency", "net", "net_base", "tax", "tax_base", "gross", "gross_base", "total_cost")


def test_a_deal_becomes_a_quote_in_one_step(desk):
    quote = desk.quote
    assert (quote.status, quote.revision, quote.name) == ("draft", 1, "WQ-200 × 4")
    assert quote.number.startswith("Q-")
    assert quote.number.endswith("-0001")
    line = QuoteLine.objects.get(quote=quote)
    assert (line.title, line.unit, line.quantity) == ("WQ-200 在线水质分析仪", "台", 4)
    assert (quote.total, quote.tax, quote.net) == (
        Decimal("208000"),
        Decimal("23929.20"),
        Decimal("184070.80"),
    )
    assert (quote.cost, quote.margin) == (Decimal(124_000), Decimal("32.6"))
    second = quote_deal(desk.deal, by=actor(desk.cast.rep))
    assert str(second.number).endswith("-0002")


def test_the_button_of_the_deal_leads_to_its_quote(desk):
    answer = client_for(desk.cast.rep).post(f"/deals/{desk.deal.pk}/quote/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/quotes/")
    assert client_for(desk.cast.stranger).post(f"/deals/{desk.deal.pk}/quote/").status_code == 404


def test_total_tax_and_margin_follow_lines_and_terms(desk):
    by, quote = actor(desk.cast.rep), desk.quote
    line = QuoteLine.objects.get(quote=quote)
    change_record(line, {"discount_percent": "8"}, by=by)
    quote.refresh_from_db()
    assert quote.total == Decimal("191360")
    quote = change_record(quote, {"tax_included": False}, by=by)
    assert (quote.net, quote.tax, quote.total) == (
        Decimal(191_360),
        Decimal("24876.80"),
        Decimal("216236.80"),
    )
    quote = change_record(quote, {"discount_percent": "10", "currency": "JPY"}, by=by)
    assert (quote.net, quote.tax) == (Decimal(172_224), Decimal(22_389))
    assert sum(one.gross for one in QuoteLine.objects.filter(quote=quote)) == quote.total
    archive_record(line, by=by)
    quote.refresh_from_db()
    assert (quote.total, quote.margin) == (0, None)


@pytest.mark.parametrize("rate", ["7.1234", "0.0472", None])
def test_all_lines_reckoned_at_once_are_what_each_is_when_it_is_saved_alone(desk, rate):
    by = actor(desk.cast.rep)
    if rate:
        set_rate(currency="USD", date=desk.quote.quoted_on, rate=Decimal(rate))
    for at, price in enumerate(("0.3335", "99.99", "1234567.89"), 1):
        asked = {"title": price, "unit_price": price, "quantity": f"-{at}.5", "discount_percent": "12.34"}
        create_record(object="quote_line", values={"quote": desk.quote.pk, **asked}, by=by)
    quote = change_record(desk.quote, {"currency": "USD", "discount_percent": "3.33"}, by=by)
    lines = QuoteLine.objects.filter(quote=quote)
    for line in lines:
        at_once = {name: getattr(line, name) for name in REACHED}
        line.work_out(quote.line_terms(), quote.rate_day())
        assert {name: getattr(line, name) for name in REACHED} == at_once
    assert quote.total == sum(one.gross for one in lines)
    assert {one.gross_base is None for one in lines} == {quote.total_base is None} == {rate is None}


@pytest.mark.parametrize("discount", ["101", "-1", "NaN", "1e9", "half"])
def test_no_discount_is_more_than_all_or_less_than_nothing(desk, discount):
    line = QuoteLine.objects.get(quote=desk.quote)
    with pytest.raises(InvalidValues):
        change_record(line, {"discount_percent": discount}, by=actor(desk.cast.rep))


def test_what_comes_back_is_a_line_with_a_negative_quantity(desk):
    values = {"quote": desk.quote.pk, "product": desk.product.pk, "quantity": "-1"}
    line = create_record(object="quote_line", values=values, by=actor(desk.cast.rep))
    assert (line.gross, line.unit_price) == (Decimal(-52_000), Decimal(52_000))


def test_amounts_that_no_column_holds_are_refused(desk):
    values = {"quote": desk.quote.pk, "title": "All", "quantity": 10**9, "unit_price": 10**12}
    with pytest.raises(InvalidValues):
        create_record(object="quote_line", values=values, by=actor(desk.cast.rep))


def test_a_copy_is_a_draft_with_a_number_of_its_own(desk):
    made = copy_quote(desk.quote, by=actor(desk.cast.rep))
    assert made.number != desk.quote.number
    assert (made.total, made.status, made.deal_id) == (desk.quote.total, "draft", desk.deal.pk)
    told = facts_of("quote", made.pk).first()
    assert told is not None
    assert told.name == "quote.created"


def test_a_line_that_nobody_taxes_is_shown_with_the_others(desk):
    values = {"quote": desk.quote.pk, "title": "Training", "quantity": "1", "unit_price": "100"}
    create_record(object="quote_line", values=values, by=actor(desk.cast.rep))
    answer = client_for(desk.cast.rep).get(f"/quotes/{desk.quote.pk}/")
    assert answer.status_code == 200
    assert "Training" in answer.content.decode()


@pytest.mark.parametrize("who", ["stranger", "outsider"])
def test_others_find_neither_quote_nor_sheet(desk, who):
    browser = client_for(getattr(desk.cast, who))
    for path in ("", "pdf/", "quote_lines/", "sheet/", "versions/"):
        assert browser.get(f"/quotes/{desk.quote.pk}/{path}").status_code == 404
    for path in ("send/", "verbs/submission/"):
        assert browser.post(f"/quotes/{desk.quote.pk}/{path}").status_code == 404
    assert browser.post(f"/lines/quote_lines/{desk.quote.pk}/", {"do": "add"}).status_code == 404
    with pytest.raises(NotFound):
        find_record(registry.get("quote"), desk.quote.pk, by=actor(getattr(desk.cast, who)))
