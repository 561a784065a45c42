"""Planning the payments of an order or a contract: percents and days."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import plain_door
from guanxi.sales.instalments.actions import plan_payments
from guanxi.sales.orders.views import messages_of, read_number
from guanxi.web.pages import render_page, toast

PARTS = 6
USUAL = ((30, 0), (60, 30), (10, 90))  # percent, days from today


@plain_door("GET", "POST")
def plan(request: MemberRequest, whole_id: int, name: str) -> HttpResponse:
    """Up to six payments in percent of what is not planned yet."""
    by, obj = request.actor, registry.get(name)
    whole = find_record(obj, whole_id, by=by, access="edit")
    require(by, "plan", obj)
    require(by, "create", registry.get("instalment"))
    today, sent, problems = timezone.localdate(), request.POST, list[str]()
    rows = [
        (str(USUAL[at][0]), (today + timedelta(days=USUAL[at][1])).isoformat())
        if at < len(USUAL)
        else ("", "")
        for at in range(PARTS)
    ]
    if request.method == "POST":
        rows = [
            (sent.get(f"share-{at}", "").strip(), sent.get(f"day-{at}", "").strip()) for at in range(PARTS)
        ]
        try:
            made = plan_payments(whole, [_part(*row) for row in rows if row[0]], by=by)
        except InvalidValues as problem:
            problems = messages_of(problem)
        else:
            said = _("%(count)s payments planned") % {"count": len(made)}
            return toast(HttpResponseRedirect(record_url(obj, whole.pk, "instalments")), said)
    context = {"whole": whole, "back": record_url(obj, whole.pk), "rows": rows, "problems": problems}
    title = _("Plan the payments of %(name)s") % {"name": whole}
    status = 422 if problems else 200
    return render_page(request, "sales/plan.html", context, title=title, status=status)


def _part(share: str, day: str) -> tuple[Decimal, date]:
    try:
        return read_number(share), date.fromisoformat(day)
    except ValueError as problem:
        raise InvalidValues(
            {"due_on": [FieldError("day", _("Say by when each is to be paid."))]}
        ) from problem
