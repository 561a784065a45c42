"""An automation as administrators build it: read as a sentence, tried, run, failed, and tried again."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from guanxi.automation.workflows.tests.standin import standin
from tests.chromium import until
from tests.journeys.serving import guanxi, set_up_link
from tests.journeys.test_lead_to_receipt import Desk
from tests.journeys.test_main_job import _page, _set_up

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


def test_a_rule_is_built_tried_run_and_gone_on_with_where_it_failed(browser: Any, tmp_path: Path):
    with standin() as other, guanxi(tmp_path, GUANXI_CALLS_ALLOWED="127.0.0.1") as (address, environment):
        page, problems = _page(browser)
        _set_up(page, set_up_link(environment), "en")
        desk = Desk(page, address, "en")
        small, large = (
            desk.fill_in("/companies/new/", name=name, employees=employees)
            for name, employees in (("Small Ltd", "5"), ("Large Ltd", "500"))
        )
        for firm, employees in ((small, "6"), (large, "501")):
            desk.fill_in(f"{firm}edit/", employees=employees)
        flow = _built(desk, f"{other.url}/in")
        _dry(desk, flow)
        page.locator("button[value=publish]").click()
        page.locator("button[value=on]").click()
        page.locator("button[value=off]").wait_for()
        other.answer(400, "closed")
        desk.fill_in(f"{small}edit/", employees="7")
        desk.fill_in(f"{large}edit/", employees="502")
        run = _ran(desk, flow, "failed")
        steps = page.locator("ol.run-steps > li")
        playwright.expect(steps).to_have_count(2)
        playwright.expect(steps.nth(0)).to_contain_text("done")
        playwright.expect(steps.nth(1)).to_contain_text("400")
        playwright.expect(page.locator(".recipe-say")).to_contain_text("Large Ltd")
        _reworded(desk, flow)
        desk.go(run)
        desk.sees("This run follows version 1 to its end")
        playwright.expect(steps.nth(0)).to_contain_text("big")
        other.answer(200, "{}")
        page.locator("button[value=retry]").click()
        page.locator("button[value=retry]").wait_for(state="detached")
        assert _ran(desk, flow, "done") == run
        playwright.expect(steps).to_have_count(2)
        playwright.expect(steps.nth(1)).to_contain_text("200")
        playwright.expect(steps.nth(0)).to_contain_text("big")
        assert [one["title"] for one in desk.ask(large.rstrip("/"))["tags"]] == ["big"]
        keys = {one["headers"].get("Idempotency-Key") for one in other.calls}
        assert len(keys) == 1  # the other side can tell that it is the same call
        assert problems == []


def _built(desk: Desk, url: str) -> str:
    """When the headcount of a company changes, and it is large: a tag, and a call. The path of its page."""
    page = desk.page
    desk.go("/automations/new/")
    page.fill("[name=title]", "Large firms")
    page.select_option("[name=object]", "company")
    page.locator("#main form button.primary").click()
    page.wait_for_url("**edit=when")
    flow = str(urlsplit(page.url).path)
    form = page.locator("aside.peek form").first
    playwright.expect(form.get_by_role("button", name="Choose")).to_be_hidden()
    form.locator("[name=verb]").select_option("changed")
    form.locator("[name=fields][value=employees]").check(force=True)  # its own tag changes the company, too
    _saved(desk)
    desk.go(f"{flow}?edit=if")
    page.get_by_role("link", name="Put the condition together").first.wait_for()
    form.locator("[name='if']").fill("employees >= 100")
    _saved(desk)
    _step(desk, flow, "0", "tag", add="big")
    _step(desk, flow, "add:", "call", url=url)
    said = " ".join(page.locator("p.recipe-say").inner_text().split())
    assert [word for word in ("Company", "100", "big", "127.0.0.1") if word not in said] == []
    return flow


def _step(desk: Desk, flow: str, edit: str, kind: str, **typed: str) -> None:
    """One line: its kind chosen, which shows what it asks for at once, filled in and saved."""
    desk.go(f"{flow}?edit={quote(edit)}")
    form = desk.page.locator("aside.peek form").first
    form.locator("[name=do_kind]").select_option(kind)
    form.locator(f"option[value={kind}][selected]").wait_for(state="attached")
    for name, value in typed.items():
        form.locator(f"[name='{name}']").fill(value)
    _saved(desk)


def _saved(desk: Desk) -> None:
    desk.page.locator("aside.peek form button[value=save]").click()
    desk.page.wait_for_url(lambda url: "edit=" not in url)


def _dry(desk: Desk, flow: str) -> None:
    """Both firms were changed before it was there; it would have run for the large one."""
    desk.go(f"{flow}dry-run/?days=7")
    desk.sees("Large Ltd")
    playwright.expect(desk.page.locator("#main").get_by_text("Small Ltd")).to_have_count(0)
    desk.go(flow)


def _reworded(desk: Desk, flow: str) -> None:
    """The automation goes on to another version while the run of the first has failed."""
    desk.go(f"{flow}?edit=0")
    desk.page.locator("aside.peek form [name=add]").fill("huge")
    _saved(desk)
    desk.page.locator("button[value=publish]").click()
    desk.page.locator("button[value=publish]").wait_for(state="detached")


def _ran(desk: Desk, flow: str, state: str) -> str:
    """Waits for the run of that state, and opens its log from the list of runs."""
    asked = f"/workflow-runs?workflow={flow.split('/')[2]}&state={state}"
    until(desk.page, lambda: len(desk.ask(asked)["data"]) == 1, f"a run that is {state}")
    desk.go(f"{flow}runs/?state={state}")
    desk.page.locator("ol.runs a[href^='/automations/runs/']").first.click()
    desk.page.wait_for_url("**/automations/runs/*/")
    return str(urlsplit(desk.page.url).path)
