"""How a kept value is shown: in a table, among the facts of a record, in a sentence.

Each value is formatted once, in Python, in the member's language and zone, and comes out escaped. `Cells`
holds what showing depends on beside the value: who asks, what linked records are called, which day it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from guanxi.platform.i18n.dates import (
    format_date,
    format_datetime,
    format_due,
    format_month,
    format_relative,
)
from guanxi.platform.i18n.divisions import is_china
from guanxi.platform.i18n.durations import clock, format_minutes
from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import comma_list, format_number, format_percent
from guanxi.platform.i18n.phones import format_phone
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Context, Field, Link, Parts, Share, many_to
from guanxi.platform.metadata.fields.contact_points import ADDRESS_PARTS
from guanxi.platform.metadata.fields.markup import cleaned_markup, words_of_markup
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.metadata.fields.parts import spoken_address
from guanxi.platform.metadata.fields.time import today
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import ref_url
from guanxi.platform.records.inserting import as_json
from guanxi.platform.records.titles import Key, Ref
from guanxi.web.drawing import Fragment, draw_avatar, icon

Values = Mapping[str, Any]
Show = Callable[[Any, Values], Markup]

NOTHING = Markup("")
REPEATED = ("choice", "link", "member", "team", "date", "boolean")  # a column says few things many times
LINES = Fragment('<span class="lines">{}</span>')
LINE = Fragment('<span class="line">{}</span>')
MUTED = Fragment('<span class="muted">{}</span>')
AND_MORE = Fragment('{} <span class="muted">+{}</span>')
TITLE = Fragment(' title="{}"')
DOT = Fragment('<span class="dot" data-tone="{}">{}</span>')
SIGNED = Fragment('<span class="row tight">{}{}</span>')
LATE = Fragment('<span class="tone" data-tone="cinnabar">{}</span>')
TIME = Fragment('<time datetime="{}" title="{}">{}</time>')
WHO = Fragment('<a class="who" href="{}">{}<span>{}</span></a>')
MEMBER = Fragment('<span class="row tight">{}<span class="trunc">{}</span></span>')
TAG = Fragment('<span class="tag" data-tone="{}">{}</span>')
TAGS = Fragment('<span class="row tight{}">{}</span>')
PHONE = Fragment('<a class="num" href="tel:{}"{}>{}</a>')
EMAIL = Fragment('<a class="link" href="mailto:{}"{}>{}</a>')
OUTWARD = Fragment('<a class="link" href="{}" rel="noopener noreferrer" target="_blank">{}</a>')
FILE = Fragment('<a class="link row tight" href="{}">{}<span class="trunc">{}</span></a>')
PICTURE = Fragment('<a class="thumb{}" href="{}"><img src="{}" alt="{}" loading="lazy"></a>')
RICH = Fragment('<div class="rich">{}</div>')
AVATAR = re.compile(r'<span class="avatar[^>]*>[^<]*</span>')
LONG_IN_CELL = 120
LISTED = 20  # of many values, in a sentence


class Cells:
    """Shows the values of one object's records.

    refs   titles of the linked records that the actor may see; a link to any other one says so
    wide   among the facts of a record there is room: every phone, every line of a text
    """

    def __init__(self, obj: Object, *, refs: Mapping[Key, Ref], context: Context, wide: bool = False) -> None:
        self.obj = obj
        self.refs = refs
        self.context = context
        self.wide = wide
        self.today = today(context)

    def show(self, name: str, values: Values) -> Markup:
        """The value of a field as HTML; empty markup for nothing."""
        return self.renderer(self.obj[name])(values[name], values)

    def renderer(self, field: Field) -> Show:
        """What shows this field's values: asked for once per column, called once per row."""
        if field.name == self.obj.title:
            return lambda value, values: escape(value or _("Without a name"))
        due = self._due(field)
        if due:
            return due
        show: Callable[[Field, Any], Markup] = getattr(self, f"_{field.type}", self._text)
        if field.type in REPEATED:
            said: dict[Any, Markup] = {None: NOTHING, "": NOTHING}

            def show_once(value: Any, values: Values) -> Markup:
                if value not in said:
                    said[value] = show(field, value)
                return said[value]

            return show_once
        return lambda value, values: NOTHING if field.is_empty(value) else show(field, value)

    def words(self, field: Field, value: Any) -> str:
        """The value in a sentence: no links, no avatars; “nothing” where it is empty."""
        if field.is_empty(value):
            return _("nothing")
        if field.type in ("file", "image"):
            return str(value["name"])
        if not field.multiple:
            return self._said(field, value) or _("nothing")
        said = [one for one in (self._said(field, [one]) for one in value[:LISTED]) if one]
        more = [f"+{len(value) - LISTED}"] if len(value) > LISTED else []
        return comma_list([*said, *more]) or _("nothing")

    def _said(self, field: Field, value: Any) -> str:
        shown = AVATAR.sub("", self.renderer(field)(value, {}))
        return str(Markup(shown).striptags())

    # Text and figures

    def _text(self, field: Field, value: Any) -> Markup:
        return escape(value)

    def _long_text(self, field: Field, value: str) -> Markup:
        if self.wide:
            return LINES(value)
        line = " ".join(value.split())
        return escape(line if len(line) <= LONG_IN_CELL else line[: LONG_IN_CELL - 1] + "…")

    def _rich_text(self, field: Field, value: str) -> Markup:
        if self.wide:
            # Cleaned once more: what is shown does not depend on the door by which it was kept.
            return RICH(Markup(cleaned_markup(value)))
        return self._long_text(field, words_of_markup(value))

    def _file(self, field: Field, value: Any) -> Markup:
        return FILE(f"/field-files/{value['id']}/look/", icon("paperclip"), value["name"])

    def _image(self, field: Field, value: Any) -> Markup:
        return PICTURE(
            " large" if self.wide else "",
            f"/field-files/{value['id']}/look/",
            f"/field-files/{value['id']}/picture/",
            value["name"],
        )

    def _person(self, field: Field, value: Any) -> Markup:
        return escape(field.said(value)) if isinstance(field, Parts) else NOTHING

    def _address(self, field: Field, value: Any) -> Markup:
        home = "" if self.context.country != "CN" else "CN"
        country = value.get("country", "")
        return escape(spoken_address(value, country if is_china(country) and home else home))

    def _url(self, field: Field, value: str) -> Markup:
        shown = (urlsplit(value).hostname or value).removeprefix("www.")
        return OUTWARD(value, shown)

    def _choice(self, field: Field, value: str) -> Markup:
        option = field.option(value) if isinstance(field, Choice) else None
        if option is None:
            return escape(value)
        if option.tone:
            return DOT(option.tone, option.label)
        if option.icon:
            return SIGNED(icon(option.icon), option.label)
        return escape(option.label)

    def _choices(self, field: Field, value: list[str]) -> Markup:
        options = {one.value: one for one in getattr(field, "options", ())}
        shown = (
            Markup('<span class="tag" data-tone="{}">{}</span>').format(options[one].tone, options[one].label)
            if one in options
            else Markup('<span class="tag">{}</span>').format(one)
            for one in value
        )
        return Markup('<span class="row tight{}">{}</span>').format(
            " wrap" if self.wide else "", Markup("").join(shown)
        )

    def _integer(self, field: Field, value: int) -> Markup:
        # A year is a number that nobody groups.
        return escape(value if getattr(field, "most", 0) == 9999 else format_number(value))

    def _decimal(self, field: Field, value: Any) -> Markup:
        if isinstance(field, Share):
            return escape(format_percent(value / 100, digits=field.digits or 0))
        return escape(format_number(value, digits=getattr(field, "digits", None)))

    def _percent(self, field: Field, value: int) -> Markup:
        return escape(format_percent(value / 100))

    def _duration(self, field: Field, value: int) -> Markup:
        return escape(format_minutes(value))

    def _boolean(self, field: Field, value: bool) -> Markup:
        return escape(_("Yes") if value else _("No"))

    def _money(self, field: Field, value: Any) -> Markup:
        return escape(format_money(value.value, value.currency))

    # Time

    def _date(self, field: Field, value: date) -> Markup:
        return escape(format_month(value) if getattr(field, "whole_month", False) else format_date(value))

    def _datetime(self, field: Field, value: datetime) -> Markup:
        shown = format_relative(value) if field.name == "last_touch_at" else format_datetime(value)
        return TIME(value.isoformat(), format_datetime(value, year=True), shown)

    def _due(self, field: Field) -> Show | None:
        """Days by which something should have happened turn red when they pass, unless it has."""
        obj = self.obj
        if field.name not in (obj.next_step.due if obj.next_step else "", obj.closes, obj.due):
            return None
        ended = obj.done if field.name == obj.due else obj.closed

        def show(value: Any, values: Values) -> Markup:
            if not value:
                return NOTHING
            if ended and values.get(ended):
                return escape(format_date(value))
            moment = value if isinstance(value, datetime) else None
            late = moment < self.context.now if moment else value < self.today
            shown = format_due(value)
            return LATE(shown) if late else escape(shown)

        return show

    # Links

    def _link(self, field: Field, value: int) -> Markup:
        return self.mention((field.to if isinstance(field, Link) else "", value))

    def _member(self, field: Field, value: int) -> Markup:
        ref = self.refs.get(("member", value))
        if ref is None:
            return NOTHING
        return MEMBER(draw_avatar(ref.title, ref.id, "s"), ref.title)

    def _links(self, field: Field, value: list[int]) -> Markup:
        return Markup('<span class="row tight{}">{}</span>').format(
            " wrap" if self.wide else "",
            Markup(" ").join(self.mention((many_to(field), one)) for one in value),
        )

    def _rating(self, field: Field, value: int) -> Markup:
        most = getattr(field, "most", 5)
        words = _("%(stars)d of %(most)d") % {"stars": value, "most": most}
        return Markup('<span class="stars" role="img" aria-label="{}">{}</span>').format(
            words, stars(value, most)
        )

    def _json(self, field: Field, value: Any) -> Markup:
        text = as_json(value) or ""
        if self.wide:
            return Markup('<code class="small">{}</code>').format(text)
        return escape(text if len(text) <= LONG_IN_CELL else text[: LONG_IN_CELL - 1] + "…")

    def _team(self, field: Field, value: int) -> Markup:
        ref = self.refs.get(("team", value))
        return escape(ref.title) if ref else NOTHING

    def _about(self, field: Field, value: list[Any]) -> Markup:
        return Markup(" ").join(self.mention((str(name), int(record_id))) for name, record_id in value)

    def _tags(self, field: Field, value: list[int]) -> Markup:
        found = [self.refs[key] for key in (("tag", one) for one in value) if key in self.refs]
        shown = [TAG(ref.tone or "azurite", ref.title) for ref in found]
        return TAGS(" wrap" if self.wide else "", Markup("".join(shown)))

    def mention(self, key: Key) -> Markup:
        """Another record: its sign, its title, the way there; of what may not be seen only that it is."""
        ref = self.refs.get(key)
        if ref is None:
            return MUTED(_("Not visible to you"))
        url = ref_url(ref)
        if not url:
            return escape(ref.title)
        return WHO(url, sign(registry.get(ref.object), ref.title, ref.id, "s"), ref.title)

    # Contact points

    def _phones(self, field: Field, value: list[Any]) -> Markup:
        return self._points([self._phone(field, point) for point in value])

    def _phone(self, field: Field, point: Mapping[str, Any]) -> Markup:
        number = point["number"]
        return PHONE(number, self._kind(field, point), format_phone(number) or point["typed"])

    def _emails(self, field: Field, value: list[Any]) -> Markup:
        return self._points(
            [EMAIL(point["email"], self._kind(field, point), point["email"]) for point in value]
        )

    def _addresses(self, field: Field, value: list[Any]) -> Markup:
        return self._points([escape(address_line(point)) for point in value])

    def _points(self, shown: list[Markup]) -> Markup:
        """The first, which is the one to use, and how many more there are; or all, line by line."""
        if self.wide:
            return Markup("".join([LINE(one) for one in shown]))
        return shown[0] if len(shown) == 1 else AND_MORE(shown[0], len(shown) - 1)

    def _kind(self, field: Field, point: Mapping[str, Any]) -> Markup:
        kind = point.get("kind")
        label = next((one.label for one in getattr(field, "kinds", ()) if one.value == kind), None)
        return TITLE(label) if label else NOTHING


