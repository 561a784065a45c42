"""Channel preference: by which way customers answer, and when."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.insights.reading import (
    customer_object,
    first_of,
    lay_effort,
    lay_sale,
    names_of,
    page_of,
    sale_of,
    span_of,
)
from guanxi.analytics.insights.studies import Ask, Cell, Column, Insight, Study, Table, Todo
from guanxi.analytics.insights.wording import percent, said
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.analytics.roles import Effort
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice as ChoiceField

WITHIN, PRIOR, SHOWN, FEWEST, ASKED = 7, 4.0, 25, 20, 8
# We went to them by a channel: did they come to us, by whichever, within a week?
TRIES = """
SELECT t.customer, t.channel, COUNT(*), COUNT(*) FILTER (EXISTS (
    SELECT 1 FROM effort r WHERE r.customer = t.customer AND r.way = 'in'
      AND r.day BETWEEN t.day AND t.day + $1::INT))
FROM effort t WHERE t.way = 'out' AND t.channel IS NOT NULL AND t.day BETWEEN $2 AND $3 GROUP BY 1, 2
"""


def run(ask: Ask) -> Study:
    effort, sale, span = first_of(Effort, ask.by), sale_of(ask), span_of(ask)
    customers = customer_object(sale)
    db = lay_effort(effort, customers, ask.by, lay_sale(sale, ask.by))
    rows = db.execute(TRIES, [WITHIN, span.first, span.last]).fetchall()
    channels: dict[str, tuple[int, int]] = {}
    for _customer, channel, tries, answers in rows:
        known = channels.get(channel, (0, 0))
        channels[channel] = (known[0] + tries, known[1] + answers)
    tried = sum(one[0] for one in channels.values())
    rates = {name: answers / tries for name, (tries, answers) in channels.items()}
    solid = [name for name, (tries, _answers) in channels.items() if tries >= 10]
    trust = Trust(
        tried,
        ("answer_within_a_week", "only_what_is_logged"),
        doubts(thin=tried < FEWEST, few_in_a_part=len(solid) < len(channels)),
    )
    headline = _("Too few attempts to say by which way they answer")
    if solid and not trust.thin:
        best = max(solid, key=lambda name: rates[name])
        headline = _("They answer best by: %(channel)s (%(share)s)") % {
            "channel": channel_words(effort, best),
            "share": percent(rates[best], digits=0),
        }
    names = names_of(db, customers, [row[0] for row in rows])
    return Study(
        headline=headline,
        trust=trust,
        counted=_("%(count)d attempts, %(span)s") % {"count": tried, "span": said(span)},
        side=(_channels(channels, effort),),
        tables=(_customers(rows, rates, names, customers, effort),),
        todos=_todos(rows, customers),
    )


def channel_words(effort: Effort, value: str) -> str:
    field = registry.get(effort.object).fields_by_name.get(effort.channel)
    if isinstance(field, ChoiceField):
        return next((str(one.label) for one in field.options if one.value == value), value)
    return value


def _channels(channels: dict[str, tuple[int, int]], effort: Effort) -> Table:
    rows = tuple(
        (
            Cell(channel_words(effort, name)),
            Cell(str(tries)),
            Cell(str(answers)),
            Cell(percent(answers / tries, digits=0), meter=100 * answers / tries),
        )
        for name, (tries, answers) in sorted(channels.items(), key=lambda one: -one[1][1] / one[1][0])
    )
    columns = (
        Column(_("Channel")),
        Column(_("Attempts"), True),
        Column(_("Answers"), True),
        Column(_("Answer rate")),
    )
    return Table(_("By channel"), columns, rows)


def _customers(
    rows: list[tuple[Any, ...]],
    rates: dict[str, float],
    names: dict[int | None, str],
    target: str,
    effort: Effort,
) -> Table:
    """Each customer's own answers, drawn towards those of all by as much as little is known (Beta prior)."""
    told: dict[int, list[tuple[float, str, int, int]]] = {}
    for customer, channel, tries, answers in rows:
        share = (PRIOR * rates[channel] + answers) / (PRIOR + tries)
        told.setdefault(customer, []).append((share, channel, tries, answers))
    most = sorted(told, key=lambda key: -sum(one[2] for one in told[key]))
    cells = []
    for key in most[:SHOWN]:
        share, channel, _tries, _answers = max(told[key])
        cells.append(
            (
                Cell(names[key], page_of(target, key)),
                Cell(channel_words(effort, channel), strong=True),
                Cell(percent(share, digits=0), meter=100 * share),
                Cell(str(sum(one[2] for one in told[key]))),
                Cell(str(sum(one[3] for one in told[key]))),
            )
        )
    columns = (
        Column(_("Customer")),
        Column(_("Best by")),
        Column(_("Likely answers")),
        Column(_("Attempts"), True),
        Column(_("Answers"), True),
    )
    return Table(_("By customer"), columns, tuple(cells))


def _todos(rows: list[tuple[Any, ...]], target: str) -> tuple[Todo, ...]:
    """About those who have been tried often and never answered."""
    tries: dict[int, int] = {}
    answered = {row[0] for row in rows if row[3]}
    for customer, _channel, count, _answers in rows:
        tries[customer] = tries.get(customer, 0) + count
    silent = [key for key in sorted(tries, key=lambda key: -tries[key]) if key not in answered]
    silent = [key for key in silent if tries[key] > 2]
    if not silent:
        return ()
    ids = tuple(silent[:ASKED])
    text = _("Tried often and never answered: try another way")
    return (Todo(_("Make a to-do for each of these %(count)d") % {"count": len(ids)}, target, ids, text),)


INSIGHT = Insight(
    name="channels",
    label=gettext_lazy("Channel preference"),
    icon="message-circle",
    question=gettext_lazy("By which way do customers answer?"),
    data=gettext_lazy("Work done for customers: what we began, and what came from them within a week."),
    formula=gettext_lazy(
        "Answers by attempts. Of one customer: (4 × the share of all + their answers) by (4 + their "
        "attempts), so that one lucky call is no preference."
    ),
    run=run,
)
