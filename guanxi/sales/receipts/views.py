"""Allocating a receipt: what of it is for which payment plan, and which invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.money import format_money
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import plain_door
from guanxi.sales.orders.views import messages_of, read_number
from guanxi.sales.receipts.actions import allocate
from guanxi.sales.receipts.models import Receipt
from guanxi.sales.receipts.queries import Target, open_targets
from guanxi.web.pages import render_page, toast


@plain_door("GET", "POST")
def allocation(request: MemberRequest, receipt_id: int) -> HttpResponse:
    """What is open of the customer, the oldest first, with what of the receipt would go there."""
    by, obj = request.actor, registry.get("receipt")
    receipt = find_record(obj, receipt_id, by=by, access="edit")
    require(by, "allocate", obj)
    targets = open_targets(receipt, by=by, any_currency=True)
    offered, problems = _offered(receipt, targets), list[str]()
    if request.method == "POST":
        offered = {key: request.POST.get(f"{key[0]}-{key[1]}", "") for key in offered}
        try:
            amounts = {key: read_number(text) for key, text in offered.items()}
            allocate(receipt, amounts, by=by)
        except InvalidValues as problem:
            problems = messages_of(problem)
        else:
            return toast(HttpResponseRedirect(record_url(obj, receipt.pk)), _("Allocated"))
    context = {
        "receipt": receipt,
        "back": record_url(obj, receipt.pk),
        "sides": [
            (str(registry.get(name).plural_label), format_money(left, receipt.amount_currency), [
                _row(one, offered[one.object, one.id]) for one in targets if one.object == name
            ])
            for name, left in (
                ("instalment", receipt.amount - receipt.allocated),
                ("invoice", receipt.amount - receipt.matched),
            )
        ],
        "amount": format_money(receipt.amount, receipt.amount_currency),
        "problems": problems,
    }  # fmt: skip
    title = _("Allocate %(name)s") % {"name": receipt}
    status = 422 if problems else 200
    return render_page(request, "sales/allocate.html", context, title=title, status=status)


def _offered(receipt: Receipt, targets: list[Target]) -> dict[tuple[str, int], str]:
    """The receipt over what is open for the longest, each side by itself; other currencies are left open."""
    left = {"instalment": receipt.amount - receipt.allocated, "invoice": receipt.amount - receipt.matched}
    found: dict[tuple[str, int], str] = {}
    for one in targets:
        same = one.currency == receipt.amount_currency
        part = min(left[one.object], one.open) if same else Decimal(0)
        left[one.object] -= part
        found[one.object, one.id] = plain(part) if part else ""
    return found


def _row(one: Target, offered: str) -> dict[str, Any]:
    return {
        "name": f"{one.object}-{one.id}",
        "title": one.title,
        "href": f"/{registry.get(one.object).plural}/{one.id}/",
        "due": format_date(one.due_on),
        "open": format_money(one.open, one.currency),
        "value": offered,
    }
