"""Enterprise diagnosis: checks in dimensions, each with its proof, its weight in money and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.insights.reading import (
    Span,
    behind,
    condition,
    customer_object,
    lay_claim,
    lay_contest,
    lay_effort,
    lay_sale,
    moved,
    names_of,
    page_of,
    sale_of,
    usable,
)
from guanxi.analytics.insights.receivables import outstanding_days
from guanxi.analytics.insights.remedies import open_remedies
from guanxi.analytics.insights.studies import (
    Act,
    Ask,
    Cell,
    Column,
    Follow,
    Insight,
    Study,
    Table,
    Todo,
)
from guanxi.analytics.insights.waterfall import moves_between
from guanxi.analytics.insights.wording import money, percent
from guanxi.analytics.mining.drivers import growth
from guanxi.analytics.mining.pareto import pareto
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.analytics.roles import Claim, Contest, Effort, Sale
from guanxi.analytics.warehouse.reading import connect
from guanxi.analytics.warehouse.rights import seen_columns
from guanxi.platform.i18n.dates import format_date
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ASKED = 8
GOAL = 60.0
ENOUGH = 5.0  # points by which a check must move to count as moved


@dataclass(frozen=True)
class Check:
    """One thing looked at. `value` stands between `bad` (0 points) and `good` (100); proof says it in words.

    key     the dimension, a dot, and what tells it from the others: by it a remedy is followed up
    cases   how many it stands on: with fewer than `least` it is not judged
    stake   hundredths of money that hang on it
    href    the records behind
    todo    what to do about it
    """

    key: str
    label: str
    proof: str
    value: float
    bad: float
    good: float
    cases: int
    least: int = 5
    stake: int = 0
    href: str = ""
    todo: Todo | None = None

    @property
    def dimension(self) -> str:
        return self.key.partition(".")[0]

    @property
    def severity(self) -> str:
        """ "acute" below 30 points with money at stake, "ill" below 60, "watched" below 80, else "sound"."""
        if self.points < 60:
            return "acute" if self.points < 30 and self.stake else "ill"
        return "watched" if self.points < 80 else "sound"

    @property
    def judged(self) -> bool:
        return self.cases >= self.least

    @property
    def points(self) -> float:
        """clip((x − bad) / (good − bad), 0, 1) · 100."""
        return 100 * min(1.0, max(0.0, (self.value - self.bad) / (self.good - self.bad)))


SEVERITY = {"acute": "cinnabar", "ill": "gamboge", "watched": "ochre", "sound": "malachite"}


def severity_words(name: str) -> str:
    return {
        "acute": _("Acute"),
        "ill": _("Out of order"),
        "watched": _("Keep an eye on it"),
        "sound": _("Sound"),
    }[name]


def dimension_words(name: str) -> str:
    return {
        "growth": _("Growth"),
        "customers": _("Customer structure"),
        "profit": _("Profit"),
        "cash": _("Cash"),
        "pipeline": _("Pipeline"),
        "wins": _("Winning"),
        "work": _("Follow-up"),
        "traffic": _("Give and take"),
        "data": _("Data quality"),
    }[name]


def run(ask: Ask) -> Study:
    checks = [check for look in LOOKS for check in look(ask)]
    judged = [check for check in checks if check.judged]
    dimensions: dict[str, list[Check]] = {}
    for check in judged:
        dimensions.setdefault(check.dimension, []).append(check)
    scores = {name: sum(one.points for one in some) / len(some) for name, some in dimensions.items()}
    whole = sum(scores.values()) / len(scores) if scores else 0.0
    ill = sorted((one for one in judged if one.points < 60), key=_severity)
    trust = Trust(
        len(judged),
        ("limits_are_ours",),
        doubts(thin=len(judged) < 5, few_in_a_part=len(judged) < len(checks)),
    )
    return Study(
        headline=_headline(whole, scores),
        detail=_("Deal with these first: %(names)s.") % {"names": _listed([one.label for one in ill[:3]])}
        if ill
        else _("Nothing is out of order."),
        trust=trust,
        counted=_("%(judged)d of %(all)d checks have enough cases")
        % {"judged": len(judged), "all": len(checks)},
        stats=((_("Health"), f"{whole:.0f}", "/ 100"), (_("Out of order"), str(len(ill)), "")),
        side=(_scores(scores, dimensions),),
        tables=(
            *_followed(judged, ask),
            _table(_("Out of order"), ill, ask),
            _table(
                _("In order"),
                sorted((one for one in judged if one.points >= 60), key=lambda one: one.points),
                ask,
            ),
            _table(_("Too few cases to judge"), [one for one in checks if not one.judged], ask),
        ),
        todos=tuple(
            replace(one.todo, follow=Follow(one.key, one.value, one.points, GOAL, one.proof))
            for one in ill
            if one.todo is not None
        ),
    )


def _severity(one: Check) -> tuple[float, float]:
    """Gap × money at stake, then the gap."""
    gap = 100 - one.points
    return (-gap * one.stake, -gap)


def _headline(whole: float, scores: dict[str, float]) -> str:
    if not scores:
        return _("Not enough is known for a diagnosis")
    worst = min(scores, key=lambda name: scores[name])
    best = max(scores, key=lambda name: scores[name])
    return _("Health %(points)d: %(best)s is strongest, %(worst)s weakest") % {
        "points": round(whole),
        "best": dimension_words(best),
        "worst": dimension_words(worst),
    }


def _listed(names: list[str]) -> str:
    from guanxi.platform.i18n.numbers import join_words

    return join_words(names)


def _scores(scores: dict[str, float], dimensions: dict[str, list[Check]]) -> Table:
    rows = tuple(
        (
            Cell(dimension_words(name)),
            Cell(f"{points:.0f}", meter=points, tone=_tone(points)),
            Cell(str(len(dimensions[name]))),
        )
        for name, points in sorted(scores.items(), key=lambda one: one[1])
    )
    return Table(
        _("By dimension"), (Column(_("Dimension")), Column(_("Points")), Column(_("Checks"), True)), rows
    )


def _tone(points: float) -> str:
    return "cinnabar" if points < 40 else "gamboge" if points < 60 else "malachite"


def _table(title: str, checks: list[Check], ask: Ask) -> Table:
    rows = tuple(
        (
            Cell(dimension_words(one.dimension)),
            Cell(
                severity_words(one.severity) if one.judged else "–",
                tone=SEVERITY[one.severity] if one.judged else "",
            ),
            Cell(one.label, one.href, strong=True),
            Cell(one.proof),
            Cell(
                f"{one.points:.0f}" if one.judged else "–",
                meter=one.points if one.judged else None,
                tone=_tone(one.points),
            ),
            Cell(money(one.stake, ask.by) if one.stake else "–"),
        )
        for one in checks
    )
    columns = (
        Column(_("Dimension")),
        Column(_("Severity")),
        Column(_("Check")),
        Column(_("Proof")),
        Column(_("Points")),
        Column(_("At stake"), True),
    )
    return Table(f"{title} · {len(checks)}", columns, rows)


def _followed(checks: list[Check], ask: Ask) -> tuple[Table, ...]:
    """The remedies that the reader has begun: how it stood then, how it stands, whether it helped."""
    known = {one.key: one for one in checks}
    rows = []
    for one in open_remedies(by=ask.by):
        now = known.get(one.finding)
        moved_by = now.points - one.points if now is not None else 0.0
        rows.append(
            (
                Cell(now.label if now is not None else one.finding, strong=True),
                Cell(one.proof),
                Cell(now.proof if now is not None else "–"),
                Cell(f"{one.points:.0f}"),
                Cell(f"{now.points:.0f}" if now is not None else "–", strong=True),
                Cell(f"{one.goal:.0f}"),
                Cell(format_date(one.due)),
                _helped(now, moved_by, one.goal, one.due < ask.today),
                Cell(act=Act(_("End"), f"/analytics/insights/remedies/{one.pk}/end/")),
            )
        )
    if not rows:
        return ()
    columns = (
        Column(_("Check")),
        Column(_("At that time")),
        Column(_("Today")),
        Column(_("Points then"), True),
        Column(_("Points now"), True),
        Column(_("Goal"), True),
        Column(_("Due")),
        Column(_("Did it help?")),
        Column(""),
    )
    title = _("Under treatment")
    return (Table(f"{title} · {len(rows)}", columns, tuple(rows)),)


def _helped(now: Check | None, moved_by: float, goal: float, over: bool) -> Cell:
    if now is None:
        return Cell(_("Too few cases to judge"))
    if now.points >= goal and moved_by > 0:
        return Cell(_("Yes: the goal is reached"), tone="malachite")
    if moved_by >= ENOUGH:
        return Cell(_("It is getting better"), tone="malachite")
    if moved_by <= -ENOUGH:
        return Cell(_("No: it got worse"), tone="cinnabar")
    return Cell(_("No, and its time is over"), tone="gamboge") if over else Cell(_("Nothing to see yet"))


def _growth(ask: Ask) -> Iterator[Check]:
    if not usable(Sale, ask.by):
        return
    sale = sale_of(ask)
    db = lay_sale(sale, ask.by)
    now = Span(moved(ask.today, -3) + timedelta(days=1), ask.today)
    before = Span(moved(ask.today, -6) + timedelta(days=1), moved(ask.today, -3))
    sums = [
        _row(
            db, "SELECT COALESCE(SUM(amount), 0)::BIGINT, COUNT(*) FROM sale WHERE day BETWEEN ? AND ?", span
        )
        for span in (now, before)
    ]
    grown = growth(sums[0][0], sums[1][0])
    yield Check(
        "growth.sales",
        _("Sales of three months"),
        _("%(now)s, the three before %(then)s")
        % {"now": money(sums[0][0], ask.by), "then": money(sums[1][0], ask.by)},
        grown or 0.0,
        -0.2,
        0.1,
        min(sums[0][1], sums[1][1]),
        stake=max(0, sums[1][0] - sums[0][0]),
    )
    year = Span(moved(ask.today, -12) + timedelta(days=1), ask.today)
    rows = db.execute(
        "SELECT customer, MIN(day), SUM(amount) FILTER (day >= ?)::BIGINT, COUNT(*) FROM sale"
        " WHERE customer IS NOT NULL GROUP BY 1",
        [year.first],
    ).fetchall()
    total = sum(row[2] or 0 for row in rows)
    new = sum(row[2] or 0 for row in rows if row[1] >= year.first)
    if any(row[1] < year.first for row in rows):
        yield Check(
            "growth.new",
            _("Sales from new customers"),
            _("%(share)s of the year's sales") % {"share": percent(new / total if total else 0)},
            new / total if total else 0.0,
            0.05,
            0.3,
            len(rows),
            stake=max(0, round(total * 0.3) - new),
        )
    again = sum(row[3] > 1 for row in rows)
    yield Check(
        "customers.again",
        _("Customers who came again"),
        _("%(count)d of %(all)d") % {"count": again, "all": len(rows)},
        again / len(rows) if rows else 0.0,
        0.1,
        0.5,
        len(rows),
    )
    found = pareto({row[0]: row[2] or 0 for row in rows})
    if found.rows:
        target = customer_object(sale)
        names = names_of(db, target, [found.rows[0].key])
        top = found.rows[0]
        yield Check(
            "customers.largest",
            _("The largest customer"),
            _("%(name)s brings %(share)s") % {"name": names[top.key], "share": percent(top.share)},
            -top.share,
            -0.4,
            -0.1,
            len(found.rows),
            stake=top.value,
            href=page_of(target, top.key),
        )
        three = sum(row.share for row in found.rows[:3])
        yield Check(
            "customers.three",
            _("The three largest"),
            _("Together %(share)s") % {"share": percent(three)},
            -three,
            -0.7,
            -0.3,
            len(found.rows),
            stake=sum(row.value for row in found.rows[:3]),
            href="/analytics/insights/pareto/",
        )
    silent = [
        row[0]
        for row in db.execute(
            "SELECT customer FROM sale WHERE customer IS NOT NULL GROUP BY 1"
            " HAVING COUNT(*) > 1 AND date_diff('day', MAX(day), ?)"
            " > 2 * date_diff('day', MIN(day), MAX(day)) / (COUNT(*) - 1) + 30"
            " ORDER BY SUM(amount) DESC",
            [ask.today],
        ).fetchall()
    ]
    amounts = {row[0]: row[2] or 0 for row in rows}
    yield Check(
        "customers.quiet",
        _("Regular customers gone quiet"),
        _("%(count)d of %(all)d bought nothing for twice as long as usual")
        % {"count": len(silent), "all": again},
        -len(silent) / again if again else 0.0,
        -0.5,
        -0.1,
        again,
        stake=sum(amounts.get(key, 0) for key in silent),
        todo=_todo(silent, customer_object(sale), _("Bought nothing for long: get in touch")),
    )


def _profit(ask: Ask) -> Iterator[Check]:
    """What is left of what was sold, of the kind of sale that knows its costs."""
    kinds = [one for one in usable(Sale, ask.by) if one.lines is not None and one.lines.cost]
    if not kinds:
        return
    db = lay_sale(kinds[0], ask.by)
    year = Span(moved(ask.today, -12) + timedelta(days=1), ask.today)
    sold, known, cost, count, below, lost, bad = _row(
        db,
        "SELECT COALESCE(SUM(amount), 0)::BIGINT, COALESCE(SUM(amount) FILTER (cost IS NOT NULL), 0)::BIGINT,"
        " COALESCE(SUM(cost), 0)::BIGINT, COUNT(cost), COUNT(*) FILTER (cost > amount),"
        " COALESCE(SUM(cost - amount) FILTER (cost > amount), 0)::BIGINT, COUNT(*)"
        " FROM sold WHERE day BETWEEN ? AND ?",
        year,
    )
    margin = (known - cost) / known if known > 0 else 0.0
    yield Check(
        "profit.margin",
        _("Gross margin"),
        _("%(share)s of %(amount)s") % {"share": percent(margin), "amount": money(known, ask.by)},
        margin,
        0.05,
        0.35,
        count,
        stake=max(0, round(known * 0.35) - (known - cost)),
        href="/analytics/insights/balance/",
    )
    yield Check(
        "profit.below",
        _("Sold below cost"),
        _("%(count)d of %(all)d lines, %(amount)s lost")
        % {"count": below, "all": count, "amount": money(lost, ask.by)},
        -below / count if count else 0.0,
        -0.2,
        0.0,
        count,
        stake=lost,
    )
    yield Check(
        "profit.unknown",
        _("Sold without a cost"),
        _("%(count)d of %(all)d lines") % {"count": bad - count, "all": bad},
        -(bad - count) / bad if bad else 0.0,
        -0.6,
        -0.05,
        bad,
        stake=sold - known,
    )


def _traffic(ask: Ask) -> Iterator[Check]:
    """Whether they come to us as we go to them, and whether those who buy are looked after."""
    if not usable(Effort, ask.by) or not usable(Sale, ask.by):
        return
    sale = sale_of(ask)
    customers = customer_object(sale)
    db = lay_effort(usable(Effort, ask.by)[0], customers, ask.by, lay_sale(sale, ask.by))
    quarter = Span(ask.today - timedelta(days=89), ask.today)
    came, went = _row(
        db,
        "SELECT COUNT(DISTINCT id) FILTER (way = 'in'), COUNT(DISTINCT id) FILTER (way = 'out')"
        " FROM effort WHERE day BETWEEN ? AND ?",
        quarter,
    )
    yield Check(
        "traffic.ways",
        _("They come to us"),
        _("%(came)d times in 90 days, we went %(went)d times") % {"came": came, "went": went},
        came / (came + went) if came + went else 0.0,
        0.05,
        0.3,
        came + went,
        href="/analytics/insights/balance/?pair=ways",
    )
    rows = db.execute(
        "SELECT s.customer, SUM(s.amount)::BIGINT, COALESCE(bool_or(e.id IS NOT NULL), false) FROM sale s"
        " LEFT JOIN effort e ON e.customer = s.customer AND e.day >= ?"
        " WHERE s.customer IS NOT NULL AND s.day >= ? GROUP BY 1 ORDER BY 2 DESC",
        [quarter.first, moved(ask.today, -12)],
    ).fetchall()
    alone = [row for row in rows if not row[2]]
    sums = dict(
        db.execute(
            "SELECT customer, SUM(amount)::BIGINT FROM sale WHERE day >= ? GROUP BY 1",
            [moved(ask.today, -12)],
        ).fetchall()
    )
    yield Check(
        "traffic.alone",
        _("Buyers nobody spoke with for 90 days"),
        _("%(count)d of %(all)d") % {"count": len(alone), "all": len(rows)},
        -len(alone) / len(rows) if rows else 0.0,
        -0.6,
        -0.1,
        len(rows),
        stake=sum(sums.get(row[0], 0) for row in alone),
        todo=_todo([row[0] for row in alone], customers, _("Buys, and nobody spoke with them: get in touch")),
    )


def _slipping(ask: Ask) -> Iterator[Check]:
    kinds = [one for one in usable(Contest, ask.by) if one.due]
    if not kinds:
        return
    moves = moves_between(kinds[0], Span(ask.today - timedelta(days=29), ask.today), None, ask)
    open_ = [one for one in moves if one.kind in ("up", "down", "same")]
    slipped = [one for one in open_ if one.slipped]
    value, late = sum(one.after for one in open_), sum(one.after for one in slipped)
    yield Check(
        "pipeline.slipped",
        _("Expected later than 30 days ago"),
        _("%(count)d of %(all)d, %(amount)s")
        % {"count": len(slipped), "all": len(open_), "amount": money(late, ask.by)},
        -late / value if value else 0.0,
        -0.5,
        -0.05,
        len(open_),
        stake=late,
        href="/analytics/insights/waterfall/",
        todo=_todo([one.id for one in slipped], kinds[0].object, _("Slips: ask what it waits for")),
    )


def _cash(ask: Ask) -> Iterator[Check]:
    kinds = usable(Claim, ask.by)
    if not kinds:
        return
    claim = kinds[0]
    rows = (
        lay_claim(claim, ask.by)
        .execute("SELECT customer, date_diff('day', due, ?), open FROM claim WHERE open > 0", [ask.today])
        .fetchall()
    )
    owed = sum(row[2] for row in rows)
    late = [row for row in rows if row[1] > 0]
    overdue, old = sum(row[2] for row in late), sum(row[2] for row in rows if row[1] > 60)
    who = sorted({row[0] for row in late if row[0] is not None})
    link = behind(claim.object, condition(claim, f"{claim.open} > 0", f"{claim.date} < {ask.today}"))
    yield Check(
        "cash.overdue",
        _("Overdue"),
        _("%(amount)s of %(owed)s") % {"amount": money(overdue, ask.by), "owed": money(owed, ask.by)},
        -overdue / owed if owed else 0.0,
        -0.4,
        -0.05,
        len(rows),
        stake=overdue,
        href=link,
        todo=_todo(who, customer_object(claim), _("Payment is overdue: ask for it")),
    )
    yield Check(
        "cash.old",
        _("Overdue for more than 60 days"),
        money(old, ask.by),
        -old / owed if owed else 0.0,
        -0.2,
        0.0,
        len(rows),
        stake=old,
    )
    days = outstanding_days(ask, owed)
    if days is not None:
        yield Check(
            "cash.days",
            _("Days of sales outstanding"),
            _("%(count)d days") % {"count": round(days)},
            -days,
            -120.0,
            -45.0,
            len(rows),
            stake=round(owed * max(0.0, 1 - 45 / days)) if days else 0,
        )
    most = max((sum(row[2] for row in rows if row[0] == one) for one in {row[0] for row in rows}), default=0)
    yield Check(
        "cash.one",
        _("Owed by one customer"),
        percent(most / owed if owed else 0.0),
        -most / owed if owed else 0.0,
        -0.6,
        -0.2,
        len(rows),
        stake=most,
    )


def _pipeline(ask: Ask) -> Iterator[Check]:
    kinds = usable(Contest, ask.by)
    if not kinds:
        return
    contest = kinds[0]
    db = lay_contest(contest, ask.by)
    year, half = moved(ask.today, -12), moved(ask.today, -6)
    row = db.execute(
        "SELECT COUNT(*) FILTER (outcome = 'open'),"
        " COALESCE(SUM(amount) FILTER (outcome = 'open'), 0)::BIGINT,"
        " COUNT(*) FILTER (outcome = 'won' AND ended > ?), COUNT(*) FILTER (outcome = 'lost' AND ended > ?),"
        " COALESCE(SUM(amount) FILTER (outcome = 'won' AND ended > ?), 0)::BIGINT,"
        " COALESCE(SUM(amount) FILTER (outcome = 'lost' AND ended > ?), 0)::BIGINT,"
        " MEDIAN(date_diff('day', began, ended)) FILTER (outcome = 'won' AND ended > ?),"
        " COUNT(*) FILTER (outcome = 'lost' AND ended > ? AND (reason IS NULL OR reason = ''))"
        " FROM contest",
        [year] * 6,
    ).fetchone()
    assert row is not None
    open_, value, won, lost, won_value, lost_value, days, unsaid = row
    decided = won + lost
    rate = won / decided if decided else 0.0
    yield Check(
        "wins.rate",
        _("Win rate"),
        _("%(won)d won, %(lost)d lost in a year") % {"won": won, "lost": lost},
        rate,
        0.15,
        0.5,
        decided,
        10,
        lost_value,
        "/analytics/insights/contests/",
    )
    by_amount = won_value / (won_value + lost_value) if won_value + lost_value else 0.0
    yield Check(
        "wins.amount",
        _("Win rate by amount"),
        percent(by_amount),
        by_amount - rate,
        -0.25,
        0.0,
        decided,
        10,
        lost_value,
    )
    halves = [
        db.execute(
            "SELECT COUNT(*) FILTER (outcome = 'won'), COUNT(*) FROM contest"
            " WHERE outcome <> 'open' AND ended > ? AND ended <= ?",
            [a, b],
        ).fetchone()
        for a, b in ((half, ask.today), (year, half))
    ]
    if all(one is not None and one[1] for one in halves):
        now, then = (one[0] / one[1] for one in halves if one is not None)
        yield Check(
            "wins.half_year",
            _("Win rate of this half year"),
            _("%(now)s, before %(then)s") % {"now": percent(now), "then": percent(then)},
            now - then,
            -0.2,
            0.0,
            decided,
            20,
        )
    yield Check(
        "wins.unsaid",
        _("Lost without a reason"),
        _("%(count)d of %(all)d") % {"count": unsaid, "all": lost},
        -unsaid / lost if lost else 0.0,
        -0.5,
        0.0,
        lost,
        5,
        href=behind(contest.object, f"{contest.outcome} = {contest.lost} and {contest.reason} is empty")
        if contest.reason
        else "",
    )
    need = won_value / 4 / by_amount if by_amount else 0.0
    yield Check(
        "pipeline.cover",
        _("Open against what a quarter needs"),
        _("%(open)s open, %(need)s needed for a quarter like the last four")
        % {"open": money(value, ask.by), "need": money(need, ask.by)},
        value / need if need else 0.0,
        0.5,
        1.5,
        open_,
        5,
        max(0, round(need) - value),
        behind(contest.object, f"{contest.outcome} = open"),
    )
    if days:
        old = db.execute(
            "SELECT id, customer, amount FROM contest"
            " WHERE outcome = 'open' AND date_diff('day', began, ?) > ? ORDER BY amount DESC",
            [ask.today, 2 * days],
        ).fetchall()
        yield Check(
            "pipeline.old",
            _("Open for twice as long as it takes to win"),
            _("%(count)d of %(all)d") % {"count": len(old), "all": open_},
            -len(old) / open_ if open_ else 0.0,
            -0.5,
            -0.1,
            open_,
            5,
            sum(one[2] for one in old),
            todo=_todo(
                [one[0] for one in old], contest.object, _("Open for long: win it, move it or close it")
            ),
        )
    empty = db.execute("SELECT id FROM contest WHERE outcome = 'open' AND amount <= 0").fetchall()
    yield Check(
        "pipeline.empty",
        _("Open without an amount"),
        _("%(count)d of %(all)d") % {"count": len(empty), "all": open_},
        -len(empty) / open_ if open_ else 0.0,
        -0.3,
        0.0,
        open_,
        5,
        todo=_todo([one[0] for one in empty], contest.object, _("There is no amount: estimate it")),
    )
    one_share = db.execute("SELECT MAX(amount) FROM contest WHERE outcome = 'open'").fetchone()
    largest = one_share[0] if one_share and one_share[0] else 0
    yield Check(
        "pipeline.largest",
        _("The largest of the open"),
        percent(largest / value if value else 0.0),
        -largest / value if value else 0.0,
        -0.6,
        -0.2,
        open_,
        5,
        largest,
    )


def _records(ask: Ask) -> Iterator[Check]:
    """What every object with an owner can be asked: is it followed up, and is it filled in?"""
    for obj in registry.objects():
        if not (obj.owned and obj.group and ask.by.may("see", obj.name)):
            continue
        columns = {one.name for one in seen_columns(obj, ask.by)}
        if not (obj.touched or obj.next_step):
            continue
        db = connect(ask.by, obj.name)
        yield from _follow_up(obj, db, columns, ask)
        yield from _gaps(obj, db, columns)


def _follow_up(obj: Object, db: DuckDBPyConnection, columns: set[str], ask: Ask) -> Iterator[Check]:
    active = "closed_on IS NULL" if "closed_on" in columns else "TRUE"
    label = {"objects": obj.plural_label}
    count = _count(db, obj, active)
    if "last_touch_at" in columns:
        limit = ask.today - timedelta(days=30)
        old = db.execute(
            f'SELECT id FROM "{obj.name}" WHERE {active} AND last_touch_at < ? ORDER BY last_touch_at',
            [limit],
        ).fetchall()
        yield Check(
            f"work.{obj.name}.quiet",
            _("%(objects)s quiet for 30 days") % label,
            _("%(count)d of %(all)d") % {"count": len(old), "all": count},
            -len(old) / count if count else 0.0,
            -0.6,
            -0.1,
            count,
            href=behind(obj.name, f"last_touch_at < {limit}"),
            todo=_todo([one[0] for one in old], obj.name, _("Quiet for 30 days: get in touch")),
        )
    if obj.next_step and obj.next_step.due in columns:
        none = _count(db, obj, f"{active} AND {obj.next_step.due} IS NULL")
        yield Check(
            f"work.{obj.name}.next",
            _("%(objects)s without a next step") % label,
            _("%(count)d of %(all)d") % {"count": none, "all": count},
            -none / count if count else 0.0,
            -0.8,
            -0.2,
            count,
            href=behind(obj.name, f"{obj.next_step.due} is empty"),
        )
        late = db.execute(
            f'SELECT COUNT(*) FROM "{obj.name}" WHERE {active} AND {obj.next_step.due} < ?', [ask.today]
        ).fetchone()
        passed = late[0] if late else 0
        yield Check(
            f"work.{obj.name}.late",
            _("%(objects)s whose next step is overdue") % label,
            _("%(count)d of %(all)d") % {"count": passed, "all": count},
            -passed / count if count else 0.0,
            -0.4,
            -0.05,
            count,
            href=behind(obj.name, f"{obj.next_step.due} < {ask.today}"),
        )


def _gaps(obj: Object, db: DuckDBPyConnection, columns: set[str]) -> Iterator[Check]:
    count = _count(db, obj, "TRUE")
    names = [
        one
        for one in (
            "owner",
            "industry",
            "level",
            "city",
            "source",
            "title",
            "expected_close",
            "product",
            "company",
        )
        if one in obj.fields_by_name
    ]
    for name in names:
        column = name if name in columns else f"{name}_id"
        if column not in columns:
            continue
        text = f"CAST({column} AS VARCHAR)"
        empty = _count(db, obj, f"{column} IS NULL OR {text} = ''")
        what = {"objects": obj.plural_label, "field": obj.fields_by_name[name].label}
        yield Check(
            f"data.{obj.name}.{name}",
            _("%(objects)s without: %(field)s") % what,
            _("%(count)d of %(all)d") % {"count": empty, "all": count},
            -empty / count if count else 0.0,
            -0.6,
            -0.05,
            count,
            href=behind(obj.name, f"{name} is empty"),
        )


def _count(db: DuckDBPyConnection, obj: Object, where: str) -> int:
    row = db.execute(f'SELECT COUNT(*) FROM "{obj.name}" WHERE {where}').fetchone()
    return int(row[0]) if row else 0


def _row(db: DuckDBPyConnection, text: str, span: Span) -> tuple[Any, ...]:
    return db.execute(text, [span.first, span.last]).fetchone() or ()


def _todo(ids: list[Any], object_name: str, text: str) -> Todo | None:
    some = tuple(one for one in ids if one is not None)[:ASKED]
    if not some or not registry.has(object_name):
        return None
    label = _("%(text)s (%(count)d to-dos)") % {"text": text, "count": len(some)}
    return Todo(label, object_name, some, text)


LOOKS: tuple[Callable[[Ask], Iterator[Check]], ...] = (
    _growth,
    _profit,
    _cash,
    _pipeline,
    _slipping,
    _traffic,
    _records,
)
INSIGHT = Insight(
    name="diagnosis",
    label=gettext_lazy("Diagnosis"),
    icon="stethoscope",
    question=gettext_lazy(
        "What is out of order, how bad is it, how much money hangs on it, and what comes next?"
    ),
    data=gettext_lazy("Sales, what is owed, what is won, lost and open, and every record with an owner."),
    formula=gettext_lazy(
        "Each check has a value at which it gets 0 points and one at which it gets 100; a dimension is the "
        "mean of its checks. Out of order is below 60, acute below 30 with money at stake. What comes first: "
        "the gap times the money at stake. A remedy is followed by the points of its check."
    ),
    run=run,
    periods=(),
)
