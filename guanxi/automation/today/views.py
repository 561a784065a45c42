"""Today: the page that people open every morning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from guanxi.automation.today import briefing
from guanxi.automation.today.actions import finish_row, hand_over, postpone_row, wake_row, wave_away
from guanxi.automation.today.beside import pieces_for
from guanxi.automation.today.learning import NOTHING, forget, learned_question
from guanxi.automation.today.orphans import exceptions, may_see_board
from guanxi.automation.today.rules import RULES
from guanxi.automation.today.stream import Entry, awake_question, entries_of, mentioned, stream
from guanxi.platform.i18n.dates import (
    format_date,
    format_datetime,
    format_due,
    format_month,
    format_relative,
    format_time,
)
from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.i18n.phones import format_phone, phone_link
from guanxi.platform.identity.actions.members import may_invite
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.doors import member_required
from guanxi.platform.identity.models import Member
from guanxi.platform.identity.queries import member_names
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.access import NotFound, Refused, find_record, reaches
from guanxi.platform.records.importing.preparing import may_import
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.pulses import pulses_question
from guanxi.platform.records.questions import ask, together
from guanxi.platform.records.subtitles import beside_question, subtitled
from guanxi.platform.records.titles import titles_of
from guanxi.web.components import Act, Option
from guanxi.web.pages import changed, redirect_or_fragment, render_fragment, render_page, toast

FIRST = 3


@require_safe
def start(request: MemberRequest) -> HttpResponse:
    """The address itself leads to Today."""
    return redirect("today")


@require_safe
@member_required
def today(request: MemberRequest) -> HttpResponse:
    """Whom to contact next and why; ?scope=team for all records in reach."""
    by, mine = request.actor, request.GET.get("scope") != "team"
    signals, learned, agenda, month = ask(
        awake_question(by=by, mine=mine),
        learned_question(by),
        briefing.agenda_question(by=by, mine=mine),
        briefing.month_question(by=by, mine=mine),
    )
    refs = titles_of(mentioned(signals) | agenda.keys, by=by)
    entries, meetings = entries_of(signals, refs, learned=learned), agenda.entries(refs)
    rows = _acts(entries, by=by)
    if mine:
        _remember_waiting(by, len(entries))
    context = {
        "mine": mine,
        "first": rows[:FIRST],
        "rest": rows[FIRST:],
        "people": len(entries),
        "quiet": briefing.quiet_ones(entries),
        "month": month,
        "month_name": format_month(timezone.localdate()),
        "agenda": meetings,
        "passed": sum(1 for one in meetings if one.past),
        "now": format_time(timezone.now()),
        "day": format_date(timezone.localdate(), weekday=True),
        "rules": RULES,
        "creatable": [obj for obj in registry.objects() if obj.group and by.may("create", obj.name)],
        "begun": bool(entries) or _has_customers(by),
        "others": 0 if entries or not mine else len(stream(by=by, mine=False)),
        "may_invite": may_invite(by),
        "may_import": may_import(by),
        "pieces": pieces_for(request),
        "board": may_see_board(by),
    }
    return render_page(request, "automation/today.html", context, title=_("Today"))


def _has_customers(by: Actor) -> bool:
    """Whether anybody is there with whom there could be traffic: not so on the first day."""
    met = [obj for obj in registry.objects() if obj.touched and by.may("see", obj.name)]
    return any(list_records(ListQuery(obj=obj, columns=(obj.title,), limit=1), by=by).rows for obj in met)


@require_safe
@member_required
def why(request: MemberRequest) -> HttpResponse:
    """The rules with their weights, what was learned, and the score of each row with its parts."""
    entries = stream(by=request.actor, mine=request.GET.get("scope") != "team")
    (learned,) = ask(learned_question(request.actor))
    context = {
        "rules": [(rule, learned.get(rule.name, NOTHING)) for rule in RULES.values()],
        "entries": entries,
        "learned": bool(learned),
    }
    return render_page(request, "automation/why.html", context, title=_("Why these people"))


@require_POST
@member_required
def forget_learned(request: MemberRequest) -> HttpResponse:
    """Today forgets what it learned from this member."""
    forget(by=request.actor)
    response = redirect("/today/why/")
    return toast(response, _("Forgotten: the rules count as they are"))


@require_safe
@member_required
def board(request: MemberRequest) -> HttpResponse:
    """What is active and has no owner or no next step: for who leads a team."""
    if not may_see_board(request.actor):
        raise PermissionDenied
    found = exceptions(by=request.actor)
    names = member_names(
        {row.values["owner"] for one in found for row in one.rows if row.values.get("owner")}
    )
    return render_page(
        request, "automation/exceptions.html", {"found": found, "names": names}, title=_("Left alone")
    )


@require_POST
@member_required
def wave(request: MemberRequest, rule: str, object: str, record_id: int) -> HttpResponse:
    """The row is not needed."""
    try:
        record = wave_away(rule=rule, object=object, record_id=record_id, by=request.actor)
    except NotFound as missing:
        raise Http404 from missing
    response = changed(_gone(request), "counts")
    undo = _address("wake", rule, object, record_id)
    return toast(response, _("Not needed: %(name)s") % {"name": record}, undo=undo)


@require_POST
@member_required
def hand(request: MemberRequest, rule: str, object: str, record_id: int) -> HttpResponse:
    """The record of the row is somebody else's now."""
    to = read_whole(request.POST.get("to", "")) or 0
    try:
        record = hand_over(rule=rule, object=object, record_id=record_id, to=to, by=request.actor)
    except NotFound as missing:
        raise Http404 from missing
    except (Refused, InvalidValues) as wrong:
        return toast(redirect_or_fragment(request, "/today/"), wrong.words, tone="cinnabar")
    response = changed(_gone(request), object, "counts")
    undo = f"/undo/{record.last_fact_id}/" if record.last_fact_id else ""
    return toast(response, _("Handed over: %(name)s") % {"name": record}, undo=undo)


