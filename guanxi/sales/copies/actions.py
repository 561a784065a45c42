"""A copy of a deal, a quote or an order: the same terms and lines, at the beginning of its way.

What is carried over is said here, once for the verb and for the page that tells it beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import EDIT, right_of
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.titles import titles_of
from guanxi.platform.records.writing import change_record, create_record, create_records

LINE = (
    "title", "details", "product", "quantity", "unit", "list_price", "unit_price", "discount_percent",
    "tax_rate", "cost", "position",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Copying:
    """What a copy takes along.

    fields   of the record itself
    parts    object of parts → their fields
    within   object of parts → the field that links to another part of the same record
    anew     what begins anew, in words
    """

    fields: tuple[str, ...]
    parts: Mapping[str, tuple[str, ...]]
    anew: Any
    within: Mapping[str, str] = field(default_factory=dict)


COPYINGS: Mapping[str, Copying] = {
    "deal": Copying(
        ("name", "company", "contact", "product", "amount", "by_lines", "about"),
        {"deal_line": LINE, "buyer": ("contact", "role", "stance", "influence", "note")},
        _("Stage, dates, next step, checklist, competitors and shares begin anew. It is yours."),
        {"buyer": "reports_to"},
    ),
    "quote": Copying(
        (
            "name", "deal", "company", "contact", "price_book", "currency", "tax_included",
            "discount_percent", "payment", "delivery", "warranty", "about",
        ),
        {"quote_line": LINE},
        _("Number, version, validity, approval and the customer's answer begin anew. It is yours."),
    ),
    "order": Copying(
        (
            "company", "contact", "currency", "tax_included", "discount_percent", "rounding", "ship_to",
            "about",
        ),
        {"order_line": LINE},
        _("Number, dates, deliveries, invoices, payments and the deal begin anew. It is yours."),
    ),
}  # fmt: skip


@transaction.atomic
def copy_record(record: Any, *, by: Actor, values: Mapping[str, Any] | None = None) -> Any:
    """A new record of the actor's with what is carried over; `values` are those that it begins with besides.

    What the actor may not see or fill stays empty. Raises NotFound, Refused and InvalidValues.
    """
    obj = registry.get(record.object_name)
    require(by, "copy", obj)
    found = find_record(obj, record.pk, by=by)
    taken = {one: obj[one].get(found) for one in carried(obj, found, by=by)}
    if taken.get("by_lines"):
        taken.pop("amount", None)  # it comes along with the lines
    given = _without_empty(taken) | dict(values or {})
    made = create_record(object=obj.name, values=given, by=by, data={"copy_of": str(found.pk)})
    for name in COPYINGS[obj.name].parts:
        _copy_parts(registry.get(name), found, made, within=COPYINGS[obj.name].within.get(name, ""), by=by)
    made.refresh_from_db()
    data = {"copy": str(made.pk), "title": str(made)}
    state_fact(obj.name, "copied", found.pk, by=by, title=str(found), data=data, about=found.concerns())
    return made


def carried(obj: Object, record: Any, *, by: Actor) -> list[str]:
    """The fields of the record that a copy by this actor takes along."""
    names = [one for one in COPYINGS[obj.name].fields if _may_fill(obj, one, by)]
    links = {
        name: (getattr(obj[name], "to", ""), obj[name].get(record))
        for name in names
        if obj[name].type == "link" and obj[name].get(record)
    }
    seen = titles_of(set(links.values()), by=by)
    return [one for one in names if one not in links or links[one] in seen]


def parts_of(obj: Object, record: Any, *, by: Actor) -> list[tuple[Object, int]]:
    """How many parts of which kind a copy by this actor takes along."""
    parts = [registry.get(name) for name in COPYINGS[obj.name].parts]
    counted = [(one, len(_parts(one, record, by=by))) for one in parts]
    return [(one, count) for one, count in counted if count]


def _copy_parts(part: Object, record: Any, made: Any, *, within: str, by: Actor) -> None:
    taken = _parts(part, record, by=by)
    values = [_without_empty(said) | {part.part_of: made.pk} for _row, said in taken]
    new = create_records(object=part.name, rows=values, by=by) if values else []
    twin = {old.pk: one for (old, _said), one in zip(taken, new, strict=True)}
    if within and _may_fill(part, within, by):
        for old, _said in taken:
            if (above := twin.get(part[within].get(old))) is not None:
                change_record(twin[old.pk], {within: above.pk}, by=by)


def _parts(part: Object, record: Any, *, by: Actor) -> list[tuple[Any, dict[str, Any]]]:
    """(part, values) of what a copy by this actor takes along: no link to what they don't see, and no part
    that is nothing without such a link."""
    found = part.model_class.objects.filter(**{part[part.part_of].column: record.pk}, archived_at=None)
    rows = list(found.order_by("pk"))
    names = [one for one in COPYINGS[part.whole].parts[part.name] if _may_fill(part, one, by)]
    links = {name: getattr(part[name], "to", "") for name in names if part[name].type == "link"}
    seen = titles_of({(to, part[name].get(row)) for name, to in links.items() for row in rows}, by=by)
    taken = []
    for row in rows:
        unseen = {name for name, to in links.items() if (to, part[name].get(row)) not in seen}
        if not any(part[name].required for name in unseen):
            taken.append((row, {name: part[name].get(row) for name in names if name not in unseen}))
    return taken


def _may_fill(obj: Object, name: str, by: Actor) -> bool:
    return right_of(obj, name, by) == EDIT


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}
