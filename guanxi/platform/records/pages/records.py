"""The page of a record, and its preview beside a list: head, facts, tabs, what other rooms offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from markupsafe import Markup

from guanxi.platform.i18n.dates import format_datetime, told_from
from guanxi.platform.i18n.numbers import format_number, format_size, read_whole
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.layouts import Layout, layout_of
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import note_opened
from guanxi.platform.metadata.rights import Masked
from guanxi.platform.records.access import find_record, reaches, row_rule
from guanxi.platform.records.addresses import list_url, record_url
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.derived import PLACE
from guanxi.platform.records.entries import entries_of_record
from guanxi.platform.records.listing import list_records
from guanxi.platform.records.merging.actions import merged_into
from guanxi.platform.records.pages.asked import Asked, read_asked
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pages.histories import history_of, keys_of
from guanxi.platform.records.pages.layouts import last_layout_url
from guanxi.platform.records.pages.lists import linked_objects, table_context
from guanxi.platform.records.pages.rows import edit_attrs
from guanxi.platform.records.pages.verbs import verbs_for
from guanxi.platform.records.panels import Panel, Place, panels_for
from guanxi.platform.records.past import as_of, moment_asked
from guanxi.platform.records.privacy.actions import may_erase
from guanxi.platform.records.questions import Question, ask, number_question, together
from guanxi.platform.records.revealing import may_reveal
from guanxi.platform.records.rules import hidden_fields
from guanxi.platform.records.saved_views import shipped_views
from guanxi.platform.records.titles import Key, Ref, titles_of, titles_question
from guanxi.web.components import Tab
from guanxi.web.drawing import Fragment
from guanxi.web.pages import is_htmx, render_fragment, render_page, render_piece

CHANGES = "changes"
RELATED_ROWS = 20
FACT = Fragment('<dt>{}</dt><dd id="fact-{}"{}{}>{}</dd>')
NUMERIC = Markup(' class="num"')
REVEAL = Fragment(' <a class="link small" href="{}">{}</a>')
PLACES: tuple[Place, ...] = ("head", "stats", "facts", "main", "side", "tab")
PEEKED: tuple[Place, ...] = ("head", "peek")


class FactView(msgspec.Struct, frozen=True):
    """One field of a record as the page shows it."""

    name: str
    label: str
    html: Markup
    attrs: Markup
    numeric: bool
    empty: bool
    reveal_url: str = ""

    @property
    def drawn(self) -> Markup:
        """Its line in the list of facts: a string, as there are dozens on a page."""
        shown = self.html + REVEAL(self.reveal_url, _("Show")) if self.reveal_url else self.html
        return FACT(self.label, self.name, NUMERIC if self.numeric else "", self.attrs, shown)


@dataclass(frozen=True, slots=True)
class Told:
    """What a page has asked: answers and tallies of panels by their keys; how many records link here, by the
    name of their object.
    """

    answers: Mapping[str, Any]
    tallies: Mapping[str, int]


@object_door("GET")
def record_page(request: MemberRequest, obj: Object, record_id: int, tab: str = "") -> HttpResponse:
    """The record with one of its tabs; raises 404 for a record or a tab that is not there."""
    by = request.actor
    record = find_record(obj, record_id, by=by)
    note_opened(obj, record, by)
    if day := request.GET.get("as_of", ""):
        return _past_page(request, obj, record, day)
    if (into := merged_into(obj, record, by=by)) is not None:
        return moved_for_good(record_url(obj, into, *([tab] if tab else [])))
    swapped = is_htmx(request) and request.headers.get("HX-Target") in ("rec-main", "rec-tabs")
    places: tuple[Place, ...] = ("tab", "main") if swapped else PLACES
    panels = {place: panels_for(obj, place, record=record, by=by) for place in places}
    shown_by_panels = {one.name for found in panels.values() for one in found}
    related = [
        one
        for one in linked_objects(obj, by=by)
        if by.may("see", one[0].name) and not (one[0].part_of and one[0].plural in shown_by_panels)
    ]
    chosen = _chosen_tab(tab, panels["tab"], related)
    shown = [one for place, found in panels.items() for one in found if place != "tab" or one.name == chosen]
    refs, told = _told(obj, record, shown, [*panels["tab"], *shown], related, by=by)
    context = head_context(obj, record, refs, by=by)
    context |= _middle(request, obj, record, panels["tab"], related, chosen, told)
    drops = [one.drop for one in panels["tab"] if one.drop]
    changes = context["may"]["change"] and record.archived_at is None
    context |= {
        "drop": record_url(obj, record.pk, drops[0]) if drops and changes else "",
        "largest": settings.UPLOAD_MAX_BYTES,
        "largest_said": format_size(settings.UPLOAD_MAX_BYTES),
        "main_panels": drawn(request, panels["main"], obj, record, told),
        "crumb_url": last_layout_url(obj),
        "ways": entries_of_record(record, obj, by),
        "new_links": [
            (other, _new_url(other, fields, obj, record))
            for other, fields in sorted(related, key=lambda one: one[0] is obj)
            if by.may("create", other.name) and not other.part_of
        ],
    }
    if swapped:
        return render_fragment(request, "records/record.html", context, block="rec_main")
    for place in ("side", "facts", "head", "stats"):
        context[f"{place}_panels"] = drawn(request, panels[place], obj, record, told)
    return render_page(request, "records/record.html", context, title=context["title"])


def _past_page(request: MemberRequest, obj: Object, record: Any, day: str) -> HttpResponse:
    """The record as it was, told from that day: its fields, nothing that can be done.

    For what is no day of the past nothing is shown of the record, and the page asks for another (422).
    """
    now_title = str(record) or _("Without a name")
    context = {"obj": obj, "record": record, "address": record_url(obj, record.pk), "now_title": now_title}
    try:
        moment = moment_asked(day)
    except FieldError as problem:
        context |= {"problem": str(problem), "existed": False, "asked": ""}
        return render_page(request, "records/as_of.html", context, title=now_title, status=422)
    by, past = request.actor, as_of(obj, record, moment)
    keys = {key for one in obj.fields for key in keys_of(one, one.get(past.record))}
    when = format_datetime(moment, year=True)
    with told_from(moment):
        context |= head_context(obj, past.record, titles_of(keys, by=by), by=by, editable=False, now=moment)
        context |= {
            "problem": "",
            "existed": past.existed,
            "archived": past.archived,
            "when": when,
            "since": format_datetime(past.made, year=True),
            "asked": timezone.localtime(moment).isoformat()[:16],
            "past_panels": [
                render_piece(
                    request,
                    one.template,
                    {
                        "record": record,
                        "obj": obj,
                        "panel": one,
                        "actor": by,
                        **one.context(record, by, moment),
                    },
                )
                for one in (panels_for(obj, "past", record=record, by=by) if past.existed else ())
            ],
        }
        context["title"] = context["title"] if past.existed else now_title
        return render_page(request, "records/as_of.html", context, title=f"{context['title']} · {when}")


@object_door("GET")
def peek(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """The record in short, beside a list."""
    by = request.actor
    record = find_record(obj, record_id, by=by)
    note_opened(obj, record, by)
    if (into := merged_into(obj, record, by=by)) is not None:
        return moved_for_good(record_url(obj, into, "peek"))
    panels = {place: panels_for(obj, place, record=record, by=by) for place in PEEKED}
    shown = [one for found in panels.values() for one in found]
    refs, told = _told(obj, record, shown, shown, [], by=by)
    context = head_context(obj, record, refs, by=by)
    for place, found in panels.items():
        context[f"{place}_panels"] = drawn(request, found, obj, record, told)
    return render_fragment(request, "records/peek.html", context)


def moved_for_good(address: str) -> HttpResponse:
    """301 for a record that was merged; not kept by browsers, because a merge can be undone."""
    answer = HttpResponsePermanentRedirect(address)
    answer["Cache-Control"] = "no-store"
    return answer


@object_door("GET")
def panel(request: MemberRequest, obj: Object, record_id: int, place: str, name: str) -> HttpResponse:
    """One slow panel, when it is seen."""
    by = request.actor
    record = find_record(obj, record_id, by=by)
    offered = panels_for(obj, place, record=record, by=by) if place in ("side", "facts", "head") else []  # type: ignore[arg-type]
    found = next((replace(one, slow=False) for one in offered if one.name == name), None)
    if found is None:
        raise Http404
    _refs, told = _told(obj, record, [found], [found], [], by=by)
    return HttpResponse(drawn(request, [found], obj, record, told)[0])


def head_context(
    obj: Object,
    record: Any,
    refs: Mapping[Key, Ref],
    *,
    by: Actor,
    editable: bool = True,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Title, subtitle and facts: what every view of a record begins with.

    refs  what it links to
    now   the moment from which it is told what is late, where that is another one
    """
    values = {one.name: one.get(record) for one in obj.fields}
    cells = Cells(obj, refs=refs, context=field_context(by, now=now), wide=True)
    reached = reaches(obj, record, by, access="edit")
    may_edit = reached and by.may("change", obj.name)
    facts = facts_of_record(
        obj, record, values, cells, editable=editable and may_edit and record.archived_at is None
    )
    hidden = hidden_fields(obj, record)
    facts = [one for one in facts if one.name not in hidden]
    if may_reveal(obj, by):
        facts = [_revealable(one, obj, record) for one in facts]
    layout = layout_of(obj, by)
    return {
        "sections": _in_sections(layout, facts),
        "short": _in_short(layout, facts),
        "obj": obj,
        "record": record,
        "title": str(record) or _("Without a name"),
        "subtitle": [shown for name in obj.subtitle if (shown := cells.show(name, values))],
        "facts": [one for one in facts if not one.empty],
        "blank": [one for one in facts if one.empty],
        "made": cells.words(obj["created_at"], record.created_at),
        "may": {
            "change": may_edit,
            "archive": by.may("archive", obj.name) and reaches(obj, record, by, access="delete"),
            "delete": by.may("delete", obj.name) and reaches(obj, record, by, access="delete"),
            "privacy": may_erase(obj, by=by),
        },
        "address": record_url(obj, record.pk),
        "verbs": verbs_for(obj, record, by=by, may_edit=may_edit or (reached and obj.derived))
        if editable
        else [],
        "phone": _first(values.get("phones"), "number"),
        "email": _first(values.get("emails"), "email"),
    }


