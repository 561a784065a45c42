"""The currency of a document whose amounts follow from its lines."""

from guanxi.platform.i18n.labels import L
from guanxi.platform.i18n.money import USUAL, currency_codes
from guanxi.platform.i18n.rates import own_currency
from guanxi.platform.metadata.fields import Choice, Option

CURRENCIES = tuple(
    Option(code, L(code, code, code)) for code in dict.fromkeys((*USUAL, *sorted(currency_codes())))
)


def currency_field() -> Choice:
    return Choice(
        name="currency",
        label=L("Currency", "币种", "幣別"),
        options=CURRENCIES,
        default=own_currency,
        synonyms=("currency code", "货币", "貨幣"),
    )
