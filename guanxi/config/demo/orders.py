"""What became of won deals: orders, deliveries, contracts, invoices, payments that come or don't."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.writing import change_record, create_record
from guanxi.sales.contracts import actions as contracting
from guanxi.sales.deals.models import Deal
from guanxi.sales.instalments.actions import plan_payments
from guanxi.sales.invoices import actions as invoicing
from guanxi.sales.invoices.making import invoice_order
from guanxi.sales.orders import actions as ordering
from guanxi.sales.receipts import actions as receiving

if TYPE_CHECKING:
    from guanxi.config.demo.story import Story

ORDERS = 10
CARRIERS = {"CNY": ("顺丰速运", "SF"), "HKD": ("順豐速運", "SF"), "SGD": ("Ninja Van", "NV")}
BANKS = {"CNY": "招商银行 上海分行", "HKD": "匯豐銀行", "SGD": "DBS Bank"}
CHANGES = {"CNY": "增加两年维保", "HKD": "增加兩年保養", "SGD": "Two more years of maintenance"}


def make_orders(story: Story) -> None:
    """The latest won deals go on; how far, differs."""
    actors = {member.pk: story.actors[name] for name, member in story.members.items()}
    won = Deal.objects.filter(status="won", company__isnull=False, amount__isnull=False)
    for at, deal in enumerate(won.order_by("-closed_on", "name")[:ORDERS]):
        _order(story, at, deal, actors[deal.owner_id])


def _order(story: Story, at: int, deal: Deal, by: Actor) -> None:
    day: date = deal.closed_on or story.today
    currency = deal.amount_currency
    if at % 3 == 0:
        _contract(story, at, deal, day, by)
    order = ordering.order_deal(deal, by=by)
    for line in order.lines.filter(tax_rate=None):
        change_record(line, {"tax_rate": 13 if currency == "CNY" else 0}, by=by)
    order = change_record(order, {"ordered_on": day, "due_on": day + timedelta(days=30)}, by=by)
    if at == 0:
        ordering.submit(order, by=by)
        return
    order = ordering.confirm(order, by=by)
    values = {
        "company": deal.company_id, "name": str(deal.company), "bank": BANKS[currency],
        "tax_no": f"91310000MA1FL{deal.company_id % 10**5:05d}",
    }  # fmt: skip
    title = create_record(object="invoice_title", values=values, by=by)
    plans = plan_payments(
        order,
        [
            (Decimal(30), day + timedelta(days=7)),
            (Decimal(60), day + timedelta(days=45)),
            (Decimal(10), day + timedelta(days=120)),
        ],
        by=by,
        method="transfer",
    )
    if at % 5 != 4:
        _deliver(order, at, day, by)
    if at % 3 != 2:
        kind = "e_special" if currency == "CNY" else "commercial"
        invoice = invoice_order(order, by=by, billed_to=title.pk, kind=kind)
        invoicing.submit(invoice, by=by)
        if at % 3 == 0:
            invoicing.issue(_approved(story, invoice), by=story.actors["gu"], issued_on=_past(story, day, 10))
    for plan in plans[: at % 3]:
        _receive(order, plan, _past(story, plan.due_on, 2), by)


def _past(story: Story, day: date, more: int) -> date:
    return min(day + timedelta(days=more), story.today)


def _approved(story: Story, invoice: Any) -> Any:
    return invoicing.approve(invoice, by=story.actors["gu"])


def _deliver(order: Any, at: int, day: date, by: Actor) -> None:
    carrier, letters = CARRIERS[order.currency]
    rest = {line.pk: quantity for line, quantity in ordering.rest_of(order)}
    tracking = f"{letters}{1_400_000_000 + order.pk % 10**8}"
    ordering.deliver(
        order, rest, by=by, shipped_on=day + timedelta(days=12), carrier=carrier, tracking=tracking
    )


def _receive(order: Any, plan: Any, day: date, by: Actor) -> None:
    values = {
        "company": order.company_id, "order": order.pk, "received_on": day, "method": "transfer",
        "amount": Amount(plan.amount, plan.amount_currency), "payer": str(order.company),
        "reference": f"{plan.pk % 10**10:010d}",
    }  # fmt: skip
    receipt = receiving.confirm(create_record(object="receipt", values=values, by=by), by=by)
    receiving.allocate(receipt, {("instalment", plan.pk): plan.amount}, by=by)


def _contract(story: Story, at: int, deal: Deal, day: date, by: Actor) -> None:
    contract = contracting.contract_of_deal(deal, by=by)
    ends = story.today + timedelta(days=(12, 200, 340, 90)[at // 3 % 4])
    values = {"kind": "sale", "starts_on": day, "ends_on": ends}
    contract = change_record(contract, values, by=by)
    party = {"contract": contract.pk, "name": str(deal.company), "company": deal.company_id, "role": "a"}
    create_record(object="party", values=party, by=by)
    create_record(
        object="party", values={"contract": contract.pk, "name": str(story.workspace), "role": "b"}, by=by
    )
    signed = contracting.sign(contract, by=by, signed_on=day)
    if at == 3:
        said = {"contract": signed.pk, "name": CHANGES[deal.amount_currency], "signed_on": day}
        extra = Amount((deal.amount or Decimal(0)) / 10, deal.amount_currency)
        create_record(object="amendment", values={**said, "change": extra}, by=by)