def _in_sections(layout: Layout, facts: Sequence[FactView]) -> list[tuple[str, list[FactView]]]:
    """What is filled in, under the headings of the layout; what it does not name comes last. [] without."""
    if not layout.sections:
        return []
    filled = {one.name: one for one in facts if not one.empty}
    found = [
        (str(part.label), [filled.pop(name) for name in part.fields if name in filled])
        for part in layout.sections
    ]
    return [one for one in [*found, ("", list(filled.values()))] if one[1]]


def _in_short(layout: Layout, facts: Sequence[FactView]) -> list[FactView]:
    """The facts of the preview."""
    named = {one.name: one for one in facts}
    found = [named[name] for name in layout.peek if name in named] if layout.peek else facts
    return [one for one in found if not one.empty]


def facts_of_record(
    obj: Object, record: Any, values: Mapping[str, Any], cells: Cells, *, editable: bool
) -> list[FactView]:
    """The fields that a person reads, in order; the title stands in the head."""
    shown = [one for one in obj.fields if _is_read(obj, one)]
    return [fact_view(obj, record.pk, one, values, cells, editable=editable) for one in shown]


def _revealable(one: FactView, obj: Object, record: Any) -> FactView:
    """With the way behind its mask, where it has one."""
    if one.empty or not isinstance(obj[one.name], Masked):
        return one
    return msgspec.structs.replace(one, reveal_url=record_url(obj, record.pk, "reveal", one.name))


