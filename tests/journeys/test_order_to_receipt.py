"""An order until it is paid, in Chinese: confirmed, delivered, signed for, invoiced, received, allocated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journeys.serving import guanxi, set_up_link
from tests.journeys.test_main_job import _page, _set_up

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_order_until_it_is_paid(browser: Any, tmp_path: Path):
    with guanxi(tmp_path) as (address, environment):
        page, problems = _page(browser)
        _set_up(page, set_up_link(environment), "zh-hans")
        company = _make(page, f"{address}/companies/new/", name="海川水务")
        order = _make(page, f"{address}/orders/new/?company={_key(company)}")
        line = {"title": "WQ-200 水质分析仪", "quantity": "4", "unit_price": "67000", "tax_rate": "13"}
        _make(page, f"{address}/order_lines/new/?order={_key(order)}", **line)

        page.goto(order)
        _says(page, "268,000")
        _press(page, "确认订单")
        _says(page, "已确认")
        _press(page, "发货")
        page.fill("[name=carrier]", "顺丰速运")
        _send(page)
        delivery = page.url
        _press(page, "登记签收")
        page.fill("[name=signed_by]", "周岚")
        _send(page)
        assert page.url == delivery
        _says(page, "已签收")
        page.goto(order)
        _says(page, "全部发货")

        page.goto(f"{order}invoice/")
        _send(page)
        invoice = page.url
        _press(page, "开具")
        _send(page)
        page.goto(invoice)
        _says(page, "已开")

        receipt = _make(page, f"{address}/receipts/new/?company={_key(company)}", amount="268000")
        _press(page, "确认到账")
        _press(page, "核销")
        _send(page)
        page.goto(receipt)
        _says(page, "已核销")
        page.goto(invoice)
        _says(page, "已核销")
        page.goto(f"{company}statement/")
        playwright.expect(page.locator("tfoot strong")).to_have_text("0.00")
        assert problems == []


def _make(page: Any, address: str, **values: str) -> str:
    """A new record by its form; the address of its page."""
    page.goto(address)
    for name, value in values.items():
        page.locator(f"form.record-form [name={name}]").fill(value)
    _send(page)
    return str(page.url)


def _send(page: Any) -> None:
    """Press the first button of the form, and be on another page."""
    before = page.url
    page.locator("form.record-form button.primary").click()
    page.wait_for_url(lambda url: url != before)


def _press(page: Any, label: str) -> None:
    """The button in the bar that takes the record further."""
    page.locator("header, .bar").get_by_text(label).first.click()
    page.wait_for_load_state()


def _says(page: Any, text: str) -> None:
    playwright.expect(page.locator("#main").get_by_text(text).first).to_be_visible()


def _key(address: str) -> str:
    return address.rstrip("/").rsplit("/", 1)[-1]
