"""A record and its facts → its rows: the present one, and one for every state that it was in before.

Always made from the end: the record as it is now, then what each fact changed taken back, the newest first.
So a record that is heard of again is simply made anew, whichever of its facts came first, and the rebuild
makes what the feed made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from guanxi.analytics.warehouse.shape import Column, columns_of, field_columns, plain
from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.rates import convert
from guanxi.platform.metadata.fields import Field, Money
from guanxi.platform.metadata.fields.number import from_units
from guanxi.platform.metadata.objects import Object

Row = dict[str, Any]


class Versions:
    """Makes the rows of records of one object; holds what is the same for all of them."""

    def __init__(self, obj: Object, workspace_id: int) -> None:
        self.obj = obj
        self.columns = columns_of(obj)
        self._common: Row = {"workspace_id": str(workspace_id), "kind": obj.kind or None}
        self._fields: list[tuple[Field, tuple[Column, ...]]] = [
            (one, found) for one in obj.fields if (found := field_columns(one))
        ]
        self._by_name = {field.name: (field, columns) for field, columns in self._fields}

    def rows(self, record: Any, facts: Sequence[Fact], *, trashed: bool) -> Iterator[Row]:
        """The rows of one record; `facts` are all that it is the subject of, the oldest first."""
        now = self.present(record, trashed=trashed)
        until: datetime | None = None
        started: datetime = record.created_at
        for fact in reversed(facts):
            before = self._before(now, fact)
            born = fact.verb == "created"
            if before == now and not born:
                continue
            since = fact.at if until is None else min(fact.at, until)
            if until is None or since < until:
                yield {**now, "valid_from": _moment(since), "valid_to": _moment(until)}
                until = since
            if born:
                return
            now = before
        started = started if until is None else min(started, until)
        if until is None or started < until:
            yield {**now, "valid_from": _moment(started), "valid_to": _moment(until)}

    def present(self, record: Any, *, trashed: bool) -> Row:
        """What a record is now, without since when."""
        row: Row = {
            "id": str(record.pk),
            **self._common,
            "archived": "true" if record.archived_at is not None else "false",
            "trashed": "true" if trashed else "false",
        }
        for field, columns in self._fields:
            value = field.get(record)
            if isinstance(field, Money):
                row.update(_amount(columns, value, base_of(field, record)))
            else:
                row[columns[0].name] = plain(field.to_json(value), columns[0].type)
        return row

    def _before(self, now: Row, fact: Fact) -> Row:
        """The row as it was before a fact."""
        then = dict(now)
        if fact.verb == "archived":
            then["archived"] = "false"
        elif fact.verb == "deleted":
            then["archived"] = then["trashed"] = "false"
        elif fact.verb == "restored":
            then["archived"] = "true"
        for name, pair in fact.changes.items():
            known = self._by_name.get(name)
            if known is None or not isinstance(pair, list) or len(pair) != 2:
                continue
            field, columns = known
            if isinstance(field, Money):
                then.update(_past_amount(columns, pair[0], fact.at, now))
            else:
                then[columns[0].name] = plain(pair[0], columns[0].type)
        return then


def base_of(field: Money, record: Any) -> Decimal | None:
    """The amount in the workspace's currency, as the record keeps it."""
    if field.own:
        # Own fields have it; the class of all amounts does not know them.
        kept = record.custom.get(field.kept_key)  # type: ignore[attr-defined]
        return from_units(kept.get("base")) if isinstance(kept, dict) else None
    found: Decimal | None = getattr(record, field.column)
    return found


def _amount(columns: Iterable[Column], value: Any, base: Decimal | None) -> Row:
    whole, original, currency = (one.name for one in columns)
    return {
        whole: None if base is None else f"{base:f}",
        original: None if value is None else f"{value.value:f}",
        currency: None if value is None else value.currency,
    }


def _past_amount(columns: Iterable[Column], old: Any, at: datetime, now: Row) -> Row:
    """What a fact says that an amount was: at the rate that the record has, or at that of the fact's day."""
    whole, original, currency = (one.name for one in columns)
    if not isinstance(old, Mapping):
        return {whole: None, original: None, currency: None}
    amount, named = Decimal(old["amount"]), old["currency"]
    if now[currency] == named and now[original] and now[whole] and Decimal(now[original]):
        base: Decimal | None = (amount * Decimal(now[whole]) / Decimal(now[original])).quantize(_UNIT)
    else:
        found = convert(amount, named, at.astimezone(UTC).date())
        base = found.amount if found else None
    return {whole: None if base is None else f"{base:f}", original: f"{amount:.4f}", currency: named}


_UNIT = Decimal("0.0001")


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
