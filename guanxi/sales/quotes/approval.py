"""Whether a quote needs somebody's approval, and why."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.automation.approvals.processes import process_for
from guanxi.platform.events.facts import state_fact
from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.i18n.rates import own_currency
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.metadata.fields.number import plain
from guanxi.sales.quotes.models import Quote, QuoteLine, QuotePolicy

LIMITS = ("most_discount", "least_margin", "most_total")
HUNDRED = Decimal(100)


def policy() -> QuotePolicy:
    """The workspace's limits; until somebody sets them 5 % of discount, 20 % of margin, any amount."""
    found = QuotePolicy.objects.first()
    return found or QuotePolicy(most_discount=Decimal(5), least_margin=Decimal(20))


def needs_approval(quote: Quote) -> bool:
    """Whether a limit is passed, or a process of approval applies to it."""
    return bool(reasons_for_approval(quote)) or process_for(registry.get("quote"), quote) is not None


def reasons_for_approval(quote: Quote) -> list[str]:
    """Sentences, one for each limit that is passed; [] where nobody needs to be asked."""
    limits, found = policy(), []
    discount = largest_discount(quote)
    if limits.most_discount is not None and discount > limits.most_discount:
        words = _("A discount of %(discount)s%% is above %(limit)s%%.")
        found.append(words % {"discount": _shown(discount), "limit": _shown(limits.most_discount)})
    least, margin = limits.least_margin, quote.margin if quote.cost else None
    if least is not None and margin is not None and margin < least:
        words = _("A margin of %(margin)s%% is below %(limit)s%%.")
        found.append(words % {"margin": _shown(margin), "limit": _shown(least)})
    if limits.most_total is not None and (quote.total_base or Decimal(0)) > limits.most_total:
        words = _("The total is above %(limit)s.")
        found.append(words % {"limit": format_money(limits.most_total, own_currency())})
    return found


def largest_discount(quote: Quote) -> Decimal:
    """Off the list price, in percent: by the price of a line, its discount and that of the whole."""
    rows = QuoteLine.objects.filter(quote_id=quote.pk, archived_at=None)
    found = [
        _given_up(listed, asked, line_discount, quote.discount_percent or Decimal(0))
        for listed, asked, line_discount in rows.values_list("list_price", "unit_price", "discount_percent")
    ]
    return max(found, default=Decimal(0))


def _given_up(listed: Decimal | None, asked: Decimal | None, *discounts: Decimal) -> Decimal:
    kept = Decimal(1)
    for one in discounts:
        kept *= (HUNDRED - (one or Decimal(0))) / HUNDRED
    if listed and asked is not None and asked < listed:
        kept *= asked / listed
    return ((1 - kept) * HUNDRED).quantize(Decimal("0.01"))


@transaction.atomic
def set_policy(values: Mapping[str, Decimal | None], *, by: Actor) -> QuotePolicy:
    """Other limits; raises Refused for who does not administer, InvalidValues for what is no limit."""
    if not by.administers:
        raise Refused("quote_policy.change")
    for name in ("most_discount", "least_margin"):
        value = values.get(name)
        if value is not None and not -HUNDRED <= value <= HUNDRED:
            raise InvalidValues({name: [FieldError("range", _("That is no share in percent."))]})
    row = QuotePolicy.objects.select_for_update().first() or QuotePolicy()
    before = {name: getattr(row, name) for name in LIMITS}
    for name in LIMITS:
        setattr(row, name, values.get(name))
    row.version += 1
    row.save()
    changes = {
        name: [_kept(before[name]), _kept(values.get(name))]
        for name in LIMITS
        if before[name] != values.get(name)
    }
    if changes:
        title = _("Approval of quotes")
        state_fact(
            "quote_policy", "changed", row.pk, by=by, title=title, changes=changes, version=row.version
        )
    return row


def _kept(value: Decimal | None) -> Any:
    return None if value is None else plain(value)


def _shown(value: Decimal) -> str:
    return format_number(value)
