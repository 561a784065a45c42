"""The roles as views of the warehouse, by the actor's rights: `sale`, `sold` (lines), `claim`, `contest`,
`effort`, `term`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.utils.translation import gettext as _

from guanxi.analytics.insights.studies import Ask
from guanxi.analytics.roles import Claim, Contest, Effort, Lines, Role, Sale, Term, roles
from guanxi.analytics.warehouse.engine import literal, name_of
from guanxi.analytics.warehouse.reading import connect, linked_sql, show, ways_to
from guanxi.analytics.warehouse.rights import seen_columns
from guanxi.analytics.warehouse.shape import column_name
from guanxi.analytics.warehouse.store import Store
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.metadata.fields import Link
from guanxi.platform.records.addresses import list_url, record_url

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Kind = TypeVar("Kind", bound=Role)
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Span:
    """From `first` to `last`, both included."""

    first: date
    last: date

    def before(self) -> Span:
        """As long, a year earlier where it is up to a year, else as long before."""
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        back = 12 if months < 12 or (months == 12 and self.last.day < self.first.day) else months
        return Span(moved(self.first, -back), moved(self.last, -back))


def moved(day: date, months: int) -> date:
    """The same day of another month, or its last."""
    place = day.year * 12 + day.month - 1 + months
    for number in (day.day, 30, 29, 28):
        try:
            return date(place // 12, place % 12 + 1, number)
        except ValueError:
            continue
    raise ValueError(day)


def span_of(ask: Ask) -> Span:
    """The last months until today."""
    first = moved(ask.today, -ask.months)
    return Span(date.fromordinal(first.toordinal() + 1), ask.today)


def usable(kind: type[Kind], by: Actor) -> list[Kind]:
    """The roles whose object and fields the actor sees."""
    return [one for one in roles(kind) if by.may("see", one.object) and not _hidden(one, by)]


def sale_of(ask: Ask) -> Sale:
    """What counts as a sale here: the chosen kind, or that of which there is most. Raises Refused where none
    is seen."""
    kinds = usable(Sale, ask.by)
    if not kinds:
        raise Refused(_("Your role sees no sales."))
    chosen = next((one for one in kinds if one.object == ask.chosen.get("sale")), None)
    return chosen or (kinds[0] if len(kinds) == 1 else max(kinds, key=lambda one: _size(one, ask.by)))


def _size(sale: Sale, by: Actor) -> int:
    rows = (
        connect(by, sale.object)
        .execute(f"SELECT COUNT(*) FROM {name_of(sale.object)} WHERE {_where(sale.object, sale.where)}")
        .fetchone()
    )
    return int(rows[0]) if rows else 0


def first_of(kind: type[Kind], by: Actor) -> Kind:
    """The first role of a kind. Raises Refused where none is seen."""
    kinds = usable(kind, by)
    if not kinds:
        raise Refused(_("Your role does not see what this analysis reads."))
    return kinds[0]


def lay_sale(sale: Sale, by: Actor) -> DuckDBPyConnection:
    """A connection with `sale (id, day, amount, customer, owner, team, product)`, and `sold (sale, day,
    customer, owner, team, product, quantity, amount, cost)` of its lines, or of itself where it has none.
    Amounts are whole hundredths; a cost that nobody has entered is null."""
    lines = sale.lines if sale.lines and by.may("see", sale.lines.object) else None
    product = _product_object(sale)
    names = {sale.object, _linked(sale.object, sale.customer)}
    names |= {lines.object} if lines else set()
    names |= {product} if product and by.may("see", product) else set()
    db = connect(by, *(name for name in names if name))
    columns = {one.name for one in seen_columns(registry.get(sale.object), by)}
    own = f"{sale.product}_id" if sale.product and f"{sale.product}_id" in columns else "NULL::BIGINT"
    db.execute(
        "CREATE TEMP VIEW sale AS SELECT id,"
        f" {name_of(sale.date)}::DATE AS day, {_hundredths(sale.amount)} AS amount,"
        f" {name_of(sale.customer + '_id')} AS customer, {_people(columns)}, {own} AS product"
        f" FROM {name_of(sale.object)} WHERE {_where(sale.object, sale.where)}"
        f" AND {name_of(sale.date)} IS NOT NULL"
    )
    db.execute(f"CREATE TEMP VIEW sold AS {_sold(lines, by)}")
    return db


def _sold(lines: Lines | None, by: Actor) -> str:
    if lines is not None:
        seen = {one.name for one in seen_columns(registry.get(lines.object), by)}
        if {f"{lines.product}_id", f"{lines.whole}_id", lines.quantity, lines.amount} <= seen:
            # A cost is in the currency of the line: it is worth what its amount is worth.
            rate = f"COALESCE(l.{lines.amount} / NULLIF(l.{lines.amount}_original, 0), 1)"
            cost = f"CAST(ROUND(l.{lines.cost} * l.{lines.quantity} * {rate} * 100) AS BIGINT)"
            return (
                f"SELECT s.id AS sale, s.day, s.customer, s.owner, s.team, l.{lines.product}_id AS product,"
                f" l.{lines.quantity} AS quantity, CAST(ROUND(l.{lines.amount} * 100) AS BIGINT) AS amount,"
                f" {cost if lines.cost in seen else 'NULL::BIGINT'} AS cost"
                f" FROM {name_of(lines.object)} l JOIN sale s ON s.id = l.{lines.whole}_id"
            )
    return (
        "SELECT id AS sale, day, customer, owner, team, product, 1.0 AS quantity, amount,"
        " NULL::BIGINT AS cost FROM sale"
    )


def lay_claim(claim: Claim, by: Actor, db: DuckDBPyConnection | None = None) -> DuckDBPyConnection:
    """`claim (id, due, amount, open, customer, owner, team)`; `owed` is the same with what is settled."""
    db = _with(db, by, claim.object, _linked(claim.object, claim.customer))
    columns = {one.name for one in seen_columns(registry.get(claim.object), by)}
    every = {name: (*values, *claim.settled) for name, values in claim.where.items()}
    for name, where in (("claim", claim.where), ("owed", every)):
        db.execute(
            f"CREATE TEMP VIEW {name} AS SELECT id, {name_of(claim.date)}::DATE AS due,"
            f" {_hundredths(claim.amount)} AS amount, {_hundredths(claim.open)} AS open,"
            f" {name_of(claim.customer + '_id')} AS customer, {_people(columns)}"
            f" FROM {name_of(claim.object)} WHERE {_where(claim.object, where)}"
            f" AND {name_of(claim.date)} IS NOT NULL"
        )
    return db


def lay_contest(
    contest: Contest,
    by: Actor,
    db: DuckDBPyConnection | None = None,
    *,
    as_of: datetime | None = None,
    name: str = "contest",
) -> DuckDBPyConnection:
    """`contest (id, outcome, amount, began, ended, due, reason, customer, owner, team)`; outcome: won, lost,
    open. `as_of`: as it was then; `name` calls it otherwise, so that two moments stand beside each
    other."""
    db = _with(db, by, contest.object, _linked(contest.object, contest.customer), as_of=as_of)
    columns = {one.name for one in seen_columns(registry.get(contest.object), by)}
    reason = name_of(contest.reason) if contest.reason in columns else "NULL::VARCHAR"
    due = f"{name_of(contest.due)}::DATE" if contest.due in columns else "NULL::DATE"
    db.execute(
        f"CREATE TEMP TABLE {name_of(name)} AS SELECT id, {_outcome(contest)} AS outcome,"
        f" {_hundredths(contest.amount)} AS amount, {name_of(contest.began)}::DATE AS began,"
        f" {name_of(contest.ended)}::DATE AS ended, {due} AS due, {reason} AS reason,"
        f" {name_of(contest.customer + '_id')} AS customer, {_people(columns)}"
        f" FROM {name_of(contest.object)} WHERE {_where(contest.object, contest.where)}"
    )
    return db


def require_customers(customers: str, by: Actor) -> None:
    """Raises Refused where the actor sees none of the customers that an analysis lays out."""
    if not by.may("see", customers):
        raise Refused(_("Your role does not see what this analysis reads."))


def lay_effort(effort: Effort, customers: str, by: Actor, db: DuckDBPyConnection) -> DuckDBPyConnection:
    """`effort (id, day, minutes, channel, way, owner, team, customer)`: one row for each customer that it was
    about, directly or through one of their records; way: "in", "out" or "". Minutes may be null."""
    require_customers(customers, by)
    obj = registry.get(effort.object)
    ways = ways_to(customers, by)
    there = connect(by, customers, *ways, effort.object)
    columns = {one.name for one in seen_columns(obj, by)}
    seen = {one.field for one in seen_columns(obj, by)}

    def known(name: str, otherwise: str) -> str:
        return _column(effort.object, name) if name in seen else otherwise

    way = f"CASE {known(effort.direction, 'NULL')} WHEN {literal(effort.came)} THEN 'in'"
    way += f" WHEN {literal(effort.went)} THEN 'out' ELSE '' END"
    about = name_of(effort.about) if effort.about in columns else "CAST([] AS VARCHAR[])"
    rows = there.execute(
        f"WITH linked AS ({linked_sql(customers, ways)}), done AS ("
        f" SELECT id, {name_of(effort.date)}::DATE AS day,"
        f" {known(effort.minutes, 'NULL')}::BIGINT AS minutes,"
        f" {known(effort.channel, 'NULL')}::VARCHAR AS channel, {way} AS way, {_people(columns)},"
        f" unnest({about}) AS about FROM {name_of(effort.object)}"
        f" WHERE {_where(effort.object, effort.where)} AND {name_of(effort.date)} IS NOT NULL)"
        " SELECT DISTINCT d.id, day, minutes, channel, way, owner, team, linked AS customer"
        " FROM done d JOIN linked l ON l.about = d.about"
    ).to_arrow_table()
    db.register("effort", rows)
    return db


def lay_terms(term: Term, by: Actor, db: DuckDBPyConnection | None = None) -> DuckDBPyConnection:
    """`term (id, begins, ends, amount, customer, owner, team)`."""
    db = _with(db, by, term.object, _linked(term.object, term.customer))
    columns = {one.name for one in seen_columns(registry.get(term.object), by)}
    db.execute(
        f"CREATE TEMP VIEW term AS SELECT id, {name_of(term.begins)}::DATE AS begins,"
        f" {name_of(term.ends)}::DATE AS ends, {_hundredths(term.amount)} AS amount,"
        f" {name_of(term.customer + '_id')} AS customer, {_people(columns)}"
        f" FROM {name_of(term.object)} WHERE {_where(term.object, term.where)}"
        f" AND {name_of(term.begins)} IS NOT NULL AND {name_of(term.ends)} IS NOT NULL"
    )
    return db


def names_of(db: DuckDBPyConnection, object_name: str, ids: Iterable[int | None]) -> dict[int | None, str]:
    """What these are called, of those that the actor sees; `member` and `team` too."""
    wanted = sorted({one for one in ids if one is not None})
    people = object_name in ("member", "team")
    table, title = (object_name, "name" if people else _title_of(object_name))
    try:
        rows = db.execute(
            f"SELECT id, {name_of(title)} FROM {name_of(table)} WHERE id IN (SELECT unnest(?::BIGINT[]))",
            [wanted],
        ).fetchall()
    except Exception as problem:  # a view that this actor does not have
        if "Catalog Error" not in str(problem):
            raise
        rows = []
    found: dict[int | None, str] = dict.fromkeys(wanted, _("Not for you to see"))
    found[None] = _("Without")
    found.update((key, name or "–") for key, name in rows)
    return found


def customer_object(role: Sale | Claim | Contest | Term) -> str:
    """What its customers are: the object that the link leads to."""
    return _linked(role.object, role.customer)


def product_object(sale: Sale) -> str:
    return _product_object(sale)


def behind(object_name: str, text: str) -> str:
    """The list of the records behind a figure."""
    return list_url(registry.get(object_name), filter=text)


def page_of(object_name: str, key: int | None) -> str:
    """The record's page; "" for what has none."""
    if key is None or not registry.has(object_name):
        return ""
    return record_url(registry.get(object_name), key)


