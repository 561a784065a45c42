"""Time as a comparison looks at it: what happened then, seen as if it had happened now."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from sqlglot import exp

from guanxi.platform.i18n.holidays import spring_festival, working_days_between

_STEPS = {"yoy": (1, "YEAR"), "workdays": (1, "YEAR"), "qoq": (3, "MONTH"), "mom": (1, "MONTH")}


def later(value: exp.Expr, compare: str) -> exp.Expr:
    """A date or moment, as much later as a comparison looks back."""
    if compare == "festival":
        return _by_festival(value)
    count, unit = _STEPS[compare]
    return _after(value, count, unit)


def same_working_day(today: date, country: str) -> date:
    """The day of this month that had as many working days before it, a year ago, as today has.

    Today is the 15th working day of a month that had its 15th on the 23rd a year ago: it is the 23rd.
    """
    done = working_days_between(today.replace(day=1), today, country)
    first = today.replace(year=today.year - 1, day=1)
    here = monthrange(today.year, today.month)[1]
    last = min(here, monthrange(first.year, first.month)[1])
    if today.day == here:
        return today  # the month is over: all of it
    day = 1
    while day < last and working_days_between(first, first.replace(day=day + 1), country) <= done:
        day += 1
    return today.replace(day=day)


def _by_festival(value: exp.Expr) -> exp.Expr:
    """Each day stands where it is as far from Spring Festival a year later; longer ago, a year later."""
    now = date.today().year
    branches = []
    for one in range(now - _REMEMBERED, now + 2):
        then, next_one = spring_festival(one), spring_festival(one + 1)
        if then is not None and next_one is not None:
            year = exp.Extract(this=exp.var("YEAR"), expression=value.copy())
            met = exp.EQ(this=year, expression=exp.Literal.number(one))
            branches.append(exp.If(this=met, true=_after(value, (next_one - then).days, "DAY")))
    # Put together at once: `when` copies all that is there for each branch.
    return exp.Case(ifs=branches, default=_after(value, 1, "YEAR"))


_REMEMBERED = 10  # years


def _after(value: exp.Expr, count: int, unit: str) -> exp.Expr:
    step = exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit))
    return exp.Add(this=value.copy(), expression=step)
