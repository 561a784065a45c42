"""What documents are numbered by. Most get their number when they are made; others ask for it here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.metadata.fields import AutoNumber
from guanxi.platform.metadata.kinds import read_pattern
from guanxi.platform.metadata.models import Counter, NumberRule
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.numbers import as_ruled, next_numbers, period_of
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.home import today_here


@dataclass(frozen=True, slots=True)
class Numbering:
    """How one kind is numbered now, and what the next number will be.

    kind  "order", or "invoice.invoice_no" where it is not the field `number`
    """

    kind: str
    label: str
    pattern: str
    reset: str
    last: int
    example: str


def next_number(kind: str, on: date | None = None, workspace: int | None = None) -> str:
    """The next number of a kind ("quote", "invoice.invoice_no"), as of a day; nobody else gets it.

    Taken in the caller's transaction and rolled back with it. Raises KeyError for what has no numbers.
    """
    obj, field = _field_of(kind)
    if workspace is None:
        return next_numbers(obj, field, 1, on=on)[0]
    with in_workspace(workspace):
        return next_numbers(obj, field, 1, on=on)[0]


def numberings() -> list[Numbering]:
    """Every kind that the product numbers, in the order of the navigation."""
    return [
        _numbering(obj, field)
        for obj in registry.objects()
        for field in obj.fields
        if isinstance(field, AutoNumber) and not field.own
    ]


@transaction.atomic
def set_numbering(
    kind: str, *, pattern: str, reset: str = "", following: int | None = None, by: Actor
) -> NumberRule:
    """How a kind is numbered from now on; `following` is the next number, which never goes back.

    Raises InvalidValues for what is no pattern, KeyError for what has no numbers, Refused for who does not
    administer the workspace.
    """
    if not by.administers:
        raise Refused("number_rule.change")
    obj, field = _field_of(kind)
    try:
        read = read_pattern({"pattern": pattern, "reset": reset})
    except FieldError as problem:
        raise InvalidValues({"pattern": [problem]}) from problem
    before = as_ruled(obj, field)
    row: NumberRule
    row, _made = NumberRule.objects.get_or_create(
        object=obj.name, field=field.name, defaults=read | {"workspace_id": by.workspace_id}
    )
    row.pattern, row.reset, row.version = read["pattern"], read["reset"], row.version + 1
    row.save()
    changes = {
        name: [getattr(before, name), read[name]] for name in read if getattr(before, name) != read[name]
    }
    if following is not None:
        changes |= _go_on(obj, replace(field, **read), following)
    if changes:
        state_fact(
            "number_rule", "changed", row.pk, by=by, title=str(obj.label), changes=changes,
            data={"kind": kind}, version=row.version,
        )  # fmt: skip
    return row


def _go_on(obj: Object, field: AutoNumber, following: int) -> dict[str, list[object]]:
    """Let the counter of today stand so that this number is next."""
    period = period_of(field, today_here())
    row, _made = Counter.objects.get_or_create(object=obj.name, field=field.name, period=period)
    if following <= row.last:
        words = _("%(number)s is given already: the next one is %(next)s.")
        said = words % {"number": following, "next": row.last + 1}
        raise InvalidValues({"following": [FieldError("range", said)]})
    if following == row.last + 1:
        return {}
    before, row.last = row.last + 1, following - 1
    row.save(update_fields=["last"])
    return {"following": [before, following]}


def _numbering(obj: Object, field: AutoNumber) -> Numbering:
    ruled, day = as_ruled(obj, field), today_here()
    counted = Counter.objects.filter(object=obj.name, field=field.name, period=period_of(ruled, day))
    last = counted.values_list("last", flat=True).first() or 0
    return Numbering(
        kind=obj.name if field.name == "number" else f"{obj.name}.{field.name}",
        label=str(obj.label) if field.name == "number" else f"{obj.label} · {field.label}",
        pattern=ruled.pattern,
        reset=ruled.reset,
        last=last,
        example=ruled.said(last + 1, day.year, day.month),
    )


def _field_of(kind: str) -> tuple[Object, AutoNumber]:
    name, _dot, field_name = kind.partition(".")
    obj = registry.get(name)
    field = obj[field_name or "number"]
    if not isinstance(field, AutoNumber):
        raise KeyError(kind)
    return obj, field
