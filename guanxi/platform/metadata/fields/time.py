"""Days and moments, and the words for them in filters (`today`, `-30d`, `this_month`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from guanxi.platform.i18n.when import parse_when
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields.base import ORDERED, Context, Field, Operator, Sql

MORNING = time(9)  # of a day in words without a time
_OFFSET = re.compile(r"^([+-])(\d{1,4})([dwmy])$")
KEPT = "%Y-%m-%dT%H:%M:%S.%fZ"  # as long for every moment, so that text sorts as time does
_PERIOD = re.compile(r"^(this|last|next)_(day|week|month|quarter|year)$")


@dataclass(frozen=True, kw_only=True, eq=False)
class Date(Field):
    """A day of the calendar."""

    type: ClassVar[str] = "date"
    operators: ClassVar[tuple[Operator, ...]] = ORDERED

    whole_month: bool = False  # its first day stands for a month, and is shown as that month

    def clean(self, value: Any, context: Context) -> date | None:
        if value is None or value == "":
            return None
        if isinstance(value, datetime):
            return value.astimezone(context.zone).date() if value.tzinfo else value.date()
        if isinstance(value, date):
            return value
        found = relative_day(str(value), context)
        if found is None:
            try:
                found = parse_date(str(value).strip()) or _day_of(parse_datetime(str(value).strip()))
            except ValueError:
                found = None
        if found is None or not 1 <= found.year <= 9999:
            raise FieldError("date", _("“%(value)s” is not a day.") % {"value": str(value)[:40]})
        return found

    def condition(self, operator: Operator, value: Any, *, alias: str, context: Context, vendor: str) -> Sql:
        if found := _spanned(self, operator, value, alias, context, self._span):
            return found
        return super().condition(operator, value, alias=alias, context=context, vendor=vendor)

    def _span(self, value: Any, context: Context) -> tuple[date, date] | None:
        """The days that a filter's word means; None for a day proper."""
        return period(str(value), context)

    def from_row(self, row: Any) -> date | None:
        return parse_date(row[0]) if isinstance(row[0], str) else row[0]

    def from_rows(self, columns: Sequence[Sequence[Any]]) -> Sequence[Any]:
        (days,) = columns
        return super().from_rows(columns) if str in set(map(type, days)) else days

    def to_json(self, value: Any) -> Any:
        return value.isoformat() if value else None

    def from_json(self, value: Any) -> Any:
        return parse_date(value) if value else None


@dataclass(frozen=True, kw_only=True, eq=False)
class DateTime(Field):
    """A moment. Kept in UTC; a day in a filter means that day in the member's zone."""

    type: ClassVar[str] = "datetime"
    operators: ClassVar[tuple[Operator, ...]] = ORDERED

    in_words: bool = False  # it may be said as people say it: “in 4 months, on the working day”

    def clean(self, value: Any, context: Context) -> datetime | None:
        if value is None or value == "":
            return None
        if isinstance(value, datetime):
            return in_utc(value, context)
        if isinstance(value, date):
            return in_utc(datetime.combine(value, time()), context)
        day = relative_day(str(value), context)
        if day is not None:
            return in_utc(datetime.combine(day, time()), context)
        text = str(value).strip()
        try:
            moment = parse_datetime(text)
            if moment is None and (plain := parse_date(text)):
                moment = datetime.combine(plain, time())
            if moment is not None:
                return in_utc(moment, context)
        except (ValueError, OverflowError):
            pass
        if self.in_words and (said := parse_when(text, context.now, context.zone, country=context.country)):
            return in_utc(said.at if said.timed else datetime.combine(said.at.date(), MORNING), context)
        raise FieldError("datetime", _("“%(value)s” is not a date and time.") % {"value": text[:40]})

    def condition(self, operator: Operator, value: Any, *, alias: str, context: Context, vendor: str) -> Sql:
        if found := _spanned(self, operator, value, alias, context, self._span):
            return found
        return super().condition(operator, value, alias=alias, context=context, vendor=vendor)

    def _span(self, value: Any, context: Context) -> tuple[datetime, datetime] | None:
        """The days that a filter's word means, as moments; None for a moment proper."""
        days = period(str(value), context)
        if days is None:
            day = relative_day(str(value), context)
            if day is None:
                try:
                    day = parse_date(str(value).strip())
                except ValueError:
                    day = None
            if day is None:
                return None
            days = (day, day + timedelta(days=1))
        start, end = (in_utc(datetime.combine(day, time()), context) for day in days)
        return start, end

    def to_kept(self, value: datetime | None) -> Any:
        return value.astimezone(UTC).strftime(KEPT) if value else None

    def from_row(self, row: Any) -> datetime | None:
        found: datetime | str | None = row[0]
        if isinstance(found, str):
            moment = datetime.fromisoformat(found)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return found

    def from_rows(self, columns: Sequence[Sequence[Any]]) -> Sequence[Any]:
        (moments,) = columns
        return super().from_rows(columns) if str in set(map(type, moments)) else moments

    def to_json(self, value: Any) -> Any:
        if not value:
            return None
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
        return f"{moment.replace(tzinfo=None).isoformat()}Z"

    def from_json(self, value: Any) -> Any:
        return parse_datetime(value) if value else None


