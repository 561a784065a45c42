"""Price books, and quotes in every state: drafts, one that waits for an approval, sent, opened, accepted."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from guanxi.automation.approvals.actions import open_request, sign
from guanxi.automation.approvals.models import Signature
from guanxi.automation.approvals.processes import add_process
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.writing import change_record, create_record, create_records
from guanxi.sales.deals.models import Deal
from guanxi.sales.products.models import Product
from guanxi.sales.quotes.actions import (
    accept_quote,
    decline_quote,
    quote_deal,
    send_quote,
    submit_quote,
)
from guanxi.sales.quotes.models import Quote, QuoteLine

if TYPE_CHECKING:
    from guanxi.config.demo.story import Story

SHARE_OF_PRICE = Decimal("0.58")  # what a product costs the firm
TAX = Decimal(13)
LEVEL_A = Decimal("0.95")
MANY, FOR_MANY = Decimal(10), Decimal("0.9")
IN_BASE = {"CNY": Decimal(1), "HKD": Decimal("0.92"), "SGD": Decimal("5.4")}
TERMS = {
    "CNY": ("签约 30%，到货 60%，验收 10%", "合同生效后 6 周内", "验收后 24 个月", "合同生效后 4 周内"),
    "HKD": ("簽約 30%，到貨 60%，驗收 10%", "合約生效後 6 週內", "驗收後 24 個月", "合約生效後 4 週內"),
    "SGD": (
        "30% on signing, 60% on delivery, 10% on acceptance",
        "Within 6 weeks of signing",
        "24 months from acceptance",
        "Within 4 weeks of signing",
    ),
}
STATES = ("draft", "in_approval", "approved", "sent", "viewed", "accepted", "declined", "sent", "revised")


def add_quotes(story: Story) -> None:
    """What the firm has offered: one quote for each of some open deals."""
    admin = story.actors["gu"]
    products = list(Product.objects.filter(price__isnull=False, archived_at=None).order_by("pk"))
    for one in products:
        cost = Amount((one.price * SHARE_OF_PRICE).quantize(Decimal(1)), one.price_currency)
        change_record(one, {"cost": cost, "tax_rate": TAX}, by=admin)
    _price_book(story, products)
    _process(story)
    deals = Deal.objects.filter(status="open", archived_at=None).exclude(product=None).order_by("-pk")
    here = deals.filter(amount_currency=story.workspace.currency)[:18]
    abroad = [one for code in ("SGD", "HKD") for one in deals.filter(amount_currency=code)[:6]]
    for at, deal in enumerate([*here, *abroad]):
        owner = next((one for one in story.actors.values() if one.member_id == deal.owner_id), admin)
        _quote(story, deal, owner, STATES[at % len(STATES)], products)


def _price_book(story: Story, products: list[Product]) -> None:
    admin = story.actors["gu"]
    values = {
        "name": "A 级客户 2026",
        "customer_level": "A",
        "valid_from": str(story.today - timedelta(days=120)),
    }
    book = create_record(object="price_book", values=values, by=admin)
    rows = [
        {
            "price_book": book.pk,
            "product": one.pk,
            "least_quantity": least,
            "unit_price": ((one.price or Decimal(0)) * share).quantize(Decimal(1)),
        }
        for one in products
        if one.price_currency == story.workspace.currency
        for least, share in ((Decimal(0), LEVEL_A), (MANY, FOR_MANY))
    ]
    create_records(object="price", rows=rows, by=admin)


def _process(story: Story) -> None:
    """Large quotes go to the head of the team, and to the management where little is earned."""
    recipe = {
        "if": "total > 200000",
        "steps": [{"ask": ["head"]}, {"ask": ["role:administrator"], "if": "margin < 30"}],
        "nobody": "pass",
    }
    admin = story.actors["gu"]
    add_process(object="quote", name="large-quotes", title="大额报价审批", recipe=recipe, by=admin, on=True)


def _approve(story: Story, quote: Any) -> Any:
    """All who are asked say yes, one after the other."""
    while (request := open_request("quote", quote.pk)) is not None:
        asked = Signature.objects.filter(request=request, state=Signature.State.OPEN).order_by("pk")[0]
        by = next(one for one in story.actors.values() if one.member_id == asked.member_id)
        sign(request.pk, by=by, words=story.dice.choice(("同意", "老客户，同意", "毛利可以，同意")))
    return Quote.objects.get(pk=quote.pk)


def _quote(story: Story, deal: Deal, owner: Any, state: str, products: list[Product]) -> None:
    quote: Any = quote_deal(deal, by=owner)
    other = story.dice.choice(products)
    row = {
        "quote": quote.pk,
        "product": other.pk,
        "title": other.name,
        "quantity": Decimal(story.dice.randint(1, 6)),
        "position": 2,
    }
    create_records(object="quote_line", rows=[row], by=owner)
    _priced_abroad(quote, owner)
    payment, delivery, warranty, sooner = TERMS[quote.currency]
    terms = {
        "payment": payment,
        "delivery": delivery,
        "warranty": warranty,
        "valid_until": str(story.today + timedelta(days=story.dice.randint(6, 40))),
    }
    quote = change_record(quote, terms, by=owner)
    if state == "in_approval":
        line = QuoteLine.objects.filter(quote=quote).first()
        change_record(line, {"discount_percent": Decimal(12)}, by=owner)
        submit_quote(quote, by=owner)
        return
    if state == "draft":
        return
    quote = submit_quote(quote, by=owner)
    if quote.status == "in_approval":
        quote = _approve(story, quote)
    if state == "approved":
        return
    quote = _sent(quote, owner)
    if state in ("accepted", "declined"):
        answer = accept_quote if state == "accepted" else decline_quote
        answer(quote, by=owner, answered_by=str(quote.contact or quote.company or "–"))
    elif state == "viewed":
        Quote.objects.filter(pk=quote.pk).update(status="viewed", viewed_at=quote.sent_at, opens=4)
    elif state == "revised":
        change_record(quote, {"delivery": sooner}, by=owner)


def _priced_abroad(quote: Any, owner: Any) -> None:
    """Products have a price in the firm's own currency: what is offered abroad is reckoned from it."""
    for line in QuoteLine.objects.filter(quote=quote, unit_price=None).select_related("product"):
        price = line.product.price if line.product else None
        worth = (price or Decimal(5000)) / IN_BASE[quote.currency]
        change_record(line, {"unit_price": worth.quantize(Decimal(10))}, by=owner)


def _sent(quote: Any, owner: Any) -> Any:
    """By a link that is handed over: the demo writes to nobody."""
    contact, quote.contact_id = quote.contact_id, None
    Quote.objects.filter(pk=quote.pk).update(contact=None)
    sent = send_quote(quote, by=owner)
    Quote.objects.filter(pk=quote.pk).update(contact=contact)
    sent.contact_id = contact
    return sent
