"""By what records can be grouped: `industry`, `company.industry`, `closed_on:quarter`, `team:1`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.warehouse.rights import seen_fields
from guanxi.analytics.warehouse.shape import TYPES
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Field, Link
from guanxi.platform.metadata.objects import Object

DATES = {"date", "datetime"}
LEVELS = {
    "year": gettext_lazy("Year"),
    "fiscal": gettext_lazy("Fiscal year"),
    "quarter": gettext_lazy("Quarter"),
    "month": gettext_lazy("Month"),
    "week": gettext_lazy("Week"),
    "day": gettext_lazy("Single day"),
    "weekday": gettext_lazy("Weekday"),
    "working": gettext_lazy("Working day or not"),
    "holiday": gettext_lazy("Holiday"),
}
CALENDAR = ("working", "holiday")  # what the calendar of the country says of a day
RECURRING = ("weekday", *CALENDAR)  # levels that are no span of time
TREE = {"1": gettext_lazy("Level 1"), "2": gettext_lazy("Level 2"), "3": gettext_lazy("Level 3")}
FINER = {"year": "quarter", "fiscal": "quarter", "quarter": "month", "month": "week", "week": "day"}
PLACE = ("addresses",)  # what the parts of a place follow from
COARSER = {"quarter": "year", "month": "quarter", "week": "month", "day": "week"}
_MULTIPLE = {"choices", "tags", "links", "about"}
_MOST_LINKS = 2


@dataclass(frozen=True, slots=True)
class Dimension:
    """A way to group: the field at the end of a path of links, and a level of it.

    path   names of links, then of the field
    level  of a date, or of the tree of teams; "" for the value itself
    """

    path: tuple[str, ...]
    field: Field
    level: str
    labels: tuple[str, ...]

    @property
    def text(self) -> str:
        return ".".join(self.path) + (f":{self.level}" if self.level else "")

    @property
    def label(self) -> str:
        words = " › ".join(self.labels)
        level = LEVELS.get(self.level) or TREE.get(self.level)
        return f"{words} · {level}" if level else words

    @property
    def dated(self) -> bool:
        return self.field.type in DATES


def dimension(obj: Object, text: str, by: Actor) -> Dimension:
    """What a text names; raises FieldError for what the actor does not see or nobody can group by."""
    names, _colon, level = text.partition(":")
    path = tuple(names.split("."))
    fields = fields_along(obj, path, by)
    field = fields[-1]
    if field.type not in TYPES or field.type in _MULTIPLE or field.type == "money":
        raise FieldError("dimension", _("Nothing can be grouped by “%(name)s”.") % {"name": text})
    if field.type in DATES:
        level = level or "month"
    allowed = LEVELS if field.type in DATES else TREE if field.type == "team" else {}
    if level and level not in allowed:
        raise FieldError("dimension", _("“%(name)s” has no such level.") % {"name": text})
    return Dimension(path, field, level, tuple(str(one.label) for one in fields))


def finer_place(one: Dimension, obj: Object, by: Actor) -> str:
    """Country → province → city → district: the next part of the place that follows from one address; "" for
    what is no part of one, and for the last."""
    return _beside(one, obj, by, 1)


def coarser_place(one: Dimension, obj: Object, by: Actor) -> str:
    """The part of the place above one; "" for none."""
    return _beside(one, obj, by, -1)


def _beside(one: Dimension, obj: Object, by: Actor, step: int) -> str:
    if one.field.follows != PLACE:
        return ""
    owner = owner_of(obj, one.path)
    seen = seen_fields(owner, by)
    parts = [field.name for field in owner.fields if field.follows == PLACE and field.name in seen]
    place = parts.index(one.field.name) + step
    return ".".join((*one.path[:-1], parts[place])) if 0 <= place < len(parts) else ""


def owner_of(obj: Object, path: tuple[str, ...]) -> Object:
    """The object whose field stands at the end of a path."""
    for name in path[:-1]:
        link = obj[name]
        assert isinstance(link, Link)
        obj = registry.get(link.to)
    return obj


def fields_along(obj: Object, path: tuple[str, ...], by: Actor) -> list[Field]:
    """The links of a path and the field at its end, as the actor sees them; raises FieldError."""
    if len(path) > _MOST_LINKS + 1:
        raise FieldError(
            "unknown_field",
            _("There is no field “%(name)s”, or you may not see it.") % {"name": ".".join(path)},
        )
    found: list[Field] = []
    for name in path:
        field = seen_fields(obj, by).get(name) if by.may("see", obj.name) else None
        if field is None or (found and not isinstance(found[-1], Link)):
            raise FieldError(
                "unknown_field",
                _("There is no field “%(name)s”, or you may not see it.") % {"name": ".".join(path)},
            )
        found.append(field)
        if isinstance(field, Link) and registry.has(field.to):
            obj = registry.get(field.to)
        elif len(found) < len(path):
            raise FieldError(
                "unknown_field",
                _("There is no field “%(name)s”, or you may not see it.") % {"name": ".".join(path)},
            )
    return found


def dimensions_of(obj: Object, by: Actor) -> Iterator[Dimension]:
    """What the actor may group an object by: its own fields, then those of what it links to."""
    seen = [one for one in seen_fields(obj, by).values() if _groups(one, obj)]
    for one in seen:
        yield Dimension((one.name,), one, "month" if one.type in DATES else "", (str(one.label),))
    for link in seen:
        if not isinstance(link, Link) or not registry.has(link.to) or not by.may("see", link.to):
            continue
        target = registry.get(link.to)
        for one in seen_fields(target, by).values():
            if _groups(one, target) and one.type not in DATES and one.name not in _DULL:
                yield Dimension((link.name, one.name), one, "", (str(link.label), str(one.label)))


_DULL = {"created_by", "pooled_from", "source", "pool", "rhythm_days"}


def _groups(field: Field, obj: Object) -> bool:
    if field.type not in TYPES or field.type in _MULTIPLE or field.type in ("money", "decimal", "url"):
        return False
    return field.name != obj.title and not field.hidden and field.name not in ("pool_reason",)
