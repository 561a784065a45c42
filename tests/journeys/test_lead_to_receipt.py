"""Lead to cash, as a sales person, a superior and a customer do it, in Chinese and in English.

A lead is claimed from its pool and becomes a deal; its quote is approved, accepted by the customer, ordered;
the order is delivered, invoiced and paid, and who sold it earns a commission. The figures are asked of the
API and read on the page at each step.
Buttons are found by what they do, so that one way serves both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.chromium import until
from tests.journeys.serving import guanxi, run
from tests.journeys.test_main_job import _page
from tests.screens.places import ADMINISTRATOR, PEOPLE, sign_in

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.slow]

SUPERIOR = {"zh-hans": "zhou@xishan.example", "en": ADMINISTRATOR}
# 4 × 67,000 less 10 %, 13 % of tax included.
TOTAL, NET, TAX, SHOWN = "241200", "213451.33", "27748.67", "241,200"
PLANNED = ("72360", "144720", "24120")  # 30, 60 and 10 %
LINE = {
    "title": "WQ-200", "quantity": "4", "unit_price": "67000", "discount_percent": "10", "tax_rate": "13",
}  # fmt: skip
CUSTOMER = "Wang Ruoxi"
TIER_ABOVE, LOW_RATE, HIGH_RATE = Decimal(100_000), Decimal(3), Decimal(5)  # of the demo's commission rule


@dataclass
class Desk:
    """Somebody's browser."""

    page: Any
    address: str
    language: str

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def ask(self, path: str) -> Mapping[str, Any]:
        """What the API answers to whoever sits there."""
        found: Mapping[str, Any] = self.page.evaluate(
            "path => fetch(path).then(answer => answer.json())", f"/api/v1{path}"
        )
        return found

    def becomes(self, path: str, **values: str) -> Mapping[str, Any]:
        """Waits until the server says so, in JSON's words."""
        found: dict[str, Any] = {}

        def so() -> bool:
            found.update(self.ask(path))
            return all(_plain(found.get(name)) == value for name, value in values.items())

        until(self.page, so, f"{path} {values}")
        return found

    def send(self, action: str, **typed: str) -> None:
        """Fill the form that is sent to this address and send it, be it in a menu or in sight."""
        form = self.page.locator(f'form[action$="{action}"]').first
        form.wait_for(state="attached")
        for name, value in typed.items():
            form.locator(f"[name={name}]").fill(value)
        form.evaluate("form => form.requestSubmit()")

    def fill_in(self, path: str, **typed: str) -> str:
        """Fill the form of a page and press its first button; where that leads to, as a path."""
        self.go(path)
        form = self.page.locator("#main form.record-form").first
        for name, value in typed.items():
            form.locator(f"[name={name}]").fill(value)
        before = self.page.url
        form.locator("button.primary").first.click()
        self.page.wait_for_url(lambda url: url != before)
        return str(urlsplit(self.page.url).path)

    def sees(self, text: str, within: str = "#main") -> None:
        playwright.expect(self.page.locator(within).get_by_text(text).first).to_be_visible()


def test_from_a_lead_to_its_commission(browser: Any, tmp_path: Path):
    with guanxi(tmp_path) as (address, environment):
        run(["demo"], environment)
        for language in SUPERIOR:
            page, problems = _page(browser)
            sign_in(page, address, PEOPLE[language], language)
            rep = Desk(page, address, language)
            deal, company = _claimed_and_converted(rep)
            quote = _quoted(rep, deal)
            _approved(browser, rep, quote)
            _accepted(browser, rep, quote)
            order = _ordered_and_delivered(rep, quote)
            invoice = _invoiced(rep, order)
            receipt = _paid(rep, company, order, invoice)
            _earned(rep, receipt)
            assert problems == []
            page.context.close()


