"""One of a short list of options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields.base import Context, Field


@dataclass(frozen=True, slots=True)
class Option:
    """A value that is kept, the words for it, and a pigment of the palette."""

    value: str
    label: L
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice(Field):
    type: ClassVar[str] = "choice"

    options: tuple[Option, ...] = ()

    def option(self, value: str | None) -> Option | None:
        return next((one for one in self.options if one.value == value), None)

    def clean(self, value: Any, context: Context) -> str | None:
        if value is None or value == "":
            return None
        word = str(value).strip().casefold()
        for one in self.options:
            if word in {one.value, *(text.casefold() for text in one.label.everywhere().values())}:
                return one.value
        raise FieldError(
            "choice",
            _("%(field)s can't be “%(value)s”.") % {"field": self.label, "value": str(value)[:40]},
        )

    def search_text(self, value: Any) -> str:
        return ""
