"""The pages of sharing: who sees a record, asking for one, rules, hand-over, and what a role would change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Role
from guanxi.platform.identity.queries import member_names, working_members
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.identity.views.members import team_options
from guanxi.platform.identity.views.roles import read_grid
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import record_url, with_query
from guanxi.platform.records.filters import FilterSyntaxError, parse_filter
from guanxi.platform.records.filters.words import keys_in, parts_of, words_of
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.records.pages.doors import object_door, plain_door
from guanxi.platform.records.questions import ask
from guanxi.platform.records.sharing.actions import end_share, may_share, share_record
from guanxi.platform.records.sharing.grantees import To, grantee_options, names_of, read_grantee
from guanxi.platform.records.sharing.handing import (
    SHARES,
    owned_counts,
    require_hand_over,
    start_hand_over,
    start_undo,
)
from guanxi.platform.records.sharing.models import AccessRequest, HandedOver, HandOver, Share
from guanxi.platform.records.sharing.queries import shares_question
from guanxi.platform.records.sharing.requests import (
    ask_access,
    decide_request,
    find_request,
    no_record,
    requests_by,
    requests_to,
)
from guanxi.platform.records.sharing.rules import find_rule, remove_rule, rules_of, save_rule
from guanxi.platform.records.sharing.why import explain, gains_and_losses
from guanxi.platform.records.titles import Key, Ref, titles_of
from guanxi.web.components import Option
from guanxi.web.navigation import NavEntry
from guanxi.web.pages import redirect_or_fragment, render_page, toast

RULES = "/settings/sharing/"
ASKED = "/access/"


# A record


@object_door("GET", "POST")
def sharing(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """Who sees a record, and why; POST opens it to somebody."""
    record = find_record(obj, record_id, by=request.actor)
    problem: InvalidValues | None = None
    if request.method == "POST":
        said = request.POST
        try:
            to = read_grantee(said.get("to", ""))
            share_record(
                record, to=to, by=request.actor, writes=said.get("writes") == "1",
                until=last_moment(said.get("until", "")), word=said.get("word", ""),
            )  # fmt: skip
        except InvalidValues as error:
            problem = error
        else:
            words = _("Shared with %(name)s.") % {"name": names_of([to]).get(to, "")}
            return toast(redirect_or_fragment(request, record_url(obj, record_id, "sharing")), words)
    return _draw_sharing(request, obj, record, problem)


@object_door("POST")
def unshare(request: MemberRequest, obj: Object, record_id: int, share_id: int) -> HttpResponse:
    """Close it to somebody again."""
    share = Share.objects.filter(pk=share_id, object=obj.name, record_id=record_id).first()
    if share is None:
        raise NotFound(f"share {share_id}")
    end_share(share, by=request.actor)
    return toast(redirect_or_fragment(request, record_url(obj, record_id, "sharing")), _("No longer shared."))


@object_door("POST")
def ask_for(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """Ask to edit what one sees."""
    find_record(obj, record_id, by=request.actor)
    ask_access(obj, record_id, by=request.actor, writes=True, reason=request.POST.get("reason", ""))
    return toast(redirect_or_fragment(request, record_url(obj, record_id)), _("Whoever owns this was asked."))


def _draw_sharing(
    request: MemberRequest, obj: Object, record: Any, problem: InvalidValues | None
) -> HttpResponse:
    by = request.actor
    may = may_share(obj, record, by)
    seen_as = request.standing is not None and request.standing.kind == "as"
    may_explain = may or by.administers or seen_as
    asked_of = str(by.member_id) if seen_as else request.GET.get("member", "")
    chosen = None
    if may_explain and asked_of.isdecimal() and len(asked_of) < 20:
        rows = Member.objects.select_related("user", "role", "workspace")
        chosen = rows.filter(pk=int(asked_of)).first()
    [shares] = ask(shares_question(obj, record, by))
    context = {
        "obj": obj,
        "record_title": str(record) or _("Without a name"),
        "address": record_url(obj, record.pk),
        "shares": shares,
        "may_share": may,
        "grantees": grantee_options(besides=[record.owner_id]) if may else [],
        "typed": {name: request.POST.get(name, "") for name in ("to", "writes", "until", "word")},
        "parts": [_("presales"), _("service"), _("assistant"), _("project"), _("finance")],
        "problems": _words(problem),
        "may_explain": may_explain,
        "members": _everybody() if may_explain and not seen_as else [],
        "seen_as": chosen.display_name if chosen and seen_as else "",
        "asked_of": asked_of,
        "answers": explain(obj, record, chosen) if chosen else [],
        "administers": by.administers,
    }
    status = 422 if problem else 200
    return render_page(request, "records/sharing.html", context, title=_("Who sees this"), status=status)


# Requests


@plain_door("GET", "POST")
def requests(request: MemberRequest) -> HttpResponse:
    """What waits for my decision, what I asked for; POST asks for the record behind a link.

    The answer is the same whether there is such a record or not; what leads to no record at all is said.
    """
    said, problem = request.POST, ""
    if request.method == "POST":
        named = _behind(said.get("link", ""))
        try:
            if named is None or not request.actor.may("see", named[0].name):
                raise no_record("link")
            ask_access(*named, by=request.actor, writes="writes" in said, reason=said.get("reason", ""))
        except InvalidValues as refused:
            [[problem]] = [[one.message for one in found] for found in refused.errors.values()]
        else:
            words = _("If this is a record that somebody can open to you, they have been asked.")
            return toast(redirect_or_fragment(request, ASKED), words)
    mine = requests_by(request.actor)
    waiting = requests_to(request.actor)
    names = member_names({one.member_id for one, _record in waiting})
    # What is not open tells no name; what has been opened does.
    refs = titles_of({(one.object, one.record_id) for one in mine if one.granted}, by=request.actor)
    context = {
        "waiting": [
            {"id": one.pk, "who": str(names.get(one.member_id, "")), "member_id": one.member_id,
             "what": str(record), "writes": one.writes, "reason": one.reason, "at": one.created_at}
            for one, record in waiting
        ],
        "mine": [_asked(one, refs) for one in mine],
        "link": said.get("link", "") or request.GET.get("link", ""), "reason": said.get("reason", ""),
        "writes": "writes" in said, "problem": problem,
    }  # fmt: skip
    status = 422 if problem else 200
    return render_page(request, "records/requests.html", context, title=_("Access requests"), status=status)


def _asked(one: AccessRequest, refs: Mapping[Key, Ref]) -> dict[str, Any]:
    """What somebody asked for, as their own page says it."""
    obj = registry.get(one.object) if registry.has(one.object) else None
    ref = refs.get((one.object, one.record_id))
    return {
        "label": ref.title if ref and ref.title else str(obj.label) if obj else one.object,
        "reason": one.reason,
        "at": one.created_at,
        "granted": one.granted,
        "answer": one.answer,
        "url": record_url(obj, one.record_id) if one.granted and obj else "",
    }


@plain_door("GET", "POST")
def one_request(request: MemberRequest, request_id: int) -> HttpResponse:
    """One request, for who decides. POST: `granted` 1 opens the record, else `answer` says why not."""
    asked, record = find_request(request_id, by=request.actor)
    obj = registry.get(asked.object)
    problem: InvalidValues | None = None
    if request.method == "POST":
        said = request.POST
        granted = said.get("granted") == "1"
        writes = said["writes"] == "1" if "writes" in said else asked.writes
        try:
            until = last_moment(said.get("until", ""))
            decide_request(
                request_id, granted=granted, writes=writes, until=until,
                answer=said.get("answer", ""), by=request.actor,
            )  # fmt: skip
        except InvalidValues as error:
            problem = error
        else:
            words = _("Opened.") if granted else _("Refused.")
            return toast(redirect_or_fragment(request, ASKED), words)
    context = {
        "asked": asked,
        "who": str(member_names([asked.member_id]).get(asked.member_id, "")),
        "what": str(record),
        "open_url": record_url(obj, record.pk),
        "problems": _words(problem),
    }
    status = 422 if problem else 200
    return render_page(request, "records/request.html", context, title=_("Access request"), status=status)


def ways_to_ask(request: HttpRequest) -> list[NavEntry]:
    """On the page of what is not there: to ask for it, by its address alone, be there a record or not."""
    actor, named = getattr(request, "actor", None), _behind(request.path)
    if actor is None or actor.member_id is None or named is None or not actor.may("see", named[0].name):
        return []
    link = with_query(ASKED, link=record_url(*named))
    return [NavEntry("ask-access", _("Ask to see it"), "key-round", link)]


def _behind(link: str) -> tuple[Object, int] | None:
    """The object and id that an address of ours names, whether or not there is such a record."""
    parts = [one for one in urlsplit(link.strip()).path.split("/") if one]
    if len(parts) < 2 or not (parts[1].isascii() and parts[1].isdecimal()) or len(parts[1]) > 19:
        return None
    obj = registry.by_plural(parts[0])
    return (obj, int(parts[1])) if obj else None


# Rules


@plain_door("GET", "POST")
def rules(request: MemberRequest, rule_id: int | None = None) -> HttpResponse:
    """Settings › Sharing rules; POST makes one, or changes the one of the address."""
    by = request.actor
    if not by.administers:
        raise Refused("share_rule.change")
    problem: InvalidValues | None = None
    if request.method == "POST":
        said = request.POST
        try:
            save_rule(
                rule_id=rule_id, name=said.get("name", ""), object=said.get("object", ""),
                filter=said.get("filter", ""), to=read_grantee(said.get("to", "")),
                writes=said.get("writes") == "1", by=by,
            )  # fmt: skip
        except InvalidValues as error:
            problem = error
        else:
            return toast(redirect_or_fragment(request, RULES), _("Saved. The records follow in a moment."))
    found = rules_of()
    chosen = next((one for one in found if one.pk == rule_id), None)
    if rule_id is not None and chosen is None:
        raise Http404
    names = names_of([To(one.grantee_kind, one.grantee_id) for one in found])
    typed: dict[str, Any] = {
        name: (request.POST or request.GET).get(name, "")
        for name in ("name", "object", "filter", "to", "writes")
    }
    if chosen is not None and request.method == "GET":
        typed = {
            "name": chosen.name, "object": chosen.object, "filter": request.GET.get("filter", chosen.filter),
            "to": f"{chosen.grantee_kind}:{chosen.grantee_id}", "writes": "1" if chosen.writes else "",
        }  # fmt: skip
    tail = f"{chosen.pk}/" if chosen else ""
    context = {
        "rules": [
            {"id": one.pk, "name": one.name, "writes": one.writes,
             "filter": _condition_words(one.object, one.filter, by),
             "object": str(registry.get(one.object).plural_label) if registry.has(one.object) else one.object,
             "to": names.get(To(one.grantee_kind, one.grantee_id), _("somebody who left")),
             "count": Share.objects.filter(rule_id=one.pk).count(), "filled": one.filled_at is not None}
            for one in found
        ],
        "chosen": chosen,
        "typed": typed,
        "objects": [Option(one.name, str(one.plural_label)) for one in registry.objects() if one.owned],
        "conditions": [
            (one.label, with_query(f"{RULES}condition/{one.plural}/{tail}", filter=typed["filter"]))
            for one in registry.objects()
            if one.owned and (one.name == typed["object"] or not typed["object"])
        ],
        "grantees": grantee_options(),
        "problems": _words(problem),
    }  # fmt: skip
    status = 422 if problem else 200
    return render_page(
        request, "records/sharing_rules.html", context, title=_("Sharing rules"), status=status
    )


@plain_door("POST")
def end_rule(request: MemberRequest, rule_id: int) -> HttpResponse:
    """End a rule with everything it shares."""
    if not request.actor.administers:
        raise Refused("share_rule.change")
    name = find_rule(rule_id).name
    remove_rule(rule_id, by=request.actor)
    words = _("The rule %(name)s is removed, with all that it shared.") % {"name": name}
    return toast(redirect_or_fragment(request, RULES), words)


# Hand-over


@plain_door("GET", "POST")
def hand_over(request: MemberRequest, member_id: int) -> HttpResponse:
    """What a member owns, and to whom it goes; POST begins."""
    if not request.actor.administers:
        require_hand_over(member_id, by=request.actor)
    member: Member = get_object_or_404(Member.objects.select_related("user"), pk=member_id)
    address = f"/settings/members/{member_id}/hand-over/"
    problem: InvalidValues | None = None
    if request.method == "POST":
        try:
            start_hand_over(member_id=member_id, receivers=_receivers(request), by=request.actor)
        except InvalidValues as error:
            problem = error
        else:
            words = _("What %(name)s owns is being handed over.") % {"name": member.display_name}
            return toast(redirect_or_fragment(request, address), words)
    led = request.actor.led_ids
    within = {str(pk) for pk in _receiving(request.actor)}
    made = list(HandOver.objects.filter(member_id=member_id).order_by("-pk")[:20])
    names = member_names({one for row in made for one in row.receivers})
    context = {
        "member": member,
        "address": address,
        "busy": any(_under_way(row) for row in made),
        "counts": _counted(owned_counts(member_id)),
        "members": [
            one for one in _everybody() if one.value != str(member_id) and one.value in within
        ],
        "teams": [one for one in team_options() if request.actor.administers or int(one.value) in led],
        "made": [
            {"id": row.pk, "at": row.created_at, "to": [str(names.get(one, "")) for one in row.receivers],
             "counts": _counted(row.counts), "done": row.done_at is not None, "undone": row.undone_at,
             "kept": row.kept,
             "undoable": row.done_at and not row.undone_at and row.created_at > timezone.now() - KEPT_FOR}
            for row in made
        ],
        "problems": _words(problem),
    }  # fmt: skip
    title = _("Hand over what %(name)s owns") % {"name": member.display_name}
    status = 422 if problem else 200
    return render_page(request, "records/hand_over.html", context, title=title, status=status)


@plain_door("POST")
def undo_hand_over(request: MemberRequest, member_id: int, hand_over_id: int) -> HttpResponse:
    """Give back what nobody has changed since."""
    if not HandOver.objects.filter(pk=hand_over_id, member_id=member_id).exists():
        raise NotFound(f"hand_over {hand_over_id}")
    start_undo(hand_over_id, by=request.actor)
    address = f"/settings/members/{member_id}/hand-over/"
    return toast(redirect_or_fragment(request, address), _("What nobody has changed since goes back."))


@plain_door("GET")
def led(request: MemberRequest) -> HttpResponse:
    """Settings › My teams: who works in the teams that the member leads, and the way to hand over."""
    by = request.actor
    if not by.led_ids:
        raise Refused("team.lead")
    rows = Member.objects.filter(team_id__in=by.led_ids).select_related("user", "team").order_by("pk")
    members = [(one.display_name, one.team.name if one.team else "", one) for one in rows]
    return render_page(request, "records/led.html", {"members": members}, title=_("My teams"))


def _receiving(by: Actor) -> list[int]:
    """The members to whom the actor may hand over."""
    rows = Member.objects.filter(left_at=None)
    if not by.administers:
        rows = rows.filter(Q(team_id__in=by.led_ids) | Q(pk=by.member_id))
    return list(rows.values_list("pk", flat=True))


def _receivers(request: MemberRequest) -> list[int]:
    """The members who were ticked, and everybody of a chosen team."""
    found = [int(one) for one in request.POST.getlist("to") if one.isdecimal() and len(one) < 20]
    team = request.POST.get("team", "")
    if team.isdecimal() and len(team) < 20:
        working = Member.objects.filter(team_id=int(team), left_at=None, user__deactivated_at=None)
        found += working.values_list("pk", flat=True)
    return found


def _under_way(made: HandOver) -> bool:
    """Records are still being handed over, or back."""
    if made.undone_at is None:
        return made.done_at is None
    return bool(HandedOver.objects.filter(hand_over_id=made.pk).exists())


def _counted(counts: dict[str, int]) -> list[tuple[str, int]]:
    words = {SHARES: _("Records shared with them")}
    return [
        (words.get(name) or (str(registry.get(name).plural_label) if registry.has(name) else name), count)
        for name, count in counts.items()
    ]


# A role, before it is saved


@plain_door("POST")
def role_preview(request: MemberRequest, role_id: int) -> HttpResponse:
    """Who gains and who loses by the grants that the role's form has now; nothing is saved."""
    if not request.actor.administers:
        raise Refused("role.change")
    role: Role = get_object_or_404(Role, pk=role_id)
    found = gains_and_losses(role, read_grid(request.POST, role.grants))
    context = {
        "role": role,
        "rows": [(str(registry.get(one.object).plural_label), one) for one in found],
        "members": Member.objects.filter(role=role, left_at=None).count(),
        "sent": _sent_again(request.POST),
    }
    return render_page(request, "records/role_preview.html", context, title=_("Who gains, who loses"))


