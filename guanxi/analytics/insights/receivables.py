"""Receivables: how old is what is owed, who owes it, and how many days of sales wait (DSO)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guanxi.analytics.insights.endings import segment
from guanxi.analytics.insights.reading import (
    Span,
    behind,
    condition,
    customer_object,
    first_of,
    lay_claim,
    lay_sale,
    names_of,
    page_of,
    usable,
)
from guanxi.analytics.insights.studies import Ask, Cell, Column, Insight, Study, Table, Todo
from guanxi.analytics.insights.wording import money, percent
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.analytics.roles import Claim, Sale
from guanxi.platform.metadata import registry

BANDS = ((-100_000, 0), (1, 30), (31, 60), (61, 90), (91, 100_000))
ASKED = 8


def run(ask: Ask) -> Study:
    claim = first_of(Claim, ask.by)
    db = lay_claim(claim, ask.by)
    rows = db.execute(
        "SELECT customer, date_diff('day', due, ?) AS late, open, amount FROM claim WHERE open > 0",
        [ask.today],
    ).fetchall()
    target = customer_object(claim)
    names = names_of(db, target, [row[0] for row in rows])
    owed = sum(row[2] for row in rows)
    late: dict[int, int] = {}
    oldest: dict[int, int] = {}
    for customer, days, open_, _amount in rows:
        if days > 0:
            late[customer] = late.get(customer, 0) + open_
            oldest[customer] = max(oldest.get(customer, 0), days)
    overdue = sum(late.values())
    worst = sorted(late, key=lambda key: (-late[key], key is None))
    trust = Trust(len(rows), ("due_dates_hold", "one_currency"), doubts(thin=len(rows) < 5))
    headline = _("Nothing is overdue")
    if overdue:
        headline = ngettext(
            "%(amount)s is overdue, from %(count)d customer",
            "%(amount)s is overdue, from %(count)d customers",
            len(late),
        ) % {"amount": money(overdue, ask.by), "count": len(late)}
    stats = [
        (_("Owed"), money(owed, ask.by), ""),
        (_("Overdue"), money(overdue, ask.by), percent(overdue / owed if owed else None, digits=0)),
    ]
    days = outstanding_days(ask, owed)
    if days is not None:
        stats.append((_("Days of sales outstanding"), f"{days:.0f}", _("days")))
    return Study(
        headline=headline,
        trust=trust,
        counted=_("%(count)d open %(object)s")
        % {"count": len(rows), "object": registry.get(claim.object).plural_label},
        stats=tuple(stats),
        side=(_bands(rows, claim, owed, ask),),
        tables=(_who(worst, late, oldest, names, target, ask),),
        todos=_todos([one for one in worst if one is not None], target),
    )


def outstanding_days(ask: Ask, owed: int) -> float | None:
    """DSO: what is owed by what was sold in the last 90 days, times 90. None without sales."""
    kinds = usable(Sale, ask.by)
    if not kinds:
        return None
    span = Span(ask.today - timedelta(days=89), ask.today)
    row = (
        lay_sale(kinds[0], ask.by)
        .execute("SELECT SUM(amount)::BIGINT FROM sale WHERE day BETWEEN ? AND ?", [span.first, span.last])
        .fetchone()
    )
    sold = row[0] if row and row[0] else 0
    return owed / sold * 90 if sold > 0 else None


def _bands(rows: list[tuple[Any, ...]], claim: Claim, owed: int, ask: Ask) -> Table:
    labels = (_("Not yet due"), _("1 to 30 days"), _("31 to 60 days"), _("61 to 90 days"), _("Over 90 days"))
    cells = []
    for label, (least, most) in zip(labels, BANDS, strict=True):
        some = [row[2] for row in rows if least <= row[1] <= most]
        first, last = (
            ask.today - timedelta(days=min(one, 9_999)) if one > -9_999 else None for one in (most, least)
        )
        tests = [condition(claim, f"{claim.open} > 0")]
        tests += [f"{claim.date} >= {first}"] if first and most < 9_999 else []
        tests += [f"{claim.date} <= {last}"] if last else []
        share = sum(some) / owed if owed else 0
        cells.append(
            (
                Cell(label, behind(claim.object, " and ".join(one for one in tests if one)) if some else ""),
                Cell(str(len(some))),
                Cell(money(sum(some), ask.by), strong=True),
                Cell(percent(share, digits=0), meter=100 * share, tone="cinnabar" if least > 60 else ""),
            )
        )
    columns = (
        Column(_("Overdue for")),
        Column(_("Count"), True),
        Column(_("Still owed"), True),
        Column(_("Share of all")),
    )
    return Table(_("How old"), columns, tuple(cells))


def _who(
    worst: list[Any],
    late: dict[int, int],
    oldest: dict[int, int],
    names: dict[int | None, str],
    target: str,
    ask: Ask,
) -> Table:
    rows = tuple(
        (
            Cell(names[key], page_of(target, key)),
            Cell(money(late[key], ask.by), strong=True),
            Cell(str(oldest[key]), tone="cinnabar" if oldest[key] > 60 else ""),
        )
        for key in worst[:20]
    )
    columns = (Column(_("Customer")), Column(_("Overdue"), True), Column(_("Oldest, days"), True))
    return Table(_("Who owes"), columns, rows)


def _todos(worst: list[int], target: str) -> tuple[Todo, ...]:
    ids = tuple(worst[:ASKED])
    if not ids:
        return ()
    label = ngettext("Make a to-do for this one", "Make a to-do for each of these %(count)d", len(ids))
    return (
        Todo(label % {"count": len(ids)}, target, ids, _("Payment is overdue: ask for it")),
        *segment(target, worst, tag=_("Owes overdue"), label=_("Tag them and show them as a list")),
    )


INSIGHT = Insight(
    name="receivables",
    label=gettext_lazy("Receivables"),
    icon="receipt",
    question=gettext_lazy("How old is what is owed to us, and who owes it?"),
    data=gettext_lazy(
        "Everything that is to be paid and is not, by the day on which it is due; sales of the last 90 days."
    ),
    formula=gettext_lazy("Days of sales outstanding: what is owed by what was sold in 90 days, times 90."),
    run=run,
    periods=(),
)
