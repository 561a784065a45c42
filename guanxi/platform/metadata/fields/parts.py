"""Values of several parts that are read as one: a person's name, an address, formatted text, a file.

Each is kept as its parts with its words beside them: filters and search read the words, sorting what follows
from them, so that nobody has to take a value apart in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
from django.utils.translation import gettext as _

from guanxi.platform.i18n.addresses import address_line, country_name
from guanxi.platform.i18n.divisions import completed, split_address
from guanxi.platform.i18n.labels import L
from guanxi.platform.i18n.names import person_name, sort_key, split_name
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields.base import Context, Field, KeptAs, Operator, Sql, like_pattern
from guanxi.platform.metadata.fields.contact_points import ADDRESS_PARTS
from guanxi.platform.metadata.fields.markup import cleaned_markup, words_of_markup
from guanxi.platform.metadata.fields.text import Text, printable, refuse_no_text

NAME_PARTS = ("family", "given", "middle")
PLACE_PARTS = {
    "country": L("Country", "国家", "國家"),
    "province": L("Province", "省份", "省份"),
    "city": L("City", "城市", "城市"),
    "district": L("District", "区县", "區"),
}
_MOST = 100
_CONTAINERS = {"text", "sort"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts(Field):
    """A mapping of texts, compared by its words. `worded` of a field of one's own gives these as SQL."""

    kept_as: ClassVar[KeptAs] = "parts"
    operators: ClassVar[tuple[Operator, ...]] = ("is", "is_not", "contains", "starts", "empty", "not_empty")

    sortable: bool = False

    def said(self, value: Any) -> str:
        """The words of a value, on one line."""
        raise NotImplementedError

    def order(self, value: Any) -> str:
        """What it is sorted by, where it can be."""
        return ""

    def worded(self, alias: str, part: str = "text") -> str:
        """The words as SQL, or those of a part."""
        raise NotImplementedError

    def to_kept(self, value: Any) -> Any:
        if self.is_empty(value):
            return None
        order = {"sort": self.order(value)} if self.sortable else {}
        return {**self.parted(value), "text": self.said(value), **order}

    def from_kept(self, kept: Any) -> Any:
        if not isinstance(kept, Mapping):
            return None
        return self.joined({name: one for name, one in kept.items() if name not in _CONTAINERS})

    def parted(self, value: Any) -> dict[str, Any]:
        """The parts that are kept, none of them called `text` or `sort`."""
        return dict(value)

    def joined(self, parts: dict[str, Any]) -> Any:
        """The value of kept parts."""
        return parts

    def from_row(self, row: Any) -> Any:
        return self.from_kept(msgspec.json.decode(row[0]) if isinstance(row[0], str) else row[0])

    def search_text(self, value: Any) -> str:
        return "" if self.is_empty(value) else self.said(value)

    def condition(self, operator: Operator, value: Any, *, alias: str, context: Context, vendor: str) -> Sql:
        name = self.worded(alias)
        if operator not in self.operators or operator in ("empty", "not_empty"):
            return super().condition(operator, value, alias=alias, context=context, vendor=vendor)
        if operator in ("contains", "starts"):
            like = "ILIKE" if vendor == "postgresql" else "LIKE"
            return Sql(f"{name} {like} %s ESCAPE '\\'", (like_pattern(str(value), operator),))
        cleaned = self.clean(value, context)
        words = "" if self.is_empty(cleaned) else self.said(cleaned)
        if operator == "is_not":
            return Sql(f"({name} <> %s OR {name} IS NULL)", (words,))
        return Sql(f"{name} = %s", (words,))

    def _texts(self, value: Mapping[str, Any], names: tuple[str, ...], most: int) -> dict[str, str]:
        """Those parts that say something; raises FieldError for one that is no text or too long."""
        found = {}
        for name in names:
            given = value.get(name)
            if given is None:
                continue
            refuse_no_text(self.label, name, given)
            text = " ".join(printable(str(given)).split())
            if len(text) > most:
                raise FieldError(
                    "too_long",
                    _("%(field)s may have %(most)s characters in each part.")
                    % {"field": self.label, "most": most},
                )
            if text:
                found[name] = text
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class PersonName(Parts):
    """{family, given, middle}: read in the order of its script, sorted by family name, by pinyin."""

    type: ClassVar[str] = "person"

    sortable: bool = True

    def clean(self, value: Any, context: Context) -> dict[str, str] | None:
        if value is None or value == "":
            return None
        if isinstance(value, str):
            family, given = split_name(printable(value).replace("\n", " ").strip())
            value = {"family": family, "given": given}
        if not isinstance(value, Mapping):
            raise FieldError("person", _("%(field)s must be a name.") % {"field": self.label})
        return self._texts(value, NAME_PARTS, _MOST) or None

    def said(self, value: Any) -> str:
        return person_name(**{part: value[part] for part in NAME_PARTS if value.get(part)})

    def order(self, value: Any) -> str:
        parts = (value.get(part, "") for part in NAME_PARTS)
        return sort_key(" ".join(part for part in parts if part), person=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class Address(Parts):
    """{country, province, city, district, street, postcode}: one address.

    In China province, city and district are called as the table of divisions calls them, and an address of
    one line is taken apart by it; everywhere else each part is what was typed.
    """

    type: ClassVar[str] = "address"

    def clean(self, value: Any, context: Context) -> dict[str, str] | None:
        if value is None or value == "":
            return None
        if isinstance(value, str):
            value = split_address(printable(value))
        if not isinstance(value, Mapping):
            raise FieldError("address", _("%(field)s must be an address.") % {"field": self.label})
        parts = self._texts(value, ADDRESS_PARTS, 2 * _MOST)
        return completed(parts) or None

    def said(self, value: Any) -> str:
        return spoken_address(value)

    def part(self, name: str) -> Field | None:
        if name not in PLACE_PARTS:
            return None
        return PlacePart(name=f"{self.name}.{name}", label=PLACE_PARTS[name], of=self, readonly=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class PlacePart(Text):
    """Where an address is: its country, province, city or district, called `site.province`."""

    of: Address

    def expression(self, alias: str) -> str:
        return self.of.worded(alias, self.name.rpartition(".")[2])


@dataclass(frozen=True, kw_only=True, eq=False)
class RichText(Parts):
    """Text with headings, lists, links: HTML of which nothing is kept that could act."""

    type: ClassVar[str] = "rich_text"

    max_length: int = 60_000

    def clean(self, value: Any, context: Context) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise FieldError("text", _("%(field)s must be text.") % {"field": self.label})
        markup = cleaned_markup(
            printable(value.replace("\r\n", "\n").replace("\r", "\n"))[: 2 * self.max_length]
        )
        if len(markup) > self.max_length:
            raise FieldError(
                "too_long",
                _("%(field)s may have %(most)s characters; this has %(count)s.")
                % {"field": self.label, "most": self.max_length, "count": len(markup)},
            )
        return markup or None

    def said(self, value: Any) -> str:
        return words_of_markup(value)

    def parted(self, value: Any) -> dict[str, Any]:
        return {"html": value}

    def joined(self, parts: dict[str, Any]) -> Any:
        return parts.get("html")


def spoken_address(value: Mapping[str, Any], home: str = "") -> str:
    """An address on one line, in the order of its script; the country where it is not `home`."""
    parts = {part: str(value.get(part) or "") for part in ADDRESS_PARTS}
    country, region = parts.pop("country"), parts.pop("province")
    line = address_line(**parts, region=region)
    named = country_name(country) if country and country != home else ""
    gap = " " if line and not line.isascii() else ", "
    return gap.join(part for part in (named, line) if part)
