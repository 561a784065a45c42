"""Amounts with a currency, and the same amount in the workspace's currency."""

from __future__ import annotations

import decimal
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import currency_codes, currency_digits, parse_money
from guanxi.platform.i18n.rates import convert
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields.base import ORDERED, Context, Field, KeptAs, Operator
from guanxi.platform.metadata.fields.number import figures, from_units, plain, to_units


class Amount(NamedTuple):
    """An amount and its currency (ISO 4217)."""

    value: decimal.Decimal
    currency: str


MOST = 10**13


@dataclass(frozen=True, kw_only=True, eq=False)
class Money(Field):
    """Three columns: NAME (10⁻⁴ units), NAME_currency, and NAME_base in the workspace's currency.

    Sorted, filtered and summed by NAME_base; the model's `derive` fills it with the day's rate.

    shared   the column of the currency, where several amounts of a record are in one (a line's net and tax)
    """

    type: ClassVar[str] = "money"
    kept_as: ClassVar[KeptAs] = "amount"
    operators: ClassVar[tuple[Operator, ...]] = ORDERED
    align: ClassVar[str] = "end"

    adds_up: bool = True
    shared: str = ""

    def found_by(self, value: Any) -> str:
        return "" if value is None else figures(value.value)

    @property
    def currency_column(self) -> str:
        return self.shared or f"{self.name}_currency"

    @property
    def column(self) -> str:
        return f"{self.name}_base"

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.name, self.currency_column)

    def clean(self, value: Any, context: Context) -> Amount | None:
        amount = self._read(value, context)
        if amount is None:
            return None
        if abs(amount.value) > MOST:
            raise FieldError("range", _("%(field)s is too large to be an amount.") % {"field": self.label})
        digits = decimal.Decimal(1).scaleb(-currency_digits(amount.currency))
        return Amount(amount.value.quantize(digits, rounding=decimal.ROUND_HALF_UP), amount.currency)

    def _read(self, value: Any, context: Context) -> Amount | None:
        if value is None or value == "":
            return None
        if isinstance(value, Amount):
            return value
        currency = context.currency
        if isinstance(value, dict):
            if "amount" not in value and value:
                words = {"field": self.label, "part": "amount"}
                raise FieldError("part", _("%(field)s needs “%(part)s”.") % words)
            currency = str(value.get("currency") or currency).upper()
            value = value.get("amount")
            if value is None or value == "":
                return None
        if currency not in currency_codes():
            raise FieldError("currency", _("“%(value)s” is not a currency.") % {"value": currency[:10]})
        if isinstance(value, int | decimal.Decimal) and not isinstance(value, bool):
            return Amount(decimal.Decimal(value), currency)
        parsed = parse_money(str(value), currency)
        if parsed is None:
            raise FieldError("money", _("“%(value)s” is not an amount.") % {"value": str(value)[:40]})
        return Amount(*parsed)

    def operand(self, value: Any, context: Context) -> Any:
        amount = self.clean(value, context)
        return None if amount is None else to_units(amount.value)

    def get(self, record: Any) -> Amount | None:
        value = getattr(record, self.name)
        return None if value is None else Amount(value, getattr(record, self.currency_column))

    def put(self, record: Any, value: Amount | None) -> None:
        setattr(record, self.name, value.value if value else None)
        if value:
            setattr(record, self.currency_column, value.currency)

    def from_row(self, row: Any) -> Amount | None:
        value = from_units(row[0])
        return None if value is None else Amount(value, row[1])

    def to_kept(self, value: Any) -> Any:
        """With the amount in the workspace's currency by today's rate."""
        if value is None:
            return None
        known = convert(value.value, value.currency, timezone.localdate())
        base = to_units(known.amount) if known else None
        return {"amount": to_units(value.value), "currency": value.currency, "base": base}

    def from_kept(self, kept: Any) -> Any:
        amount = from_units(kept["amount"]) if kept else None
        return None if amount is None else Amount(amount, kept["currency"])

    def to_json(self, value: Any) -> Any:
        return None if value is None else {"amount": plain(value.value), "currency": value.currency}

    def from_json(self, value: Any) -> Any:
        return None if value is None else Amount(decimal.Decimal(value["amount"]), value["currency"])
