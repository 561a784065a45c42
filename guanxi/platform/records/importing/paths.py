"""Places within a record, in words: "addresses:billing:city" is "Addresses › Billing › City"."""

from __future__ import annotations

from django.utils.translation import gettext as _

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field, Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.importing.attaching import ATTACHED
from guanxi.platform.records.importing.attaching import FIELD as ATTACHED_FIELD

STATE = "state"  # of what says when something was done: a word for whether it is


def field_at(obj: Object, path: str) -> Field:
    """The field that a column goes to; "about:deal", a part of what links to anything, is a link to deals.

    Files that are attached to a record go to no field of it; what stands for one is given.
    """
    if path == ATTACHED:
        return ATTACHED_FIELD
    name, _colon, part = path.partition(":")
    found = obj[name]
    if found.type != "about" or not part:
        return found
    return Link(name=name, label=registry.get(part).label, to=part, object_name=obj.name)


def told_about() -> list[Object]:
    """The objects that a column of an activity may name."""
    return [one for one in registry.objects() if one.group and not one.about]


def path_label(obj: Object, path: str) -> str:
    """A path in the active language."""
    if not path:
        return ""
    if path == ATTACHED:
        return str(ATTACHED_FIELD.label)
    name, *rest = path.split(":")
    field = obj[name]
    kinds = {kind.value: str(kind.label) for kind in getattr(field, "kinds", ())}
    if field.type == "about":
        kinds = {one.name: str(one.label) for one in told_about()}
    words = [str(field.label), *(kinds.get(part) or part_label(part) for part in rest if part)]
    return " › ".join(words)


def part_label(part: str) -> str:
    return {
        "country": _("Country"),
        "province": _("Province"),
        "city": _("City"),
        "district": _("District"),
        "street": _("Street"),
        "postcode": _("Postcode"),
        "family": _("Last name"),
        "given": _("First name"),
        "middle": _("Middle name"),
        "currency": _("Currency"),
        STATE: _("Yes or no"),
    }.get(part, part)
