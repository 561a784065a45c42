"""The balance: what goes in against what comes out, of the firm, its teams, members, products and customers,
and what would be if something were otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.insights.marks import Weight, draw_balance, draw_beam, tilt
from guanxi.analytics.insights.pareto import sale_choice
from guanxi.analytics.insights.reading import (
    Span,
    customer_object,
    lay_claim,
    lay_contest,
    lay_effort,
    lay_sale,
    names_of,
    page_of,
    product_object,
    sale_of,
    span_of,
    usable,
)
from guanxi.analytics.insights.studies import (
    Ask,
    Cell,
    Choice,
    Column,
    Insight,
    Knob,
    Sign,
    Study,
    Table,
    Todo,
)
from guanxi.analytics.insights.wording import money, percent, said
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.analytics.roles import Claim, Contest, Effort, Sale
from guanxi.platform.metadata import registry
from guanxi.platform.records.addresses import with_query
from guanxi.web.components import Option

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OF = ("firm", "team", "owner", "product", "customer")
PAIRS = ("effort", "new", "won", "paid", "large", "ways")
SHOWN, ASKED = 25, 8
# By pair: the share of the right pan that is healthy, from and to.
HEALTHY: Mapping[str, tuple[float, float]] = {
    "effort": (0.55, 1.0),
    "new": (0.55, 0.85),
    "won": (0.0, 0.6),
    "paid": (0.75, 1.0),
    "large": (0.4, 1.0),
    "ways": (0.25, 1.0),
}


@dataclass(frozen=True)
class Given:
    """What is taken for granted. Money in whole hundredths, shares as shares."""

    hour: float
    minutes: float
    goods: float
    capital: float
    sales: float
    price: float
    time: float

    def pans(self, one: Side) -> tuple[dict[str, float], float]:
        """What went in, by kind, and what came out."""
        known = one.cost + self.goods * one.without_cost
        inputs = {
            "goods": known * (1 + self.sales),
            "time": (one.minutes + self.minutes * one.untimed) / 60 * self.hour * (1 + self.time),
            "money": one.waiting * self.capital,
        }
        return inputs, one.sold * (1 + self.sales) * (1 + self.price)


@dataclass
class Side:
    """What is known of one: sums in hundredths (`without_cost`: of sales whose cost is not known), minutes,
    pieces of work without a time, and what is owed late times the years that it has been."""

    sold: float = 0
    cost: float = 0
    without_cost: float = 0
    minutes: float = 0
    untimed: float = 0
    waiting: float = 0
    cases: int = 0


def run(ask: Ask) -> Study:
    sale, span, of = sale_of(ask), span_of(ask), ask.choice("of", *OF)
    given, knobs = _given(ask)
    db = _books(sale, ask)
    sides = _sides(db, span, of, ask)
    firm = sides if of == "firm" else _sides(db, span, "firm", ask)
    whole = firm.get(None, Side())
    pairs = _pairs(sale, db, span, ask, whole, given)
    pair = ask.choice("pair", *[one for one in PAIRS if one in pairs])
    inputs, output = given.pans(whole)
    went_in, thin = sum(inputs.values()), whole.cases < 10
    trust = Trust(
        whole.cases,
        ("costs_are_ours", "one_currency", *(("work_shared_by_sales",) if of == "product" else ())),
        doubts(thin=thin, costs_guessed=2 * whole.without_cost > whole.sold),
    )
    weighed = pairs[pair]
    kinds = {"owner": "member", "product": product_object(sale), "customer": customer_object(sale)}
    names = names_of(db, kinds.get(of, "team"), sides)
    if of == "firm":
        names[None] = _("The whole firm")
    return Study(
        headline=_("Too few sales to weigh anything") if thin else weighed.headline,
        detail=_("At cost %(input)s went in and %(output)s came out: the scales stand at %(tilt)s.")
        % {
            "input": money(went_in, ask.by),
            "output": money(output, ask.by),
            "tilt": f"{tilt(went_in, output):+.2f}",
        },
        trust=trust,
        counted=_("%(object)s, work done and what is owed, %(span)s")
        % {"object": registry.get(sale.object).plural_label, "span": said(span)},
        chart=draw_balance(
            weighed.left, weighed.right, titles=weighed.titles, label=" – ".join(weighed.titles)
        ),
        signs=_signs(pairs, pair, ask),
        knobs=knobs,
        side=(_inputs(inputs, output, ask),),
        tables=(_units(sides, names, kinds.get(of, ""), given, ask),),
        todos=_todos(sides, kinds.get(of, ""), given),
    )


def _given(ask: Ask) -> tuple[Given, tuple[Knob, ...]]:
    rows = (
        ("hour", _("An hour of work costs"), 120.0, 0.0, 100_000.0, 10.0, ask.by.currency),
        ("minutes", _("Work without a time took"), 30.0, 0.0, 480.0, 5.0, _("minutes")),
        ("goods", _("Goods whose cost is not known"), 60.0, 0.0, 100.0, 5.0, _("% of the price")),
        ("capital", _("Money that waits costs"), 6.0, 0.0, 100.0, 0.5, _("% a year")),
        ("sales", _("More units sold"), 0.0, -100.0, 500.0, 5.0, "%"),
        ("price", _("Higher prices"), 0.0, -100.0, 500.0, 1.0, "%"),
        ("time", _("More work"), 0.0, -100.0, 500.0, 5.0, "%"),
    )
    values = {name: ask.number(name, usual, least, most) for name, _w, usual, least, most, _s, _u in rows}
    knobs = tuple(
        Knob(name, label, values[name], least, most, step, unit)
        for name, label, _usual, least, most, step, unit in rows
    )
    shares = {name: values[name] / 100 for name in ("goods", "capital", "sales", "price", "time")}
    return Given(values["hour"] * 100, values["minutes"], **shares), knobs


def _books(sale: Sale, ask: Ask) -> DuckDBPyConnection:
    """A connection with `sale`, `sold`, `effort` and `claim`; empty where the actor sees none."""
    db = lay_sale(sale, ask.by)
    efforts, claims = usable(Effort, ask.by), usable(Claim, ask.by)
    if efforts:
        lay_effort(efforts[0], customer_object(sale), ask.by, db)
    else:
        db.execute(
            "CREATE TEMP TABLE effort (day DATE, minutes BIGINT, way VARCHAR, owner BIGINT, team BIGINT,"
            " customer BIGINT, id BIGINT)"
        )
    if claims:
        lay_claim(claims[0], ask.by, db)
    else:
        for name in ("claim", "owed"):
            db.execute(
                f"CREATE TEMP TABLE {name} (due DATE, amount BIGINT, open BIGINT, customer BIGINT,"
                " owner BIGINT, team BIGINT)"
            )
    return db


def _sides(db: DuckDBPyConnection, span: Span, of: str, ask: Ask) -> dict[int | None, Side]:
    """By unit what went in and what came out. Work and waiting are known by customer and member; on products
    they are shared out by what was sold."""
    days, by = [span.first, span.last], "NULL::BIGINT" if of == "firm" else of
    sides: dict[int | None, Side] = defaultdict(Side)
    for key, sold, cost, unknown, count in db.execute(
        f"SELECT {by}, SUM(amount)::BIGINT, COALESCE(SUM(cost), 0)::BIGINT,"
        " COALESCE(SUM(amount) FILTER (cost IS NULL), 0)::BIGINT, COUNT(DISTINCT sale)"
        " FROM sold WHERE day BETWEEN ? AND ? GROUP BY 1",
        days,
    ).fetchall():
        one = sides[key]
        one.sold, one.cost, one.without_cost, one.cases = sold, cost, unknown, count
    if of == "product":
        by = "NULL::BIGINT"
    work = db.execute(
        f"SELECT {by}, COALESCE(SUM(minutes), 0)::BIGINT, COUNT(*) FILTER (minutes IS NULL), 0"
        " FROM (SELECT DISTINCT ON (id, customer) * FROM effort WHERE day BETWEEN ? AND ?) GROUP BY 1",
        days,
    ).fetchall()
    waits = db.execute(
        f"SELECT {by}, 0, 0, SUM(open * date_diff('day', due, ?) / 365.0)::DOUBLE FROM claim"
        " WHERE open > 0 AND due < ? GROUP BY 1",
        [ask.today, ask.today],
    ).fetchall()
    total = sum(one.sold for one in sides.values())
    for key, minutes, untimed, waiting in (*work, *waits):
        shares = {key: 1.0}
        if of == "product":
            shares = {one: side.sold / total for one, side in sides.items()} if total else {}
        for unit, share in shares.items():
            sides[unit].minutes += minutes * share
            sides[unit].untimed += untimed * share
            sides[unit].waiting += waiting * share
    return dict(sides)


@dataclass(frozen=True)
class Pair:
    """What lies in both pans, what stands under them, and the finding; tone: whether it is healthy."""

    left: list[Weight]
    right: list[Weight]
    titles: tuple[str, str]
    headline: str
    tone: str

    @property
    def sums(self) -> tuple[float, float]:
        return sum(one.value for one in self.left), sum(one.value for one in self.right)


def _pairs(
    sale: Sale, db: DuckDBPyConnection, span: Span, ask: Ask, whole: Side, given: Given
) -> dict[str, Pair]:
    """The six balances, of those that have something in a pan; effort against return always."""
    pans = {
        "effort": _effort_pans(whole, sale, db, span, given),
        "new": _new_pans(db, span),
        "won": _won_pans(span, ask),
        "paid": _paid_pans(db, span, ask),
        "large": _large_pans(db, span, sale),
        "ways": _way_pans(db, span),
    }
    found = {}
    for name, (left, right) in pans.items():
        sums = sum(one.value for one in left), sum(one.value for one in right)
        if not any(sums) and name != "effort":
            continue
        found[name] = _pair(name, left, right, sums, ask)
    return found


def _pair(name: str, left: list[Weight], right: list[Weight], sums: tuple[float, float], ask: Ask) -> Pair:
    words, (low, high) = pair_words(name), HEALTHY[name]
    share = sums[1] / sum(sums) if any(sums) else 0.0
    shown = [f"{one:.0f}" if name == "ways" else money(one, ask.by) for one in sums]
    titles = (
        f"{words[0]} {percent(1 - share, digits=0)} · {shown[0]}",
        f"{words[1]} {percent(share, digits=0)} · {shown[1]}",
    )
    both = {"left": words[0], "right": words[1]}
    if share < low:
        said_so = _("%(left)s against %(right)s: the right pan is too light") % both
    elif share > high:
        said_so = _("%(left)s against %(right)s: the left pan is too light") % both
    else:
        said_so = _("%(left)s against %(right)s: as it should be") % both
    gap = max(low - share, share - high, 0.0)
    tone = "malachite" if gap == 0 else "gamboge" if gap < 0.15 else "cinnabar"
    return Pair(left, right, titles, said_so, tone)


def pair_words(name: str) -> tuple[str, str]:
    return {
        "effort": (_("Effort"), _("Return")),
        "new": (_("New customers"), _("Returning customers")),
        "won": (_("Lost"), _("Won")),
        "paid": (_("Overdue"), _("Paid")),
        "large": (_("The three largest"), _("All others")),
        "ways": (_("We went to them"), _("They came to us")),
    }[name]


def input_words(name: str) -> str:
    return {"goods": _("Goods"), "time": _("Work"), "money": _("Waiting money")}[name]


Pans = tuple[list[Weight], list[Weight]]


def _effort_pans(whole: Side, sale: Sale, db: DuckDBPyConnection, span: Span, given: Given) -> Pans:
    inputs, output = given.pans(whole)
    target = product_object(sale)
    top = _rows(
        db,
        "SELECT product, SUM(amount)::BIGINT FROM sold WHERE day BETWEEN ? AND ? AND product IS NOT NULL"
        " GROUP BY 1 HAVING SUM(amount) > 0 ORDER BY 2 DESC LIMIT 2",
        span,
    )
    names = names_of(db, target, [row[0] for row in top]) if target else {}
    grown = output / whole.sold if whole.sold else 0.0
    right = [Weight(names.get(key, ""), value * grown) for key, value in top]
    rest = Weight(_("The rest"), max(output - sum(one.value for one in right), 0))
    return [Weight(input_words(name), value) for name, value in inputs.items()], [*right, rest]


def _new_pans(db: DuckDBPyConnection, span: Span) -> Pans:
    row = _rows(
        db,
        "WITH first AS (SELECT customer, MIN(day) AS began FROM sale GROUP BY 1)"
        " SELECT COALESCE(SUM(s.amount) FILTER (f.began >= ?), 0)::BIGINT, SUM(s.amount)::BIGINT"
        " FROM sale s JOIN first f ON f.customer = s.customer WHERE s.day BETWEEN ? AND ?",
        span,
        span.first,
    )[0]
    new, every = row[0], row[1] or 0
    return [Weight(_("New ones"), new)], [Weight(_("Returning"), every - new)]


def _won_pans(span: Span, ask: Ask) -> Pans:
    kinds = usable(Contest, ask.by)
    if not kinds:
        return [], []
    rows = dict(
        _rows(
            lay_contest(kinds[0], ask.by),
            "SELECT outcome, SUM(amount)::BIGINT FROM contest WHERE ended BETWEEN ? AND ? GROUP BY 1",
            span,
        )
    )
    return [Weight(_("Lost"), rows.get("lost", 0))], [Weight(_("Won"), rows.get("won", 0))]


def _paid_pans(db: DuckDBPyConnection, span: Span, ask: Ask) -> Pans:
    row = _rows(
        db,
        "SELECT COALESCE(SUM(open) FILTER (due < ?), 0)::BIGINT, COALESCE(SUM(amount - open), 0)::BIGINT"
        " FROM owed WHERE due BETWEEN ? AND ?",
        span,
        ask.today,
    )[0]
    return [Weight(_("Overdue"), row[0])], [Weight(_("Paid"), row[1])]


def _large_pans(db: DuckDBPyConnection, span: Span, sale: Sale) -> Pans:
    rows = _rows(
        db,
        "SELECT customer, SUM(amount)::BIGINT FROM sale WHERE day BETWEEN ? AND ? AND customer IS NOT NULL"
        " GROUP BY 1 HAVING SUM(amount) > 0 ORDER BY 2 DESC, 1",
        span,
    )
    names = names_of(db, customer_object(sale), [row[0] for row in rows[:3]])
    rest = sum(row[1] for row in rows[3:])
    return [Weight(names[key], value) for key, value in rows[:3]], [Weight(_("All others"), rest)]


def _way_pans(db: DuckDBPyConnection, span: Span) -> Pans:
    rows = dict(
        _rows(
            db,
            "SELECT way, COUNT(DISTINCT id) FROM effort WHERE way <> '' AND day BETWEEN ? AND ? GROUP BY 1",
            span,
        )
    )
    return [Weight(_("We went"), rows.get("out", 0))], [Weight(_("They came"), rows.get("in", 0))]


def _rows(db: DuckDBPyConnection, text: str, span: Span, *before: Any) -> list[tuple[Any, ...]]:
    return db.execute(text, [*before, span.first, span.last]).fetchall()


def _signs(pairs: Mapping[str, Pair], chosen: str, ask: Ask) -> tuple[Sign, ...]:
    kept = {name: value for name, value in ask.chosen.items() if name in ("sale", "of", "months")}
    return tuple(
        Sign(
            draw_beam(*one.sums),
            pair_words(name)[0],
            pair_words(name)[1],
            with_query("/analytics/insights/balance/", **{**kept, "pair": name}),
            one.tone,
            name == chosen,
        )
        for name, one in pairs.items()
    )


def _inputs(inputs: Mapping[str, float], output: float, ask: Ask) -> Table:
    went_in = sum(inputs.values())
    rows = [
        (
            Cell(input_words(name)),
            Cell(money(value, ask.by), strong=True),
            Cell(percent(value / went_in if went_in else None, digits=0)),
        )
        for name, value in inputs.items()
    ]
    rows += [
        (Cell(_("Went in")), Cell(money(went_in, ask.by), strong=True), Cell("100%")),
        (Cell(_("Came out")), Cell(money(output, ask.by), strong=True), Cell("")),
        (Cell(_("What is left")), Cell(money(output - went_in, ask.by), strong=True), Cell("")),
    ]
    columns = (Column(_("What went in")), Column(_("At cost"), True), Column(_("Share of all"), True))
    return Table(_("Both pans"), columns, tuple(rows))


def _units(
    sides: Mapping[int | None, Side], names: Mapping[int | None, str], target: str, given: Given, ask: Ask
) -> Table:
    weighed = [(key, one, *given.pans(one)) for key, one in sides.items()]
    weighed.sort(key=lambda row: -row[3])
    rows = tuple(
        (
            Cell(names[key], page_of(target, key)),
            *(Cell(money(inputs[name], ask.by)) for name in ("goods", "time", "money")),
            Cell(money(output, ask.by), strong=True),
            Cell(money(output - sum(inputs.values()), ask.by)),
            _tilt_cell(tilt(sum(inputs.values()), output)),
        )
        for key, _one, inputs, output in weighed[:SHOWN]
    )
    columns = (
        Column(_("Who or what")),
        *(Column(input_words(name), True) for name in ("goods", "time", "money")),
        Column(_("Came out"), True),
        Column(_("What is left"), True),
        Column(_("Tilt"), True),
    )
    return Table(
        _("Each of them"), columns, rows, _("Tilt: −1 all went in and nothing came out, +1 the other way.")
    )


def _tilt_cell(value: float) -> Cell:
    return Cell(f"{value:+.2f}", tone="cinnabar" if value < 0 else "gamboge" if value < 0.1 else "malachite")


def _todos(sides: Mapping[int | None, Side], target: str, given: Given) -> tuple[Todo, ...]:
    """About those that take more than they bring."""
    if not target or target == "member" or not registry.has(target):
        return ()
    left = {key: given.pans(one)[1] - sum(given.pans(one)[0].values()) for key, one in sides.items()}
    ids = tuple(key for key in sorted(left, key=lambda one: left[one]) if left[key] < 0 and key is not None)
    if not ids:
        return ()
    text = _("Takes more than it brings: look at price, goods and time")
    return (
        Todo(
            _("Make a to-do for each of these %(count)d") % {"count": len(ids[:ASKED])},
            target,
            ids[:ASKED],
            text,
        ),
        Todo(_("Tag them and show them as a list"), target, ids, text, tag=_("Takes more than it brings")),
    )


def choices(ask: Ask) -> tuple[Choice, ...]:
    of = (
        Option("firm", _("The whole firm")),
        Option("team", _("Teams")),
        Option("owner", _("Members")),
        Option("product", _("Products")),
        Option("customer", _("Customers")),
    )
    return (
        Choice("of", _("Of"), of, ask.choice("of", *OF)),
        sale_choice(ask, usable(Sale, ask.by)),
    )


INSIGHT = Insight(
    name="balance",
    label=gettext_lazy("Enterprise balance"),
    icon="scale",
    question=gettext_lazy("Does it bring what it takes, and what if something were otherwise?"),
    data=gettext_lazy("What was sold with its costs, work done for customers, and what is overdue."),
    formula=gettext_lazy(
        "Goods at cost, work at its hour, overdue money at its interest lie on the left, what was sold on "
        "the right. Tilt: what came out less what went in, by the sum of both."
    ),
    run=run,
    choices=choices,
)