def condition(role: Role, *more: str) -> str:
    """The role's records as a filter of lists, with `more` conditions."""
    tests = [f"{name} in ({', '.join(values)})" for name, values in role.where.items()]
    return " and ".join([*tests, *more])


def _hidden(role: Role, by: Actor) -> bool:
    obj = registry.get(role.object)
    seen = {one.field for one in seen_columns(obj, by)}
    needed = [
        getattr(role, name, "")
        for name in ("date", "amount", "open", "customer", "outcome", "began", "ended", "begins", "ends")
    ]
    return any(name and name not in seen for name in [*needed, *role.where])


def _linked(object_name: str, field_name: str) -> str:
    field = registry.get(object_name).fields_by_name.get(field_name)
    return field.to if isinstance(field, Link) else ""


def _product_object(sale: Sale) -> str:
    if sale.lines:
        return _linked(sale.lines.object, sale.lines.product)
    return _linked(sale.object, sale.product) if sale.product else ""


def _title_of(object_name: str) -> str:
    return registry.get(object_name).title


def _hundredths(column: str) -> str:
    return f"COALESCE(CAST(ROUND({name_of(column)} * 100) AS BIGINT), 0)"


def _where(object_name: str, where: Mapping[str, tuple[str, ...]]) -> str:
    tests = [
        f"{_column(object_name, name)} IN ({', '.join(literal(one) for one in values)})"
        for name, values in where.items()
    ]
    return " AND ".join(tests) or "TRUE"


def _with(
    db: DuckDBPyConnection | None, by: Actor, *names: str, as_of: datetime | None = None
) -> DuckDBPyConnection:
    """A connection that has these objects' views too."""
    if db is None:
        return connect(by, *names, as_of=as_of)
    for name in names:
        if name and by.may("see", name):
            show(db, registry.get(name), by, Store(by.workspace_id), as_of=as_of)
    return db


def _column(object_name: str, field_name: str) -> str:
    """The column of a field, in quotes."""
    return name_of(column_name(registry.get(object_name).fields_by_name[field_name]))


def _outcome(contest: Contest) -> str:
    return (
        f"CASE {_column(contest.object, contest.outcome)} WHEN {literal(contest.won)} THEN 'won'"
        f" WHEN {literal(contest.lost)} THEN 'lost' ELSE 'open' END"
    )


def _people(columns: set[str]) -> str:
    """Owner and team, where the actor sees them."""
    owner = "owner_id" if "owner_id" in columns else "NULL::BIGINT"
    team = "team_id" if "team_id" in columns else "NULL::BIGINT"
    return f"{owner} AS owner, {team} AS team"
