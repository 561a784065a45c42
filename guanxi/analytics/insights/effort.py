"""Activity against result: who does how much, what comes of it, and whether the two go together."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.insights.reading import (
    customer_object,
    first_of,
    lay_contest,
    lay_effort,
    lay_sale,
    names_of,
    sale_of,
    span_of,
)
from guanxi.analytics.insights.studies import Ask, Cell, Column, Insight, Study, Table
from guanxi.analytics.insights.wording import money, percent, said
from guanxi.analytics.mining.lags import goes_with
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.analytics.roles import Contest, Effort

FEWEST_MEMBERS = 8


def run(ask: Ask) -> Study:
    effort, contest, span = first_of(Effort, ask.by), first_of(Contest, ask.by), span_of(ask)
    sale = sale_of(ask)
    db = lay_effort(effort, customer_object(sale), ask.by, lay_sale(sale, ask.by))
    lay_contest(contest, ask.by, db)
    rows = db.execute(
        "WITH work AS (SELECT owner, COUNT(DISTINCT id) AS done, COUNT(DISTINCT customer) AS reached"
        "  FROM effort WHERE owner IS NOT NULL AND day BETWEEN $1 AND $2 GROUP BY 1),"
        " won AS (SELECT owner, COUNT(*) FILTER (outcome = 'won') AS won, COUNT(*) AS decided,"
        "  COALESCE(SUM(amount) FILTER (outcome = 'won'), 0)::BIGINT AS amount"
        "  FROM contest WHERE owner IS NOT NULL AND outcome <> 'open' AND ended BETWEEN $1 AND $2 GROUP BY 1)"
        " SELECT COALESCE(w.owner, r.owner), COALESCE(done, 0), COALESCE(reached, 0), COALESCE(won, 0),"
        " COALESCE(decided, 0), COALESCE(amount, 0) FROM work w FULL JOIN won r ON r.owner = w.owner"
        " ORDER BY 6 DESC, 2 DESC",
        [span.first, span.last],
    ).fetchall()
    names = names_of(db, "member", [row[0] for row in rows])
    link, chance = goes_with([row[1] for row in rows], [row[5] for row in rows])
    sure = chance < 0.05
    trust = Trust(
        len(rows),
        ("no_cause_is_shown", "only_what_is_logged"),
        doubts(thin=len(rows) < FEWEST_MEMBERS, may_be_chance_at_all=not sure),
    )
    headline = _("Too few members to say whether more work brings more")
    if not trust.thin:
        headline = _("That more work brings more can't be told from chance here")
        if sure and link > 0:
            headline = _("Who does more wins more")
        elif sure:
            headline = _("Who does more wins less: look at what is done")
    return Study(
        headline=headline,
        detail=_("Rank correlation %(link).2f; chance alone shows one as strong in %(chance)s of cases.")
        % {"link": link, "chance": percent(chance)}
        if len(rows) > 2
        else "",
        trust=trust,
        counted=_("%(count)d members, %(span)s") % {"count": len(rows), "span": said(span)},
        tables=(_members(rows, names, ask),),
    )


def _members(rows: list[tuple[Any, ...]], names: dict[int | None, str], ask: Ask) -> Table:
    most = max((row[1] for row in rows), default=1) or 1
    cells = tuple(
        (
            Cell(names[owner]),
            Cell(str(done), meter=100 * done / most),
            Cell(str(reached)),
            Cell(str(won)),
            Cell(percent(won / decided if decided else None, digits=0)),
            Cell(money(amount, ask.by), strong=True),
            Cell(f"{done / won:.1f}" if won else "–"),
            Cell(money(amount / done, ask.by) if done else "–"),
        )
        for owner, done, reached, won, decided, amount in rows
    )
    columns = (
        Column(_("Member")),
        Column(_("Work done")),
        Column(_("Customers"), True),
        Column(_("Won"), True),
        Column(_("Win rate"), True),
        Column(_("Amount won"), True),
        Column(_("Work for one won"), True),
        Column(_("Won by each"), True),
    )
    return Table(_("By member"), columns, cells)


INSIGHT = Insight(
    name="effort",
    label=gettext_lazy("Activity against result"),
    icon="list-checks",
    question=gettext_lazy("Who does how much, and does more work bring more?"),
    data=gettext_lazy("Work done for customers, and what was won and lost, by member."),
    formula=gettext_lazy(
        "Rank correlation (Spearman) of work done and amount won over members, with the chance that two "
        "measures which have nothing to do with each other would show one as strong."
    ),
    run=run,
)
