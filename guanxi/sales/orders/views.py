"""Screens of an order that are more than a form of its fields: what goes out, and what comes back."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import plain_door
from guanxi.sales.contracts.actions import contract_of_deal
from guanxi.sales.orders.actions import deliver, delivered_of, order_deal, order_quote, rest_of
from guanxi.web.pages import render_page, toast

SAID = ("carrier", "tracking", "reason")


@plain_door("GET", "POST")
def delivery(request: MemberRequest, order_id: int) -> HttpResponse:
    """How many of which lines go out now, all that is left unless somebody says less."""
    return _parcel(request, order_id, kind="out", verb="deliver")


@plain_door("GET", "POST")
def take_back(request: MemberRequest, order_id: int) -> HttpResponse:
    """How many of which lines come back."""
    return _parcel(request, order_id, kind="back", verb="take_back")


@plain_door("GET", "POST")
def from_deal(request: MemberRequest, deal_id: int) -> HttpResponse:
    """An order of a deal: POST makes it, as a draft with the deal's lines."""
    return _made_of(request, "deal", deal_id, "order", order_deal)


@plain_door("GET", "POST")
def from_quote(request: MemberRequest, quote_id: int) -> HttpResponse:
    """An order of a quote: POST makes it, as a draft with the quote's terms and lines."""
    return _made_of(request, "quote", quote_id, "order", order_quote)


@plain_door("GET", "POST")
def contract_from_deal(request: MemberRequest, deal_id: int) -> HttpResponse:
    """A contract of a deal: POST makes it, as a draft with the deal's amount."""
    return _made_of(request, "deal", deal_id, "contract", contract_of_deal)


def _made_of(request: MemberRequest, of: str, deal_id: int, name: str, make: Any) -> HttpResponse:
    by, target = request.actor, registry.get(name)
    obj = registry.get(of)
    deal = find_record(obj, deal_id, by=by, access="edit")
    require(by, "create", target)
    problems: list[str] = []
    if request.method == "POST":
        try:
            made = make(deal, by=by)
        except InvalidValues as problem:
            problems = messages_of(problem)
        else:
            said = _("Made %(name)s") % {"name": made}
            return toast(HttpResponseRedirect(record_url(target, made.pk)), said)
    context = {
        "deal": deal,
        "deal_url": record_url(obj, deal.pk),
        "target": target,
        "lines": list(deal.lines.filter(archived_at=None).order_by("position", "id")),
        "problems": problems,
    }
    title = _("New %(object)s") % {"object": target.label.within}
    status = 422 if problems else 200
    return render_page(request, "sales/from_deal.html", context, title=title, status=status)


def _parcel(request: MemberRequest, order_id: int, *, kind: str, verb: str) -> HttpResponse:
    by, obj = request.actor, registry.get("order")
    order = find_record(obj, order_id, by=by, access="edit")
    require(by, verb, obj)
    lines = rest_of(order) if kind == "out" else delivered_of(order)
    sent, problems = request.POST, list[str]()
    if request.method == "POST":
        try:
            quantities = {line.pk: read_number(sent.get(f"line-{line.pk}", "")) for line, _rest in lines}
            said = {name: sent.get(name, "").strip() for name in SAID}
            day = sent.get("shipped_on", "") or None
            made = deliver(order, quantities, by=by, kind=kind, shipped_on=day, **said)
        except InvalidValues as problem:
            problems = messages_of(problem)
        else:
            words = _("Made %(name)s") % {"name": made}
            return toast(HttpResponseRedirect(record_url(registry.get("delivery"), made.pk)), words)
    context = {
        "order": order,
        "order_url": record_url(obj, order.pk),
        "kind": kind,
        "lines": [
            (line, plain(rest), sent.get(f"line-{line.pk}", plain(rest) if kind == "out" else ""))
            for line, rest in lines
        ],
        "typed": {name: sent.get(name, "") for name in SAID},
        "today": sent.get("shipped_on", "") or timezone.localdate().isoformat(),
        "problems": problems,
    }
    title = _("Deliver %(name)s") if kind == "out" else _("Take back from %(name)s")
    status = 422 if problems else 200
    return render_page(request, "sales/parcel.html", context, title=title % {"name": order}, status=status)


def read_number(text: str) -> Decimal:
    """A number as it was typed, nothing as 0; raises InvalidValues for what is none."""
    try:
        found = Decimal(text.replace(",", "").replace("\uff0c", "").strip() or "0")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        said = _("“%(value)s” is not a number.") % {"value": text[:40]}
        raise InvalidValues({"quantity": [FieldError("number", said)]})
    return found


def messages_of(problem: InvalidValues) -> list[str]:
    return [one.message for found in problem.errors.values() for one in found]
