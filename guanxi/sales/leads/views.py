"""The page on which a lead becomes a customer: which company, which contact, which deal."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from guanxi.people.companies.objects import COMPANY
from guanxi.people.contacts.objects import CONTACT
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.controls import control_of, raw_of, read_sent
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.pages.forms import told_alike
from guanxi.platform.records.pages.histories import keys_of
from guanxi.platform.records.titles import titles_of
from guanxi.sales.leads.actions import NEW, NONE, convert_lead
from guanxi.sales.leads.models import Lead
from guanxi.sales.leads.objects import LEAD
from guanxi.sales.leads.queries import alike_of
from guanxi.web.pages import render_page, toast

DEALING = ("interest", "amount", "product")
OTHER = "other"


def conversion(request: HttpRequest, record_id: int) -> HttpResponseBase:
    """GET shows what is here already and what would be made; POST converts."""
    return _conversion(request, record_id)


@plain_door("GET", "POST")
def _conversion(request: MemberRequest, record_id: int) -> HttpResponse:
    by, obj = request.actor, registry.get(LEAD.name)
    require(by, "convert", obj)
    lead = find_record(obj, record_id, by=by, access="edit")
    if request.method == "GET":
        return _draw(request, lead)
    sent = request.POST
    chosen = {name: _chosen(request, name) for name in ("company", "contact")}
    given = {name: read_sent(LEAD[name], sent) for name in DEALING if name in sent}
    given = {
        name: one["id"] if name == "product" and isinstance(one, dict) else one for name, one in given.items()
    }
    try:
        done = convert_lead(lead, by=by, **chosen, deal=sent.get("deal") or NEW, **given)
    except InvalidValues as problem:
        request.raised = True
        return _draw(request, lead, problem)
    undo = f"/undo/batch/{done.conversion_id}/"
    said = _("%(name)s is a customer now") % {"name": done}
    target = ("deal", done.deal_id) if done.deal_id else ("contact", done.contact_id)
    return toast(HttpResponseRedirect(record_url(registry.get(target[0]), target[1])), said, undo=undo)


def _chosen(request: MemberRequest, name: str) -> str:
    """What was chosen: "new", "none", an id, or the one that was searched for."""
    said = request.POST.get(name, NEW)
    return request.POST.get(f"{name}-other", "") or NEW if said == OTHER else said


def _draw(request: MemberRequest, lead: Lead, problem: InvalidValues | None = None) -> HttpResponse:
    by, sent = request.actor, request.POST
    refs = titles_of({key for one in LEAD.fields for key in keys_of(one, one.get(lead))}, by=by)
    raws = {
        name: read_sent(LEAD[name], sent) if sent else raw_of(LEAD[name], LEAD[name].get(lead))
        for name in DEALING
    }
    if not raws["interest"]:
        raws["interest"] = lead.interest or lead.company_name or lead.name
    context = {
        "obj": LEAD,
        "lead": lead,
        "company": _part(COMPANY, lead, lead.company_name or "", sent.get("company"), refs, by),
        "contact": _part(CONTACT, lead, lead.name, sent.get("contact"), refs, by),
        "deal": sent.get("deal") or NEW,
        "controls": [control_of(LEAD[name], raws[name], by=by, refs=refs) for name in DEALING],
        "problems": [one.message for found in problem.errors.values() for one in found] if problem else [],
        "back": record_url(LEAD, lead.pk),
        "NEW": NEW,
        "NONE": NONE,
        "OTHER": OTHER,
    }
    title = _("Convert %(name)s") % {"name": lead}
    return render_page(request, "sales/conversion.html", context, title=title, status=422 if problem else 200)


def _part(obj: Object, lead: Lead, title: str, sent: str | None, refs: Any, by: Actor) -> dict[str, Any]:
    """What can be chosen for one of the three, the best first."""
    known = refs.get((obj.name, getattr(lead, f"{obj.name}_id")))
    found = [] if known else told_alike(alike_of(lead, obj, by=by))
    seen = [one for one, _url in found if one.ref is not None]
    first = (
        str(known.id) if known else str(seen[0].ref.id) if seen and seen[0].ref else NEW if title else NONE
    )
    return {
        "obj": obj,
        "title": title,
        "known": known,
        "alike": found,
        "chosen": sent or first,
        "find_url": f"/{obj.plural}/find/",
        "may_make": by.may("create", obj.name) and bool(title),
    }
