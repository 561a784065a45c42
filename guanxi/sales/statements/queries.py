"""A customer's account, and receivables by age: they follow from invoices, receipts and payment plans."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.fields.number import from_units, to_units
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.sql import fetch
from guanxi.sales.invoices.models import ISSUED

ZERO = Decimal(0)
BUCKETS = ("ahead", "to_30", "to_60", "to_90", "beyond")
"""Not due yet; up to 30, 60 and 90 days late; later than that."""
DSO_DAYS = 90


class Entry(NamedTuple):
    """One line of an account: what was charged or paid, and what is owed after it, in one currency."""

    on: date
    kind: str  # "invoice", "receipt", "reversal"
    id: int
    number: str
    charged: Decimal
    paid: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """A customer's account in one currency: what was owed before, what happened, what is owed now."""

    currency: str
    opening: Decimal
    entries: list[Entry]
    charged: Decimal
    paid: Decimal
    closing: Decimal


def accounts_of(
    company_id: int, *, by: Actor, since: date | None = None, until: date | None = None
) -> list[Account]:
    """The accounts of a company by currency, of what the actor sees of its invoices and receipts."""
    rows = _account_rows(company_id, by)
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return [_account(currency, found[currency], since, until) for currency in sorted(found)]


def _account_rows(company_id: int, by: Actor) -> list[tuple[Any, ...]]:
    """(currency, day, kind, id, number, units) in order; units are below zero where money came in."""
    parts: list[Sql] = []
    if _reads("invoice", ("amount", "issued_on", "company", "status"), by):
        rule = row_rule(registry.get("invoice"), by)
        marks = ", ".join(["%s"] * len(ISSUED))
        parts.append(
            Sql(
                "SELECT r.currency, r.issued_on, 'invoice', r.id,"
                " COALESCE(r.invoice_no, r.number), r.amount"
                f" FROM sales_invoice r WHERE {rule.text} AND r.company_id = %s AND r.status IN ({marks})"
                " AND r.archived_at IS NULL AND r.issued_on IS NOT NULL",
                (*rule.params, company_id, *ISSUED),
            )
        )
    if _reads("receipt", ("amount", "received_on", "company", "status"), by):
        rule = row_rule(registry.get("receipt"), by)
        of = f"FROM sales_receipt r WHERE {rule.text} AND r.company_id = %s AND r.archived_at IS NULL"
        parts.append(
            Sql(
                "SELECT r.amount_currency, r.received_on, 'receipt', r.id, r.number, -r.amount"
                f" {of} AND r.status IN ('confirmed', 'allocated', 'reversed')",
                (*rule.params, company_id),
            )
        )
        parts.append(
            Sql(
                "SELECT r.amount_currency, COALESCE(r.reversed_on, r.received_on), 'reversal', r.id,"
                f" r.number, r.amount {of} AND r.status = 'reversed'",
                (*rule.params, company_id),
            )
        )
    if not parts:
        return []
    text = " UNION ALL ".join(one.text for one in parts)
    return fetch(f"{text} ORDER BY 1, 2, 3, 4", tuple(value for one in parts for value in one.params))


def _account(currency: str, rows: list[tuple[Any, ...]], since: date | None, until: date | None) -> Account:
    opening = balance = charged = paid = 0
    entries: list[Entry] = []
    for _currency, on, kind, record_id, number, units in rows:
        day = on if isinstance(on, date) else date.fromisoformat(on)
        if until is not None and day > until:
            break
        balance += units
        if since is not None and day < since:
            opening = balance
            continue
        came_in = kind != "invoice"
        charged += 0 if came_in else units
        paid -= units if came_in else 0
        entries.append(
            Entry(
                day, kind, record_id, number or "", ZERO if came_in else _decimal(units),
                _decimal(-units) if came_in else ZERO, _decimal(balance),
            )
        )  # fmt: skip
    return Account(currency, _decimal(opening), entries, _decimal(charged), _decimal(paid), _decimal(balance))


@dataclass(slots=True)
class Aged:
    """What one customer, or all of them, owes by payment plans, in the workspace's currency."""

    company_id: int | None
    buckets: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(BUCKETS, ZERO))
    waiting: int = 0  # amounts in currencies of which no rate is known: in no sum

    @property
    def total(self) -> Decimal:
        return sum(self.buckets.values(), ZERO)

    @property
    def late(self) -> Decimal:
        return self.total - self.buckets["ahead"]


