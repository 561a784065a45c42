"""The pages of the time machine: the list of an object as it was, and its board."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from guanxi.analytics.past.addresses import past_url
from guanxi.analytics.past.reading import (
    PER_PAGE,
    Asked,
    Found,
    lanes_then,
    moment_of,
    names_last_known,
    page_then,
    told_fields,
    trashed_of,
)
from guanxi.analytics.warehouse.freshness import fresh_words
from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, Refused
from guanxi.platform.metadata.fields import Choice, Field, Link, Money
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.addresses import list_url, record_url
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import All, Filter, FilterSyntaxError, parse_filter
from guanxi.platform.records.filters.words import keys_in, parts_of, words_of
from guanxi.platform.records.listing import Row, linked_keys
from guanxi.platform.records.pages.arranging import lanes_of_board
from guanxi.platform.records.pages.asked import written
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.pages.rows import at_end
from guanxi.platform.records.titles import titles_of
from guanxi.web.components import Column, DealCard, Lane, Option
from guanxi.web.pages import is_htmx, render_fragment, render_page

TEMPLATE = "analytics/past.html"
ON_CARDS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: its title with where it leads ("" for nowhere any more), and its cells."""

    title: Markup
    href: str
    cells: list[tuple[bool, Markup]]


@plain_door("GET")
def past(request: MemberRequest, plural: str) -> HttpResponse:
    """Records as they were at the end of a day (`as_of`): those that meet `filter`, in the order of `sort`.

    lanes  the field whose values are the lanes of a board; without it they are a table
    start  how many come before
    """
    by = request.actor
    known = registry.by_plural(plural)
    if known is None:
        raise Http404
    if not by.may("see", known.name):
        raise Refused(f"{known.name}.see")
    obj = as_seen(known, by)
    day = request.GET.get("as_of") or last_month_end()
    text, start = request.GET.get("filter", "").strip(), _whole(request.GET.get("start", ""))
    lanes = next((one for one in _lanes(obj, by) if one.name == request.GET.get("lanes")), None)
    fields = told_fields(obj, obj.columns, by)
    asked, problem = Asked(obj, day, All(), _sort(fields, request.GET.get("sort", ""))), ""
    kept: dict[str, object] = {
        "as_of": day,
        "filter": text,
        "sort": asked.sort,
        "lanes": lanes.name if lanes else "",
    }
    context: dict[str, Any] = {"lines": [], "lanes": [], "count": "", "more_url": "", "chips": []}
    try:
        tree = parse_filter(text)
        asked = replace(asked, filter=tree)
        context["chips"] = _chips(tree, obj, kept, by)
        context |= _board(asked, lanes, fields, by) if lanes else _table(asked, fields, start, kept, by)
    except (FieldError, FilterSyntaxError) as error:
        problem = str(error)
    context |= {
        "obj": obj,
        "day": day,
        "problem": problem,
        "columns": [_head(one, asked, kept) for one in fields],
        "kept": [(name, value) for name, value in kept.items() if value and name != "as_of"],
        "layouts": _layouts(obj, kept, by),
        "layout": lanes.name if lanes else "",
        "now_url": f"/{obj.plural}/board/" if lanes and not text else list_url(obj, filter=text),
        "fresh": fresh_words(by),
    }
    if start and is_htmx(request):
        return render_fragment(request, TEMPLATE, context, block="rows")
    title = _("%(objects)s on %(day)s") % {"objects": obj.plural_label, "day": _day_words(day, by)}
    return render_page(request, TEMPLATE, context, title=title, status=422 if problem else 200)


def last_month_end() -> str:
    """The day that is shown to who has not said one."""
    return (timezone.localdate().replace(day=1) - timedelta(days=1)).isoformat()


def _table(
    asked: Asked, fields: Sequence[Field], start: int, kept: Mapping[str, object], by: Actor
) -> dict[str, Any]:
    found = page_then(asked, fields, start=start, by=by)
    obj, after = asked.obj, start + PER_PAGE
    cells = _cells(asked, fields, found.rows, by)
    shown = [(one, cells.renderer(one)) for one in fields if one.name != obj.title]
    leads = _leads(asked, found.rows, by)
    return {
        "lines": [
            Line(
                Markup.escape(row.values.get(obj.title) or _("Without a name")),
                leads.get(row.id, ""),
                [(at_end(one), show(row.values[one.name], row.values)) for one, show in shown],
            )
            for row in found.rows
        ],
        "count": " · ".join(_counted(found, obj, by)),
        "more_url": past_url(obj, **{**kept, "start": after}) if found.count > after else "",
    }


