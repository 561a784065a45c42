"""Phones, emails and addresses: several of each, typed, the first one being the one to use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from guanxi.platform.i18n.divisions import completed
from guanxi.platform.i18n.labels import L
from guanxi.platform.i18n.phones import parse_phone
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields.base import (
    Context,
    Field,
    KeptAs,
    Operator,
    Sql,
    as_list,
    as_lists,
    like_pattern,
    value_exists,
)
from guanxi.platform.metadata.fields.choice import Option
from guanxi.platform.metadata.fields.text import printable, refuse_no_text
from guanxi.platform.metadata.masks import is_masked

PHONE_KINDS = (
    Option("mobile", L("Mobile", "手机", "手機")),
    Option("work", L("Work", "工作", "公司")),
    Option("home", L("Home", "住宅", "住家")),
    Option("fax", L("Fax", "传真", "傳真")),
    Option("other", L("Other", "其他", "其他")),
)
EMAIL_KINDS = (
    Option("work", L("Work", "工作", "公司")),
    Option("home", L("Private", "私人", "私人")),
    Option("billing", L("Billing", "账务", "帳務")),
    Option("other", L("Other", "其他", "其他")),
)
ADDRESS_KINDS = (
    Option("office", L("Office", "办公", "辦公")),
    Option("billing", L("Billing", "开票", "帳單")),
    Option("shipping", L("Shipping", "收货", "送貨")),
    Option("home", L("Home", "住宅", "住家")),
    Option("other", L("Other", "其他", "其他")),
)
ADDRESS_PARTS = ("country", "province", "city", "district", "street", "postcode")
_KNOWN_PARTS = {"kind", "typed", "number", "extension", "value", "email", *ADDRESS_PARTS}
_EMAIL = re.compile(
    r"^[^@\s\"(),:;<>\[\\\]]+(?:\.[^@\s]+)*@(?:[^@\s.,;:<>()\[\]\"\\]+\.)+[^@\s.,;:<>()\[\]\"\\]{2,}$"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ContactPoints(Field):
    """A list of mappings with a `kind`. What identifies a point is indexed; the rest is kept as typed."""

    operators: ClassVar[tuple[Operator, ...]] = ("is", "is_not", "in", "contains", "empty", "not_empty")
    multiple: ClassVar[bool] = True
    kinds: ClassVar[tuple[Option, ...]] = ()
    kept_as: ClassVar[KeptAs] = "list"

    sortable: bool = False
    identifies: bool = True

    def clean(self, value: Any, context: Context) -> list[dict[str, Any]]:
        points: list[dict[str, Any]] = []
        for one in self._items(value):
            point = self.clean_point(one, context)
            if not point:
                self._refuse_unread(one)
            if point and self.key(point) not in {self.key(known) for known in points}:
                points.append(point)
        return points

    def _items(self, value: Any) -> list[Mapping[str, Any]]:
        """What is said as points of texts; raises FieldError that names what is none."""
        items = _items(value)
        for one in items:
            for part in _KNOWN_PARTS & set(one):
                refuse_no_text(self.label, part, one[part])
        return items

    def _refuse_unread(self, value: Mapping[str, Any]) -> None:
        """Raises FieldError where something was said that nothing was made of: {"mail": "a@b.example"}."""
        unread = [
            name for name in value if name not in _KNOWN_PARTS and value[name] not in (None, "", [], {})
        ]
        if unread:
            words = {"field": self.label, "part": str(unread[0])[:40]}
            raise FieldError("part", _("%(field)s has no part “%(part)s”.") % words)

    def clean_point(self, value: Mapping[str, Any], context: Context) -> dict[str, Any] | None:
        raise NotImplementedError

    def key(self, point: Mapping[str, Any]) -> str:
        """What makes two points the same one."""
        raise NotImplementedError

    def kind_of(self, value: Mapping[str, Any]) -> str:
        """The given kind by value or by any of its words; unknown ones become the first."""
        word = str(value.get("kind") or "").strip().casefold()
        if not word:
            return self.kinds[0].value
        for one in self.kinds:
            if word == one.value:
                return word
        for one in self.kinds:
            if word in {one.value, *(text.casefold() for text in one.label.everywhere().values())}:
                return one.value
        return self.kinds[0].value

    def from_row(self, row: Any) -> list[Any]:
        return as_list(row[0])

    def from_rows(self, columns: Sequence[Sequence[Any]]) -> Sequence[Any]:
        return as_lists(columns[0])

    def from_kept(self, kept: Any) -> list[Any]:
        return kept or []

    def index_values(self, value: Any) -> tuple[str, ...]:
        return tuple(self.key(point)[:200] for point in value or ())

    def condition(self, operator: Operator, value: Any, *, alias: str, context: Context, vendor: str) -> Sql:
        if operator in ("empty", "not_empty"):
            return value_exists(self, (), alias=alias, context=context, negated=operator == "empty")
        if operator == "contains":
            return Sql(
                f"{alias}.id IN (SELECT v.record_id FROM records_value v WHERE v.workspace_id = %s"
                " AND v.object = %s AND v.field = %s AND v.value LIKE %s ESCAPE '\\')",
                (
                    context.workspace_id,
                    self.object_name,
                    self.name,
                    like_pattern(str(value).casefold(), "contains"),
                ),
            )
        given = value if isinstance(value, list | tuple) else [value]
        keys = tuple(key for one in given for key in self.index_values(self.clean(one, context)))
        return value_exists(self, keys or ("",), alias=alias, context=context, negated=operator == "is_not")


def refuse_masked(typed: str) -> None:
    """What is left behind a mask reaches nobody: of 138****4426 only odd digits would be kept."""
    if is_masked(typed):
        words = _("“%(value)s” is masked. Write all of it, or leave it out.")
        raise FieldError("masked", words % {"value": typed[:60]})


@dataclass(frozen=True, kw_only=True, eq=False)
class Phones(ContactPoints):
    """[{kind, number (E.164, or the digits where no country fits), typed, extension}]"""

    type: ClassVar[str] = "phones"
    kinds: ClassVar[tuple[Option, ...]] = PHONE_KINDS

    def clean_point(self, value: Mapping[str, Any], context: Context) -> dict[str, Any] | None:
        typed = printable(str(value.get("typed") or value.get("number") or value.get("value") or "")).strip()
        if not typed:
            return None
        refuse_masked(typed)
        if len(typed) > 60 or not any(sign.isdigit() for sign in typed):
            raise FieldError("phone", _("“%(value)s” is not a phone number.") % {"value": typed[:60]})
        point = {"kind": self.kind_of(value), "number": "", "typed": typed}
        parsed = parse_phone(typed, context.country)
        if parsed is None:
            # Better kept as it was than lost: an internal extension is a number too.
            point["number"] = "".join(sign for sign in typed if sign.isdigit())
        else:
            point["number"] = parsed.e164
            if parsed.extension:
                point["extension"] = parsed.extension
        return point

    def key(self, point: Mapping[str, Any]) -> str:
        return str(point["number"])

    def search_text(self, value: Any) -> str:
        return " ".join(f"{point['number']} {point['typed']}" for point in value or ())


@dataclass(frozen=True, kw_only=True, eq=False)
class Emails(ContactPoints):
    """[{kind, email}]"""

    type: ClassVar[str] = "emails"
    kinds: ClassVar[tuple[Option, ...]] = EMAIL_KINDS

    def clean_point(self, value: Mapping[str, Any], context: Context) -> dict[str, Any] | None:
        email = printable(str(value.get("email") or value.get("value") or "")).strip()
        email = email.removeprefix("mailto:")
        if not email:
            return None
        refuse_masked(email)
        if len(email) > 254 or not _EMAIL.match(email):
            raise FieldError("email", _("“%(value)s” is not an email address.") % {"value": email[:80]})
        return {"kind": self.kind_of(value), "email": email}

    def key(self, point: Mapping[str, Any]) -> str:
        return str(point["email"]).casefold()

    def search_text(self, value: Any) -> str:
        return " ".join(str(point["email"]) for point in value or ())


@dataclass(frozen=True, kw_only=True, eq=False)
class Addresses(ContactPoints):
    """[{kind, country, province, city, district, street, postcode}], each part as text.

    Divisions of China are called as the table calls them: 浙江 and 浙江省 are one when lists are grouped.
    """

    type: ClassVar[str] = "addresses"
    kinds: ClassVar[tuple[Option, ...]] = ADDRESS_KINDS
    operators: ClassVar[tuple[Operator, ...]] = ("contains", "empty", "not_empty")

    identifies: bool = False

    def clean_point(self, value: Mapping[str, Any], context: Context) -> dict[str, Any] | None:
        point: dict[str, Any] = {"kind": self.kind_of(value)}
        for part in ADDRESS_PARTS:
            text = " ".join(printable(str(value.get(part) or "")).split())[:200]
            if text:
                point[part] = text
        if value.get("value"):
            point.setdefault("street", " ".join(printable(str(value["value"])).split())[:200])
        whole = completed(point)
        point |= {part: whole[part] for part in ADDRESS_PARTS if part in whole}
        return point if len(point) > 1 else None

    def key(self, point: Mapping[str, Any]) -> str:
        return " ".join(str(point[part]) for part in ADDRESS_PARTS if point.get(part)).casefold()

    def search_text(self, value: Any) -> str:
        return " ".join(
            str(point[part]) for point in value or () for part in ADDRESS_PARTS if point.get(part)
        )


def _items(value: Any) -> list[Mapping[str, Any]]:
    """Accept a list of mappings, one mapping, or plain text with one point a line."""
    if value is None or value == "":
        return []
    if isinstance(value, Mapping):
        return [value]
    if isinstance(value, str):
        return [{"value": part} for part in re.split(r"[\n;\uff1b]", value) if part.strip()]
    if isinstance(value, list | tuple):
        return [one if isinstance(one, Mapping) else {"value": one} for one in value if one]
    return [{"value": value}]
