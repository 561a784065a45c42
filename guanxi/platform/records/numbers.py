"""Numbers that the product gives: one counter for each field and period, without gaps.

Numbers are taken in the transaction that uses them and rolled back with it, so there are no gaps; whoever
takes the next one at the same time waits for the counter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F

from guanxi.platform.i18n.names import sort_key
from guanxi.platform.metadata.fields import AutoNumber
from guanxi.platform.metadata.models import Counter, NumberRule
from guanxi.platform.metadata.objects import Object
from guanxi.platform.tenancy.home import today_here


def give_numbers(obj: Object, records: Sequence[Any], *, only: str = "") -> None:
    """Numbers for new records that bring none, in their order."""
    if not records:
        return
    for field in obj.fields:
        if not isinstance(field, AutoNumber) or field.given != "created" or only not in ("", field.name):
            continue
        without = [one for one in records if not field.get(one)]
        numbers = next_numbers(obj, field, len(without)) if without else []
        for record, number in zip(without, numbers, strict=True):
            field.put(record, number)
            if field.name == obj.title:
                record.sort_key = sort_key(number)[:200]


@transaction.atomic
def next_numbers(obj: Object, field: AutoNumber, count: int, *, on: date | None = None) -> list[str]:
    """The next numbers of a field that nobody else gets, as of a day (today where the workspace is)."""
    ruled = as_ruled(obj, field)
    day = on or today_here()
    found: list[str] = []
    while len(found) < count:
        missing = count - len(found)
        last = _take(obj, field, period_of(ruled, day), missing)
        said = [ruled.said(number, day.year, day.month) for number in range(last - missing + 1, last + 1)]
        # What came in from elsewhere with its number keeps it: the count goes on behind it.
        there = set() if field.own else _there(obj, field, said)
        found += [one for one in said if one not in there]
    return found


def as_ruled(obj: Object, field: AutoNumber) -> AutoNumber:
    """The field with the pattern and reset that the workspace has set."""
    if field.own:
        return field
    rule = NumberRule.objects.filter(object=obj.name, field=field.name).first()
    return field if rule is None else replace(field, pattern=rule.pattern, reset=rule.reset)


def period_of(field: AutoNumber, day: date) -> str:
    """Under which the counter of that day is kept."""
    return {"": "", "year": f"{day:%Y}", "month": f"{day:%Y-%m}"}[field.reset]


def _take(obj: Object, field: AutoNumber, period: str, count: int) -> int:
    """The last of `count` numbers that nobody else gets."""
    key = {"object": obj.name, "field": field.name, "period": period}
    rows = Counter.objects.filter(**key)
    if not rows.exists():
        Counter.objects.bulk_create([Counter(**key)], ignore_conflicts=True)
    rows.update(last=F("last") + count)
    last: int = rows.values_list("last", flat=True).get()
    return last


def _there(obj: Object, field: AutoNumber, numbers: Sequence[str]) -> set[str]:
    return set(obj.rows().filter(**{f"{field.column}__in": numbers}).values_list(field.column, flat=True))
