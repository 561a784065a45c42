"""The board of an object: lanes with exact sums, cards that are carried from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import format_number, read_whole
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.doors import local_address
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.time import today
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import record_url, with_query
from guanxi.platform.records.boards import (
    CARDS,
    EMPTY,
    SUMMED_AT_ONCE,
    LaneSum,
    board_of,
    cards_question,
    columns_question,
    is_open,
    lane_cards,
    lane_key,
    lane_sums,
    lanes_of,
    lanes_within,
    sums_question,
    weighted,
)
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.entries import entries_of_list
from guanxi.platform.records.filters import All, Condition, Filter, parse_filter
from guanxi.platform.records.filters.words import keys_in, parts_of
from guanxi.platform.records.listing import ListQuery, Row, linked_keys, read_rows
from guanxi.platform.records.pages.arranging import arranging_of, with_lanes
from guanxi.platform.records.pages.asked import Asked, read_asked, written
from guanxi.platform.records.pages.controls import control_of, read_sent, was_sent
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pages.filtering import (
    chips_of,
    edited_filter,
    editor_of,
    filterable,
    tree_context,
    unread_phrase,
)
from guanxi.platform.records.pages.layouts import A_YEAR, remembers
from guanxi.platform.records.pages.lists import shares_of, view_url
from guanxi.platform.records.pulses import pulses_for, pulses_question
from guanxi.platform.records.questions import ask
from guanxi.platform.records.saved_views import card_fields, views_of, views_question
from guanxi.platform.records.titles import Key, Ref, titles_of, titles_question
from guanxi.platform.records.writing import StaleRecord, change_record
from guanxi.web.components import DealCard, Lane, Option, Pulse, Tab
from guanxi.web.pages import changed, is_htmx, render_fragment, render_page, toast

TEMPLATE = "records/board.html"
MOST_FOLLOWED = 100  # cards of a lane that are drawn anew when others move some
Cards = dict[Any, tuple[list[Row], str | None]]  # lane id → cards and the cursor of the next ones


@dataclass(frozen=True, slots=True)
class Strip:
    """The line over the board, preformatted: what is under way, what it is worth, what stands too long."""

    count: str
    total: str
    weighted: str
    stale: str
    stale_total: str
    waits: bool = False  # for what is stale: the page asks again


@object_door("GET")
@remembers("board")
def board_page(request: MemberRequest, obj: Object) -> HttpResponse:
    """The board, more cards of one lane, or only the sums, by what is asked."""
    named = request.GET.get("by", "")
    by = request.actor
    saved = views_of(obj, by=by) if "view" in request.GET and not named else []
    view = next((one for one in saved if one.key == request.GET["view"] and one.layout == "board"), None)
    laned = with_lanes(obj, named or (view.arranged if view else ""))
    if laned is None:
        raise Http404
    obj = laned
    views, (groups, every) = ask(views_question(obj, by=by), columns_question(obj))
    asked = read_asked(obj, views, request.GET, path=f"/{obj.plural}/board/", by=by)
    group = _group(request, obj, groups)
    asked = _of_group(asked, group, groups)
    if filtered := edited_filter(asked, request.GET, by=by):
        return HttpResponseRedirect(asked.url(filter=filtered, tree=request.GET.get("tree")))
    lanes = lanes_within(obj, every, group.pk if group else None)
    query = board_query(asked, obj, by)
    if is_htmx(request) and "lane" in request.GET:
        return _more_cards(request, asked, query, lanes)
    error = asked.error
    only_sums = is_htmx(request) and request.headers.get("HX-Target") == "board-sums"
    most = None if only_sums or "sums" in request.GET else SUMMED_AT_ONCE
    sums: dict[Any, LaneSum] | None = {}
    read: Cards = {}
    shown_cards = _cards_there(request) if only_sums else CARDS
    try:
        if not error:
            cards = cards_question(query, lanes if shown_cards else [], by=by, most=shown_cards)
            sums, read = ask(sums_question(query, lanes, by=by, most=most), cards)
    except FieldError as problem:
        error = str(problem)
    context: dict[str, Any] = {
        "obj": obj,
        "asked": asked,
        "strip": strip_of(obj, lanes, sums, by),
        "error": error,
    }
    if only_sums:
        context["follows"] = bool(read)
        if read:
            context["heads"], _refs = _with_cards(asked, query, lanes, sums, read, by)
        else:
            context["heads"] = [lane_of(obj, one, _sum_of(one, sums), by) for one in lanes]
        return render_fragment(request, "records/board_sums.html", context)
    shown, refs = _with_cards(asked, query, lanes, sums, read, by) if not error else ([], {})
    context |= {
        "lanes": shown,
        "groups": [Option(str(one.pk), str(one), href=_of_group(asked, one, groups).url()) for one in groups],
        "group": group,
        "chips": chips_of(asked, refs, by=by),
        "editor": editor_of(asked, request.GET, by=by) if {"add", "edit"} & set(request.GET) else None,
        "fields": filterable(obj),
        "phrase": unread_phrase(asked, request.GET, by=by),
        "tree": tree_context(asked, request.GET, by=by),
        "may_create": by.may("create", obj.name),
        "arranging": arranging_of(asked),
        "ways": entries_of_list(obj, written(_shown(asked, group)), board_of(obj).lanes, by),
        "tabs": [
            Tab(one.label, view_url(obj, one), one.key == asked.view.key, icon=one.icon) for one in views
        ]
        if any(one.layout == "board" for one in views)
        else [],
        "shares": shares_of(by),
    }
    page = render_page(request, TEMPLATE, context, title=str(obj.plural_label), status=422 if error else 200)
    if group and request.GET.get("group") == str(group.pk):
        page.set_cookie(f"group-{obj.plural}", str(group.pk), max_age=A_YEAR, httponly=True, samesite="Lax")
    return page


def _cards_there(request: MemberRequest) -> int:
    """How many cards of a lane stand on a board that follows what others do; 0: only its sums are asked."""
    return max(0, min(read_whole(request.GET.get("shown", "")) or 0, MOST_FOLLOWED))


def _group(request: MemberRequest, obj: Object, groups: Sequence[Any]) -> Any:
    """The board asked for, else the one this browser looked at last, else where the member is at work."""
    if len(groups) < 2:
        return groups[0] if groups else None
    named = {str(one.pk): one for one in groups}
    for key in (request.GET.get("group"), request.COOKIES.get(f"group-{obj.plural}")):
        if key in named:
            return named[key]
    return named.get(str(_worked_in(obj, request.actor)), groups[0])


def _worked_in(obj: Object, by: Actor) -> int | None:
    """The group of the member's own newest record that is not over; None where there is none."""
    name = obj.board.group if obj.board else ""
    under_way = f" and {obj.closed} is empty" if obj.closed else ""
    own = parse_filter(f"owner = me{under_way}") if obj.owned else All()
    rows, _after = read_rows(
        ListQuery(obj=obj, columns=(name,), filter=own, sort="-created_at", limit=1), by=by
    )
    return rows[0].values[name] if rows else None


