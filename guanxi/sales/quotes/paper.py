"""A quote as its reader holds it: the same words for the page, the customer's page and the PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from guanxi.platform.i18n.capitals import in_capitals
from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.money import currency_digits, format_money
from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.identity.models import Workspace
from guanxi.sales.lines.arithmetic import Sums, taxes
from guanxi.sales.quotes.models import Quote, QuoteLine

LANGUAGES = ("zh-hans", "zh-hant", "en", "both")
"""In which a quote can be printed; "both" is Simplified Chinese with English below it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the sheet, as it is read."""

    title: str
    details: str
    quantity: str
    price: str
    discount: str
    amount: str


@dataclass(frozen=True, slots=True)
class Paper:
    """All words of the sheet in their order.

    words   the total in capital numerals, for CNY in Chinese; ""
    """

    language: str
    firm: str
    title: str
    number: str
    facts: list[tuple[str, list[str]]]
    heads: list[str]
    rows: list[Row]
    totals: list[tuple[str, str]]
    total: tuple[str, str]
    words: str
    terms: list[str]
    sides: tuple[str, str]

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def paper_of(quote: Quote, language: str) -> Paper:
    """The sheet of the quote as it is now, in one of LANGUAGES (any other is English)."""
    both = language == "both"
    chosen = "zh-hans" if both else language if language in LANGUAGES else "en"
    with translation.override(chosen):
        return _written(quote, chosen, _Words(chosen, both))


@dataclass(frozen=True, slots=True)
class _Words:
    """The labels; with English behind them where both are wanted."""

    language: str
    both: bool

    def __call__(self, english: str) -> str:
        said = _(english)
        if not self.both:
            return said
        with translation.override("en"):
            return f"{said} {_(english)}"


def _written(quote: Quote, language: str, say: _Words) -> Paper:
    lines = list(QuoteLine.objects.filter(quote_id=quote.pk, archived_at=None).order_by("position", "pk"))
    digits = currency_digits(quote.currency)
    discounted = any(line.discount_percent for line in lines)
    heads = [
        say(gettext_noop("Item")),
        say(gettext_noop("Quantity")),
        say(gettext_noop("Unit price")),
        say(gettext_noop("Amount")),
    ]
    if discounted:
        heads.insert(3, say(gettext_noop("Discount")))
    chinese = language != "en"
    capital = quote.currency == "CNY" and chinese
    return Paper(
        language=language,
        firm=_firm(quote),
        title=say(gettext_noop("Quotation")),
        number=" · ".join(filter(None, (quote.number or "", f"v{quote.revision}"))),
        facts=[
            (
                say(gettext_noop("Prepared for")),
                [str(one) for one in (quote.company, quote.contact) if one is not None],
            ),
            (say(gettext_noop("Date")), [format_date(quote.quoted_on, year=True)]),
            (say(gettext_noop("Valid until")), [format_date(quote.valid_until, year=True)]),
        ],
        heads=heads,
        rows=[_row(line, quote, digits, discounted=discounted) for line in lines],
        totals=_totals(quote, lines, say),
        total=(say(gettext_noop("Total")), format_money(quote.total, quote.currency, exact=True)),
        words=in_capitals(quote.total, traditional=language == "zh-hant") if capital else "",
        terms=_terms(quote, say),
        sides=(say(gettext_noop("Supplier (seal)")), say(gettext_noop("Customer (seal)"))),
    )


def _row(line: QuoteLine, quote: Quote, digits: int, *, discounted: bool) -> Row:
    amount = line.gross if quote.tax_included else line.net
    unit = f" {line.unit}" if line.unit else ""
    discount = f"{_short(line.discount_percent)}%" if line.discount_percent else "–"
    return Row(
        title=line.title,
        details=(line.details or "").strip(),
        quantity=f"{_short(line.quantity)}{unit}",
        price=_short(line.unit_price or Decimal(0), least=digits),
        discount=discount if discounted else "",
        amount=_short(amount, least=digits),
    )


def _totals(quote: Quote, lines: Sequence[QuoteLine], say: _Words) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if quote.discount_percent:
        found.append((say(gettext_noop("Discount on all")), f"{_short(quote.discount_percent)}%"))
    found.append((say(gettext_noop("Net")), format_money(quote.net, quote.currency, exact=True)))
    label = (
        say(gettext_noop("Tax %(rate)s%%, included"))
        if quote.tax_included
        else say(gettext_noop("Tax %(rate)s%%"))
    )
    by_rate = taxes((line.tax_rate or Decimal(0), line.sums) for line in lines)
    found += [
        (label % {"rate": _short(rate)}, format_money(sums.tax, quote.currency, exact=True))
        for rate, sums in by_rate
        if rate and sums != Sums()
    ]
    return found


def _terms(quote: Quote, say: _Words) -> list[str]:
    named = (
        (say(gettext_noop("Payment")), quote.payment),
        (say(gettext_noop("Delivery")), quote.delivery),
        (say(gettext_noop("Warranty")), quote.warranty),
    )
    found = [f"{label}{_colon()}{text}" for label, text in named if text]
    return found + [part.strip() for part in (quote.about or "").splitlines() if part.strip()]


def _colon() -> str:
    return ": " if translation.get_language() == "en" else "\uff1a"


def _short(value: Decimal, *, least: int = 0) -> str:
    """Without zeros at the end, but with `least` decimals."""
    places = max(least, -int(value.normalize().as_tuple().exponent) if value else 0)
    return format_number(value, digits=places)


def _firm(quote: Quote) -> str:
    return Workspace.objects.get(pk=quote.workspace_id).name
