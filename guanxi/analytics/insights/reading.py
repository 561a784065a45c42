"""The roles as views of the warehouse, by the actor's rights: `sale`, `sold` (lines), `claim`, `contest`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from django.utils.translation import gettext as _

from guanxi.analytics.insights.studies import Ask
from guanxi.analytics.roles import Claim, Contest, Lines, Role, Sale, roles
from guanxi.analytics.warehouse.engine import literal, name_of
from guanxi.analytics.warehouse.reading import connect
from guanxi.analytics.warehouse.rights import seen_columns
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
        .execute(f"SELECT COUNT(*) FROM {name_of(sale.object)} WHERE {_where(sale.where)}")
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
    """A connection with `sale (id, day, amount, customer, owner, product)`, and `sold (sale, day, customer,
    product, quantity, amount)` of its lines, or of itself where it has none. Amounts are whole hundredths."""
    lines = sale.lines if sale.lines and by.may("see", sale.lines.object) else None
    product = _product_object(sale)
    names = {sale.object, _linked(sale.object, sale.customer)}
    names |= {lines.object} if lines else set()
    names |= {product} if product and by.may("see", product) else set()
    db = connect(by, *(name for name in names if name))
    columns = {one.name for one in seen_columns(registry.get(sale.object), by)}
    own = f"{sale.product}_id" if sale.product and f"{sale.product}_id" in columns else "NULL::BIGINT"
    owner = "owner_id" if "owner_id" in columns else "NULL::BIGINT"
    db.execute(
        "CREATE TEMP VIEW sale AS SELECT id,"
        f" {name_of(sale.date)}::DATE AS day, {_hundredths(sale.amount)} AS amount,"
        f" {name_of(sale.customer + '_id')} AS customer, {owner} AS owner, {own} AS product"
        f" FROM {name_of(sale.object)} WHERE {_where(sale.where)} AND {name_of(sale.date)} IS NOT NULL"
    )
    db.execute(f"CREATE TEMP VIEW sold AS {_sold(lines, by)}")
    return db


def _sold(lines: Lines | None, by: Actor) -> str:
    if lines is not None:
        seen = {one.name for one in seen_columns(registry.get(lines.object), by)}
        if {f"{lines.product}_id", f"{lines.whole}_id", lines.quantity, lines.amount} <= seen:
            return (
                f"SELECT s.id AS sale, s.day, s.customer, l.{lines.product}_id AS product,"
                f" l.{lines.quantity} AS quantity, CAST(ROUND(l.{lines.amount} * 100) AS BIGINT) AS amount"
                f" FROM {name_of(lines.object)} l JOIN sale s ON s.id = l.{lines.whole}_id"
            )
    return "SELECT id AS sale, day, customer, product, 1.0 AS quantity, amount FROM sale"


def lay_claim(claim: Claim, by: Actor, db: DuckDBPyConnection | None = None) -> DuckDBPyConnection:
    """`claim (id, due, amount, open, customer, owner)`."""
    db = db or connect(by, claim.object, _linked(claim.object, claim.customer))
    columns = {one.name for one in seen_columns(registry.get(claim.object), by)}
    owner = "owner_id" if "owner_id" in columns else "NULL::BIGINT"
    db.execute(
        f"CREATE TEMP VIEW claim AS SELECT id, {name_of(claim.date)}::DATE AS due,"
        f" {_hundredths(claim.amount)} AS amount, {_hundredths(claim.open)} AS open,"
        f" {name_of(claim.customer + '_id')} AS customer, {owner} AS owner"
        f" FROM {name_of(claim.object)} WHERE {_where(claim.where)} AND {name_of(claim.date)} IS NOT NULL"
    )
    return db


def lay_contest(contest: Contest, by: Actor, db: DuckDBPyConnection | None = None) -> DuckDBPyConnection:
    """`contest (id, outcome, amount, began, ended, reason, customer, owner)`; outcome: won, lost, open."""
    db = db or connect(by, contest.object, _linked(contest.object, contest.customer))
    columns = {one.name for one in seen_columns(registry.get(contest.object), by)}
    reason = name_of(contest.reason) if contest.reason in columns else "NULL::VARCHAR"
    owner = "owner_id" if "owner_id" in columns else "NULL::BIGINT"
    outcome = name_of(contest.outcome)
    db.execute(
        f"CREATE TEMP VIEW contest AS SELECT id, CASE {outcome} WHEN {literal(contest.won)} THEN 'won'"
        f" WHEN {literal(contest.lost)} THEN 'lost' ELSE 'open' END AS outcome,"
        f" {_hundredths(contest.amount)} AS amount, {name_of(contest.began)}::DATE AS began,"
        f" {name_of(contest.ended)}::DATE AS ended, {reason} AS reason,"
        f" {name_of(contest.customer + '_id')} AS customer, {owner} AS owner"
        f" FROM {name_of(contest.object)} WHERE {_where(contest.where)}"
    )
    return db


def names_of(db: DuckDBPyConnection, object_name: str, ids: Iterable[int | None]) -> dict[int | None, str]:
    """What these are called, of those that the actor sees; `member` too."""
    wanted = sorted({one for one in ids if one is not None})
    table, title = ("member", "name") if object_name == "member" else (object_name, _title_of(object_name))
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


def customer_object(role: Sale | Claim | Contest) -> str:
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
        for name in ("date", "amount", "open", "customer", "outcome", "began", "ended")
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


def _where(where: Mapping[str, tuple[str, ...]]) -> str:
    tests = [
        f"{name_of(name)} IN ({', '.join(literal(one) for one in values)})" for name, values in where.items()
    ]
    return " AND ".join(tests) or "TRUE"