@object_door("POST")
def move(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """Put a card into another lane. 422 answers the card with the fields that the lane asks for."""
    laned = with_lanes(obj, request.GET.get("by", ""))
    if laned is None:
        raise Http404
    obj = laned
    by, board = request.actor, board_of(obj)
    record = find_record(obj, record_id, by=by, access="edit")
    left = lane_key(obj, record)
    asked_for = [one for one in obj.form_fields if was_sent(one, request.POST)]
    values = {one.name: read_sent(one, request.POST) for one in asked_for}
    lane = request.POST.get("lane", "")
    values[board.lanes] = "" if lane == EMPTY else lane
    version = request.POST.get("version", "")
    try:
        record = change_record(record, values, by=by, version=read_whole(version))
    except InvalidValues as problem:
        return _ask_more(request, obj, record, problem)
    except StaleRecord as problem:
        answer: HttpResponse = HttpResponse(status=409, headers={"HX-Refresh": "true"})
        if _is_plain(request):
            answer = HttpResponseRedirect(_next(request, obj))
        return toast(answer, str(problem), tone="cinnabar")
    if _is_plain(request):
        lanes = lanes_of(obj, _group_of(obj, record))
        return _said(HttpResponseRedirect(_next(request, obj)), obj, record, lanes)
    return _moved(request, obj, record, left)


def board_query(asked: Asked, obj: Object, by: Actor) -> ListQuery:
    """What is read for a card, in the order of the day by which it should close."""
    names = [
        obj.closes,
        obj.next_step.text if obj.next_step else "",
        board_of(obj).amount,
        board_of(obj).since,
    ]
    names += ["owner" if obj.owned else "", *(name for name in obj.subtitle if obj[name].type == "link")]
    names += card_fields(obj, by)
    query = asked.query([name for name in names if name])
    columns = tuple(
        name for name in query.columns if name not in asked.columns or name in {obj.title, *names}
    )
    return replace(query, columns=columns, sort=obj.closes or obj.sort)


def lane_of(
    obj: Object,
    lane: Any,
    found: LaneSum | None,
    by: Actor,
    cards: Sequence[DealCard] = (),
    more_url: str = "",
) -> Lane:
    """A lane as the template draws it; without sums its head says them later."""
    tone = {"won": "malachite", "lost": "cinnabar"}.get(getattr(lane, "kind", ""), getattr(lane, "tone", ""))
    weighs = hasattr(lane, "probability")
    head = Lane(
        key=str(lane.pk),
        label=str(lane),
        share=lane.probability / 100 if weighs else 1,
        count="",
        cards=tuple(cards),
        more_url=more_url,
        tone=tone,  # type: ignore[arg-type]
    )
    if found is None:
        return head
    if not board_of(obj).amount:
        return replace(head, count=format_number(found.count), summed=False)
    expected = _("%(amount)s weighted") % {"amount": _compact(weighted(found.total, lane), by)}
    return replace(
        head,
        count=format_number(found.count),
        total=_compact(found.total, by),
        exact=format_money(found.total, by.currency),
        weighted=expected if weighs and is_open(lane) else "",
    )


def strip_of(
    obj: Object, lanes: Sequence[Any], sums: Mapping[Any, LaneSum] | None, by: Actor
) -> Strip | None:
    """The sums over the lanes that are under way; None as long as nobody has summed."""
    if sums is None:
        return None
    under_way = [(one, sums.get(one.pk, LaneSum())) for one in lanes if is_open(one)]
    total = sum((found.total for _lane, found in under_way), Decimal(0))
    expected = sum((weighted(found.total, lane) for lane, found in under_way), Decimal(0))
    stale = sum(found.stale or 0 for _lane, found in under_way)
    return Strip(
        count=format_number(sum(found.count for _lane, found in under_way)),
        total=_compact(total, by) if board_of(obj).amount else "",
        weighted=_compact(expected, by) if any(hasattr(one, "probability") for one in lanes) else "",
        waits=any(found.stale is None for _lane, found in under_way),
        stale=format_number(stale) if stale else "",
        stale_total=_compact(sum((found.stale_total for _lane, found in under_way), Decimal(0)), by),
    )


def _with_cards(
    asked: Asked,
    query: ListQuery,
    lanes: Sequence[Any],
    sums: Mapping[Any, LaneSum] | None,
    read: Cards,
    by: Actor,
) -> tuple[list[Lane], dict[Key, Ref]]:
    """Every lane with its first cards; one query for all titles, those of the chips too, and for pulses."""
    obj = query.obj
    rows = [row for found, _after in read.values() for row in found]
    alive = [row for one in lanes if is_open(one) for row in read[one.pk][0]]
    refs, pulses = _around_cards(query, rows, alive, by, keys_in(asked.filter, obj))
    drawn = []
    for one in lanes:
        found, after = read[one.pk]
        cards = cards_of(obj, one, found, refs, pulses, by)
        drawn.append(lane_of(obj, one, _sum_of(one, sums), by, cards, _more_url(asked, one, after)))
    return drawn, refs


def _around_cards(
    query: ListQuery, rows: Sequence[Row], alive: Sequence[Row], by: Actor, more: Iterable[Key] = ()
) -> tuple[dict[Key, Ref], dict[int, Pulse]]:
    """Titles of all that the cards mention, and pulses of those that are under way."""
    obj = query.obj
    keys = linked_keys([obj[name] for name in query.columns], rows) | set(more)
    return ask(titles_question(keys, by=by), pulses_question(obj.name, [row.id for row in alive]))


def _sum_of(lane: Any, sums: Mapping[Any, LaneSum] | None) -> LaneSum | None:
    return None if sums is None else sums.get(lane.pk, LaneSum())


def cards_of(
    obj: Object,
    lane: Any,
    rows: Iterable[Row],
    refs: Mapping[Key, Ref],
    pulses: Mapping[int, Pulse],
    by: Actor,
) -> list[DealCard]:
    """Records of one lane as cards. What is the same for all of them is asked once."""
    board, under_way, may_move = board_of(obj), is_open(lane), by.may("change", obj.name)
    may_move = may_move and not obj[board.lanes].readonly
    links = [(getattr(obj[name], "to", ""), name) for name in obj.subtitle]
    step = obj.next_step.text if obj.next_step else ""
    laid_out = card_fields(obj, by)
    cells = Cells(obj, refs=refs, context=field_context(by))
    age_of = _ages(lane, by)
    cards = []
    for row in rows:
        values = row.values
        amount, closes = values.get(board.amount), values.get(obj.closes)
        owner = refs.get(("member", values.get("owner") or 0))
        linked = next((refs[key] for to, name in links if (key := (to, values.get(name) or 0)) in refs), None)
        age, rot = age_of(values.get(board.since))
        pulse = pulses.get(row.id)
        href = record_url(obj, row.id)
        cards.append(
            DealCard(
                key=str(row.id),
                title=str(values[obj.title]),
                href=href,
                company=linked.title if linked and not laid_out else "",
                amount=format_money(amount.value, amount.currency, compact=True)
                if amount and not laid_out
                else "",
                close=format_date(closes) if closes and not laid_out else "",
                next_step=str(values.get(step) or "") if not laid_out else "",
                facts=tuple(line for name in laid_out if (line := cells.show(name, values))),
                age=age,
                rot=rot,
                owner=owner.title if owner else "",
                owner_key=owner.id if owner else "",
                pulse=pulse if pulse and pulse.tone and under_way else None,
                move_url=move_url(obj, row.id) if may_move else "",
                version=row.version,
            )
        )
    return cards


def move_url(obj: Object, record_id: int) -> str:
    """Where a card is put into another lane; it says by which field where that is not the object's own."""
    own = registry.get(obj.name).board
    lanes = board_of(obj).lanes
    return with_query(record_url(obj, record_id, "lane"), by="" if own and own.lanes == lanes else lanes)


def _moved(request: MemberRequest, obj: Object, record: Any, left: Any) -> HttpResponse:
    """The card where it is now, both lanes' heads and the strip."""
    by = request.actor
    lane_id = lane_key(obj, record)
    group_id = _group_of(obj, record)
    asked = _asked_here(request, obj, group_id)
    lanes = lanes_of(obj, group_id)
    sums = lane_sums(board_query(asked, obj, by), lanes, by=by, most=SUMMED_AT_ONCE)
    context = {
        "card": _single_card(obj, record, next(one for one in lanes if one.pk == lane_id), by),
        "heads": [lane_of(obj, one, _sum_of(one, sums), by) for one in lanes if one.pk in (lane_id, left)],
        "strip": strip_of(obj, lanes, sums, by),
        "asked": asked,
        "obj": obj,
    }
    return _said(
        changed(render_fragment(request, "records/moved.html", context), obj.name), obj, record, lanes
    )


def _group_of(obj: Object, record: Any) -> Any:
    group = board_of(obj).group
    return obj[group].get(record) if group else None


def _said(answer: HttpResponse, obj: Object, record: Any, lanes: Sequence[Any]) -> HttpResponse:
    """Where the record is now, with its undo; nothing when it was there already."""
    if record.last_fact_id is None:
        return answer
    lane = next(one for one in lanes if one.pk == lane_key(obj, record))
    said = _("%(name)s: now in %(lane)s") % {"name": record, "lane": lane}
    return toast(answer, said, undo=f"/undo/{record.last_fact_id}/")


def _is_plain(request: MemberRequest) -> bool:
    """A form as browsers send it: without script, or boosted."""
    return not is_htmx(request) or bool(request.headers.get("HX-Boosted"))


def _next(request: MemberRequest, obj: Object) -> str:
    return local_address(request, request.POST.get("next"), f"/{obj.plural}/board/")


def _ask_more(request: MemberRequest, obj: Object, record: Any, problem: InvalidValues) -> HttpResponse:
    """The card with a small form of what is missing. Errors that no form can mend are a toast."""
    by, board = request.actor, board_of(obj)
    missing = [one for one in obj.form_fields if one.name in problem.errors and one.name != board.lanes]
    plain = _is_plain(request)
    if not missing:
        said = " ".join(one.message for found in problem.errors.values() for one in found)
        answer: HttpResponse = HttpResponse(status=422, headers={"HX-Refresh": "true"})
        return toast(HttpResponseRedirect(_next(request, obj)) if plain else answer, said, tone="cinnabar")
    lanes = lanes_of(obj, None)
    record = find_record(obj, record.pk, by=by)
    lane = next((one for one in lanes if str(one.pk) == request.POST.get("lane")), None)
    told = {name: [one.message for one in found] for name, found in problem.errors.items()}
    context = {
        "card": _single_card(obj, record, lane or lanes[0], by),
        "lane": lane,
        "controls": [
            control_of(one, read_sent(one, request.POST), by=by, refs={}, errors=told[one.name])
            for one in missing
        ],
        "action": move_url(obj, record.pk),
        "version": record.version,
        "next": _next(request, obj) if plain else "",
        "obj": obj,
    }
    if plain:
        return render_page(request, "records/lane_page.html", context, title=str(record), status=422)
    return render_fragment(request, "records/lane_form.html", context, status=422)


def _single_card(obj: Object, record: Any, lane: Any, by: Actor) -> DealCard:
    values = {one.name: one.get(record) for one in obj.fields}
    row = Row(record.pk, record.version, values)
    refs = titles_of(linked_keys(list(obj.fields), [row]), by=by)
    return cards_of(obj, lane, [row], refs, pulses_for(obj.name, [record.pk]), by)[0]


def _more_cards(request: MemberRequest, asked: Asked, query: ListQuery, lanes: Sequence[Any]) -> HttpResponse:
    by, obj = request.actor, asked.obj
    lane = next((one for one in lanes if str(one.pk) == request.GET["lane"]), None)
    if lane is None:
        raise Http404
    rows, after = lane_cards(query, lane, by=by, after=asked.after or None)
    refs, pulses = _around_cards(query, rows, rows if is_open(lane) else [], by)
    cards = cards_of(obj, lane, rows, refs, pulses, by)
    context = {"cards": cards, "more_url": _more_url(asked, lane, after)}
    return render_fragment(request, "records/lane_cards.html", context)


def _more_url(asked: Asked, lane: Any, after: str | None) -> str:
    return asked.url(lane=lane.pk, after=after) if after else ""


def _shown(asked: Asked, group: Any) -> Filter:
    """The filter of the board, with the group that it is of."""
    if group is None or not asked.obj.board or not asked.obj.board.group:
        return asked.filter
    return All((*parts_of(asked.filter), Condition(asked.obj.board.group, "is", str(group.pk))))


def _of_group(asked: Asked, group: Any, groups: Sequence[Any]) -> Asked:
    """The board of one group; where there is only one it needs no word in the address."""
    return replace(asked, extra=(("group", str(group.pk)),) if group and len(groups) > 1 else ())


def _asked_here(request: MemberRequest, obj: Object, group_id: Any) -> Asked:
    """What the board shows on which the card was moved: its address came along."""
    query = QueryDict(request.headers.get("HX-Current-URL", "").partition("?")[2])
    views, (groups, _lanes) = ask(views_question(obj, by=request.actor), columns_question(obj))
    asked = read_asked(obj, views, query, path=f"/{obj.plural}/board/", by=request.actor)
    named = query.get("group") or str(group_id)
    return _of_group(asked, next((one for one in groups if str(one.pk) == named), None), groups)


def _ages(lane: Any, by: Actor) -> Callable[[Any], tuple[str, int]]:
    """From the moment since when a card stands in the lane: days, and how far beyond what the lane allows,
    1 stale, 2 rotten."""
    if not is_open(lane):
        return lambda since: ("", 0)
    context = field_context(by)
    now, zone, allowed = today(context), context.zone, getattr(lane, "rot_days", None)
    said = pgettext("age of a card", "%(days)s d")

    def age(since: Any) -> tuple[str, int]:
        if since is None:
            return "", 0
        days = max(0, (now - since.astimezone(zone).date()).days)
        rot = 0 if not allowed or days <= allowed else 1 if days <= 2 * allowed else 2
        return said % {"days": format_number(days)}, rot

    return age


def _compact(amount: Decimal, by: Actor) -> str:
    return format_money(amount, by.currency, compact=True)
