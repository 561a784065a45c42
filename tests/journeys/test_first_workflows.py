"""What a new workspace begins with, as the first person there meets it: made by hand, nothing prepared.

The clock's (a customer without follow-up for 30 days) is tried in sales/deals/tests/test_first_workflows.py.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from guanxi.sales.first_scores import WORTH
from guanxi.sales.first_workflows import CONTRACT_STAGE, QUOTE_STAGE
from tests.chromium import until
from tests.journeys.serving import guanxi, set_up_link
from tests.journeys.test_lead_to_receipt import Desk
from tests.journeys.test_main_job import _page, _set_up

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(
    "language", ["zh-hans", *(pytest.param(one, marks=pytest.mark.one_database) for one in ("zh-hant", "en"))]
)
def test_the_first_workflows_run_as_they_are_worded(browser: Any, tmp_path: Path, language: str):
    with guanxi(tmp_path) as (address, environment):
        page, problems = _page(browser)
        _set_up(page, set_up_link(environment), language)
        desk = Desk(page, address, language)
        _switched_on(desk)
        _score_follows_tags(desk)
        _moved_to_contract(desk)
        _approved(desk)
        assert problems == []


def _switched_on(desk: Desk) -> None:
    """They are there, on, in the workspace's language."""
    flows = desk.ask("/workflows")["data"]
    assert len(flows) == 5
    assert all(one["on_at"] and not one["problem"] for one in flows)
    desk.go("/automations/")
    desk.sees({"zh-hans": "超过 30 天没跟进", "zh-hant": "超過 30 天沒有跟進"}.get(desk.language, "30 days"))


def _score_follows_tags(desk: Desk) -> None:
    """Three tags that are there to be ticked give 65; above 50 the lead leads the day."""
    desk.go("/leads/new/")
    page = desk.page
    page.fill("[name=name]", "Wang Ruoxi")
    for tag, points, _tone in WORTH:
        if points > 0:
            page.get_by_label(tag.in_(desk.language), exact=True).check(force=True)
    page.locator("#main form.record-form button.primary").first.click()
    page.wait_for_url(lambda url: "/new/" not in url, wait_until="commit")
    lead = urlsplit(page.url).path
    until(page, lambda: desk.ask(lead.rstrip("/"))["score"] == 65, "the score of the tags")

    def leads() -> bool:
        desk.go("/today/")
        return "65" in page.locator(".act").first.inner_text() if page.locator(".act").count() else False

    until(page, leads, "the lead on Today")
    playwright.expect(page.locator(".act").first).to_contain_text("Wang Ruoxi")


def _moved_to_contract(desk: Desk) -> None:
    """Who follows a deal hears when it goes from the quote to the contract."""
    desk.go("/deals/new/")
    desk.page.fill("[name=name]", "WQ-200")
    desk.page.select_option("[name=owner]", "")  # who owns a deal needs not follow it
    desk.page.locator("#main form.record-form button.primary").first.click()
    desk.page.wait_for_url(lambda url: "/new/" not in url, wait_until="commit")
    deal = urlsplit(desk.page.url).path
    desk.send("/following/")
    playwright.expect(desk.page.locator("form.follow [aria-pressed=true]")).to_be_visible()
    for stage in (QUOTE_STAGE.in_(desk.language), CONTRACT_STAGE.in_(desk.language)):
        desk.go(deal)
        desk.page.locator("button[name=lane]", has_text=stage).first.click()
        until(desk.page, partial(_stands_at, desk, deal, stage), "the stage")
    _told(
        desk,
        "#main",
        {"zh-hans": "从报价进入签约", "zh-hant": "從報價進入簽約"}.get(desk.language, "to contract"),
    )


def _stands_at(desk: Desk, deal: str, stage: str) -> bool:
    return bool(desk.ask(deal.rstrip("/"))["stage"]["title"] == stage)


def _approved(desk: Desk) -> None:
    """Whose quote is approved hears it with the button that sends it."""
    quote = desk.fill_in("/quotes/new/", name="WQ-200")
    line = {"title": "WQ-200", "quantity": "4", "unit_price": "670", "discount_percent": "60"}
    desk.fill_in(f"/quote_lines/new/?quote={quote.split('/')[2]}", **line)
    desk.go(quote)
    desk.send("/verbs/submission/")
    desk.becomes(quote.rstrip("/"), status="in_approval")
    desk.go("/approvals/")  # an administrator, who is the only one here, signs their own
    desk.page.locator("button[value=approve]").first.click()
    desk.becomes(quote.rstrip("/"), status="approved")
    _told(desk, f'form[action="{quote}dispatch/"] button')


def _told(desk: Desk, selector: str, text: str = "") -> None:
    def there() -> bool:
        desk.go("/notifications/")
        return bool(desk.page.locator(selector).filter(has_text=text or None).count())

    until(desk.page, there, f"the notification {text}")