def ageing(*, by: Actor, on: date, company_id: int | None = None) -> list[Aged]:
    """What is open of payment plans by customer and by how late it is, the most first."""
    if not _reads("instalment", ("open", "due_on", "company", "status"), by):
        return []
    rule = row_rule(registry.get("instalment"), by)
    edges = [on - timedelta(days=days) for days in (0, 31, 61, 91)]
    late = (
        "CASE WHEN r.due_on > %s THEN 'ahead' WHEN r.due_on > %s THEN 'to_30'"
        " WHEN r.due_on > %s THEN 'to_60' WHEN r.due_on > %s THEN 'to_90' ELSE 'beyond' END"
    )
    of_one = " AND r.company_id = %s" if company_id else ""
    rows = fetch(
        f"SELECT r.company_id, {late} AS late, SUM(r.open_base),"
        " SUM(CASE WHEN r.open_base IS NULL THEN 1 ELSE 0 END)"
        f" FROM sales_instalment r WHERE {rule.text}{of_one} AND r.archived_at IS NULL AND r.open > 0"
        " GROUP BY 1, 2",
        (*edges, *rule.params, *((company_id,) if company_id else ())),
    )
    found: dict[int | None, Aged] = {}
    for key, bucket, units, waiting in rows:
        one = found.setdefault(key, Aged(key))
        one.buckets[bucket] += _decimal(units or 0)
        one.waiting += waiting
    return sorted(found.values(), key=lambda one: (-one.total, one.company_id or 0))


def summed(rows: list[Aged]) -> Aged:
    """All customers together."""
    total = Aged(None)
    for one in rows:
        total.waiting += one.waiting
        for name in BUCKETS:
            total.buckets[name] += one.buckets[name]
    return total


@dataclass(frozen=True, slots=True)
class Figures:
    """How well money comes in. Shares are of 1; None where there is nothing to divide by.

    dso          days of sales outstanding: open invoices, by what was invoiced in DSO_DAYS, times these
    collected    of what fell due in the year until today, how much has come in
    overdue      of what is open by payment plans, how much is late
    """

    receivable: Decimal
    revenue: Decimal
    dso: Decimal | None
    due: Decimal
    received: Decimal
    collected: Decimal | None
    overdue: Decimal | None


def figures(*, by: Actor, on: date, company_id: int | None = None) -> Figures:
    """DSO, collection rate and overdue rate as of a day, of what the actor sees."""
    receivable = revenue = due = received = 0
    of_one, only = (" AND r.company_id = %s", (company_id,)) if company_id else ("", ())
    if _reads("invoice", ("amount", "open", "issued_on", "status"), by):
        rule = row_rule(registry.get("invoice"), by)
        marks = ", ".join(["%s"] * len(ISSUED))
        [(open_units, sold)] = fetch(
            "SELECT SUM(r.open_base), SUM(CASE WHEN r.issued_on > %s THEN r.amount_base END)"
            f" FROM sales_invoice r WHERE {rule.text}{of_one} AND r.status IN ({marks})"
            " AND r.archived_at IS NULL AND r.issued_on <= %s",
            (on - timedelta(days=DSO_DAYS), *rule.params, *only, *ISSUED, on),
        )
        receivable, revenue = open_units or 0, sold or 0
    if _reads("instalment", ("amount", "received", "due_on", "status"), by):
        rule = row_rule(registry.get("instalment"), by)
        [(planned, came)] = fetch(
            "SELECT SUM(r.amount_base), SUM(r.received_base)"
            f" FROM sales_instalment r WHERE {rule.text}{of_one} AND r.archived_at IS NULL"
            " AND r.status <> 'void' AND r.due_on BETWEEN %s AND %s",
            (*rule.params, *only, on - timedelta(days=365), on),
        )
        due, received = planned or 0, came or 0
    total = summed(ageing(by=by, on=on, company_id=company_id))
    return Figures(
        receivable=_decimal(receivable),
        revenue=_decimal(revenue),
        dso=_share(receivable * DSO_DAYS, revenue),
        due=_decimal(due),
        received=_decimal(received),
        collected=_share(received, due),
        overdue=_share(to_units(total.late) or 0, to_units(total.total) or 0),
    )


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(int(part)) / Decimal(int(whole))).quantize(Decimal("0.0001")) if whole > 0 else None


def _reads(name: str, fields: tuple[str, ...], by: Actor) -> bool:
    """Whether the actor may read what the figures are made of: hidden amounts are in no sum."""
    obj = registry.get(name)
    return by.may("see", name) and sees(obj, fields, by)


def _decimal(units: Any) -> Decimal:
    return from_units(int(units)) or ZERO
