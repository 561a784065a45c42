"""From a field to the control that edits it, and from what a form sent back to what `clean` takes.

A control holds the same shape whether it shows a kept value or repeats what was typed, so that a form with
errors loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.durations import clock
from guanxi.platform.i18n.languages import active_language
from guanxi.platform.i18n.money import currency_choices
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import working_members
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Choice, Field, Link, Links, LongText, Rating, many_to
from guanxi.platform.metadata.fields.contact_points import ADDRESS_PARTS, ContactPoints
from guanxi.platform.metadata.fields.number import duration_hint, plain
from guanxi.platform.metadata.fields.parts import NAME_PARTS
from guanxi.platform.records.access import NotFound, row_rule
from guanxi.platform.records.cells import stars
from guanxi.platform.records.filing import find_field_file
from guanxi.platform.records.inserting import as_json
from guanxi.platform.records.models import Tag
from guanxi.platform.records.pages.making import names_new
from guanxi.platform.records.pages.offered import few_targets, teams
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.titles import Key, Ref
from guanxi.web.components import Option

MOST_POINTS = 30
MOST_TAGS = 300


@dataclass(frozen=True, kw_only=True)
class Control:
    """What the template draws.

    kind      text, lines, number, date, datetime, check, choice, money, find, tags, points, addresses, about,
              rich, person, address, file
    point     for points: the part of each that is typed
    value     text; for money its amount; for points and addresses a list of mappings, for a person's name and
              an address one; for tags and about ids; for rich its HTML
    shown     what a found record is called
    create    words that offer to make a record of what was typed, as {q}; "" where that is not offered
    new       what was typed and shall be made
    errors    in the member's words
    """

    kind: str
    name: str
    label: str
    hint: str = ""
    value: Any = ""
    shown: str = ""
    currency: str = ""
    options: Sequence[Option] = ()
    kinds: Sequence[Option] = ()
    point: str = ""
    parts: Sequence[Option] = ()
    find_url: str = ""
    create: str = ""
    new: str = ""
    required: bool = False
    max_length: int | None = None
    errors: tuple[str, ...] = field(default=())

    @property
    def error(self) -> str:
        return " ".join(self.errors)


def control_of(
    field: Field, raw: Any, *, by: Actor, refs: Mapping[Key, Ref], errors: Sequence[str] = ()
) -> Control:
    """The control of a field; `raw` is what `raw_of` or `read_sent` gave."""
    kind = kind_of(field, by)
    more: dict[str, Any] = {}
    if kind == "choice":
        more["options"] = choices_of(field, by, raw)
    elif kind == "choices":
        more["options"] = _offered(field, raw)
    elif kind == "money":
        raw = raw or {}
        more |= {
            "currency": raw.get("currency") or by.currency,
            "options": _currencies(),
            "value": raw.get("amount", ""),
        }
    elif kind == "find" and isinstance(field, Link):
        raw = raw if isinstance(raw, Mapping) else {"id": raw or "", "text": ""}
        known = refs.get((field.to, read_whole(str(raw["id"])) or 0))
        more |= {
            "value": raw["id"],
            "shown": raw.get("text") or (known.title if known else ""),
            "find_url": f"/{registry.get(field.to).plural}/find/",
        }
    elif kind in ("points", "addresses") and isinstance(field, ContactPoints):
        more["kinds"] = [Option(one.value, str(one.label)) for one in field.kinds]
        more["parts"] = [
            Option(part, label) for part, label in zip(ADDRESS_PARTS, _address_words(), strict=True)
        ]
        more["value"] = [*(raw or []), {}][:MOST_POINTS]
        more["point"] = _point_part(field)
    elif kind == "file":
        more |= _file_now(raw, by)
        more["parts"] = [Option("image", "")] if field.type == "image" else []
    elif kind in ("person", "address"):
        more["value"] = raw = dict(raw or {})
        names = _name_parts(raw) if kind == "person" else zip(ADDRESS_PARTS, _address_words(), strict=True)
        more["parts"] = [Option(part, label) for part, label in names]
    elif kind == "links" and isinstance(field, Links):
        raw = [str(one) for one in raw or []]
        named = [
            (int(one), refs.get((field.to, int(one)))) for one in raw if one.isdecimal() and len(one) < 20
        ]
        more["options"] = [
            Option(str(one), ref.title if ref else _("Not visible to you")) for one, ref in named
        ]
        more["find_url"] = f"/{registry.get(field.to).plural}/find/"
    elif kind == "tags":
        more["options"] = _tags()
    elif kind == "about":
        more["options"] = [
            Option(f"{one}:{key}", refs[one, key].title) for one, key in _pairs(raw) if (one, key) in refs
        ]
    shown = {"value": raw, **more}
    return Control(
        kind=kind,
        name=field.name,
        label=str(field.label),
        hint=str(field.help) if field.help else duration_hint() if field.type == "duration" else "",
        required=field.required,
        max_length=getattr(field, "max_length", None),
        errors=tuple(errors),
        **shown,
    )


def kind_of(field: Field, by: Actor) -> str:
    """Which control a field has."""
    if isinstance(field, Link) and field.type == "link":
        return "choice" if few_targets(field, by) else "find"
    if isinstance(field, LongText):
        return "lines"
    return KINDS.get(field.type, "text")


KINDS = {
    "choice": "choice",
    "member": "choice",
    "team": "choice",
    "integer": "number",
    "decimal": "number",
    "percent": "number",
    "duration": "text",
    "money": "money",
    "date": "date",
    "datetime": "datetime",
    "boolean": "check",
    "tags": "tags",
    "choices": "choices",
    "rating": "choice",
    "links": "links",
    "json": "lines",
    "phones": "points",
    "emails": "points",
    "addresses": "addresses",
    "address": "address",
    "file": "file",
    "image": "file",
    "person": "person",
    "rich_text": "rich",
    "about": "about",
}


def choices_of(field: Field, by: Actor, raw: Any = "") -> list[Option]:
    """What a select offers, without the choice of nothing; an archived option only to who has it."""
    if isinstance(field, Choice):
        return _offered(field, [raw])
    if field.type == "member":
        return [Option(str(one.id), one.name) for one in working_members()]
    if field.type == "team":
        return teams()
    if isinstance(field, Rating):
        least = 0 if raw == "0" else 1  # an empty field is the usual way to say none
        return [Option(str(one), stars(one, field.most)) for one in range(least, field.most + 1)]
    few = few_targets(field, by) if isinstance(field, Link) else None
    return few[1] if few else []


def _offered(field: Field, raw: Any) -> list[Option]:
    options: Sequence[Any] = getattr(field, "options", ())
    return [
        Option(one.value, str(one.label)) for one in options if not one.archived or one.value in (raw or ())
    ]


def raw_of(field: Field, value: Any) -> Any:
    """A kept value in the shape that controls hold."""
    if field.is_empty(value):
        return [] if field.multiple else ""
    if field.type == "money":
        return {"amount": plain(value.value), "currency": value.currency}
    if field.type == "datetime":
        return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
    if field.type == "boolean":
        return "1" if value else ""
    if field.type == "duration":
        return clock(value)
    if many_to(field):
        return [str(one) for one in value]
    if field.type == "json":
        return as_json(value)
    if isinstance(value, dict):
        return dict(value)
    return value if field.multiple else str(field.to_json(value))


def read_sent(field: Field, sent: QueryDict) -> Any:
    """What a form sent for a field, in the shape that controls hold and `clean` takes."""
    name = field.name
    match KINDS.get(field.type, "text"):
        case "money":
            return {"amount": sent.get(name, "").strip(), "currency": sent.get(f"{name}-currency", "")}
        case "links":
            given = [*sent.getlist(name), sent.get(f"{name}-add", "")]
            return list(dict.fromkeys(one for one in given if one))
        case "tags" | "choices":
            return [one for one in sent.getlist(name) if one]
        case "points":
            return _read_points(field, sent, (_point_part(field),))
        case "addresses":
            return _read_points(field, sent, ADDRESS_PARTS)
        case "file":
            return "" if f"{name}-removed" in sent else sent.get(name, "")
        case "person":
            return {part: sent.get(f"{name}-{part}", "").strip() for part in NAME_PARTS}
        case "address":
            return {part: sent.get(f"{name}-{part}", "").strip() for part in ADDRESS_PARTS}
        case "about":
            pairs = (one.split(":", 1) for one in sent.getlist(name) if ":" in one)
            return [[kind, number] for kind, key in pairs if (number := read_whole(key))]
    if field.type == "link" and f"{name}-text" in sent:
        return {
            "id": sent.get(name, ""),
            "text": sent.get(f"{name}-text", "").strip(),
            "was": sent.get(f"{name}-was", ""),
            "new": sent.get(f"{name}-new", "").strip(),
        }
    return sent.get(name, "")


def was_sent(field: Field, sent: QueryDict) -> bool:
    """Whether a form had a control for this field at all: what it had not is left alone."""
    return field.name in sent or f"{field.name}-sent" in sent


def found_link(field: Link, raw: Any, *, by: Actor) -> Any:
    """The id that a search field means. Without script only words come: one record of that title is it.

    Raises FieldError when no visible record, or more than one, is called so.
    """
    if not isinstance(raw, Mapping):
        return raw
    text = raw["text"]
    if not text:
        return ""
    if raw["id"] and (text == raw["was"] or raw["was"] == ""):
        return raw["id"]
    target = registry.get(field.to)
    rule = row_rule(target, by)
    column = target.title_field.column
    rows = fetch(
        f'SELECT r.id FROM "{target.table}" r WHERE {rule.text}'
        f' AND r.archived_at IS NULL AND r."{column}" = %s LIMIT 2',
        (*rule.params, text),
    )
    if len(rows) == 1:
        return rows[0][0]
    if raw["id"]:
        return raw["id"]
    if not rows and names_new(field, raw, by):
        return ""  # made when all is saved: pages/making.py
    words = (
        _("Nobody and nothing is called “%(text)s”.")
        if not rows
        else _("More than one is called “%(text)s”.")
    )
    raise FieldError("link", words % {"text": text[:60]})


def _read_points(field: Field, sent: QueryDict, parts: Sequence[str]) -> list[dict[str, str]]:
    found = []
    for index in range(MOST_POINTS):
        prefix = f"{field.name}-{index}-"
        point = {part: sent.get(prefix + part, "").strip() for part in parts}
        if any(point.values()):
            found.append({"kind": sent.get(f"{prefix}kind", ""), **point})
    return found


def _point_part(field: Field) -> str:
    return "typed" if field.type == "phones" else "email"


def _pairs(raw: Any) -> list[tuple[str, int]]:
    return [(str(kind), int(key)) for kind, key in raw or []]


def _currencies() -> list[Option]:
    return [Option(code, code) for code, _words in currency_choices()]


def _tags() -> list[Option]:
    rows = Tag.objects.filter(archived_at=None).order_by("key")[:MOST_TAGS]
    return [Option(str(one.pk), one.name, tone=one.tone) for one in rows]


def _file_now(raw: Any, by: Actor) -> dict[str, str]:
    """The id and the name of the file that stands in a field, or was just uploaded for it."""
    if isinstance(raw, Mapping):
        return {"value": str(raw.get("id") or ""), "shown": str(raw.get("name") or "")}
    key = read_whole(str(raw or ""))
    try:
        found = find_field_file(key, by=by) if key else None
    except NotFound:
        found = None
    return {"value": str(found.pk) if found else "", "shown": found.name if found else ""}


def _name_parts(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The parts of a name in the order in which the reader's language says them."""
    family, given, middle = (
        ("family", _("Family name")),
        ("given", _("Given name")),
        ("middle", _("Middle name")),
    )
    parts = [family, given] if active_language().startswith("zh") else [given, family]
    return [*parts, middle] if value.get("middle") else parts


def _address_words() -> tuple[str, ...]:
    return (_("Country"), _("Province"), _("City"), _("District"), _("Street"), _("Postcode"))
