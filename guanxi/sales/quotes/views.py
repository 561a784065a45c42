"""Special screens of quotes: one step from a deal, the PDF, links, and the limits under Settings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.doors import administrator_required
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.pages.doors import plain_door
from guanxi.sales.quotes.actions import quote_deal, send_quote
from guanxi.sales.quotes.approval import LIMITS, policy, set_policy
from guanxi.sales.quotes.links import link_url
from guanxi.sales.quotes.paper import LANGUAGES
from guanxi.sales.quotes.printing import print_quote
from guanxi.sales.quotes.public import pdf_response
from guanxi.web.pages import render_page, toast

SETTINGS = "/settings/quotes/"


@plain_door("POST")
def from_deal(request: MemberRequest, deal_id: int) -> HttpResponse:
    """A quote of the deal, and its page."""
    by = request.actor
    deal = find_record(registry.get("deal"), deal_id, by=by)
    quote = quote_deal(deal, by=by)
    said = _("%(number)s is ready to be filled in") % {"number": quote.number}
    return toast(HttpResponseRedirect(record_url(registry.get("quote"), quote.pk)), said)


@plain_door("GET")
def pdf(request: MemberRequest, quote_id: int) -> HttpResponse:
    """The sheet on A4; ?language= one of paper.LANGUAGES."""
    quote = find_record(registry.get("quote"), quote_id, by=request.actor)
    asked = request.GET.get("language", "")
    language = asked if asked in LANGUAGES else translation.get_language() or "en"
    return pdf_response(print_quote(quote, language), quote)


@plain_door("POST")
def verb(request: MemberRequest, quote_id: int, noun: str) -> HttpResponse:
    """Submit, withdraw, approve, send back: a button of the page."""
    by, obj = request.actor, registry.get("quote")
    declared = next((one for one in obj.verbs if one.noun == noun), None)
    if declared is None:
        raise Http404
    quote = find_record(obj, quote_id, by=by)
    values = {name: request.POST[name] for name in declared.takes if name in request.POST}
    done = declared.run(quote, values, by=by)
    said = _("%(verb)s: %(name)s") % {"verb": declared.label, "name": done}
    return toast(HttpResponseRedirect(record_url(obj, done.pk)), said)


@plain_door("POST")
def send(request: MemberRequest, quote_id: int) -> HttpResponse:
    """To the addresses that were typed, or to nobody: then the link is shown once, to be handed over."""
    by, obj = request.actor, registry.get("quote")
    quote = find_record(obj, quote_id, by=by)
    to = [one for one in request.POST.get("to", "").replace(";", ",").split(",") if one.strip()]
    context = field_context(by)
    try:
        emails: Any = registry.get("contact")["emails"].clean([{"email": one.strip()} for one in to], context)
    except FieldError as problem:
        raise InvalidValues({"to": [problem]}) from problem
    addresses = [one["email"] for one in emails or []]
    sent = send_quote(quote, by=by, to=addresses, note=request.POST.get("note", "")[:2_000])
    if addresses:
        said = _("Sent to %(addresses)s") % {"addresses": comma_list(addresses)}
        return toast(HttpResponseRedirect(record_url(obj, quote.pk)), said)
    shown = {"record": sent, "obj": obj, "link": link_url(sent.link), "back": record_url(obj, quote.pk)}
    return render_page(request, "sales/quotes/link.html", shown, title=_("The customer's link"))


@administrator_required
def limits(request: MemberRequest) -> HttpResponse:
    """Settings › Quotes: when an approval is needed."""
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    typed: dict[str, str] = {}
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in LIMITS}
        errors = _set(request, typed)
        if not errors:
            return toast(HttpResponseRedirect(SETTINGS), _("Saved"))
    now = policy()
    context = {
        "values": typed or {name: _said(getattr(now, name)) for name in LIMITS},
        "errors": errors,
        "currency": request.actor.currency,
    }
    title, status = _("Approval of quotes"), 422 if errors else 200
    return render_page(request, "sales/quotes/limits.html", context, title=title, status=status)


def _set(request: MemberRequest, typed: dict[str, str]) -> dict[str, str]:
    field, context = registry.get("quote")["discount_percent"], field_context(request.actor)
    number = registry.get("quote")["cost"]
    values, errors = {}, {}
    for name, said in typed.items():
        try:
            values[name] = (field if name == "most_discount" else number).clean(said.strip(), context)
        except FieldError as problem:
            errors[name] = problem.message
    if errors:
        return errors
    try:
        set_policy(values, by=request.actor)
    except InvalidValues as problem:
        return {name: " ".join(one.message for one in found) for name, found in problem.errors.items()}
    return {}


def _said(value: Decimal | None) -> str:
    return "" if value is None else plain(value)