def fact_view(
    obj: Object, record_id: int, field: Field, values: Mapping[str, Any], cells: Cells, *, editable: bool
) -> FactView:
    """One field of a record: its label, what it shows, and how it is edited."""
    value = values[field.name]
    editable = editable and not field.readonly
    return FactView(
        name=field.name,
        label=str(field.label),
        html=cells.show(field.name, values),
        attrs=edit_attrs(obj, record_id, field, value, "fields") if editable else Markup(""),
        numeric=field.align == "end" or field.type == "phones",
        empty=field.is_empty(value),
    )


def drawn(
    request: HttpRequest, panels: Sequence[Panel], obj: Object, record: Any, told: Told
) -> list[Markup]:
    """The panels as HTML. Slow ones are a place that asks for its content when it is seen."""
    by: Actor = request.actor  # type: ignore[attr-defined]
    pieces = []
    for one in panels:
        given = {
            "obj": obj,
            "record": record,
            "panel": one,
            "actor": by,
            "tally": told.tallies.get(one.key, 0),
        }
        if one.slow:
            given["lazy_url"] = record_url(obj, record.pk, "panels", one.place, one.name)
            pieces.append(render_piece(request, "records/lazy_panel.html", given))
        else:
            answer = (told.answers[one.key],) if one.asks else ()
            pieces.append(render_piece(request, one.template, {**given, **one.context(record, by, *answer)}))
    return pieces


