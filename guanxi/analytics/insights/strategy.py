"""The strategic map: who is worth it against how strong we are there; regions; and which goal runs ahead of
which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import Markup

from guanxi.analytics.insights.endings import ways_of
from guanxi.analytics.insights.marks import Arrow, Dot, draw_goals, draw_map
from guanxi.analytics.insights.pareto import sale_choice
from guanxi.analytics.insights.reading import (
    Span,
    behind,
    customer_object,
    lay_claim,
    lay_contest,
    lay_effort,
    lay_sale,
    moved,
    names_of,
    page_of,
    product_object,
    require_customers,
    sale_of,
    span_of,
    usable,
)
from guanxi.analytics.insights.studies import Ask, Cell, Choice, Column, Insight, Study, Table, Todo
from guanxi.analytics.insights.wording import money, percent, said
from guanxi.analytics.mining.lags import Lagged, runs_ahead
from guanxi.analytics.mining.portfolio import Place, Portfolio, portfolio
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.analytics.roles import Claim, Client, Contest, Effort, Sale
from guanxi.analytics.semantic.answering import ask as ask_cube
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.warehouse.engine import name_of
from guanxi.analytics.warehouse.rights import seen_columns
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, Refused
from guanxi.platform.metadata.metrics import Metric, plain_metrics
from guanxi.web.components import Option

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHOWN, ASKED, FEWEST_WEEKS, FURTHEST, MOST_GOALS = 40, 8, 26, 8, 9
STRENGTH = {"sold": 3.0, "often": 1.0, "won": 2.0, "close": 2.0}
ATTRACTION = {"grown": 2.0, "open": 3.0, "size": 2.0, "pays": 1.0}


def run(ask: Ask) -> Study:
    kinds = _kinds(ask)
    of = ask.choice("of", *kinds)
    return _goals(ask) if of == "goals" else _map(ask, of)


def _kinds(ask: Ask) -> tuple[str, ...]:
    """What can be laid on the map for this actor."""
    found = ["customer", "product"]
    found += ["industry", "region"] if usable(Client, ask.by) else []
    return (*found, "goals")


def _map(ask: Ask, of: str) -> Study:
    sale, span = sale_of(ask), span_of(ask)
    db = _books(sale, of, ask)
    now, then = _measured(db, span, ask), _measured(db, _quarter_before(span), ask)
    found = _placed(now)
    before = {one.key: one for one in _placed(then).places}
    target = {"customer": customer_object(sale), "product": product_object(sale)}.get(of, "")
    keys = [one.key for one in found.places]
    names: Mapping[Any, str] = (
        names_of(db, target, keys) if target else {one: one or _("Not given") for one in keys}
    )
    win = found.of("win")
    words = quarter_words()
    dots = [
        Dot(
            names[one.key],
            one.strength,
            one.attraction,
            one.size,
            (before[one.key].strength, before[one.key].attraction) if one.key in before else None,
            one.quarter,
            page_of(target, one.key) if target else "",
        )
        for one in found.places[:SHOWN]
    ]
    chart = draw_map(
        dots,
        quarters=words,
        axes=(_("stronger"), _("more attractive")),
        legend=_("Circle: sales · tail: three months ago"),
        label=_("Map: strength to the right, attraction upwards, the circle is what was sold"),
    )
    thin = found.trust.thin
    headline = _("Too few to lay out on a map")
    if not thin:
        headline = (
            ngettext(
                "%(count)d is worth it, and we are not close yet",
                "%(count)d are worth it, and we are not close yet",
                len(win),
            )
            % {"count": len(win)}
            if win
            else _("Where it is worth it, we are strong")
        )
    study = Study(
        headline=headline,
        trust=Trust(found.trust.size, (*found.trust.assumes, "one_currency"), found.trust.doubts),
        counted=_("%(count)d with %(object)s, %(span)s")
        % {"count": len(found.places), "object": registry.get(sale.object).plural_label, "span": said(span)},
        side=(_quarters(found, ask),),
        tables=(_listed(found.places, now, names, target, of, ask),),
        todos=_todos(win, target),
        ways=ways_of(ask, product=win[0].key) if of == "product" and win else (),
    )
    if thin:
        return study
    return Study(**{**study.__dict__, "chart": chart, "detail": _climbers(found, before, names)})


def _books(sale: Sale, of: str, ask: Ask) -> DuckDBPyConnection:
    """A connection with `unit (customer, key)` beside the roles; without what the actor does not see."""
    db = lay_sale(sale, ask.by)
    customers = customer_object(sale)
    require_customers(customers, ask.by)
    for one in usable(Contest, ask.by)[:1]:
        lay_contest(one, ask.by, db)
    for claim in usable(Claim, ask.by)[:1]:
        lay_claim(claim, ask.by, db)
    for effort in usable(Effort, ask.by)[:1]:
        lay_effort(effort, customers, ask.by, db)
    column = {"customer": "id", "product": "NULL"}.get(of) or _trait(of, customers, ask)
    db.execute(f"CREATE TEMP TABLE unit AS SELECT id AS customer, {column} AS key FROM {name_of(customers)}")
    by = "s.product" if of == "product" else "u.key"
    db.execute(
        f"CREATE TEMP TABLE bought AS SELECT {by} AS key, s.customer, s.day, s.amount, s.sale"
        " FROM sold s LEFT JOIN unit u ON u.customer = s.customer"
    )
    size = next((one.size for one in usable(Client, ask.by) if one.object == customers), "")
    seen = {one.name for one in seen_columns(registry.get(customers), ask.by)}
    worth = f"{name_of(size)}::DOUBLE" if size in seen and of != "product" else "NULL::DOUBLE"
    db.execute(f"CREATE TEMP TABLE worth AS SELECT id AS customer, {worth} AS size FROM {name_of(customers)}")
    return db


def _trait(of: str, customers: str, ask: Ask) -> str:
    """The column of customers by which they are laid together."""
    seen = {one.name for one in seen_columns(registry.get(customers), ask.by)}
    for client in usable(Client, ask.by):
        if client.object != customers:
            continue
        wanted = (client.industry,) if of == "industry" else tuple(reversed(client.regions[:2]))
        known = [f"NULLIF({name_of(one)}, '')" for one in wanted if one in seen]
        if known:
            return f"COALESCE({', '.join(known)})"
    return "NULL::VARCHAR"


def _quarter_before(span: Span) -> Span:
    return Span(moved(span.first, -3), moved(span.last, -3))


Measured = dict[Any, dict[str, float | None]]


def _measured(db: DuckDBPyConnection, span: Span, ask: Ask) -> Measured:
    """By unit: what it bought, its share, growth, what is open, won, how close we are, how it pays."""
    earlier = span.before()
    has = {
        row[0]
        for row in db.execute(
            "SELECT view_name FROM duckdb_views() UNION SELECT table_name FROM duckdb_tables()"
        ).fetchall()
    }
    rows: Measured = {}
    sums = db.execute(
        "SELECT key, COALESCE(SUM(amount) FILTER (day BETWEEN $1 AND $2), 0)::BIGINT,"
        " COALESCE(SUM(amount) FILTER (day BETWEEN $3 AND $4), 0)::BIGINT,"
        " COUNT(DISTINCT sale) FILTER (day BETWEEN $1 AND $2)"
        " FROM bought WHERE key IS NOT NULL GROUP BY 1",
        [span.first, span.last, earlier.first, earlier.last],
    ).fetchall()
    for key, sold, before, count in sums:
        if not sold and not before:
            continue
        rows[key] = {
            "sold": float(sold),
            "often": float(count),
            "grown": min((sold - before) / before, 3.0) if before > 0 else None,
        }
    for key, open_, won, lost in _by_unit(
        db, "contest" in has, span,
        "COALESCE(SUM(t.amount) FILTER (t.began <= $2 AND (t.ended IS NULL OR t.ended > $2)), 0)::BIGINT,"
        " COUNT(*) FILTER (t.outcome = 'won' AND t.ended BETWEEN $1 AND $2),"
        " COUNT(*) FILTER (t.outcome = 'lost' AND t.ended BETWEEN $1 AND $2)", "contest",
    ):  # fmt: skip
        row = rows.setdefault(key, {"sold": 0.0, "often": 0.0})
        row["open"], row["won"] = float(open_), (won + 2) / (won + lost + 4)
    for key, work in _by_unit(
        db, "effort" in has, span, "COUNT(DISTINCT t.id) FILTER (t.day BETWEEN $1 AND $2)", "effort"
    ):
        if key in rows:
            rows[key]["close"] = float(work)
    for key, late in _by_unit(
        db, "owed" in has, span,
        "SUM(t.open) FILTER (t.due < $2 AND t.due >= $1)::DOUBLE / NULLIF(SUM(t.amount), 0)", "owed",
    ):  # fmt: skip
        if key in rows:
            rows[key]["pays"] = None if late is None else -late
    for key, size in db.execute(
        "SELECT u.key, SUM(w.size) FROM unit u JOIN worth w ON w.customer = u.customer"
        " WHERE u.key IS NOT NULL GROUP BY 1"
    ).fetchall():
        if key in rows:
            rows[key]["size"] = size
    return rows


def _by_unit(
    db: DuckDBPyConnection, there: bool, span: Span, measures: str, table: str
) -> list[tuple[Any, ...]]:
    if not there:
        return []
    return db.execute(
        f"SELECT u.key, {measures} FROM {table} t JOIN unit u ON u.customer = t.customer"
        " WHERE u.key IS NOT NULL AND $1::DATE <= $2::DATE GROUP BY 1",
        [span.first, span.last],
    ).fetchall()


def _placed(rows: Measured) -> Portfolio[Any]:
    sizes = {key: row.get("sold") or 0.0 for key, row in rows.items()}
    return portfolio(rows, sizes, strength=STRENGTH, attraction=ATTRACTION)


def quarter_words() -> dict[str, tuple[str, str]]:
    return {
        "win": (_("Win over"), _("worth it, not close yet")),
        "deepen": (_("Deepen"), _("worth it, and close")),
        "keep": (_("Maintain"), _("close, with little room")),
        "leave": (_("Let be"), _("not at any price")),
    }


def _quarters(found: Portfolio[Any], ask: Ask) -> Table:
    total = sum(one.size for one in found.places) or 1
    rows = []
    for name, (words, _meaning) in quarter_words().items():
        some = found.of(name)
        sold = sum(one.size for one in some)
        rows.append(
            (
                Cell(words, strong=True),
                Cell(str(len(some))),
                Cell(money(sold, ask.by)),
                Cell(percent(sold / total, digits=0)),
            )
        )
    columns = (
        Column(_("Part of the map")),
        Column(_("Count"), True),
        Column(_("Sold"), True),
        Column(_("Share of all"), True),
    )
    return Table("", columns, tuple(rows))


def _climbers(found: Portfolio[Any], before: Mapping[Any, Place[Any]], names: Mapping[Any, str]) -> str:
    steps = {
        one.key: one.strength - before[one.key].strength for one in found.places[:SHOWN] if one.key in before
    }
    if not steps or not (worst := min(steps, key=lambda key: steps[key])) or steps[worst] > -5:
        return ""
    return _("%(name)s has slipped furthest since three months ago.") % {"name": names[worst]}


def _listed(
    places: tuple[Place[Any], ...], rows: Measured, names: Mapping[Any, str], target: str, of: str, ask: Ask
) -> Table:
    words = quarter_words()
    client = next(iter(usable(Client, ask.by)), None)
    shown = []
    for one in places[:SHOWN]:
        row = rows[one.key]
        href = page_of(target, one.key) if target else ""
        if not target and client is not None and of == "industry":
            href = (
                behind(client.object, f'{client.industry} = "{one.key}"') if '"' not in str(one.key) else ""
            )
        shown.append(
            (
                Cell(names[one.key], href),
                Cell(words[one.quarter][0]),
                Cell(f"{one.strength:.0f}", meter=one.strength),
                Cell(f"{one.attraction:.0f}", meter=one.attraction),
                Cell(money(one.size, ask.by), strong=True),
                Cell(percent(row.get("grown"), digits=0)),
                Cell(money(row["open"], ask.by) if row.get("open") is not None else "–"),  # type: ignore[arg-type]
                Cell(percent(one.known, digits=0)),
            )
        )
    columns = (
        Column(_("Who or what")),
        Column(_("Part of the map")),
        Column(_("Strength")),
        Column(_("Attraction")),
        Column(_("Sold"), True),
        Column(_("Growth"), True),
        Column(_("Still open"), True),
        Column(_("Known"), True),
    )
    return Table(_("The first %(count)d") % {"count": len(shown)}, columns, tuple(shown))


def _todos(win: tuple[Place[Any], ...], target: str) -> tuple[Todo, ...]:
    if not win or not target or not registry.has(target):
        return ()
    ids = tuple(one.key for one in win)
    first = ids[:ASKED]
    label = ngettext("Make a to-do for this one", "Make a to-do for each of these %(count)d", len(first))
    text = _("Worth it, and we are not close yet: make a plan")
    return (
        Todo(label % {"count": len(first)}, target, first, text),
        Todo(_("Tag them and show them as a list"), target, ids, text, tag=_("Win over")),
    )


# Goals


def _goals(ask: Ask) -> Study:
    weeks = max(ask.months * 52 // 12, 13)
    last = ask.today - timedelta(days=ask.today.weekday() + 1)  # the last whole week ends on this Sunday
    starts = [last - timedelta(days=7 * (weeks - place) - 1) for place in range(weeks)]
    series = {one: values for one in plain_metrics() if (values := _weekly(one, starts, ask)) is not None}
    goals = [one for one, values in series.items() if sum(value != 0 for value in values) * 4 >= weeks][
        :MOST_GOALS
    ]
    links = [
        (
            goals.index(first),
            goals.index(second),
            runs_ahead(series[first], series[second], furthest=FURTHEST),
        )
        for first, second in _ways_of(goals)
    ]
    tried = max(len(links), 1)
    # Every arrow that is tried may be chance once in twenty: of many, so many times.
    sure = [one for one in links if one[2].real and one[2].chance * tried < 0.05 and one[2].link > 0]
    thin = weeks < FEWEST_WEEKS or not links
    headline = _("Too few weeks or goals to say what runs ahead of what")
    if not thin:
        headline = _("No goal runs ahead of another more than chance would let it")
    if sure and not thin:
        first, second, link = min(sure, key=lambda one: one[2].chance)
        headline = ngettext(
            "%(first)s runs %(count)d week ahead of %(second)s",
            "%(first)s runs %(count)d weeks ahead of %(second)s",
            link.lag,
        ) % {"first": goals[first].label, "second": goals[second].label, "count": link.lag}
    nodes = [(str(one.label), _in_all(one, sum(series[one]), ask)) for one in goals]
    arrows = [
        Arrow(
            first,
            second,
            link.link,
            _("%(count)d weeks · %(link).2f") % {"count": link.lag, "link": link.link},
        )
        for first, second, link in sure
    ]
    return Study(
        headline=headline,
        detail=_("An arrow says that one went up before the other did, not that it is why."),
        trust=Trust(
            weeks, ("steps_not_levels", "no_cause_is_shown"), doubts(thin=thin, many_tried=tried > 20)
        ),
        counted=_("%(count)d goals in %(weeks)d whole weeks") % {"count": len(goals), "weeks": weeks},
        chart=draw_goals(nodes, arrows, label=_("Goals, and which runs ahead of which"))
        if not thin
        else Markup(),
        tables=(_links(goals, sorted(links, key=lambda one: one[2].chance), tried),),
    )


def _weekly(one: Metric, starts: list[Any], ask: Ask) -> list[float] | None:
    """The metric week by week; None where the actor does not see all that it is made of."""
    try:
        answer = ask_cube(
            Cube(one.object, rows=(f"{one.date}:week",), measures=(f"metric:{one.name}",),
                 filter=f"{one.date} >= {starts[0]}"), ask.by,
        )  # fmt: skip
    except (FieldError, Refused, KeyError):
        return None
    figures = {str(row[0])[:10]: float(answer.figure(row, (), 0) or 0) for row in answer.rows if row}
    return [figures.get(str(day), 0.0) for day in starts]


def _ways_of(goals: list[Metric]) -> list[tuple[Metric, Metric]]:
    """Each goal against each of another object: what counts the same records runs with it by itself."""
    return [(a, b) for a in goals for b in goals if a is not b and a.object != b.object]


def _in_all(one: Metric, value: float, ask: Ask) -> str:
    return money(value * 100, ask.by) if one.sum else f"{value:.0f}"


def _links(goals: list[Metric], links: list[tuple[int, int, Lagged]], tried: int) -> Table:
    rows = tuple(
        (
            Cell(str(goals[first].label)),
            Cell(str(goals[second].label)),
            Cell(str(link.lag)),
            Cell(f"{link.link:+.2f}", strong=True),
            Cell(f"{min(1.0, link.chance * tried):.3f}"),
            Cell(str(link.pairs)),
            Cell(_("yes") if link.real and link.chance * tried < 0.05 else _("may be chance")),
        )
        for first, second, link in links[:15]
    )
    columns = (
        Column(_("Runs ahead")),
        Column(_("Follows")),
        Column(_("Weeks"), True),
        Column(_("Correlation"), True),
        Column(_("Chance"), True),
        Column(_("Pairs"), True),
        Column(_("Significant")),
    )
    note = _("%(count)d pairs were tried; the chance is already multiplied by that.") % {"count": tried}
    return Table(_("What runs ahead of what"), columns, rows, note)


def choices(ask: Ask) -> tuple[Choice, ...]:
    words = {
        "customer": _("Customers"),
        "product": _("Products"),
        "industry": _("Industries"),
        "region": _("Regions"),
        "goals": _("Goals"),
    }
    kinds = _kinds(ask)
    of = ask.choice("of", *kinds)
    options = tuple(Option(one, words[one]) for one in kinds)
    found = (Choice("of", _("Of"), options, of),)
    return found if of == "goals" else (*found, sale_choice(ask, usable(Sale, ask.by)))


INSIGHT = Insight(
    name="strategy",
    label=gettext_lazy("Strategic map"),
    icon="map",
    question=gettext_lazy("Who is worth it, how strong are we there, and which goal runs ahead of which?"),
    data=gettext_lazy(
        "What was sold, what is open, won and lost, work done, how it is paid, and how large they are."
    ),
    formula=gettext_lazy(
        "Strength: sold (3), how often (1), win rate (2), work together (2). Attraction: growth (2), what is "
        "open (3), size (2), payment (1). Each between the least and the most of those compared, 0 to 100. "
        "Goals: the steps from week to week of one against the later steps of another."
    ),
    run=run,
    choices=choices,
)
