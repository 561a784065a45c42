"""From receipts to lines: each receipt once for each member and deal, and once more when it is reversed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import currency_digits
from guanxi.platform.i18n.rates import own_currency
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.metadata.fields.time import add_months
from guanxi.platform.records.writing import create_records, settle_record
from guanxi.platform.tenancy.words import in_own_language
from guanxi.sales.commissions.models import (
    APPROVED,
    CLAWBACK,
    EARNED,
    OPEN,
    Commission,
    CommissionLine,
    CommissionRule,
)
from guanxi.sales.commissions.rating import Rule, cap_span, capped, earned, rule_for
from guanxi.sales.deals.models import Deal
from guanxi.sales.lines.arithmetic import spread, to_coins
from guanxi.sales.receipts.models import COUNTED, Allocation, Receipt
from guanxi.sales.splits.models import Split

ZERO, HUNDRED = Decimal(0), Decimal(100)


@transaction.atomic
def settle(receipt_ids: Iterable[int], *, by: Actor) -> None:
    """Bring the lines of these receipts, and the statements that they stand in, to what follows from them.

    by   the product itself: nobody else makes statements
    What stands in an approved statement stays. Done twice, nothing is done twice; without rules, nothing.
    """
    if not CommissionRule.objects.exists():
        return
    touched: set[int] = set()
    for receipt in Receipt.objects.filter(pk__in=list(receipt_ids)).order_by("received_on", "pk"):
        if receipt.status == "reversed":
            touched |= _take_back(receipt, by=by)
        elif receipt.status in COUNTED:
            touched |= _earn(receipt, by=by)
    rate_statements(touched, by=by)


@transaction.atomic
def rate_statements(ids: Iterable[int], *, by: Actor) -> None:
    """Reckon the lines of open statements anew by the rules, in the order in which the money came."""
    rules = known_rules()
    with in_own_language():
        for statement in Commission.objects.filter(pk__in=list(ids), status=OPEN).order_by("month", "pk"):
            _rate(statement, rules, by=by)


def known_rules() -> list[Rule]:
    """The rules in use, with their tiers."""
    found = CommissionRule.objects.filter(archived_at=None).prefetch_related("tiers")
    return [
        Rule(
            one.pk, one.name, one.rate, one.product_id, one.member_id, one.role or "", one.valid_from,
            one.valid_until,
            tuple(sorted((tier.above, tier.rate) for tier in one.tiers.all() if tier.archived_at is None)),
            one.cap, one.cap_per,
        )
        for one in found
    ]  # fmt: skip


def portions(receipt: Receipt) -> list[tuple[Any, Decimal]]:
    """(deal or None, amount in the base currency) of a receipt: as allocated, the rest to its own deal."""
    whole = receipt.amount_base or ZERO
    allocated: dict[int, Decimal] = defaultdict(Decimal)
    deals: dict[int, Any] = {}
    given = Allocation.objects.filter(receipt=receipt, archived_at=None, invoice=None).select_related(
        "instalment__order__deal", "instalment__contract__deal", "order__deal", "contract__deal"
    )
    for one in given.order_by("pk"):
        deal = _deal_of(one.instalment) if one.instalment_id else _deal_of(one)
        deals[deal.pk if deal else 0] = deal
        allocated[deal.pk if deal else 0] += one.amount_base or ZERO
    own = _deal_of(receipt)
    rest = whole - sum(allocated.values(), ZERO)
    if rest > 0 or not allocated:
        deals.setdefault(own.pk if own else 0, own)
        allocated[own.pk if own else 0] += rest
    return [(deals[key], amount) for key, amount in allocated.items() if amount > 0]


def _deal_of(document: Any) -> Any:
    order, contract = document.order, document.contract
    return (order.deal if order is not None else None) or (contract.deal if contract is not None else None)


def _sharers(deal: Any, receipt: Receipt) -> dict[int, int]:
    """Member → percent: by the splits of the deal, the rest its owner's; without one the receipt's owner."""
    if deal is None:
        return {receipt.owner_id: 100} if receipt.owner_id else {}
    shares: dict[int, int] = defaultdict(int)
    for one in Split.objects.filter(deal=deal, archived_at=None).order_by("pk"):
        shares[one.member_id] += one.percent
    rest = 100 - sum(shares.values())
    if rest > 0 and deal.owner_id:
        shares[deal.owner_id] += rest
    return dict(shares)


def _earn(receipt: Receipt, *, by: Actor) -> set[int]:
    there = {
        (one.member_id, one.deal_key): one
        for one in CommissionLine.objects.filter(receipt=receipt, kind=EARNED).select_related("commission")
    }
    touched, day, digits = set(), receipt.received_on or timezone.localdate(), currency_digits(own_currency())
    given = portions(receipt)
    # Money that an approved statement has counted, for whatever deal it was then, gives nothing once more.
    counted = sum((one.base for one in there.values() if one.commission.status == APPROVED), ZERO)
    left = sum((to_coins(amount, digits) for _deal, amount in given), ZERO) - counted
    for deal, amount in given:
        shares = _sharers(deal, receipt)
        rest = 100 - sum(shares.values())
        weights = [*(Decimal(one) for one in shares.values()), Decimal(max(rest, 0))]
        parts = spread(to_coins(amount, digits), weights, digits)
        for (member, share), base in zip(shares.items(), parts, strict=False):
            line = there.pop((member, deal.pk if deal else 0), None)
            if line is not None and line.commission.status == APPROVED:
                continue
            base = min(base, max(left, ZERO))
            left -= base
            if line is None and counted and not base:
                continue
            if line is None:
                line = _new_line(receipt, member, deal, EARNED, day, by=by)
            line.base, line.share = base, share
            _save(line)
            touched.add(line.commission_id)
    for line in there.values():  # the money is another deal's now
        if line.commission.status == OPEN:
            touched.add(line.commission_id)
            line.delete()
    return touched


def _take_back(receipt: Receipt, *, by: Actor) -> set[int]:
    """For each line that the receipt has earned one that takes it back, in the month of the reversal."""
    lines = list(CommissionLine.objects.filter(receipt=receipt).order_by("pk"))
    back = {(one.member_id, one.deal_key) for one in lines if one.kind == CLAWBACK}
    touched = set()
    for one in lines:
        if one.kind != EARNED or (one.member_id, one.deal_key) in back:
            continue
        deal = Deal.objects.filter(pk=one.deal_key).first() if one.deal_key else None
        day = receipt.reversed_on or timezone.localdate()
        line = _new_line(receipt, one.member_id, deal, CLAWBACK, day, by=by)
        line.base, line.share, line.rule_id, line.rate = -one.base, one.share, one.rule_id, one.rate
        line.amount = -one.amount
        _save(line)
        touched |= {line.commission_id, one.commission_id}
    return touched


def _new_line(receipt: Receipt, member: int, deal: Any, kind: str, day: date, *, by: Actor) -> CommissionLine:
    statement = _statement(member, day.replace(day=1), by=by)
    now = datetime.now(UTC)
    return CommissionLine(
        commission=statement, member_id=member, receipt=receipt, deal_key=deal.pk if deal else 0, kind=kind,
        day=day, name=f"{receipt.number or receipt.pk} · {deal}"[:200] if deal else str(receipt.number or ""),
        created_at=now, updated_at=now,
    )  # fmt: skip


def _statement(member: int, month: date, *, by: Actor) -> Commission:
    """The member's statement of that month, or of the first one after it that is not approved yet."""
    while True:
        there = Commission.objects.filter(owner=member, month=month, archived_at=None)
        found: Commission | None = there.first()
        if found is None:
            row = {"owner": member, "month": month}
            made: Commission = create_records(object="commission", rows=[row], by=by)[0]
            return made
        if found.status == OPEN:
            return found
        month = add_months(month, 1)