def _claimed_and_converted(rep: Desk) -> tuple[str, str]:
    """A lead out of the pool, whose phones were masked; the ids of its deal and company."""
    rep.go("/pools/")
    rep.page.locator("#main a[href^='/leads/?filter=pool']").first.click()
    first = rep.page.locator("#rows tr[id] th a").first
    first.wait_for()
    lead = _id(str(first.get_attribute("href")))
    assert rep.ask(f"/leads/{lead}")["owner"] is None
    rep.go(f"/leads/{lead}/")
    rep.send("/do/claim/")
    until(rep.page, lambda: rep.ask(f"/leads/{lead}")["owner"] is not None, "the claim")
    rep.fill_in(f"/leads/{lead}/conversion/")
    found = rep.ask(f"/leads/{lead}")
    assert found["deal"] is not None
    return str(found["deal"]["id"]), str(found["company"]["id"])


def _quoted(rep: Desk, deal: str) -> str:
    """A quote of the deal with one line; its id."""
    rep.go(f"/deals/{deal}/")
    rep.page.locator(f'form[action="/deals/{deal}/quote/"]').first.scroll_into_view_if_needed()
    rep.send(f"/deals/{deal}/quote/")
    rep.page.wait_for_url("**/quotes/*/")
    quote = _id(urlsplit(rep.page.url).path)
    for line in rep.ask(f"/quote_lines?filter=quote%3D{quote}")["data"]:
        rep.go(f"/quotes/{quote}/")
        rep.page.locator(f'#lines button[value="remove:{line["id"]}"]').click()
        rep.page.locator(f"#line-{line['id']}").wait_for(state="detached")
    rep.fill_in(f"/quote_lines/new/?quote={quote}", **LINE)
    rep.becomes(f"/quotes/{quote}", status="draft", total=TOTAL, net=NET, tax=TAX)
    rep.go(f"/quotes/{quote}/")
    playwright.expect(rep.page.locator("#lines-total")).to_contain_text(SHOWN)
    return quote


def _approved(browser: Any, rep: Desk, quote: str) -> None:
    """Above the limit: the superior is asked, and the sales person hears at once, with the send button."""
    rep.send("/verbs/submission/")
    rep.becomes(f"/quotes/{quote}", status="in_approval")
    page, problems = _page(browser)
    sign_in(page, rep.address, SUPERIOR[rep.language], rep.language)
    superior = Desk(page, rep.address, rep.language)
    superior.go("/approvals/")
    row = page.locator(".approvals > li", has=page.locator(f'a[href="/quotes/{quote}/"]'))
    row.locator("button[value=approve]").click()
    playwright.expect(row).to_have_count(0)
    rep.becomes(f"/quotes/{quote}", status="approved", total=TOTAL)
    rep.go("/notifications/")
    button = f'form[action="/quotes/{quote}/dispatch/"] button'

    def told() -> bool:
        rep.page.reload()
        return bool(rep.page.locator(button).count())

    until(rep.page, told, "the send button among the notifications")
    assert problems == []
    page.context.close()


def _accepted(browser: Any, rep: Desk, quote: str) -> None:
    """The customer, whom nobody knows, opens the link and says yes."""
    rep.go(f"/quotes/{quote}/")
    rep.send(f"/quotes/{quote}/send/", to="")
    link = rep.page.locator("[name=link]").input_value()
    page, problems = _page(browser)
    page.goto(link)
    playwright.expect(page.locator("main")).to_contain_text(SHOWN)
    page.fill("[name=name]", CUSTOMER)
    page.locator("button[value=accept]").click()
    rep.becomes(f"/quotes/{quote}", status="accepted", answered_by=CUSTOMER)
    assert problems == []
    page.context.close()