Span = Callable[[Any, Context], "tuple[Any, Any] | None"]


def _spanned(
    field: Field, operator: Operator, value: Any, alias: str, context: Context, span_of: Span
) -> Sql | None:
    """A comparison with days that are a span (`last_week`; to a moment, any day is one); None without a span.

    Before a span is before its beginning, after it is from its end on: each moment is before, in or after it.
    """
    name = field.expression(alias)
    if operator in ("in", "not_in") or (operator == "between" and isinstance(value, list | tuple)):
        given = list(value) if isinstance(value, list | tuple) else [value]
        spans = [_within_time(span_of, one, context) for one in given]
        if not any(spans) or (operator == "between" and len(given) != 2):
            return None
        whole = [span or _single(field, one, context) for span, one in zip(spans, given, strict=True)]
        if operator == "between":
            whole = [(whole[0][0], whole[-1][1])]
        either = " OR ".join([f"({name} >= %s AND {name} < %s)"] * len(whole))
        inside = Sql(f"({either})", tuple(field.bound(end) for span in whole for end in span))
        return inside if operator != "not_in" else Sql(f"({inside.text}) IS NOT TRUE", inside.params)
    compared = operator in ("is", "is_not", "lt", "lte", "gt", "gte")
    span = _within_time(span_of, value, context) if compared else None
    if span is None:
        return None
    start, end = (field.bound(one) for one in span)
    if operator in ("is", "is_not"):
        inside = Sql(f"({name} >= %s AND {name} < %s)", (start, end))
        return inside if operator == "is" else Sql(f"{inside.text} IS NOT TRUE", inside.params)
    side = {"lt": ("<", start), "gte": (">=", start), "lte": ("<", end), "gt": (">=", end)}[operator]
    return Sql(f"{name} {side[0]} %s", (side[1],))


def _within_time(span_of: Span, value: Any, context: Context) -> tuple[Any, Any] | None:
    """The span; None where it ends after the last day that there is."""
    try:
        return span_of(value, context)
    except OverflowError:
        return None


def _single(field: Field, value: Any, context: Context) -> tuple[Any, Any]:
    """One day or moment among spans."""
    found = field.clean(value, context)
    step = timedelta(microseconds=1) if isinstance(found, datetime) else timedelta(days=1)
    return found, found + step


def in_utc(moment: datetime, context: Context) -> datetime:
    """Aware, in UTC; a moment without a zone is meant in the member's."""
    try:
        aware = moment if moment.tzinfo else moment.replace(tzinfo=context.zone)
        return aware.astimezone(UTC)
    except OverflowError as problem:
        raise FieldError(
            "datetime", _("“%(value)s” is not a date and time.") % {"value": str(moment)}
        ) from problem


def today(context: Context) -> date:
    return context.now.astimezone(context.zone).date()


def relative_day(word: str, context: Context) -> date | None:
    """`today`, `yesterday`, `tomorrow`, `-30d`, `+2w`, `-3m`, `-1y` → the day; None for anything else."""
    word = word.strip().casefold()
    day = today(context)
    if word in ("today", "yesterday", "tomorrow"):
        return day + timedelta(days={"today": 0, "yesterday": -1, "tomorrow": 1}[word])
    found = _OFFSET.match(word)
    if not found:
        return None
    count = int(found[2]) * (1 if found[1] == "+" else -1)
    try:
        if found[3] in "dw":
            return day + timedelta(days=count * (7 if found[3] == "w" else 1))
        return add_months(day, count * (12 if found[3] == "y" else 1))
    except (ValueError, OverflowError):
        raise FieldError("date", _("“%(value)s” is not a day.") % {"value": word}) from None


def period(word: str, context: Context) -> tuple[date, date] | None:
    """`this_week`, `last_quarter` … → first day, and the day after the last one."""
    found = _PERIOD.match(word.strip().casefold())
    if not found:
        return None
    step = {"last": -1, "this": 0, "next": 1}[found[1]]
    day = today(context)
    if found[2] == "day":
        start = day + timedelta(days=step)
        return start, start + timedelta(days=1)
    if found[2] == "week":
        start = day - timedelta(days=day.weekday()) + timedelta(weeks=step)
        return start, start + timedelta(weeks=1)
    months = {"month": 1, "quarter": 3, "year": 12}[found[2]]
    first = day.replace(day=1, month=(day.month - 1) // months * months + 1)
    return add_months(first, step * months), add_months(first, (step + 1) * months)


def add_months(day: date, count: int) -> date:
    """The same day `count` months later, or that month's last one."""
    month = day.month - 1 + count
    year, month = day.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))


def _day_of(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
