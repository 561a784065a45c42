"""Texts and values of steps: {name}, {company.city}, {payload.total}, and formulas after =."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from guanxi.platform.i18n.dates import format_date, format_datetime
from guanxi.platform.i18n.money import format_money
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Choice, Choices, Field, Link, many_to
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.metadata.formulas import compile_formula, parse_formula
from guanxi.platform.metadata.formulas.language import names_in
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import in_blind_pool, veil
from guanxi.platform.metadata.rights import says_contact
from guanxi.platform.records.access import NotFound, find_record
from guanxi.platform.records.computing import formula_value, givens
from guanxi.platform.records.titles import titles_of

_HOLE = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[A-Za-z0-9_]+){0,5})\}")
_MISSING = object()


class Filled(Protocol):
    """What holes are filled from: a record as `by` sees it, and what started the run."""

    @property
    def obj(self) -> Object: ...

    @property
    def record(self) -> Any: ...

    @property
    def by(self) -> Actor: ...

    @property
    def started(self) -> Mapping[str, Any]: ...


def said(text: str, doing: Filled, more: Mapping[str, str] | None = None) -> str:
    """The text with its holes filled; what is empty or not there is left out.

    more   words for holes that are no fields
    """
    given = more or {}
    return _HOLE.sub(lambda hole: given[hole[1]] if hole[1] in given else words_at(hole[1], doing), text)


def told(text: str, doing: Filled, more: Mapping[str, str] | None = None) -> str:
    """The same for members to read, whoever they are: how a customer of a blind pool is reached is masked,
    also where Guanxi itself says it."""
    given = more or {}
    return _HOLE.sub(
        lambda hole: given[hole[1]] if hole[1] in given else words_at(hole[1], doing, for_members=True), text
    )


def holes_in(text: str) -> list[str]:
    """The paths that a text names in braces."""
    return [one[1] for one in _HOLE.finditer(text)]


def value_of(given: Any, doing: Filled, *, for_members: bool = False) -> Any:
    """What a field is given: a formula's value, of a text that is one hole the value, else the text.

    for_members   whoever may reads it there: what a blind pool veils is masked
    """
    if isinstance(given, list):
        return [value_of(one, doing, for_members=for_members) for one in given]
    if not isinstance(given, str):
        return given
    if given.startswith("="):
        return computed(given[1:], doing, for_members=for_members)
    hole = _HOLE.fullmatch(given)
    if hole is None:
        return told(given, doing) if for_members else said(given, doing)
    found = _value_at(hole[1], doing)
    if found is _MISSING:
        return None
    value, field, obj = found
    if for_members and _is_veiled(hole[1], obj, field, doing):
        value = veil(field, value)
    return field.to_json(value) if field is not None else value


def computed(formula: str, doing: Filled, *, for_members: bool = False) -> Any:
    """What a formula gives for the record at hand, by what the actor sees of it and of what it links to."""
    if doing.record is None:
        raise FieldError("record", _("There is no record of which this could be computed."))
    paths = [one.path for one in names_in(parse_formula(formula))]
    given = givens(doing.obj, [doing.record], [one for one in paths if len(one) == 1])[0]
    values = {path: _in_formula(path, doing, for_members) for path in paths}
    return compile_formula(formula)(replace(given, values=values))


def _in_formula(path: tuple[str, ...], doing: Filled, for_members: bool) -> Any:
    try:
        obj, record = record_at(".".join(path[:-1]), doing)
    except (FieldError, NotFound):
        return None
    field = obj.fields_by_name.get(path[-1])
    if field is None:
        return None
    if for_members and _is_veiled(".".join(path), obj, field, doing):
        value = veil(field, field.get(record))
        return words_of(value, field, doing) if value is not None else None
    return formula_value(obj, path[-1], record)


def words_at(path: str, doing: Filled, *, for_members: bool = False) -> str:
    """What stands at a path, as people read it; `for_members` as all of them may."""
    if path == "url":
        return address_of(doing)
    found = _value_at(path, doing)
    if found is _MISSING:
        return ""
    value, field, obj = found
    if for_members and _is_veiled(path, obj, field, doing):
        value = veil(field, value)
    return words_of(value, field, doing) if value is not None else ""


def _is_veiled(path: str, obj: Object | None, field: Field | None, doing: Filled) -> bool:
    """Whether what stands at a path says how somebody in a blind pool is reached."""
    if obj is None or field is None or not says_contact(obj, field):
        return False
    links = path.split(".")[:-1]
    if links[:1] in (["old"], ["new"]):
        links = []
    try:
        return in_blind_pool(record_at(".".join(links), doing)[1])
    except (FieldError, NotFound):
        return True


def address_of(doing: Filled) -> str:
    """The page of the record at hand."""
    return f"{settings.SITE_URL}/{doing.obj.plural}/{doing.record.pk}/" if doing.record is not None else ""


def words_of(value: Any, field: Field | None, doing: Filled) -> str:
    """One value as people read it."""
    if isinstance(value, Amount):
        return format_money(value.value, value.currency)
    if isinstance(value, datetime):
        return format_datetime(value)
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, Choice):
        option = field.option(value)
        return str(option.label) if option else str(value)
    if isinstance(field, Choices):
        return ", ".join(words_of_option(field, one) for one in value)
    if isinstance(field, Link):
        ref = titles_of({(field.to, int(value))}, by=doing.by).get((field.to, int(value)))
        return ref.title if ref else ""
    if isinstance(value, list):
        kind = many_to(field) if field is not None else None
        if kind:
            refs = titles_of({(kind, int(one)) for one in value}, by=doing.by)
            return ", ".join(refs[kind, int(one)].title for one in value if (kind, int(one)) in refs)
        return ", ".join(_plain(one) for one in value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def words_of_option(field: Choices, value: str) -> str:
    option = field.option(value)
    return str(option.label) if option else value


def record_at(path: str, doing: Filled) -> tuple[Object, Any]:
    """The record that a path of links leads to from the one at hand; FieldError where there is none."""
    obj, record = doing.obj, doing.record
    if record is None:
        raise FieldError("record", _("This needs a record, and there is none."))
    for name in path.split(".") if path else ():
        link = obj.fields_by_name.get(name)
        key = link.get(record) if isinstance(link, Link) and registry.has(link.to) else None
        if key is None or not isinstance(link, Link):
            raise FieldError("record", _("“%(name)s” is empty.") % {"name": link.label if link else name})
        obj = registry.get(link.to)
        record = find_record(obj, key, by=doing.by)
    return obj, record


def _value_at(path: str, doing: Filled) -> Any:
    """(value, field, object), or _MISSING."""
    head, _dot, rest = path.partition(".")
    if head in ("payload", "old", "new"):
        return _in_start(head, rest, doing)
    *links, name = path.split(".")
    if doing.record is None:
        return _MISSING
    if links and links[-1] in ("owner", "created_by", "team") and name == "name":
        *links, name = links
    try:
        obj, record = record_at(".".join(links), doing)
    except (FieldError, NotFound):
        return _MISSING
    field = obj.fields_by_name.get(name)
    return _MISSING if field is None else (field.get(record), field, obj)


def _in_start(head: str, rest: str, doing: Filled) -> Any:
    """What started the run: the payload of a webhook, the old and new values of a fact."""
    if head == "payload":
        found: Any = doing.started.get("payload", {})
        for part in rest.split(".") if rest else ():
            found = found.get(part) if isinstance(found, Mapping) else None
            if isinstance(found, list) and part.isdecimal():
                found = found[int(part)] if int(part) < len(found) else None
        return (found, None, None) if found is not None else _MISSING
    pair = doing.started.get("changes", {}).get(rest)
    field = doing.obj.fields_by_name.get(rest)
    if pair is None or field is None:
        return _MISSING
    value = field.from_json(pair[0 if head == "old" else 1])
    return value, field, doing.obj


def _plain(one: Any) -> str:
    if isinstance(one, Mapping):
        return str(
            next((one[name] for name in ("email", "number", "e164", "typed", "text") if one.get(name)), "")
        )
    return str(one)
