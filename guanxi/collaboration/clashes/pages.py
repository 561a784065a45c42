"""The pages of clashes: those that wait, one with its evidence, reporting one, the policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from guanxi.collaboration.clashes.actions import decide_clash, open_clash, set_policy, withdraw_clash
from guanxi.collaboration.clashes.evidence import MOST_LINES, entries_of, works_of
from guanxi.collaboration.clashes.models import Clash
from guanxi.collaboration.clashes.policy import CRITERIA, Proposal, Work, propose
from guanxi.collaboration.clashes.queries import (
    clashes_of,
    find_clash,
    may_decide,
    named_to,
    open_clash_of,
    policy_of,
    precedent_of,
    records_of,
    sees_all,
)
from guanxi.collaboration.timeline.telling import by_day, tell
from guanxi.platform.i18n.numbers import comma_list, format_number
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import member_names
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.entries import Entry
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.titles import titles_of
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

State = Clash.State
PLACE = "/clashes/"


@plain_door("GET")
def clashes(request: MemberRequest) -> HttpResponse:
    """Those that are open and those that were decided, of which the member is part or may decide."""
    by = request.actor
    waiting, done = clashes_of(by), clashes_of(by, state=State.DECIDED)
    names = member_names({member for one in [*waiting, *done] for member in _members(one)})
    titles = _titles([*waiting, *done], by)
    context = {
        "waiting": [_row(one, names, titles, by) for one in waiting],
        "done": [_row(one, names, titles, by) for one in done],
        "administers": by.administers,
    }
    return render_page(request, "collaboration/clashes.html", context, title=_("Clashes"))


@plain_door("GET", "POST")
def new(request: MemberRequest) -> HttpResponse:
    """Report one: ?object=company&id=7, and a second id where both records are known."""
    sent = request.POST if request.method == "POST" else request.GET
    name = sent.get("object", "")
    if not registry.has(name):
        raise NotFound(name)
    obj, by = registry.get(name), request.actor
    ids = [int(one) for one in sent.getlist("id") if one.isdecimal() and len(one) < 20]
    problems: list[str] = []
    if request.method == "POST":
        try:
            clash = open_clash(obj, ids, reason=sent.get("reason", ""), by=by)
        except InvalidValues as problem:
            problems = [one.message for found in problem.errors.values() for one in found]
        else:
            said = _("Reported. Whoever may decide has been told.")
            return toast(HttpResponseRedirect(f"{PLACE}{clash.pk}/"), said)
    records = [find_record(obj, one, by=by) for one in dict.fromkeys(ids)]
    if records and (known := open_clash_of(obj.name, ids)) is not None:
        return HttpResponseRedirect(f"{PLACE}{known.pk}/")
    context = {
        "obj": obj,
        "records": [(one, record_url(obj, one.pk)) for one in records],
        "reason": sent.get("reason", ""),
        "problems": problems,
        "back": record_url(obj, records[0].pk) if records else PLACE,
    }
    status = 422 if problems else 200
    title = _("Report a clash")
    return render_page(request, "collaboration/clash_new.html", context, title=title, status=status)


@plain_door("GET", "POST")
def one(request: MemberRequest, clash_id: int) -> HttpResponse:
    """The evidence, the proposal, precedents; POST decides."""
    by = request.actor
    clash = find_clash(clash_id, by=by)
    problems: list[str] = []
    if request.method == "POST":
        sent = request.POST
        try:
            decide_clash(
                clash,
                owner=_number(sent.get("owner", "")),
                split={one: _number(sent.get(f"share-{one}", "0") or "0") for one in clash.claimants},
                note=sent.get("note", ""),
                keep=sent.get("keep") == "on",
                by=by,
            )
        except InvalidValues as problem:
            problems = [one.message for found in problem.errors.values() for one in found]
        else:
            return toast(HttpResponseRedirect(f"{PLACE}{clash.pk}/"), _("Decided."))
    context = _shown(clash, by) | {"problems": problems, "typed": request.POST if problems else {}}
    status = 422 if problems else 200
    title = _titles([clash], by)[clash.pk]
    return render_page(request, "collaboration/clash.html", context, title=title, status=status)


@plain_door("POST")
def withdraw(request: MemberRequest, clash_id: int) -> HttpResponse:
    """It was none."""
    withdraw_clash(find_clash(clash_id, by=request.actor), by=request.actor)
    return toast(HttpResponseRedirect(PLACE), _("Withdrawn."))


@plain_door("GET", "POST")
def policy(request: MemberRequest) -> HttpResponse:
    """What counts, how far back, and what who has worked on it too keeps; administrators change it."""
    kept = policy_of()
    problems: list[str] = []
    if request.method == "POST":
        sent = request.POST
        order = [sent.get(f"order-{place}", "") for place in range(len(CRITERIA))]
        try:
            days, share = _number(sent.get("days", "")), _number(sent.get("share", ""))
            set_policy(order=order, days=days, share=share, by=request.actor)
        except InvalidValues as problem:
            problems = [one.message for found in problem.errors.values() for one in found]
        else:
            return toast(HttpResponseRedirect(f"{PLACE}policy/"), _("Saved."))
    context = {
        "policy": kept,
        "criteria": [Option(name, _criterion(name)) for name in CRITERIA],
        "problems": problems,
        "may": request.actor.administers,
    }
    status = 422 if problems else 200
    title = _("How clashes are settled")
    return render_page(request, "collaboration/clash_policy.html", context, title=title, status=status)


# What records show of it


def link_of_record(record: Any, obj: Object, by: Actor) -> Entry | None:
    """The way to report that others have this customer too."""
    if not (obj.owned and obj.touched) or by.member_id is None or record.archived_at is not None:
        return None
    return Entry(_("Others claim this too…"), "users-round", _new_url(obj, [record.pk]))


def link_of_pair(left: Any, right: Any, obj: Object, by: Actor) -> Entry | None:
    """Two records of different owners are a clash before they are a duplicate."""
    if not (obj.owned and obj.touched) or by.member_id is None or left.owner_id == right.owner_id:
        return None
    return Entry(_("Two owners: let it be decided"), "users-round", _new_url(obj, [left.pk, right.pk]))


def _new_url(obj: Object, ids: Sequence[int]) -> str:
    return f"{PLACE}new/?{urlencode([('object', obj.name), *(('id', one) for one in ids)])}"


# Drawing


def _shown(clash: Clash, by: Actor) -> dict[str, Any]:
    whole, decides = sees_all(clash, by), clash.state == State.OPEN and may_decide(clash, by)
    entries = entries_of(clash)
    names = _named(clash, member_names(_members(clash)), by)
    works = works_of(clash, entries, policy_of())
    proposal = propose(works, policy_of())
    if clash.state == State.DECIDED:
        works = [_as_kept(one) for one in clash.evidence]
        split = {int(member): percent for member, percent in clash.proposal.get("split", {}).items()}
        given = clash.proposal
        proposal = Proposal(int(given["owner"]), split, given.get("criterion", ""), clash.pattern)
    obj = registry.get(clash.object)
    records = records_of(clash)
    refs = titles_of(((obj.name, one.pk) for one in records), by=by)
    precedent = precedent_of(clash, proposal.pattern, by=by) if whole else None
    titles = _titles([*precedent.latest, *precedent.between], by) if precedent else {}
    # What stands at a record that the reader may not see is not told.
    open_ones = [one for one in entries if (one.object, one.record_id) in refs]
    told = tell(open_ones[-MOST_LINES:], by=by)
    return {
        "clash": clash,
        "obj": obj,
        "records": [
            {
                "ref": refs.get((obj.name, one.pk)),
                "href": record_url(obj, one.pk),
                "owner": str(names.get(one.owner_id, "") or ""),
                "archived": one.archived_at is not None,
            }
            for one in records
        ],
        "works": [
            (one, str(names.get(one.member_id, "")))
            for one in works
            if whole or one.member_id == by.member_id
        ],
        "names": {member: str(name) for member, name in names.items()},
        "claimants": clash.claimants,
        "told": list(by_day(told)),
        "proposal": proposal if whole else None,
        "why": _why(proposal),
        "precedent": precedent,
        "latest": [(one, titles[one.pk]) for one in precedent.latest] if precedent else [],
        "between": _between(precedent.between, titles) if precedent else [],
        "may_decide": decides,
        "may_withdraw": clash.state == State.OPEN and (decides or by.member_id == clash.opened_by_id),
        "may_merge": clash.state == State.DECIDED
        and sum(1 for one in records if one.archived_at is None and (obj.name, one.pk) in refs) > 1
        and by.may("archive", obj.name),
        "merge_url": f"/{obj.plural}/bulk/merge/?{urlencode([('id', one.pk) for one in records])}",
        "days": policy_of().days,
        "shares": _shares({int(member): percent for member, percent in clash.split.items()}, names),
        "proposed": _shares(proposal.split, names),
    }


def _between(found: Sequence[Clash], titles: Mapping[int, str]) -> list[dict[str, Any]]:
    """Cases of the same members: what each was about, and who got it, which all of them know."""
    names = member_names({one.owner_id for one in found if one.owner_id})
    return [
        {"clash": one, "title": titles[one.pk], "owner": str(names.get(one.owner_id or 0, ""))}
        for one in found
    ]


def _titles(found: Sequence[Clash], by: Actor) -> dict[int, str]:
    """What each is called for this reader: by a record that they see, never by another."""
    keys = {one.pk: [(row.object, row.record_id) for row in one.records.all()] for one in found}
    refs = titles_of({key for every in keys.values() for key in every}, by=by)
    return {
        pk: next((refs[key].title for key in every if key in refs), _("A record that you may not see"))
        for pk, every in keys.items()
    }


def _shares(split: Mapping[int, int], names: Mapping[int, Any]) -> str:
    return " · ".join(f"{names.get(one, '')} {format_number(percent)}%" for one, percent in split.items())


def _row(clash: Clash, names: Mapping[int, Any], titles: Mapping[int, str], by: Actor) -> dict[str, Any]:
    return {
        "clash": clash,
        "title": titles[clash.pk],
        "label": registry.get(clash.object).label,
        "claimants": comma_list(_named(clash, names, by)[member] for member in clash.claimants),
        "owner": str(names.get(clash.owner_id or 0, "")),
        "may_decide": clash.state == State.OPEN and may_decide(clash, by),
    }


def _named(clash: Clash, names: Mapping[int, Any], by: Actor) -> dict[int, str]:
    """What each member of it is called for this reader."""
    told, other = named_to(clash, by), _("Somebody else")
    every = (*names, *clash.claimants)
    return {one: str(names.get(one, "")) if one in told else other for one in every}


def _members(clash: Clash) -> set[int]:
    others = (clash.owner_id, clash.opened_by_id, clash.decided_by_id)
    return {*clash.claimants, *(one for one in others if one)}


def _as_kept(one: Mapping[str, Any]) -> Work:
    first = parse_datetime(one["first"]) if one["first"] else None
    counts = {name: int(one[name]) for name in ("active", "visits", "deals", "quotes", "owns")}
    return Work(int(one["member"]), first=first, **counts)


def _criterion(name: str) -> str:
    return {
        "deal": _("Who has opened more deals and made more offers"),
        "active": _("Who has talked to them more often lately"),
        "first": _("Who was there first"),
    }[name]


def _why(proposal: Proposal) -> str:
    """The reason for the proposal, in words."""
    return {
        "deal": _("has opened more deals and made more offers"),
        "active": _("has talked to them more often lately"),
        "first": _("was there first"),
        "": _("owns the record, and nothing else tells them apart"),
    }[proposal.criterion]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise InvalidValues({"split": [FieldError("number", _("Write whole numbers."))]})
    return int(text)
