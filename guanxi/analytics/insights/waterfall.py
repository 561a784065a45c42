"""How the pipeline changed between two days: what came, was won and lost, grew, shrank and slipped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guanxi.analytics.insights.endings import segment
from guanxi.analytics.insights.marks import Step, draw_waterfall
from guanxi.analytics.insights.reading import Span, first_of, lay_contest, moved, names_of, page_of, span_of
from guanxi.analytics.insights.studies import Ask, Cell, Choice, Column, Insight, Study, Table, Todo
from guanxi.analytics.insights.wording import money, said
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.analytics.roles import Contest
from guanxi.platform.metadata import registry
from guanxi.web.components import Option

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ASKED, SHOWN = 8, 25
KINDS = ("new", "up", "moved_in", "won", "lost", "down", "moved_out", "gone")
# Both states of each one that was open on either day; had, has: it was or is among those looked at. What was
# not there before and is decided by now came and went between: twice, as new and as what became of it.
MOVES = """
WITH pairs AS (
  SELECT COALESCE(a.id, b.id) AS id,
         COALESCE(a.outcome = 'open' AND (a.due <= $1 OR $1 IS NULL), false) AS had,
         COALESCE(b.outcome = 'open' AND (b.due <= $1 OR $1 IS NULL), false) AS has,
         COALESCE(a.id IS NULL AND b.outcome <> 'open' AND b.ended BETWEEN $2 AND $3
                  AND (b.due <= $1 OR $1 IS NULL), false) AS passed,
         a.outcome AS was, b.outcome AS is_now,
         COALESCE(a.amount, 0) AS before, COALESCE(b.amount, 0) AS after, a.due AS due_then, b.due AS due_now
  FROM then_ a FULL JOIN contest b ON b.id = a.id
)
SELECT * FROM (SELECT id, CASE
    WHEN had AND has THEN CASE WHEN after > before THEN 'up' WHEN after < before THEN 'down' ELSE 'same' END
    WHEN had AND is_now = 'won' THEN 'won'
    WHEN had AND is_now = 'lost' THEN 'lost'
    WHEN had AND is_now = 'open' THEN 'moved_out'
    WHEN had THEN 'gone'
    WHEN was = 'open' THEN 'moved_in'
    ELSE 'new' END AS kind,
  before, after, due_then, due_now, false AS passed
FROM pairs WHERE had OR has
UNION ALL SELECT id, unnest(['new', is_now]), after, after, due_then, due_now, true FROM pairs WHERE passed)
ORDER BY id, kind
"""


@dataclass(frozen=True)
class Move:
    """What became of one between the two days. Amounts in hundredths.

    passed  it came and went between: one of two, with the amount that it had in the end
    """

    id: int
    kind: str
    before: int
    after: int
    due_then: date | None
    due_now: date | None
    passed: bool = False

    @property
    def change(self) -> int:
        """What it adds to what is open."""
        if self.kind in ("new", "moved_in"):
            return self.after
        if self.kind in ("won", "lost", "moved_out", "gone"):
            return -self.before
        return self.after - self.before

    @property
    def slipped(self) -> bool:
        """It is expected later than it was."""
        return bool(self.due_then and self.due_now and self.due_now > self.due_then)


def moves_between(contest: Contest, span: Span, by_day: date | None, ask: Ask) -> list[Move]:
    """What became of each one that was open at the end of the day before `span` or at its end, and of each
    that was opened and decided between; `by_day`: only what is to close until then."""
    db = _both(contest, span, ask)
    return [Move(*row) for row in db.execute(MOVES, [by_day, span.first, span.last]).fetchall()]


def _both(contest: Contest, span: Span, ask: Ask) -> DuckDBPyConnection:
    """`then_` is how it was, `contest` how it is at the end of the span."""
    now = None if span.last >= ask.today else end_of(span.last)
    db = lay_contest(contest, ask.by, as_of=end_of(span.first - timedelta(days=1)), name="then_")
    return lay_contest(contest, ask.by, db, as_of=now)


def end_of(day: date) -> datetime:
    """The last moment of a day, where the reader is."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


