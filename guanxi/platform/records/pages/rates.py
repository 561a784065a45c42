"""Settings › Exchange rates: what other currencies are worth, by day, and which amounts wait for one."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.models import Rate
from guanxi.platform.i18n.money import currency_codes, currency_name
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.access import Refused
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.pricing import give_rate, waiting_amounts, withdraw_rate
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

ADDRESS = "/settings/rates/"
SHOWN = 300


@plain_door("GET", "POST")
def rates(request: MemberRequest) -> HttpResponse:
    """The rates that are known, the newest first; POST gives one."""
    if not request.actor.administers:
        raise Refused("rate.give")
    if request.method == "GET":
        return _draw(request)
    said = request.POST
    try:
        row = give_rate(
            currency=said.get("currency", ""), day=_day(said.get("day", "")), rate=said.get("rate", ""),
            by=request.actor,
        )  # fmt: skip
    except InvalidValues as problem:
        return _draw(request, problem)
    words = _("%(currency)s has a rate from %(day)s on.") % {"currency": row.currency, "day": row.date}
    return toast(HttpResponseRedirect(ADDRESS), words)


@plain_door("POST")
def withdraw(request: MemberRequest, rate_id: int) -> HttpResponse:
    row = withdraw_rate(rate_id, by=request.actor)
    return toast(HttpResponseRedirect(ADDRESS), _("The rate of %(rate)s is withdrawn.") % {"rate": row})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else timezone.localdate()
    except ValueError as problem:
        raise InvalidValues({"day": [FieldError("day", _("This is not a day."))]}) from problem


def _draw(request: MemberRequest, problem: InvalidValues | None = None) -> HttpResponse:
    own = request.actor.currency
    waiting = waiting_amounts()
    first = waiting[0] if waiting else None
    typed = {name: request.POST.get(name, "") for name in ("currency", "day", "rate")}
    if not problem:
        typed = {
            "currency": first.currency if first else "",
            "day": str((first.since if first else None) or timezone.localdate()),
            "rate": "",
        }
    context = {
        "own": own,
        "rates": list(Rate.objects.order_by("-date", "currency")[:SHOWN]),
        "waiting": waiting,
        "currencies": [
            Option(code, f"{code} · {currency_name(code)}") for code in currency_codes() if code != own
        ],
        "typed": typed,
        "problems": [str(one) for found in problem.errors.values() for one in found] if problem else [],
    }
    return render_page(
        request, "records/rates.html", context, title=_("Exchange rates"), status=422 if problem else 200
    )