def _told(
    obj: Object,
    record: Any,
    drawn: Sequence[Panel],
    counted: Sequence[Panel],
    related: Sequence[tuple[Object, list[Field]]],
    *,
    by: Actor,
) -> tuple[dict[Key, Ref], Told]:
    """What the record links to, and all that its page has to ask: one query."""
    asks = {one.key: one.asks(record, by) for one in drawn if one.asks and not one.slow}
    tallies = {one.key: one.tally(record, by) for one in counted if one.tally}
    tallies |= {other.name: _linking(other, fields, record, by) for other, fields in related}
    keys = {key for one in obj.fields for key in keys_of(one, one.get(record))}
    refs, answers, numbers = ask(
        titles_question(keys, by=by), together([*asks.values()]), together([*tallies.values()])
    )
    told = Told(dict(zip(asks, answers, strict=True)), dict(zip(tallies, numbers, strict=True)))
    return refs, told


def _is_read(obj: Object, field: Field) -> bool:
    kept = ("created_at", "updated_at", "created_by", "last_touch_at", "rhythm_days")
    derived = field.readonly and field.name in PLACE
    return field.name != obj.title and not field.hidden and field.name not in kept and not derived


def _chosen_tab(tab: str, panels: Sequence[Panel], related: Sequence[tuple[Object, list[Field]]]) -> str:
    """The tab that is asked for, or the first one; raises 404."""
    names = _tab_names(panels, related)
    if tab and tab not in names:
        raise Http404
    return tab or names[0]


def _tab_names(panels: Sequence[Panel], related: Sequence[tuple[Object, list[Field]]]) -> list[str]:
    return [*(one.name for one in panels), *(other.plural for other, _fields in related), CHANGES]


def _middle(
    request: MemberRequest,
    obj: Object,
    record: Any,
    panels: Sequence[Panel],
    related: Sequence[tuple[Object, list[Field]]],
    chosen: str,
    told: Told,
) -> dict[str, Any]:
    """The tabs of the middle column, and what the chosen one shows."""
    names, tallies = _tab_names(panels, related), told.tallies
    tabs = [
        *(
            _tab(obj, record, one.name, str(one.label), chosen, names, tallies.get(one.key, 0))
            for one in panels
        ),
        *(
            _tab(obj, record, other.plural, _side(other, fields), chosen, names, tallies[other.name])
            for other, fields in related
        ),
        _tab(obj, record, CHANGES, _("Changes"), chosen, names),
    ]
    context: dict[str, Any] = {"tabs": tabs, "tab": chosen, "tab_html": "", "related": None, "entries": None}
    context |= _news_of_tabs(tabs, [one for one in panels if one.name != chosen])
    if chosen == CHANGES:
        context |= _changes(request, obj, record)
    elif found := next((one for one in panels if one.name == chosen), None):
        context["tab_html"] = drawn(request, [found], obj, record, told)[0]
    else:
        other, fields = next(one for one in related if one[0].plural == chosen)
        context["related"] = _related(other, fields, obj, record, by=request.actor)
    return context


