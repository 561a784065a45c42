"""Asking for an invoice of an order or a contract: which kind, made out to whom, how much of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.controls import choices_of
from guanxi.platform.records.pages.doors import plain_door
from guanxi.sales.invoices.making import invoice_contract, invoice_order
from guanxi.sales.invoices.models import InvoiceTitle
from guanxi.sales.orders.views import messages_of, read_number
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast


@plain_door("GET", "POST")
def request_invoice(request: MemberRequest, whole_id: int, name: str) -> HttpResponse:
    """What is not invoiced yet, or less; the request then goes its way."""
    by, obj, target = request.actor, registry.get(name), registry.get("invoice")
    whole = find_record(obj, whole_id, by=by, access="edit")
    require(by, "invoice", obj)
    require(by, "create", target)
    agreed, currency = (
        (whole.amount, whole.currency) if name == "order" else (whole.total, whole.amount_currency)
    )
    rest, sent, problems = agreed - whole.invoiced, request.POST, list[str]()
    if request.method == "POST":
        try:
            asked = read_number(sent.get("amount", ""))
            said: dict[str, Any] = {
                "kind": sent.get("kind", ""),
                "billed_to": read_whole(sent.get("billed_to", "")),
            }
            make: Any = invoice_order if name == "order" else invoice_contract
            made = make(whole, by=by, amount=None if asked == rest else asked, **said)
        except InvalidValues as problem:
            problems = messages_of(problem)
        else:
            words = _("Made %(name)s") % {"name": made}
            return toast(HttpResponseRedirect(record_url(target, made.pk)), words)
    titles = InvoiceTitle.objects.filter(company_id=whole.company_id, archived_at=None).order_by("pk")
    context = {
        "whole": whole,
        "back": record_url(obj, whole.pk),
        "kinds": choices_of(target["kind"], by),
        "kind": sent.get("kind", "e_ordinary"),
        "titles": [Option(str(one.pk), f"{one.name} {one.tax_no or ''}".strip()) for one in titles],
        "billed_to": sent.get("billed_to", ""),
        "amount": sent.get("amount", plain(rest)),
        "currency": currency,
        "agreed": format_money(agreed, currency),
        "invoiced": format_money(whole.invoiced, currency),
        "problems": problems,
    }
    title = _("Request an invoice for %(name)s") % {"name": whole}
    status = 422 if problems else 200
    return render_page(request, "sales/invoice_request.html", context, title=title, status=status)