@require_safe
@member_required
def more(request: MemberRequest, rule: str, object: str, record_id: int) -> HttpResponse:
    """What opens under a row: a line of context, and what can be done."""
    try:
        context = _more(request, rule, object, record_id)
    except NotFound as missing:
        raise Http404 from missing
    return render_fragment(request, "automation/more.html", context)


@require_POST
@member_required
def done(request: MemberRequest, rule: str, object: str, record_id: int) -> HttpResponse:
    """The row is done."""
    try:
        record = finish_row(rule=rule, object=object, record_id=record_id, by=request.actor)
    except NotFound as missing:
        raise Http404 from missing
    except (Refused, InvalidValues) as wrong:
        return toast(redirect_or_fragment(request, "/today/"), wrong.words, tone="cinnabar")
    undo = (
        f"/undo/{record.last_fact_id}/" if record.last_fact_id else _address("wake", rule, object, record_id)
    )
    response = _gone(request)
    changed(response, object, "counts")
    return toast(response, _("Done: %(name)s") % {"name": record}, undo=undo)


@require_POST
@member_required
def later(request: MemberRequest, rule: str, object: str, record_id: int) -> HttpResponse:
    """The row comes back at the time that `until` names."""
    until = request.POST.get("when") or request.POST.get("until", "tomorrow")
    try:
        moment = postpone_row(rule=rule, object=object, record_id=record_id, until=until, by=request.actor)
    except NotFound as missing:
        raise Http404 from missing
    except FieldError as wrong:
        return HttpResponse(wrong.message, status=422, content_type="text/plain; charset=utf-8")
    response = _gone(request)
    changed(response, "counts")
    said = _("Back on %(time)s") % {"time": format_datetime(moment)}
    return toast(response, said, undo=_address("wake", rule, object, record_id))


@require_POST
@member_required
def wake(request: MemberRequest, rule: str, object: str, record_id: int) -> HttpResponse:
    """The row is back."""
    wake_row(rule=rule, object=object, record_id=record_id, by=request.actor)
    return changed(redirect_or_fragment(request, "/today/"), "today", "counts")


@dataclass(frozen=True, slots=True)
class Button:
    """A way to reach somebody."""

    label: str
    icon: str
    href: str
    key: str


def _acts(entries: list[Entry], *, by: Actor) -> list[Act]:
    """Rows as they are drawn: a query for what stands beside their names, and one for what that links to."""
    wanted: dict[str, list[int]] = {}
    for one in entries:
        wanted.setdefault(one.whom.object, []).append(one.whom.id)
    found, rows = ask(
        together([pulses_question(name, ids) for name, ids in wanted.items()]),
        beside_question(((one.whom.object, one.whom.id) for one in entries), by=by),
    )
    pulses = {
        (name, key): pulse for name, some in zip(wanted, found, strict=True) for key, pulse in some.items()
    }
    beside = subtitled(rows, by=by)
    return [
        _act(one, pulses.get((one.whom.object, one.whom.id)), beside.get((one.whom.object, one.whom.id), ""))
        for one in entries
    ]


