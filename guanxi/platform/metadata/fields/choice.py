"""One of a short list of options."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields.base import Context, Field
from guanxi.platform.metadata.fields.several import Several


@dataclass(frozen=True, slots=True)
class Option:
    """A value that is kept, the words for it, and a pigment of the palette."""

    value: str
    label: L
    tone: str = ""
    icon: str = ""
    archived: bool = False  # no longer offered; records that have it keep it


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice(Field):
    type: ClassVar[str] = "choice"

    options: tuple[Option, ...] = ()

    def option(self, value: str | None) -> Option | None:
        return next((one for one in self.options if one.value == value), None)

    def clean(self, value: Any, context: Context) -> str | None:
        return read_option(value, self.options, self)

    def search_text(self, value: Any) -> str:
        return ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Choices(Several):
    """Several of a list of options, in the order in which they were chosen."""

    type: ClassVar[str] = "choices"

    options: tuple[Option, ...] = ()

    def option(self, value: str | None) -> Option | None:
        return next((one for one in self.options if one.value == value), None)

    def clean(self, value: Any, context: Context) -> list[str]:
        if value is None or value == "":
            return []
        given = value if isinstance(value, list | tuple) else _SEPARATORS.split(str(value))
        found = [read_option(one, self.options, self) for one in given]
        return list(dict.fromkeys(one for one in found if one is not None))

    def from_json(self, value: Any) -> list[str]:
        return value or []


def read_option(value: Any, options: tuple[Option, ...], owner: Field) -> str | None:
    """The option that was named, by its value or by its word in any language."""
    if value is None or value == "":
        return None
    word = str(value).strip().casefold()
    for one in options:
        if word in {one.value, *(text.casefold() for text in one.label.everywhere().values())}:
            return one.value
    raise FieldError(
        "choice",
        _("%(field)s can't be “%(value)s”.") % {"field": owner.label, "value": str(value)[:40]},
    )


_SEPARATORS = re.compile("[,;\uff0c\uff1b\u3001\n]")
