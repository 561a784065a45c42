"""Counts and sums in words, as lists and groups say them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Field, Money
from guanxi.platform.records.summary import Group


def total_words(field: Field, whole: Group, by: Actor) -> str:
    """One sum; amounts that have no rate yet can't be in it, and it says how many those are."""
    total, unpriced = whole.sums[field.name], whole.unpriced[field.name]
    if not isinstance(field, Money):
        return format_number(total)
    said = format_money(total, by.currency)
    if not unpriced:
        return said
    return _("%(total)s (without %(count)s that have no exchange rate)") % {
        "total": said,
        "count": format_number(unpriced),
    }
