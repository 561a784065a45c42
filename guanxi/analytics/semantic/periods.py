"""Time as a comparison looks at it: what happened then, seen as if it had happened now."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from sqlglot import exp

from guanxi.platform.i18n.holidays import spring_festival, working_days_between

_STEPS = {"yoy": (1, "YEAR"), "workdays": (1, "YEAR"), "qoq": (3, "MONTH"), "mom": (1, "MONTH")}
_REACH = {"YEAR": (365, 366), "MONTH": (28, 31)}  # days of one
_FESTIVAL_REACH = (350, 390)  # from one Spring Festival to the next are 353 to 385


def later(value: exp.Expr, compare: str) -> exp.Expr:
    """A date or moment, as much later as a comparison looks back."""
    if compare == "festival":
        return _by_festival(value)
    count, unit = _STEPS[compare]
    return _after(value, count, unit)


def months_later(compare: str) -> int | None:
    """How many months later `later` looks at a date; 0 without a comparison, None where it counts days."""
    if compare == "festival":
        return None
    count, unit = _STEPS.get(compare, (0, "YEAR"))
    return count * 12 if unit == "YEAR" else count


def reach(compare: str) -> tuple[int, int]:
    """How many days later `later` looks at a date, at least and at most; (0, 0) without a comparison."""
    if compare == "festival":
        return _FESTIVAL_REACH
    count, unit = _STEPS.get(compare, (0, "YEAR"))
    least, most = _REACH[unit]
    return count * least, count * most


def first_seen_as(day: date, compare: str) -> date | None:
    """The first day that a comparison looks at as this day or one after it; all after it are such days, too.

    None where that does not hold: Spring Festival moves days of two years by different lengths.
    """
    months = months_later(compare)
    if months is None:
        return None
    found = day - timedelta(days=reach(compare)[1])
    while _months_after(found, months) < day:
        found += timedelta(days=1)
    return found


def _months_after(day: date, months: int) -> date:
    """So many months later, as databases count them: the last day of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


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
    """Each day stands where it is as far from the nearest Spring Festival a year later.

    Years from festival to festival are 354 or 384 days long: what lies further than _NEAR from both is
    stretched or pressed together, so that every day stands somewhere in its order, and months beyond are
    compared with about as much. Longer ago it stands a year later.
    """
    now = date.today().year
    days = [spring_festival(one) for one in range(now - _REMEMBERED, now + 4)]
    first = days[0]
    if first is None or None in days:
        return _after(value, 1, "YEAR")
    branches = [_until(value, first - _NEAR, _after(value, 1, "YEAR"))]
    known = [one for one in days if one is not None]
    for this, following, third in zip(known, known[1:], known[2:], strict=False):
        branches.append(_until(value, this + _NEAR, _after(value, (following - this).days, "DAY")))
        between, later_on = (
            end - start - 2 * _NEAR for start, end in ((this, following), (following, third))
        )
        passed = exp.DateDiff(this=exp.cast(value.copy(), "date"), expression=_day(this + _NEAR))
        stands = exp.IntDiv(
            this=exp.paren(passed * later_on.days), expression=exp.Literal.number(between.days)
        )
        one_day = exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY"))
        moved = exp.Add(
            this=_day(following + _NEAR), expression=exp.Mul(this=one_day, expression=exp.paren(stands))
        )
        branches.append(_until(value, following - _NEAR, moved))
    # Put together at once: `when` copies all that is there for each branch.
    return exp.Case(ifs=branches, default=_after(value, 1, "YEAR"))


def _until(value: exp.Expr, day: date, then: exp.Expr) -> exp.If:
    return exp.If(this=exp.LT(this=value.copy(), expression=_day(day)), true=then)


def _day(day: date) -> exp.Expr:
    return exp.cast(exp.Literal.string(day.isoformat()), "date")


_NEAR = timedelta(days=60)
_REMEMBERED = 10  # years


def _after(value: exp.Expr, count: int, unit: str) -> exp.Expr:
    step = exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit))
    return exp.Add(this=value.copy(), expression=step)