def _act(one: Entry, pulse: Any, beside: str) -> Act:
    signal, obj = one.signal, registry.get(one.whom.object)
    return Act(
        key=f"{signal.rule}-{signal.object}-{signal.record_id}",
        name=one.whom.title,
        href=f"/{obj.plural}/{one.whom.id}/",
        why=signal.why,
        about=beside,
        avatar_key=one.whom.id,
        company=obj.square,
        why_icon=one.rule.icon,
        why_tone=one.rule.tone,
        pulse=pulse,
        value=format_money(signal.value.value, signal.value.currency) if signal.value else "",
        due=format_due(signal.due or timezone.localdate()),
        late=signal.late,
        done_url=_address("done", signal.rule, signal.object, signal.record_id),
        more_url=_address("more", signal.rule, signal.object, signal.record_id)
        + f"?whom={obj.name}:{one.whom.id}",
    )


def _more(request: MemberRequest, rule: str, object: str, record_id: int) -> dict[str, Any]:
    if rule not in RULES or not registry.has(object):
        raise NotFound(rule)
    obj = registry.get(object)
    record = find_record(obj, record_id, by=request.actor)
    kind, _colon, key = request.GET.get("whom", "").partition(":")
    whom_obj = registry.get(kind) if registry.has(kind) else obj
    whom = find_record(whom_obj, int(key), by=request.actor) if key.isdecimal() and len(key) < 20 else record
    return {
        "buttons": _buttons(whom),
        "context": _line(record, whom),
        "log_url": f"/{whom_obj.plural}/{whom.pk}/?log=call#composer",
        "record_url": f"/{obj.plural}/{record.pk}/",
        "record_title": str(record),
        "done_url": _address("done", rule, object, record_id),
        "later_url": _address("later", rule, object, record_id),
        "wave_url": _address("not-needed", rule, object, record_id),
        "hand_url": _address("hand-over", rule, object, record_id),
        "receivers": _receivers(obj, record, request.actor),
        "rule_label": RULES[rule].label,
        "key": f"{rule}-{object}-{record_id}",
    }


def _receivers(obj: Any, record: Any, by: Actor) -> list[Option]:
    """To whom the record can be handed over; nobody where it is not the reader's to give."""
    if not (obj.owned and by.may("assign", obj.name) and reaches(obj, record, by, access="edit")):
        return []
    members = Member.objects.filter(left_at=None).select_related("user").order_by("id")[:200]
    return [Option(str(one.pk), one.display_name) for one in members if one.pk != record.owner_id]


def _line(record: Any, whom: Any) -> str:
    """One line of context: what it is about, and when we last had contact."""
    parts = [str(record)] if record.pk != whom.pk else []
    touched = getattr(whom, "last_touch_at", None)
    if touched:
        parts.append(_("last contact %(when)s") % {"when": format_relative(touched)})
    return " · ".join(parts)


def _buttons(whom: Any) -> list[Button]:
    found = []
    for point in (getattr(whom, "phones", None) or [])[:1]:
        number = format_phone(point["number"])
        found.append(
            Button(_("Call %(number)s") % {"number": number}, "phone", phone_link(point["number"]), "C")
        )
    for point in (getattr(whom, "emails", None) or [])[:1]:
        found.append(Button(_("Mail"), "mail", f"mailto:{point['email']}", "M"))
    return found


def _gone(request: MemberRequest) -> HttpResponse:
    """Nothing is left of the row; a plain form goes back to the page."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse("")
    return redirect_or_fragment(request, "/today/")


def _address(verb: str, rule: str, object: str, record_id: int) -> str:
    return f"/today/{rule}/{object}/{record_id}/{verb}/"


def waiting(request: Any) -> int | None:
    """How many rows wait, for the navigation; counted anew when a minute has passed."""
    actor = getattr(request, "actor", None)
    if actor is None or actor.member_id is None:
        return None
    known: int | None = cache.get(_waiting_key(actor))
    return known if known is not None else _remember_waiting(actor, len(stream(by=actor)))


def _remember_waiting(actor: Actor, count: int) -> int:
    cache.set(_waiting_key(actor), count, 60)
    return count


def _waiting_key(actor: Actor) -> str:
    return f"today:{actor.workspace_id}:{actor.member_id}"
