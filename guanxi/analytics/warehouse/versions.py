"""A record and its facts → its rows: the present one, and one for every state that it was in before.

Always made from the end: the record as it is now, then what each fact changed taken back, the newest first.
So a record that is heard of again is simply made anew, whichever of its facts came first, and the rebuild
makes what the feed made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from guanxi.analytics.warehouse.shape import Column, field_columns, plain
from guanxi.platform.i18n.rates import convert
from guanxi.platform.metadata.fields import Money
from guanxi.platform.metadata.objects import Object

Row = dict[str, Any]


class Told(NamedTuple):
    """What counts of a fact: `changes` as it has them, {field: [old, new]}."""

    verb: str
    at: datetime
    changes: Mapping[str, Any]


class Versions:
    """Makes the rows of records of one object; holds what is the same for all of them."""

    def __init__(self, obj: Object) -> None:
        self._by_name = {one.name: (one, found) for one in obj.fields if (found := field_columns(one))}

    def rows(self, now: Row, created_at: datetime, facts: Sequence[Told]) -> Iterator[Row]:
        """The rows of one record, from what it is now; `facts` are all that it is the subject of, the oldest
        first.
        """
        until: datetime | None = None
        started = created_at
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

    def _before(self, now: Row, fact: Told) -> Row:
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