def _rate(statement: Commission, rules: list[Rule], *, by: Actor) -> None:
    member = Member.objects.select_related("role").get(pk=statement.owner_id)
    roles = frozenset(
        one.casefold() for one in (member.role.name, member.role.system, str(member.role)) if one
    )
    digits, came = currency_digits(own_currency()), ZERO
    given: dict[int, Decimal] = {}
    lines = list(CommissionLine.objects.filter(commission=statement).order_by("day", "receipt_id", "pk"))
    products = dict(
        Deal.objects.filter(pk__in=[one.deal_key for one in lines]).values_list("pk", "product_id")
    )
    for line in lines:
        if line.kind == CLAWBACK:
            continue
        rule = rule_for(
            rules, product=products.get(line.deal_key), member=member.pk, roles=roles, on=line.day
        )
        if rule is None:
            line.rule_id, line.rate, line.amount, line.reason = None, ZERO, ZERO, _("No rule holds for it.")
        else:
            if rule.cap is not None and rule.id not in given:
                given[rule.id] = _given_before(rule, statement)
            full, line.rate = earned(rule, line.base, before=came, digits=digits)
            line.amount = capped(full, cap=rule.cap, given=given.get(rule.id, ZERO))
            given[rule.id] = given.get(rule.id, ZERO) + line.amount
            line.rule_id, line.reason = rule.id, _reason(rule, line, full)
        came += line.base
        _save(line)
    for line in lines:
        if line.kind == CLAWBACK:
            first = CommissionLine.objects.get(
                receipt=line.receipt_id, member=line.member_id, deal_key=line.deal_key, kind=EARNED
            )
            line.base, line.amount, line.rate, line.rule_id = (
                -first.base,
                -first.amount,
                first.rate,
                first.rule_id,
            )
            line.reason = _("The receipt was reversed: what it gave in %(month)s is taken back.") % {
                "month": f"{first.commission.month:%Y-%m}"
            }
            _save(line)
    sums = {kind: sum((one.amount for one in lines if one.kind == kind), ZERO) for kind in (EARNED, CLAWBACK)}
    values = {
        "base": sum((one.base for one in lines), ZERO), "earned": sums[EARNED], "clawback": sums[CLAWBACK]
    }  # fmt: skip
    if any(getattr(statement, name) != value for name, value in values.items()):
        settle_record(statement, values, by=by, verb="change", stated="changed")


def _given_before(rule: Rule, statement: Commission) -> Decimal:
    """What the rule gave the member in the other months of the period of its cap."""
    first, last = cap_span(rule.cap_per, statement.month)
    others = CommissionLine.objects.filter(
        rule=rule.id, member=statement.owner_id, kind=EARNED,
        commission__month__gte=first, commission__month__lte=last,
    ).exclude(commission=statement)  # fmt: skip
    return Decimal(others.aggregate(sum=Sum("amount"))["sum"] or ZERO)


def _reason(rule: Rule, line: CommissionLine, full: Decimal) -> str:
    words = _("%(rule)s: %(rate)s%% of %(base)s") % {
        "rule": rule.name, "rate": plain(line.rate.normalize()), "base": plain(line.base)
    }  # fmt: skip
    if line.share != 100:
        words += _(", a share of %(share)s%%") % {"share": line.share}
    if rule.tiers:
        words += _(", by tiers of the month")
    if line.amount != full:
        words += _(", no more than %(cap)s") % {"cap": plain(rule.cap or ZERO)}
    return words[:300]


def _save(line: CommissionLine) -> None:
    line.updated_at = datetime.now(UTC)
    line.save()
