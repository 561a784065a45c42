"""Places within a record, in words: "addresses:billing:city" is "Addresses › Billing › City"."""

from __future__ import annotations

from django.utils.translation import gettext as _

from guanxi.platform.metadata.objects import Object


def path_label(obj: Object, path: str) -> str:
    """A path in the active language."""
    if not path:
        return ""
    name, *rest = path.split(":")
    field = obj[name]
    kinds = {kind.value: str(kind.label) for kind in getattr(field, "kinds", ())}
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
    }.get(part, part)
