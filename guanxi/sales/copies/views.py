"""Before a copy is made: what it takes along, and what begins anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import plain_door
from guanxi.sales.copies.actions import COPYINGS, carried, parts_of
from guanxi.sales.deals.actions import copy_deal
from guanxi.sales.orders.actions import copy_order
from guanxi.sales.quotes.actions import copy_quote
from guanxi.web.pages import render_page, toast

COPY: dict[str, Callable[..., Any]] = {"deal": copy_deal, "quote": copy_quote, "order": copy_order}


@plain_door("GET", "POST")
def copy(request: MemberRequest, whole_id: int, name: str) -> HttpResponse:
    """GET what the copy takes along; POST makes it, and goes there."""
    by, obj = request.actor, registry.get(name)
    require(by, "copy", obj)
    require(by, "create", obj)
    record = find_record(obj, whole_id, by=by)
    problems: list[str] = []
    if request.method == "POST":
        try:
            made = COPY[name](record, by=by)
        except InvalidValues as problem:
            problems = [one.message for found in problem.errors.values() for one in found]
        else:
            said = _("This is the copy of %(name)s") % {"name": record}
            return toast(HttpResponseRedirect(record_url(obj, made.pk)), said)
    fields = [obj[one] for one in carried(obj, record, by=by)]
    context = {
        "record": record,
        "back": record_url(obj, record.pk),
        "fields": [one.label for one in fields if one.get(record) not in (None, "", False)],
        "parts": [(one.plural_label, count) for one, count in parts_of(obj, record, by=by)],
        "anew": COPYINGS[name].anew,
        "problems": problems,
    }
    title = _("Copy %(name)s") % {"name": record}
    return render_page(request, "sales/copy.html", context, title=title, status=422 if problems else 200)