# What was typed


def _sent_again(sent: QueryDict) -> list[tuple[str, str]]:
    """What a form said, for another page to send it on."""
    return [
        (name, value) for name, values in sent.lists() if name != "csrfmiddlewaretoken" for value in values
    ]


def last_moment(typed: str) -> datetime | None:
    """The end of a day, where the reader is; None for nothing typed. Raises InvalidValues."""
    if not typed.strip():
        return None
    try:
        day = date.fromisoformat(typed.strip())
        return timezone.make_aware(datetime.combine(day, time())) + timedelta(days=1)
    except (ValueError, OverflowError) as problem:
        raise InvalidValues({"until": [FieldError("day", _("This is not a day."))]}) from problem


def _everybody() -> list[Option]:
    return [Option(str(ref.id), ref.name) for ref in working_members()]


def _condition_words(object: str, text: str, by: Actor) -> str:
    """A rule's condition as the chips over a list say it; the text itself where it can't be read any more."""
    if not registry.has(object):
        return text
    obj = registry.get(object)
    try:
        tree = parse_filter(text)
    except FilterSyntaxError:
        return text
    refs = titles_of(keys_in(tree, obj), by=by)
    return comma_list(str(words_of(part, obj, refs)) for part in parts_of(tree))


def _words(problem: InvalidValues | None) -> list[str]:
    return [str(one) for found in problem.errors.values() for one in found] if problem else []
