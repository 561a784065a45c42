"""Won and lost: how often, why, and against what length of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.insights.reading import (
    Span,
    behind,
    customer_object,
    first_of,
    lay_contest,
    names_of,
    span_of,
)
from guanxi.analytics.insights.studies import Ask, Cell, Choice, Column, Insight, Study, Table
from guanxi.analytics.insights.wording import money, percent, said
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.analytics.roles import Contest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice as ChoiceField
from guanxi.web.components import Option

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DECIDED = """
SELECT {by}, COUNT(*) FILTER (outcome = 'won'), COUNT(*) FILTER (outcome = 'lost'),
       COALESCE(SUM(amount) FILTER (outcome = 'won'), 0)::BIGINT,
       COALESCE(SUM(amount) FILTER (outcome = 'lost'), 0)::BIGINT,
       MEDIAN(date_diff('day', began, ended)) FILTER (outcome = 'won'),
       MEDIAN(date_diff('day', began, ended)) FILTER (outcome = 'lost')
FROM contest WHERE outcome <> 'open' AND ended BETWEEN ? AND ? GROUP BY 1 ORDER BY 2 + 3 DESC, 1
"""
NOTHING = ("", 0, 0, 0, 0, None, None)


def run(ask: Ask) -> Study:
    contest, span = first_of(Contest, ask.by), span_of(ask)
    db = lay_contest(contest, ask.by)
    whole, then = (_whole(db, one) for one in (span, span.before()))
    decided, rate, old = whole[1] + whole[2], _rate(whole), _rate(then)
    split = ask.choice("by", "owner", "customer")
    parts = db.execute(DECIDED.format(by=split), [span.first, span.last]).fetchall()
    target = "member" if split == "owner" else customer_object(contest)
    names = names_of(db, target, [row[0] for row in parts])
    reasons = db.execute(
        "SELECT reason, COUNT(*), SUM(amount)::BIGINT FROM contest"
        " WHERE outcome = 'lost' AND ended BETWEEN ? AND ? GROUP BY 1 ORDER BY 2 DESC, 1",
        [span.first, span.last],
    ).fetchall()
    few = any(row[1] + row[2] < 10 for row in parts)
    trust = Trust(decided, ("closed_only",), doubts(thin=decided < 10, few_in_a_part=few))
    headline = _("Nothing was decided in this time")
    if rate is not None:
        headline = _("%(share)s are won") % {"share": percent(rate, digits=0)}
    both = whole[3] + whole[4]
    stats = [
        (_("Won"), str(whole[1]), money(whole[3], ask.by)),
        (_("Lost"), str(whole[2]), money(whole[4], ask.by)),
        (_("By amount"), percent(whole[3] / both if both else None, digits=0), ""),
    ]
    if whole[5] is not None:
        stats.append((_("Days to win"), f"{whole[5]:.0f}", _("half take longer")))
    if old is not None:
        stats.append((_("A year ago"), percent(old, digits=0), ""))
    return Study(
        headline=headline,
        detail=_why(reasons, contest),
        trust=trust,
        counted=_("%(count)d %(object)s decided, %(span)s")
        % {"count": decided, "object": registry.get(contest.object).plural_label, "span": said(span)},
        stats=tuple(stats),
        side=(_reasons(reasons, contest, ask),),
        tables=(_parts(parts, names, split, ask),),
    )


def _whole(db: DuckDBPyConnection, span: Span) -> tuple[Any, ...]:
    rows = db.execute(DECIDED.format(by="''"), [span.first, span.last]).fetchall()
    return rows[0] if rows else NOTHING


def _rate(row: tuple[Any, ...]) -> float | None:
    return row[1] / (row[1] + row[2]) if row[1] + row[2] else None


def _reason(contest: Contest, value: str | None) -> str:
    field = registry.get(contest.object).fields_by_name.get(contest.reason)
    if isinstance(field, ChoiceField):
        for option in field.options:
            if option.value == value:
                return str(option.label)
    return value or _("Without a reason")


def _why(reasons: list[tuple[Any, ...]], contest: Contest) -> str:
    if not reasons:
        return ""
    return _("Lost most often: %(reason)s, %(count)d times.") % {
        "reason": _reason(contest, reasons[0][0]),
        "count": reasons[0][1],
    }


def _reasons(reasons: list[tuple[Any, ...]], contest: Contest, ask: Ask) -> Table:
    most = max((row[1] for row in reasons), default=1)
    rows = tuple(
        (
            Cell(_reason(contest, value), _behind(contest, value)),
            Cell(str(count), meter=100 * count / most),
            Cell(money(amount or 0, ask.by)),
        )
        for value, count, amount in reasons
    )
    return Table(
        _("Why it was lost"), (Column(_("Reason")), Column(_("Count")), Column(_("Amount"), True)), rows
    )


def _behind(contest: Contest, value: str | None) -> str:
    test = f"{contest.reason} = {value}" if value else f"{contest.reason} is empty"
    return behind(contest.object, f"{contest.outcome} = {contest.lost} and {test}") if contest.reason else ""


def _parts(parts: list[tuple[Any, ...]], names: dict[int | None, str], split: str, ask: Ask) -> Table:
    rows = tuple(
        (
            Cell(names[key]),
            Cell(str(won)),
            Cell(str(lost)),
            Cell(percent(won / (won + lost), digits=0), meter=100 * won / (won + lost)),
            Cell(money(amount, ask.by), strong=True),
            Cell("–" if days is None else f"{days:.0f}"),
            Cell("–" if lost_days is None else f"{lost_days:.0f}"),
        )
        for key, won, lost, amount, _lost_amount, days, lost_days in parts[:25]
    )
    columns = (
        Column(_("Member") if split == "owner" else _("Customer")),
        Column(_("Won"), True),
        Column(_("Lost"), True),
        Column(_("Win rate")),
        Column(_("Won amount"), True),
        Column(_("Days to win"), True),
        Column(_("Days to lose"), True),
    )
    return Table(_("By member") if split == "owner" else _("By customer"), columns, rows)


def choices(ask: Ask) -> tuple[Choice, ...]:
    options = (Option("owner", _("By member")), Option("customer", _("By customer")))
    return (Choice("by", _("Win rate"), options, ask.choice("by", "owner", "customer")),)


INSIGHT = Insight(
    name="contests",
    label=gettext_lazy("Won and lost"),
    icon="scale",
    question=gettext_lazy("How often do we win, how long does it take, and why do we lose?"),
    data=gettext_lazy("What was won or lost in the period, by the day on which it was decided."),
    formula=gettext_lazy(
        "Win rate: won by won and lost. Days: the middle one, from the beginning to the decision."
    ),
    run=run,
    choices=choices,
)