def _board(asked: Asked, lanes: Field, fields: Sequence[Field], by: Actor) -> dict[str, Any]:
    obj = asked.obj
    named = obj.board.amount if obj.board else ""
    amount = next((one for one in told_fields(obj, [named], by) if isinstance(one, Money)), None)
    told = list(dict.fromkeys([*fields, lanes, *([amount] if amount else [])]))
    found = lanes_then(asked, lanes, amount, told, by=by)
    rows = [row for one in found.values() for row in one.rows]
    cells, leads = _cells(asked, told, rows, by), _leads(asked, rows, by)
    lines = [one.name for one in fields if one.name not in (obj.title, lanes.name)][:ON_CARDS]
    drawn = []
    for value, label in _values(lanes, obj.board.group if obj.board else "", list(found), cells):
        lane = found[value]
        cards = [
            DealCard(
                key=str(row.id),
                title=str(row.values.get(obj.title) or _("Without a name")),
                href=leads.get(row.id, ""),
                facts=(
                    *(line for name in lines if (line := cells.show(name, row.values))),
                    *([] if row.id in leads else [Markup.escape(_("in the trash by now"))]),
                ),
            )
            for row in lane.rows
        ]
        total = format_money(lane.sums[amount.name], by.currency) if amount else ""
        drawn.append(
            Lane(
                key=str(value or ""),
                label=label,
                share=1,
                count=format_number(lane.count),
                total=total,
                cards=tuple(cards),
                summed=bool(amount),
            )
        )
    return {"lanes": drawn}


def _values(lanes: Field, group: str, values: list[Any], cells: Cells) -> Iterator[tuple[Any, str]]:
    """The lanes that have something, in their order: value and words; last those taken away since, and none.

    `group` is what each lane is of (a stage's pipeline): said where there are several.
    """
    left = [value for value in values if value is not None]
    if isinstance(lanes, Choice):
        for option in lanes.options:
            if option.value in values:
                left.remove(option.value)
                yield option.value, str(option.label)
    elif isinstance(lanes, Link):
        target = registry.get(lanes.to)
        order = [f"{group}_id"] if group in target.fields_by_name else []
        rows = target.model_class.objects.filter(pk__in=[value for value in values if value])
        stages = list(rows.order_by(*order, "position", "pk").select_related(*([group] if order else [])))
        several = order and len({getattr(one, order[0]) for one in stages}) > 1
        for one in stages:
            left.remove(one.pk)
            yield one.pk, f"{getattr(one, group)} › {one}" if several else str(one)
    names = names_last_known(lanes.to, left) if isinstance(lanes, Link) else {}
    for value in left:
        yield value, names.get(value) or str(value)
    if None in values:
        yield None, _("Not given")


def _cells(asked: Asked, fields: Sequence[Field], rows: Sequence[Row], by: Actor) -> Cells:
    """How values are shown: days as days, for what is late by now says nothing of then."""
    refs = titles_of(linked_keys(fields, rows), by=by)
    undue = replace(asked.obj, next_step=None, closes="", due="")
    return Cells(undue, refs=refs, context=field_context(by))


def _leads(asked: Asked, rows: Sequence[Row], by: Actor) -> dict[int, str]:
    """The page of each record as it was that day; none for what is in the trash by now."""
    ids = [row.id for row in rows]
    gone = trashed_of(asked.obj, ids, by)
    return {pk: f"{record_url(asked.obj, pk)}?as_of={asked.day}" for pk in ids if pk not in gone}


def _counted(found: Found, obj: Object, by: Actor) -> Iterator[str]:
    yield ngettext("%(count)s record", "%(count)s records", found.count) % {
        "count": format_number(found.count)
    }
    for name, total in found.sums.items():
        yield f"{obj[name].label} {format_money(total, by.currency)}"


def _chips(tree: Filter, obj: Object, kept: Mapping[str, object], by: Actor) -> list[tuple[str, str]]:
    """Each part of the filter in words, and the address without it."""
    parts = parts_of(tree)
    refs = titles_of(keys_in(tree, obj), by=by)
    return [
        (
            str(words_of(part, obj, refs)),
            past_url(obj, **{**kept, "filter": written(All(parts[:at] + parts[at + 1 :]))}),
        )
        for at, part in enumerate(parts)
    ]


def _head(one: Field, asked: Asked, kept: Mapping[str, object]) -> Column:
    turned = f"-{one.name}" if asked.sort == one.name else one.name
    return Column(
        one.name,
        str(one.label),
        sort="ascending" if asked.sort == one.name else "descending" if asked.sort == f"-{one.name}" else "",
        href=past_url(asked.obj, **{**kept, "sort": turned}) if _sorts(one) else "",
        numeric=at_end(one),
    )


def _layouts(obj: Object, kept: Mapping[str, object], by: Actor) -> list[Option]:
    whole = Option("", _("Table"), icon="table-2", href=past_url(obj, **{**kept, "lanes": ""}))
    boards = [
        Option(
            one.name,
            _("Board by %(field)s") % {"field": one.label.within},
            icon="square-kanban",
            href=past_url(obj, **{**kept, "lanes": one.name}),
        )
        for one in _lanes(obj, by)[:2]
    ]
    return [whole, *boards] if boards else []


def _lanes(obj: Object, by: Actor) -> list[Field]:
    told = set(told_fields(obj, [one.name for one in obj.fields], by))
    return [one for one in lanes_of_board(obj) if one in told]


def _sort(fields: Sequence[Field], asked: str) -> str:
    """Only by what is shown and has an order of its own."""
    return asked if any(asked.removeprefix("-") == one.name and _sorts(one) for one in fields) else ""


def _sorts(one: Field) -> bool:
    return one.sortable and not isinstance(one, Link) and one.type not in ("member", "team", "choice")


def _day_words(day: str, by: Actor) -> str:
    try:
        return format_date(moment_of(day, by).date(), year=True)
    except FieldError:
        return day


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 0
