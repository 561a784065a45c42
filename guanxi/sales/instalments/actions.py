"""The verbs of a payment plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import currency_digits
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.writing import create_record, settle_record
from guanxi.sales.documents import as_kept, locked, refuse_state
from guanxi.sales.instalments.models import CLOSED, Instalment
from guanxi.sales.lines.arithmetic import spread, to_coins

HUNDRED = Decimal(100)


@transaction.atomic
def plan_payments(
    whole: Any, parts: Sequence[tuple[Decimal, date]], *, by: Actor, method: str | None = None
) -> list[Instalment]:
    """Divide what of an order or contract is not planned yet: (percent, day) of each part; returns them.

    Percents that come to 100 give parts that add up to the amount, to the coin. Raises InvalidValues for
    percents that are none, or come to more.
    """
    name = whole.object_name
    amount = whole.amount if name == "order" else whole.total
    currency = getattr(whole, "currency", None) or whole.amount_currency
    there = Instalment.objects.filter(**{name: whole}, archived_at=None).exclude(status="void")
    amount -= sum((one.amount for one in there), Decimal(0))
    shares = [share for share, _day in parts]
    if not parts or any(share <= 0 for share in shares) or sum(shares) > HUNDRED:
        said = _("Percents are above zero and come to 100 at most.")
        raise InvalidValues({"amount": [FieldError("range", said)]})
    if amount <= 0:
        raise InvalidValues({"amount": [FieldError("range", _("All of it is planned already."))]})
    digits = currency_digits(currency)
    rest = HUNDRED - sum(shares)
    amounts = spread(to_coins(amount, digits), [*shares, *([rest] if rest else [])], digits)
    return [
        create_record(
            object="instalment",
            values={
                name: whole.pk, "period": at, "due_on": day, "amount": Amount(value, currency),
                **({"method": method} if method else {}),
            },
            by=by,
        )
        for at, ((_share, day), value) in enumerate(zip(parts, amounts, strict=False), there.count() + 1)
    ]  # fmt: skip


def make_due(instalment: Instalment, *, by: Actor, due_on: Any = None) -> Any:
    """It is to be paid now (a milestone is reached): on that day, or today."""
    current = locked(instalment, by=by)
    if current.status in CLOSED:
        refuse_state(current)
    said = as_kept(registry.get("instalment"), {"due_on": due_on or timezone.localdate()}, by=by)
    return settle_record(current, said, by=by, verb="make_due", stated="due")


def put_off(instalment: Instalment, *, by: Actor, due_on: Any = None) -> Any:
    """It is to be paid on another day than was agreed on; raises InvalidValues without one."""
    current = locked(instalment, by=by)
    if current.status in CLOSED:
        refuse_state(current)
    if not due_on:
        raise InvalidValues({"due_on": [FieldError("required", _("Say until when."))]})
    said = as_kept(registry.get("instalment"), {"due_on": due_on}, by=by)
    return settle_record(current, said, by=by, verb="put_off", stated="put_off")


def void(instalment: Instalment, *, by: Actor) -> Any:
    """It is not expected any more; raises InvalidValues where something has come in."""
    current = locked(instalment, by=by)
    if current.status in CLOSED:
        refuse_state(current)
    current.verify_archiving()
    return settle_record(current, {"status": "void"}, by=by, verb="void", stated="voided")
