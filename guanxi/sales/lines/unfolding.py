"""A bundle on a line becomes its parts: at the parts' own prices, or with the price of the bundle kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import EDIT, require_editable, right_of
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.writing import archive_record, create_record
from guanxi.sales.lines.arithmetic import Asked, Terms, work_out
from guanxi.sales.products.models import BundleItem

ZERO, HUNDRED = Decimal(0), Decimal(100)
SMALLEST = Decimal("0.0001")  # what a unit price can say
PRICED = ("quantity", "unit_price", "discount_percent", "tax_rate")


def unfold(line: Any, *, by: Actor) -> Any:
    """Each part on a line of its own, and together they cost what the bundle does; returns the old line.

    The price is divided in proportion to the parts' own prices; discount and tax stay the bundle's. Raises
    InvalidValues for what is no bundle, and where no unit prices come to that amount.
    """
    return _unfold(line, by=by, keeps=True)


def unfold_at_prices(line: Any, *, by: Actor) -> Any:
    """Each part on a line of its own at its own price, with its own tax; the bundle's discount stays."""
    return _unfold(line, by=by, keeps=False)


def is_bundle(line: Any, by: Actor) -> bool:
    """Whether the line's product has parts."""
    return line.product_id is not None and bool(bundles_among([line.product_id]))


def bundles_among(product_ids: Iterable[int]) -> set[int]:
    """Those of the products that are bundles."""
    rows = BundleItem.objects.filter(bundle__in=list(product_ids), archived_at=None)
    return set(rows.values_list("bundle", flat=True))


@transaction.atomic
def _unfold(line: Any, *, by: Actor, keeps: bool) -> Any:
    obj = registry.get(line.object_name)
    require(by, "change", obj)
    require_editable(obj, PRICED, by)
    current = find_record(obj, line.pk, by=by, access="edit", lock=True)
    if current.archived_at is not None:  # asked twice
        return current
    items = _items_of(current)
    quantities = [current.quantity * one.quantity for one in items]
    known = [
        current.document.price_line(one.product, many) for one, many in zip(items, quantities, strict=True)
    ]
    prices = [one.get("unit_price") for one in known]
    rates = [one.get("tax_rate", item.product.tax_rate) for one, item in zip(known, items, strict=True)]
    if keeps:
        prices = list(prices_that_keep(current.asked(), quantities, prices, current.document.line_terms()))
        rates = [current.tax_rate] * len(items)
    place = _make_room(obj, current, len(items), by=by)
    for at, item in enumerate(items):
        values = {
            "product": item.product_id, "title": item.product.name, "unit": item.product.unit,
            "quantity": quantities[at], "unit_price": prices[at], "tax_rate": rates[at],
            "discount_percent": current.discount_percent, "position": place + at,
            "details": _("Part of %(name)s") % {"name": current.title},
        }  # fmt: skip
        given = {
            name: value
            for name, value in values.items()
            if value is not None and right_of(obj, name, by) == EDIT
        }
        create_record(object=obj.name, values={**given, obj.part_of: current.document.pk}, by=by)
    archived = archive_record(current, by=by)
    data, about = {"kept": keeps}, current.concerns()
    state_fact(obj.name, "unfolded", current.pk, by=by, title=str(current), data=data, about=about)
    return archived


def _items_of(line: Any) -> list[BundleItem]:
    rows = BundleItem.objects.filter(bundle=line.product_id, archived_at=None).select_related("product")
    items = list(rows.order_by("sort_key", "pk")) if line.product_id else []
    if not items:
        said = _("“%(name)s” is no bundle.") % {"name": line.title}
        raise InvalidValues({"product": [FieldError("bundle", said)]})
    return items


def prices_that_keep(
    line: Asked, quantities: Sequence[Decimal], weights: Sequence[Decimal | None], terms: Terms
) -> list[Decimal]:
    """Unit prices at which quantities come to what a line charges, with its discount and tax.

    weights   what one of each costs by itself; all nothing: they share equally
    Raises InvalidValues where prices of four decimals can't come to it.
    """
    shares = [many * (each or ZERO) for many, each in zip(quantities, weights, strict=True)]
    if not sum(shares):
        shares = [Decimal(1) if many else ZERO for many in quantities]
    whole, of = line.quantity * line.unit_price, sum(shares)
    prices = [
        (whole * share / of / many).quantize(SMALLEST, rounding=ROUND_HALF_UP) if many and of else ZERO
        for share, many in zip(shares, quantities, strict=True)
    ]
    wanted = _charged([(line.quantity, line.unit_price)], line, terms)
    left = wanted - _charged(zip(quantities, prices, strict=True), line, terms)
    if not left:
        return prices
    kept = (HUNDRED - line.discount) * (HUNDRED - terms.discount) / (HUNDRED * HUNDRED)
    for at in sorted(range(len(prices)), key=lambda one: abs(quantities[one])):
        if not quantities[at] or not kept:
            continue
        tried = list(prices)
        # From the middle of the coin that is wanted: a price at its edge is rounded to the next one.
        asked = _charged([(quantities[at], prices[at])], line, terms) + left
        tried[at] = (asked / quantities[at] / kept).quantize(SMALLEST, rounding=ROUND_HALF_UP)
        if tried[at] >= 0 and _charged(zip(quantities, tried, strict=True), line, terms) == wanted:
            return tried
    said = _("No prices of the parts come to exactly this amount. Unfold it at the parts' own prices.")
    raise InvalidValues({"unit_price": [FieldError("bundle", said)]})


def _charged(priced: Iterable[tuple[Decimal, Decimal]], line: Asked, terms: Terms) -> Decimal:
    """What is charged for these at these prices: with the tax where prices have it in them."""
    sums = [work_out(Asked(many, price, line.discount, line.tax_rate), terms) for many, price in priced]
    return sum((one.gross if terms.tax_included else one.net for one in sums), ZERO)


def _make_room(obj: Object, line: Any, count: int, *, by: Actor) -> int:
    """Put the lines of the document in order with room for `count` in the place of one; returns the place."""
    rows = obj.model_class.objects.filter(**{obj[obj.part_of].column: line.document.pk}, archived_at=None)
    lines = list(rows.order_by("position", "pk").values_list("pk", "position"))
    here = next(at for at, (key, _position) in enumerate(lines) if key == line.pk)
    wanted = {key: at + 1 if at <= here else at + count for at, (key, _position) in enumerate(lines)}
    wishes = [Wish(key, {"position": wanted[key]}) for key, position in lines if position != wanted[key]]
    if wishes:
        change_many(obj, wishes, by=by)
    return here + 1