def sign(obj: Object, title: str, key: int, size: str = "") -> Markup:
    """What stands before a record's title: letters for what has a face, else the icon of its kind."""
    return draw_avatar(title, key, size, obj.square) if obj.face else icon(obj.icon)


def address_line(point: Mapping[str, Any]) -> str:
    """An address on one line, from the large to the small, without the country."""
    return " · ".join(str(point[part]) for part in ADDRESS_PARTS if part != "country" and point.get(part))


def stars(value: int, most: int) -> str:
    """A rating as its stars, those that it has and those that it lacks."""
    return "\u2605" * value + "\u2606" * max(most - value, 0)


def raw_value(field: Field, value: Any) -> str | None:
    """What a control that edits the value in place starts with; None where one line can't edit it."""
    if field.readonly or field.type not in EDITED_IN_PLACE:
        return None
    if field.is_empty(value):
        return ""
    if field.type == "money":
        return plain(value.value)
    if field.type == "duration":
        return clock(value)
    return str(field.to_json(value))


# Type of the field → type of the control, for values that one line can edit.
EDITED_IN_PLACE = {
    "text": "text",
    "url": "url",
    "integer": "number",
    "decimal": "number",
    "percent": "number",
    "duration": "text",
    "money": "text",
    "rating": "select",
    "date": "date",
    "choice": "select",
}
