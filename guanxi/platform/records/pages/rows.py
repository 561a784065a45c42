"""The rows of a table, written as strings: as macros they would cost several times the query.

What does not depend on the row is made once per column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Field, File
from guanxi.platform.metadata.layouts import layout_of
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import reached_ids, within_scope
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.cells import EDITED_IN_PLACE, WHO, Cells, raw_value, sign
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.listing import ListPage, Row
from guanxi.platform.records.pulses import pulses_for
from guanxi.platform.records.sharing.holding import shared_ids
from guanxi.web.components import Pulse
from guanxi.web.drawing import Fragment, draw_pulse
from guanxi.web.jinja import attrs

PULSE = "pulse"  # the name of the column that is no field

Draw = Callable[[Row, bool], str]
Said = Callable[[int, Any], str]

ROW = Fragment(
    '<tr id="row-{}" data-peek="{}" data-version="{}">{}'
    '<th scope="row" class="pin pin-2 fold-1">{}</th>{}</tr>'
)
CHECK = Fragment(
    '<td class="c pin"><label class="check"><input type="checkbox" name="id" value="{}" form="bulk"'
    ' data-row-check aria-label="{}"></label></td>'
)


def draw_rows(obj: Object, page: ListPage, shown: Sequence[str], *, by: Actor, select: bool) -> list[Markup]:
    """One `tr` for each row of the page: a check with `select`, the title, the columns that are shown."""
    cells = Cells(obj, refs=page.refs, context=field_context(by))
    pulses = pulses_for(obj.name, [row.id for row in page.rows]) if PULSE in shown else {}
    columns = [
        _pulse_column(pulses) if name == PULSE else _column(obj, obj[name], cells, place)
        for place, name in zip(_folds(obj, shown, layout_of(obj, by).phone), shown, strict=True)
    ]
    editable = _editable(obj, page.rows, by)
    return [_row(obj, row, columns, select, row.id in editable) for row in page.rows]


def with_pulse(obj: Object, names: list[str]) -> list[str]:
    """The pulse stands before the last contact that it explains."""
    if "last_touch_at" not in names:
        return names
    at = names.index("last_touch_at")
    return [*names[:at], PULSE, *names[at:]]


def at_end(field: Field) -> bool:
    """Whether a column's values stand at its end, as figures do."""
    return field.align == "end" or field.name == "last_touch_at"


def cell_attrs(obj: Object, record_id: int, field: Field, value: Any) -> Markup:
    """The attributes of a single cell that is drawn again after an edit."""
    shown = with_pulse(obj, [name for name in obj.columns if name != obj.title])
    places = dict(zip(shown, _folds(obj, shown), strict=True))
    return _classes(field, places.get(field.name, "")) + edit_attrs(obj, record_id, field, value, "cells")


def edit_attrs(obj: Object, record_id: int, field: Field, value: Any, shape: str) -> Markup:
    """What makes a cell (shape "cells") or a fact ("fields") editable in place (docs/subsystems/web.md)."""
    return Markup(_editing(obj, field, shape)(record_id, value))


def _row(obj: Object, row: Row, columns: Sequence[Draw], select: bool, editable: bool) -> Markup:
    title = str(row.values[obj.title] or _("Without a name"))
    url = record_url(obj, row.id)
    return ROW(
        row.id,
        f"{url}peek/",
        row.version,
        CHECK(row.id, title) if select else Markup(""),
        WHO(url, sign(obj, title, row.id), title),
        Markup("".join([draw(row, editable) for draw in columns])),
    )


def _pulse_column(pulses: Mapping[int, Pulse]) -> Draw:
    def draw(row: Row, editable: bool) -> str:
        pulse = pulses.get(row.id)
        return "".join(('<td class="fold-end">', draw_pulse(pulse) if pulse else "", "</td>"))

    return draw


def _column(obj: Object, field: Field, cells: Cells, place: str) -> Draw:
    name, show = field.name, cells.renderer(field)
    classes = str(_classes(field, place))
    editing = None if field.readonly else _editing(obj, field, "cells")

    def draw(row: Row, editable: bool) -> str:
        value = row.values[name]
        edited = editing(row.id, value) if editable and editing else ""
        return "".join(("<td", classes, edited, ">", show(value, row.values), "</td>"))

    return draw


def _classes(field: Field, place: str) -> Markup:
    return attrs({"class": " ".join(one for one in ("n" if at_end(field) else "", place) if one) or None})


@lru_cache(maxsize=4096)
def _fixed(name: str, control: str | None, label: str) -> Markup:
    """What a field's values have in common."""
    return attrs({"data-name": name, "data-type": control, "data-label": label, "tabindex": "-1"})


def _editing(obj: Object, field: Field, shape: str) -> Said:
    """A function from a record's id and value to the attributes, which are the same but for these two."""
    if isinstance(field, File):
        return lambda record_id, value: ""  # a file is chosen in a form
    control = EDITED_IN_PLACE.get(field.type)
    select = control == "select"
    fixed = _fixed(field.name, None if select else control, str(field.label))
    before, after = f' data-edit="/{escape(obj.plural)}/', f'/{shape}/{escape(field.name)}/"'
    valued = control is not None and not select

    def said(record_id: int, value: Any) -> str:
        kept = raw_value(field, value) if valued else None
        shown = "" if kept is None else f' data-value="{escape(kept)}"'
        return f"{before}{record_id}{after}{shown}{fixed}"

    return said


def _editable(obj: Object, rows: Sequence[Row], by: Actor) -> set[int]:
    """The records that the actor may change; asks once, and only who holds shares."""
    if not by.may("change", obj.name):
        return set()
    if obj.part_of:
        return reached_ids(obj, {row.id for row in rows}, by, access="edit")
    if not obj.owned or by.rows(obj.name, "edit").every:
        return {row.id for row in rows}
    found = {row.id for row in rows if within_scope(obj, _at_hand(row, by), by, access="edit")}
    return found | shared_ids(obj, {row.id for row in rows} - found, by, access="edit")


def _at_hand(row: Row, by: Actor) -> SimpleNamespace:
    values = row.values
    return SimpleNamespace(workspace_id=by.workspace_id, owner_id=values["owner"], team_id=values["team"])


def _folds(obj: Object, shown: Sequence[str], phone: Sequence[str] = ()) -> list[str]:
    """Which cells a narrow table keeps: a second line, something at the end, and a note under it.

    `phone` names them in that order, where a layout does.
    """
    if named := [name for name in phone if name in shown]:
        laid_out = dict(zip(named, ("fold-2", "fold-end", "fold-note"), strict=False))
        return [laid_out.get(name, "") for name in shown]
    links = [name for name in shown if name != PULSE and obj[name].type in ("link", "about", "choice")]
    ends = (
        [PULSE] if PULSE in shown else [name for name in shown if name != PULSE and obj[name].align == "end"]
    )
    # What adds up says most; else the last one: a price stands behind the quantity from which it holds.
    ends = [name for name in ends if name == PULSE or obj[name].adds_up] or ends[::-1]
    notes = [name for name in shown if name != PULSE and obj[name].type in ("datetime", "date")]
    notes.sort(key=lambda name: name != "last_touch_at")
    found = {notes[0]: "fold-note"} if notes else {}
    found |= {ends[0]: "fold-end"} if ends else {}
    found |= {links[0]: "fold-2"} if links else {}
    return [found.get(name, "") for name in shown]
