"""Sales fluctuation: the season, the cycle, and what the next months may bring."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.insights.drawing import draw_lines
from guanxi.analytics.insights.pareto import sale_choice
from guanxi.analytics.insights.reading import lay_sale, moved, sale_of, usable
from guanxi.analytics.insights.studies import Ask, Cell, Choice, Column, Insight, Study, Table
from guanxi.analytics.insights.wording import money, percent
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.analytics.roles import Sale
from guanxi.platform.i18n.dates import format_month, month_names
from guanxi.platform.metadata import registry

AHEAD = 6


def run(ask: Ask) -> Study:
    from guanxi.analytics.mining.forecasting import forecast
    from guanxi.analytics.mining.seasons import find_cycle, seasonal_index

    sale = sale_of(ask)
    months = _by_month(lay_sale(sale, ask.by), ask)
    values = [value / 100 for _month, value in months]
    season, cycle = seasonal_index(values, 12), find_cycle(values)
    counted = _("%(object)s, %(count)d whole months") % {
        "object": registry.get(sale.object).plural_label,
        "count": len(values),
    }
    first = months[0][0] if months else ask.today.year * 12 + ask.today.month - 1
    labels = [format_month(_day(first + place, ask)) for place in range(len(values) + AHEAD)]
    if season.trust.thin:
        chart = (
            draw_lines(values, [], labels[: len(values)], label=_("Amount by month"))
            if len(values) > 1
            else None
        )
        need = _("Two whole years show a season, three make it sure; here are %(count)d months.") % {
            "count": len(values)
        }
        study = Study(_("Not enough months to see a season"), season.trust, counted, need)
        return study if chart is None else Study(study.headline, study.trust, counted, need, chart=chart)
    ahead = forecast(values, 12, AHEAD)
    names, start = month_names(), first % 12
    index = {(start + place) % 12: value for place, value in enumerate(season.index)}
    best, worst = max(index, key=lambda one: index[one]), min(index, key=lambda one: index[one])
    trust = Trust(
        len(values),
        (*season.trust.assumes, *ahead.trust.assumes),
        doubts(
            thin=season.trust.thin,
            weak_season="weak_season" in season.trust.doubts,
            gaps="gaps" in season.trust.doubts,
            no_better_than_naive="no_better_than_naive" in ahead.trust.doubts,
        ),
    )
    return Study(
        headline=_("%(best)s is the strongest month, %(worst)s the weakest")
        % {"best": names[best], "worst": names[worst]},
        detail=_cycle(cycle),
        trust=trust,
        counted=counted,
        chart=draw_lines(
            values,
            [],
            labels,
            label=_("Amount by month, and what may come"),
            ahead=[float(one) for one in ahead.middle],
            low=[float(one) for one in ahead.low],
            high=[float(one) for one in ahead.high],
        ),
        stats=(
            (
                _("Next %(count)d months") % {"count": AHEAD},
                money(float(ahead.middle.sum()) * 100, ask.by),
                _method(ahead.method),
            ),
            (
                _("Mean error in the test"),
                money(ahead.error * 100, ask.by),
                _("repeating last year: %(amount)s") % {"amount": money(ahead.naive_error * 100, ask.by)},
            ),
            (_("Strength of the season"), percent(season.strength, digits=0), ""),
        ),
        side=(_index(index, names),),
    )


def _by_month(db: Any, ask: Ask) -> list[tuple[int, int]]:
    """Whole months from the first sale on; months without one are nought."""
    this = ask.today.year * 12 + ask.today.month - 1
    rows = dict(
        db.execute(
            "SELECT year(day) * 12 + month(day) - 1, SUM(amount)::BIGINT FROM sale WHERE day <= ? GROUP BY 1",
            [ask.today],
        ).fetchall()
    )
    begun = min(rows, default=this)
    return [(month, rows.get(month, 0)) for month in range(max(begun, this - 120), this)]


def _day(month: int, ask: Ask) -> Any:
    return moved(ask.today.replace(day=1), month - (ask.today.year * 12 + ask.today.month - 1))


def _cycle(cycle: Any) -> str:
    if not cycle.real:
        return _("Beside the months there is no cycle that could not be chance.")
    if 11 <= cycle.length <= 13:
        return _("The cycle is a year; chance would show one as strong in %(chance)s of cases.") % {
            "chance": percent(cycle.chance, digits=2)
        }
    return _("It swings every %(length)d months; chance would show as much in %(chance)s of cases.") % {
        "length": round(cycle.length),
        "chance": percent(cycle.chance, digits=2),
    }


def _method(name: str) -> str:
    return {
        "naive": _("as last year"),
        "holt_winters": _("by exponential smoothing"),
        "airline": _("by the airline model"),
    }[name]


def _index(index: dict[int, float], names: list[str]) -> Table:
    top = max(index.values()) or 1
    rows = tuple(
        (Cell(names[month]), Cell(percent(index[month], digits=0), meter=100 * index[month] / top))
        for month in range(12)
    )
    return Table(_("Season: an ordinary month is 100%"), (Column(_("Month")), Column(_("Index"))), rows)


def choices(ask: Ask) -> tuple[Choice, ...]:
    return (sale_choice(ask, usable(Sale, ask.by)),)


INSIGHT = Insight(
    name="seasons",
    label=gettext_lazy("Sales fluctuation"),
    icon="activity",
    question=gettext_lazy("Which months are strong, is there a cycle, and what may the next months bring?"),
    data=gettext_lazy("All sales by whole month; this month is left out, because it is not over."),
    formula=gettext_lazy(
        "Index: the mean of month by centred yearly average. Strength and split by STL. A cycle is the "
        "peak of the periodogram, held against chance by Fisher's test, and must come again. The "
        "forecast is the method with the smallest error on months that it had not seen."
    ),
    run=run,
    choices=choices,
    periods=(),
)
