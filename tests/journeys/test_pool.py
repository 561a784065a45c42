"""From the pool to the customer: a lead that nobody has is claimed and converted; the log tells it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journeys.serving import guanxi, run
from tests.screens.places import ADMINISTRATOR, PEOPLE, sign_in

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(
    ("language", "claim", "convert"), [("zh-hans", "\u9886\u53d6", "\u8f6c\u4e3a\u5ba2\u6237")]
)
def test_from_the_pool_to_the_customer(browser: Any, tmp_path: Path, language: str, claim: str, convert: str):
    with guanxi(tmp_path) as (address, environment):
        run(["demo"], environment)
        page = browser.new_context(locale="zh-CN").new_page()
        sign_in(page, address, PEOPLE[language])
        page.goto(f"{address}/pools/")
        page.locator("#main a[href^='/leads/?filter=pool']").first.click()
        page.locator("#rows tr[id] th a").first.wait_for()
        assert "****" in page.locator("#rows").inner_text()
        page.goto(address + str(page.locator("#rows tr[id] th a").first.get_attribute("href")))
        lead = page.url
        assert "****" in page.locator("#main").inner_text()
        page.get_by_role("button", name=claim, exact=True).first.click()
        playwright.expect(page.get_by_role("link", name=convert, exact=True).first).to_be_visible()
        assert "****" not in page.locator("section.rec-facts").inner_text()
        page.get_by_role("link", name=convert, exact=True).first.click()
        page.wait_for_url("**/conversion/")
        page.locator("#main form button.primary").click()
        page.wait_for_url("**/deals/**")
        page.goto(lead)
        playwright.expect(page.locator("section.rec-facts a[href^='/deals/']").first).to_be_visible()
        other = browser.new_context().new_page()
        sign_in(other, address, ADMINISTRATOR)
        other.goto(f"{address}/pools/")
        other.locator("#main a[href^='/pools/']:not([href$='/new/'])").last.click()
        playwright.expect(other.locator("tbody tr").first).to_be_visible()