def _news_of_tabs(tabs: Sequence[Tab], others: Sequence[Panel]) -> dict[str, Any]:
    """After which news the tabs are drawn again for their counts, and by which address.

    What is open below them hears its own news, and is left alone: somebody may be writing in it.
    """
    news = sorted({f"changed:{one.hears} from:body" for one in others if one.hears and one.tally})
    here = next((one.href for one in tabs if one.current), "")
    return {"tab_news": ", ".join(news), "tab_here": here}


def _side(other: Object, fields: Sequence[Field]) -> str:
    """What this side of a link is called: as the link says, or the other object."""
    back = getattr(fields[0], "back", None) if len(fields) == 1 else None
    return str(back or other.plural_label)


def _tab(
    obj: Object, record: Any, name: str, label: str, chosen: str, names: Sequence[str], count: int = 0
) -> Tab:
    url = record_url(obj, record.pk) if name == names[0] else record_url(obj, record.pk, name)
    return Tab(label, url, current=name == chosen, count=format_number(count) if count else "")


def _linking(other: Object, fields: Sequence[Field], record: Any, by: Actor) -> Question[int]:
    """How many records of an object link to this one and are seen by the actor."""
    rule, context = row_rule(other, by), field_context(by)
    links = [
        one.condition("is", record.pk, alias="r", context=context, vendor=connection.vendor) for one in fields
    ]
    either = " OR ".join(one.text for one in links)
    return number_question(
        f'SELECT count(*) FROM "{other.table}" r WHERE {rule.text} AND r.archived_at IS NULL AND ({either})',
        (*rule.params, *(value for one in links for value in one.params)),
    )


def _related(other: Object, fields: list[Field], obj: Object, record: Any, *, by: Actor) -> dict[str, Any]:
    """The list of another object's records that link to this one."""
    text = " or ".join(f"{one.name} = {record.pk}" for one in fields)
    asked = read_asked(other, shipped_views(other, by=by)[:1], QueryDict(), path=f"/{other.plural}/", by=by)
    linking = {one.name for one in fields}
    columns = tuple(name for name in asked.columns if name not in linking)
    asked = _filtered(asked, text, columns)
    # As in a list: the owner and team say what can be edited, the ends of things what is not late any more.
    beside = [*(["owner", "team"] if other.owned else []), *filter(None, (other.closed, other.done))]
    page = list_records(asked.query(beside, limit=RELATED_ROWS), by=by)
    context = table_context(asked, page, by=by, select=False)
    ref = Ref(obj.name, record.pk, str(record))
    return context | {
        "new_url": _new_url(other, fields, obj, record) if by.may("create", other.name) else "",
        "all_url": asked.url(),
        "of": ref.title,
    }


def _filtered(asked: Asked, text: str, columns: tuple[str, ...]) -> Asked:
    from guanxi.platform.records.filters import parse_filter

    tree = parse_filter(text)
    return replace(asked, filter=tree, filter_text=text, columns=columns, extra=(("select", "0"),))


def _new_url(other: Object, fields: list[Field], obj: Object, record: Any) -> str:
    return (
        list_url(other).removesuffix("/")
        + f"/new/?{fields[0].name}={record.pk}&next={record_url(obj, record.pk)}"
    )


def _changes(request: MemberRequest, obj: Object, record: Any) -> dict[str, Any]:
    before = request.GET.get("before", "")
    may_undo = request.actor.may("change", obj.name) and reaches(obj, record, request.actor, access="edit")
    entries, more = history_of(obj, record, by=request.actor, may_undo=may_undo, before=read_whole(before))
    older = f"{record_url(obj, record.pk, CHANGES)}?before={more}" if more else ""
    return {"entries": entries, "older_url": older}


def _first(points: Any, name: str) -> str:
    return str(points[0].get(name, "")) if isinstance(points, list) and points else ""