def _ordered_and_delivered(rep: Desk, quote: str) -> str:
    """The order of the quote, all of it delivered in two parcels; its id."""
    order = _id(rep.fill_in(f"/quotes/{quote}/order/"))
    found = rep.becomes(f"/orders/{order}", status="draft", amount=TOTAL, net=NET, tax=TAX)
    assert str(found["quote"]["id"]) == quote
    rep.go(f"/orders/{order}/")
    rep.sees(SHOWN)
    rep.send("/do/confirmation/")
    rep.becomes(f"/orders/{order}", status="confirmed")
    rep.fill_in(f"/orders/{order}/plan/")
    planned = rep.ask(f"/instalments?filter=order%3D{order}")["data"]
    assert sorted(_plain(one["amount"]) for one in planned) == sorted(PLANNED)
    line = rep.ask(f"/order_lines?filter=order%3D{order}")["data"][0]["id"]
    for left in ("3", "1"):
        parcel = rep.fill_in(f"/orders/{order}/deliver/", **{f"line-{line}": left}, carrier="SF")
    rep.becomes(f"/orders/{order}", status="delivered", delivery="full")
    rep.fill_in(f"{parcel}do/signature/", signed_by=CUSTOMER)
    rep.becomes(f"/deliveries/{_id(parcel)}", status="signed", signed_by=CUSTOMER)
    return order


def _invoiced(rep: Desk, order: str) -> str:
    invoice = _id(rep.fill_in(f"/orders/{order}/invoice/"))
    rep.becomes(f"/invoices/{invoice}", amount=TOTAL, tax=TAX)
    rep.fill_in(f"/invoices/{invoice}/do/issue/")
    rep.becomes(f"/invoices/{invoice}", status="issued")
    rep.becomes(f"/orders/{order}", invoiced=TOTAL)
    rep.go(f"/invoices/{invoice}/")
    rep.sees(SHOWN)
    return invoice


def _paid(rep: Desk, company: str, order: str, invoice: str) -> str:
    """The money comes and is allocated; the customer owes nothing. The receipt's id."""
    receipt = _id(rep.fill_in(f"/receipts/new/?company={company}", amount=TOTAL))
    rep.send("/do/confirmation/")
    rep.becomes(f"/receipts/{receipt}", status="confirmed", amount=TOTAL)
    rep.fill_in(f"/receipts/{receipt}/allocate/")
    rep.becomes(f"/receipts/{receipt}", status="allocated")
    rep.becomes(f"/invoices/{invoice}", status="settled")
    rep.becomes(f"/orders/{order}", payment="full", received=TOTAL)
    rep.go(f"/companies/{company}/statement/")
    playwright.expect(rep.page.locator("tfoot strong")).to_have_text("0.00")
    return receipt


def _earned(rep: Desk, receipt: str) -> None:
    """Commission follows from the money by the rule: a line for the receipt, and the statement adds up."""
    asked = f"/commission_lines?filter=receipt%3D{receipt}"
    there: list[Mapping[str, Any]] = []

    def allocated() -> bool:
        """Whether the line is the deal's: until the allocation is settled it is one of no deal, and goes."""
        there[:] = rep.ask(asked)["data"]
        return len(there) == 1 and " · " in there[0]["name"]

    until(rep.page, allocated, "the commission of the receipt's deal")
    line = rep.ask(f"/commission_lines/{there[0]['id']}")
    statement = line["commission"]["id"]
    lines = rep.ask(f"/commission_lines?limit=200&filter=commission%3D{statement}")["data"]
    before = sum(Decimal(one["base"]) for one in lines) - Decimal(TOTAL)
    low = max(min(TIER_ABOVE - before, Decimal(TOTAL)), Decimal(0))
    amount = (low * LOW_RATE + (Decimal(TOTAL) - low) * HIGH_RATE) / 100
    assert (_plain(line["base"]), str(line["share"])) == (TOTAL, "100")
    assert abs(Decimal(line["amount"]) - amount) < Decimal("0.01")
    total = sum(Decimal(one["amount"]) for one in lines)
    found = rep.ask(f"/commissions/{statement}")
    assert Decimal(found["total"]) == Decimal(found["earned"]) + Decimal(found["clawback"]) == total
    rep.go("/performance/commission/")
    rep.sees(f"{amount:,.0f}")
    rep.sees(f"{total:,.0f}")


def _id(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]


def _plain(value: Any) -> str:
    """An amount, a choice or a text, in the fewest words."""
    if isinstance(value, Mapping):
        value = value.get("value", value.get("amount", ""))
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text and text.replace(".", "").isdecimal() else text
