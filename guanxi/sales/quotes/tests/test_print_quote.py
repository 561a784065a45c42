from decimal import Decimal

import pypdfium2
import pytest

from guanxi.platform.records.writing import change_record, create_records
from guanxi.sales.quotes.models import QuoteLine
from guanxi.sales.quotes.printing import print_quote
from tests.cast import actor, client_for


def text_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    try:
        return len(document), "".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ("报价单", "人民币贰拾万捌仟元整", "青禾水务集团")),
        ("zh-hant", ("報價單", "人民幣貳拾萬捌仟元整")),
        ("en", ("Quotation", "Total", "208,000.00")),
        ("both", ("报价单", "Quotation", "合计", "Total", "人民币贰拾万捌仟元整")),
    ],
)
def test_the_sheet_is_in_the_language_that_was_asked_for(desk, language, words):
    pages, text = text_of(print_quote(desk.quote, language))
    assert pages == 1
    plain = text.replace(" ", "").replace("\r\n", "")
    for one in (*words, desk.quote.number):
        assert one.replace(" ", "") in plain


def test_nothing_that_was_typed_is_markup(desk):
    line = QuoteLine.objects.get(quote=desk.quote)
    change_record(line, {"title": '#read("/etc/passwd") *x* $ @ <a> \\'}, by=actor(desk.cast.rep))
    _pages, text = text_of(print_quote(desk.quote, "en"))
    assert '#read("/etc/passwd")' in text.replace("\u201c", '"').replace("\u201d", '"')


def test_long_quotes_have_their_head_on_every_page(desk):
    rows = [
        {"quote": desk.quote.pk, "title": f"Part {at}", "unit_price": Decimal(3), "position": at}
        for at in range(120)
    ]
    create_records(object="quote_line", rows=rows, by=actor(desk.cast.rep))
    pages, text = text_of(print_quote(desk.quote, "en"))
    assert pages > 2
    assert text.count("Unit price") == pages


def test_who_may_see_the_quote_gets_its_pdf(desk):
    answer = client_for(desk.cast.manager).get(f"/quotes/{desk.quote.pk}/pdf/?language=en")
    assert answer.headers["Content-Type"] == "application/pdf"
