"""Text of one line, of many lines, and addresses on the web."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec
from django.utils.translation import gettext as _

from guanxi.platform.i18n.labels import L
from guanxi.platform.i18n.positions import parse_position
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields.base import Context, Field, KeptAs, Operator, Sql, like_pattern

_PART = re.compile(r"\{(year|month|number)(?::([1-9]))?\}")


LONGEST_HOST = 253  # RFC 1035


@dataclass(frozen=True, kw_only=True, eq=False)
class Text(Field):
    """One line. Kept as typed but for surrounding space and characters that no database takes."""

    type: ClassVar[str] = "text"
    operators: ClassVar[tuple[Operator, ...]] = (
        "is", "is_not", "in", "not_in", "contains", "starts", "empty", "not_empty",
    )  # fmt: skip

    max_length: int = 200

    def clean(self, value: Any, context: Context) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str | int | float):
            raise FieldError("text", _("%(field)s must be text.") % {"field": self.label})
        text = self.tidy(str(value))
        self.check_length(text)
        return text or None

    def check_length(self, text: str) -> None:
        """Raises FieldError where it is longer than the field may be."""
        if len(text) > self.max_length:
            raise FieldError(
                "too_long",
                _("%(field)s may have %(most)s characters; this has %(count)s.")
                % {"field": self.label, "most": self.max_length, "count": len(text)},
            )

    def tidy(self, text: str) -> str:
        return " ".join(printable(text).split()) if "\n" in text or "\r" in text else printable(text).strip()

    def condition(self, operator: Operator, value: Any, *, alias: str, context: Context, vendor: str) -> Sql:
        name = self.expression(alias)
        if operator in ("contains", "starts"):
            like = "ILIKE" if vendor == "postgresql" else "LIKE"
            return Sql(f"{name} {like} %s ESCAPE '\\'", (like_pattern(str(value), operator),))
        if operator == "empty":
            return Sql(f"({name} IS NULL OR {name} = '')")
        if operator == "not_empty":
            return Sql(f"({name} IS NOT NULL AND {name} <> '')")
        return super().condition(operator, value, alias=alias, context=context, vendor=vendor)

    def index_values(self, value: Any) -> tuple[str, ...]:
        return (str(value).casefold()[:200],) if self.identifies and value else ()

    def search_text(self, value: Any) -> str:
        return value or ""


@dataclass(frozen=True, kw_only=True, eq=False)
class LongText(Text):
    """Several lines."""

    type: ClassVar[str] = "long_text"
    max_length: int = 20_000
    sortable: bool = False

    def tidy(self, text: str) -> str:
        return printable(text.replace("\r\n", "\n").replace("\r", "\n")).strip()


@dataclass(frozen=True, kw_only=True, eq=False)
class Position(Text):
    """A place on the earth, as positions.py keeps it: "30.274150,120.155150"."""

    max_length: int = 60
    sortable: bool = False

    def clean(self, value: Any, context: Context) -> str | None:
        text = super().clean(value, context)
        if not text:
            return None
        found = parse_position(text)
        if found is None:
            message = _("“%(value)s” is no place. Write latitude and longitude: 30.27415, 120.15515.")
            raise FieldError("position", message % {"value": text[:40]})
        return str(found)

    def search_text(self, value: Any) -> str:
        return ""


@dataclass(frozen=True, kw_only=True, eq=False)
class District(Text):
    """The district of an address, as lists are filtered and grouped by it: as near as where somebody is."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AutoNumber(Text):
    """A number that the product gives, as `pattern` says: `EQ-{year}-{number:4}`. Without gaps, given once.

    reset   "" never begins anew, "year" and "month" do
    given   "created": to each new record that brings none; "asked": by a verb, when the time has come

    Of a field that the product ships, a workspace may set pattern and reset (records/numbers.py).
    """

    type: ClassVar[str] = "auto_number"

    pattern: str = "{number}"
    reset: str = ""
    given: str = "created"

    def said(self, number: int, year: int, month: int) -> str:
        """The text of a number."""
        return _PART.sub(
            lambda part: {"year": f"{year:04}", "month": f"{month:02}"}.get(
                part[1], str(number).zfill(int(part[2] or 0))
            ),
            self.pattern,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Json(Field):
    """An object or a list of JSON, of up to 20,000 letters, for programs; shown as text."""

    type: ClassVar[str] = "json"
    kept_as: ClassVar[KeptAs] = "json"
    operators: ClassVar[tuple[Operator, ...]] = ("empty", "not_empty")

    sortable: bool = False
    max_length: int = 20_000

    def clean(self, value: Any, context: Context) -> Any:
        if value is None or value == "":
            return None
        try:
            found = msgspec.json.decode(value) if isinstance(value, str) else value
            said = msgspec.json.encode(found).decode()
        except (msgspec.DecodeError, UnicodeError, TypeError, RecursionError, OverflowError) as problem:
            raise FieldError("json", self._no_json(value)) from problem
        if not isinstance(found, dict | list):
            said = _("%(field)s must be an object {…} or a list […].") % {"field": self.label}
            raise FieldError("json", said)
        if len(said) > self.max_length or "\\u0000" in said:
            raise FieldError("json", _("%(field)s is too large.") % {"field": self.label})
        return found

    def _no_json(self, value: Any) -> str:
        """What is said of a text that is none: where it ends to be one, if that can be told."""
        try:
            json.loads(value)
        except json.JSONDecodeError as problem:
            words = {"field": self.label, "line": problem.lineno, "column": problem.colno}
            return _("%(field)s is no JSON: look at line %(line)d, column %(column)d.") % words
        except (ValueError, TypeError, RecursionError):
            pass
        return _("%(field)s is no JSON.") % {"field": self.label}

    def from_row(self, row: Any) -> Any:
        return msgspec.json.decode(row[0]) if isinstance(row[0], str) else row[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class Url(Text):
    """An address on the web; `https://` is added where it was left out, and nothing but http(s) is taken."""

    type: ClassVar[str] = "url"
    max_length: int = 500

    def clean(self, value: Any, context: Context) -> str | None:
        text = super().clean(value, context)
        if text is None:
            return None
        address = text if "://" in text else f"https://{text}"
        self.check_length(address)
        try:
            parts = urlsplit(address)
        except ValueError:
            parts = urlsplit("")
        host = parts.hostname or ""
        if parts.scheme not in {"http", "https"} or not 0 < len(host) <= LONGEST_HOST or " " in address:
            raise FieldError("url", _("“%(value)s” is not an address on the web.") % {"value": text})
        return address

    def index_values(self, value: Any) -> tuple[str, ...]:
        return (host_of(value)[:200],) if self.identifies and value else ()


def host_of(address: str) -> str:
    """`https://www.Example.com/x` → `example.com`."""
    return (urlsplit(address).hostname or "").casefold().removeprefix("www.")


def refuse_no_text(label: L, part: str, given: Any) -> None:
    """Raises FieldError where a part of a value of several parts is neither a text nor a number."""
    if given is not None and (isinstance(given, bool) or not isinstance(given, str | int | float)):
        words = {"field": label, "part": part[:40]}
        raise FieldError("part", _("“%(part)s” of %(field)s must be a text.") % words)


def printable(text: str) -> str:
    """Without NUL, lone surrogates and control characters, which PostgreSQL refuses or screens can't show."""
    if text.isprintable():
        return text
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs"})