def run(ask: Ask) -> Study:
    contest, span = first_of(Contest, ask.by), span_of(ask)
    quarter_end = moved(ask.today.replace(day=1, month=(ask.today.month - 1) // 3 * 3 + 1), 3) - timedelta(
        days=1
    )
    by_day = quarter_end if contest.due and ask.choice("closing", "all", "quarter") == "quarter" else None
    moves = moves_between(contest, span, by_day, ask)
    start = sum(one.before for one in moves if one.kind not in ("new", "moved_in") and not one.passed)
    end = start + sum(one.change for one in moves)
    slipped = sorted((one for one in moves if one.slipped), key=lambda one: -one.after)
    names = names_of(_both(contest, span, ask), contest.object, [one.id for one in moves])
    size = len({one.id for one in moves})
    trust = Trust(size, ("past_as_recorded", "one_currency"), doubts(thin=size < 5))
    label = registry.get(contest.object).plural_label
    headline = _("The pipeline stands as it did: %(amount)s") % {"amount": money(end, ask.by)}
    if end > start:
        headline = _("The pipeline grew by %(amount)s") % {"amount": money(end - start, ask.by)}
    elif end < start:
        headline = _("The pipeline shrank by %(amount)s") % {"amount": money(start - end, ask.by)}
    return Study(
        headline=headline if not trust.thin else _("Too little was open to say anything"),
        detail=ngettext(
            "%(count)d is expected later than it was, %(amount)s in all.",
            "%(count)d are expected later than they were, %(amount)s in all.",
            len(slipped),
        )
        % {"count": len(slipped), "amount": money(sum(one.after for one in slipped), ask.by)}
        if slipped
        else "",
        trust=trust,
        counted=_("%(count)d %(objects)s that were open then, are now, or were between, %(span)s")
        % {"count": size, "objects": label, "span": said(span)},
        chart=draw_waterfall(_steps(moves, start, end, ask), label=headline),
        side=(_sums(moves, start, end, ask),),
        tables=(
            _listed(_("Expected later"), slipped, contest, names, ask),
            _listed(
                _("What moved most"),
                sorted((one for one in moves if not one.passed or one.kind != "new"), key=_size),
                contest,
                names,
                ask,
            ),
        ),
        todos=_todos(slipped, contest),
    )


def _size(one: Move) -> int:
    return -abs(one.change)


def kind_words(name: str) -> str:
    return {
        "new": _("Newly opened"),
        "up": _("Grew"),
        "moved_in": _("Pulled in"),
        "won": _("Won"),
        "lost": _("Lost"),
        "down": _("Shrank"),
        "moved_out": _("Slipped"),
        "gone": _("Taken out"),
        "same": _("Unchanged"),
    }[name]


def _steps(moves: list[Move], start: int, end: int, ask: Ask) -> list[Step]:
    steps, here = [Step(_("At that time"), 0, start / 100, "whole", money(start, ask.by))], start
    for kind in KINDS:
        change = sum(one.change for one in moves if one.kind == kind)
        if change:
            sign = "up" if change > 0 else "down"
            steps.append(
                Step(kind_words(kind), here / 100, (here + change) / 100, sign, money(change, ask.by))
            )
            here += change
    return [*steps, Step(_("Today"), 0, end / 100, "whole", money(end, ask.by))]


def _sums(moves: list[Move], start: int, end: int, ask: Ask) -> Table:
    rows = [(Cell(_("At that time"), strong=True), Cell(""), Cell(money(start, ask.by), strong=True))]
    for kind in KINDS:
        some = [one for one in moves if one.kind == kind]
        if some:
            amount = money(sum(one.change for one in some), ask.by)
            rows.append((Cell(kind_words(kind)), Cell(str(len(some))), Cell(amount)))
    rows.append((Cell(_("Today"), strong=True), Cell(""), Cell(money(end, ask.by), strong=True)))
    return Table(
        "", (Column(_("What happened")), Column(_("Count"), True), Column(_("Amount"), True)), tuple(rows)
    )


def _listed(title: str, moves: list[Move], contest: Contest, names: dict[int | None, str], ask: Ask) -> Table:
    from guanxi.platform.i18n.dates import format_date

    rows = tuple(
        (
            Cell(names[one.id], page_of(contest.object, one.id)),
            Cell(kind_words(one.kind)),
            Cell(money(one.before, ask.by)),
            Cell(money(one.after, ask.by), strong=True),
            Cell(format_date(one.due_then) if one.due_then else "–"),
            Cell(format_date(one.due_now) if one.due_now else "–"),
        )
        for one in moves[:SHOWN]
        if one.kind != "same" or one.slipped
    )
    columns = (
        Column(_("Who or what")),
        Column(_("What happened")),
        Column(_("At that time"), True),
        Column(_("Today"), True),
        Column(_("Expected then")),
        Column(_("Expected now")),
    )
    return Table(title, columns, rows)


def _todos(slipped: list[Move], contest: Contest) -> tuple[Todo, ...]:
    ids = tuple(one.id for one in slipped if one.kind not in ("won", "lost", "gone"))[:ASKED]
    if not ids:
        return ()
    label = ngettext("Make a to-do for this one", "Make a to-do for each of these %(count)d", len(ids))
    text = _("Slips: ask what it waits for")
    return (
        Todo(label % {"count": len(ids)}, contest.object, ids, text),
        *segment(contest.object, ids, tag=_("Slips"), label=_("Tag them and show them as a list")),
    )


def choices(ask: Ask) -> tuple[Choice, ...]:
    options = (
        Option("all", _("All that is open")),
        Option("quarter", _("Closing by the end of this quarter")),
    )
    return (Choice("closing", _("Closing"), options, ask.choice("closing", "all", "quarter")),)


INSIGHT = Insight(
    name="waterfall",
    label=gettext_lazy("Pipeline change"),
    icon="history",
    question=gettext_lazy("What became of the pipeline since then: won, lost, new, slipped?"),
    data=gettext_lazy(
        "What could be won, as it was on both days, from the history that the warehouse keeps."
    ),
    formula=gettext_lazy(
        "Each one that was open on either day is compared with itself. Won, lost and taken out count with "
        "what they were worth then; slipped is what was to close in the time and no longer is. What was "
        "opened and decided between counts as newly opened and as won or lost, with what it was worth last."
    ),
    run=run,
    choices=choices,
    periods=(1, 3, 6, 12),
    months=3,
)
