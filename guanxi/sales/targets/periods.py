"""Months, quarters and years as a page's address names them: 2026-11, 2026-Q4, 2026."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import pgettext

from guanxi.platform.i18n.dates import format_month
from guanxi.platform.i18n.holidays import working_days_between
from guanxi.platform.metadata.fields.time import add_months

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_YEAR = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months: the first day of the first one, and how many there are (1, 3 or 12)."""

    first: date
    months: int

    @property
    def last(self) -> date:
        return add_months(self.first, self.months) - timedelta(days=1)

    @property
    def text(self) -> str:
        if self.months == 12:
            return f"{self.first.year}"
        if self.months == 3:
            return f"{self.first.year}-Q{(self.first.month + 2) // 3}"
        return f"{self.first:%Y-%m}"

    @property
    def label(self) -> str:
        if self.months == 12:
            return f"{self.first.year}"
        if self.months == 3:
            year, _dash, quarter = self.text.partition("-Q")
            return pgettext("quarter of a year", "Q%(quarter)s %(year)s") % {"year": year, "quarter": quarter}
        return format_month(self.first)

    def moved(self, by: int) -> Period:
        """So many periods of this length later; earlier if negative. Stays within the calendar."""
        try:
            return Period(add_months(self.first, by * self.months), self.months)
        except (ValueError, OverflowError):
            return self

    def of_length(self, months: int) -> Period:
        """The month, quarter or year in which this one begins."""
        return Period(self.first.replace(month=(self.first.month - 1) // months * months + 1), months)


def period_of(text: str, *, today: date) -> Period:
    """What an address says; this month for what says nothing."""
    found = _MONTH.fullmatch(text)
    if found and 1900 <= int(found[1]) <= 9000:
        return Period(date(int(found[1]), int(found[2]), 1), 1)
    found = _QUARTER.fullmatch(text)
    if found and 1900 <= int(found[1]) <= 9000:
        return Period(date(int(found[1]), int(found[2]) * 3 - 2, 1), 3)
    if _YEAR.fullmatch(text) and 1900 <= int(text) <= 9000:
        return Period(date(int(text), 1, 1), 12)
    return Period(today.replace(day=1), 1)


@dataclass(frozen=True, slots=True)
class Days:
    """Working days of a period: how many have begun, and how many there are."""

    done: int
    all: int

    @property
    def left(self) -> int:
        return self.all - self.done

    @property
    def share(self) -> float:
        """Between 0 and 1: what should be there by the end of the day."""
        return self.done / self.all if self.all else 1.0


def working_days(period: Period, *, today: date, country: str) -> Days:
    """By the country's calendar: holidays are free, and the weekend days that are made up are worked."""
    done = working_days_between(period.first, min(today, period.last), country)
    return Days(done, working_days_between(period.first, period.last, country))
