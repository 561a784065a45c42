"""The main job, as a sales person does it.

Bring the spreadsheets in, be told whom to call, call, log it with a next step, move the deal by mouse and by
keys, and see the sums move in a colleague's browser without asking.
"""

from __future__ import annotations

import csv
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import PATIENCE, until, until_changed
from tests.journeys.serving import guanxi, set_up_link

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.slow]

LANGUAGES = ("en", "zh-hans", "zh-hant")
PASSWORD = "stone-bridge-4417"
STEP = "Call about phase 2"


@pytest.mark.parametrize(
    "language",
    [one if one == "zh-hans" else pytest.param(one, marks=pytest.mark.one_database) for one in LANGUAGES],
)
def test_the_main_job(browser: Any, tmp_path: Path, language: str):
    with guanxi(tmp_path) as (address, environment):
        page, problems = _page(browser)
        link = set_up_link(environment)
        _begins_with_the_zone_of_the_browser(browser, link)
        _set_up(page, link, language)
        _import(page, address, tmp_path)
        _today_and_log(page, address)
        _move(page, browser, address)
        assert problems == []


def _page(browser: Any) -> tuple[Any, list[str]]:
    """A tab that remembers what went wrong in it."""
    page = browser.new_context(viewport={"width": 1600, "height": 1000}).new_page()
    page.set_default_timeout(PATIENCE * 1000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda said: (
            problems.append(said.text)
            if said.type == "error" and "Content Security Policy" in said.text
            else None
        ),
    )
    return page, problems


def _begins_with_the_zone_of_the_browser(browser: Any, link: str) -> None:
    context = browser.new_context(timezone_id="Asia/Singapore")
    page = context.new_page()
    page.goto(link)
    playwright.expect(page.locator("[name=timezone]")).to_have_value("Asia/Singapore")
    context.close()


def _set_up(page: Any, link: str, language: str) -> None:
    """The first person of a new installation makes the workspace and is signed in."""
    page.goto(link)
    page.select_option("[name=language]", language)
    page.select_option("[name=country]", "CN")
    said = {"person": "Lin", "email": "lin@qingshan.example", "password": PASSWORD, "name": "Xishan"}
    for name, value in said.items():
        page.fill(f"[name={name}]", value)
    page.locator("[name=begin][value=empty]").check(force=True)
    page.locator("form button.primary").click()
    page.wait_for_url("**/today/**")
    shown = {"en": "en", "zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}[language]
    assert page.locator("html").get_attribute("lang") == shown


def _import(page: Any, address: str, folder: Path) -> None:
    """Two linked files at once: people with a next step that is due, and deals at their companies."""
    yesterday = (date.today() - timedelta(days=1)).isoformat()
    later = (date.today() + timedelta(days=40)).isoformat()
    _write(folder / "contacts.csv", [
        ["Name", "Company", "Email", "Mobile", "Job title", "Next step", "Next step on"],
        ["Wang Ruoxi", "Qinghe Water", "w@q.example", "138 5710 4426", "Buyer", STEP, yesterday],
        ["Amir Rahman", "Verdant Labs", "amir@v.example", "139 5710 4427", "Plant manager", "", ""],
    ])  # fmt: skip
    stages = page.evaluate("fetch('/api/v1/stages?sort=position').then(answer => answer.json())")["data"]
    names = [one["name"] for one in stages if one["kind"] == "open"]
    _write(folder / "deals.csv", [
        ["Deal name", "Account", "Stage", "Amount", "Expected close"],
        ["WQ-200 x 4", "Qinghe Water", names[0], "268000", later],
        ["Demo unit", "Verdant Labs", names[0], "32000", later],
    ])  # fmt: skip
    page.goto(f"{address}/import/")
    page.set_input_files("[name=files]", [str(folder / "contacts.csv"), str(folder / "deals.csv")])
    page.locator("form[enctype] button[type=submit]").click()
    page.wait_for_url("**/columns/**")
    page.locator(".foot button.primary").click()
    page.wait_for_url("**/check/**")
    # Both files name companies that are not there: the first remedy of each is to create them.
    remedy, ready = (
        page.locator("button[name=mend]:not([value=empty-all])"),
        page.locator(".foot button.primary:enabled"),
    )
    playwright.expect(remedy.or_(ready).first).to_be_visible()
    while remedy.count():
        before = page.locator("#main").inner_text()
        remedy.first.click()
        until_changed(page, "#main", before)
        playwright.expect(remedy.or_(ready).first).to_be_visible()
    ready.click()
    # The page goes on to the result by itself, and only then offers to take it back.
    playwright.expect(page.locator("form[action$='/undo/']")).to_be_visible(timeout=3 * PATIENCE * 1000)
    counts = page.evaluate(
        "Promise.all(['contacts', 'companies', 'deals'].map(name =>"
        " fetch(`/api/v1/${name}?total=true`).then(answer => answer.json()).then(said => said.total)))"
    )
    assert counts == [2, 2, 2]


def _today_and_log(page: Any, address: str) -> None:
    """Today names the person and why; the call is logged with the next step, and the row is gone."""
    row = page.locator(".act", has_text="Wang Ruoxi")
    until(page, lambda: page.goto(f"{address}/today/") and row.count() == 1, "the person on Today")
    playwright.expect(row).to_contain_text(STEP)
    page.keyboard.press("j")
    playwright.expect(row.locator("a[href^='tel:']")).to_have_attribute("href", "tel:+8613857104426")
    page.keyboard.press("l")
    page.wait_for_url("**/contacts/*/**")
    page.locator("#composer input[name=kind][value=call]").check(force=True)
    page.locator("#composer textarea[name=body]").fill("Legal agrees to three payments")
    page.locator("#composer input[name=next_step]").fill("Send the contract")
    page.locator("#composer input[name=next_step_on]").fill((date.today() + timedelta(days=3)).isoformat())
    page.keyboard.press("Control+Enter")
    playwright.expect(page.locator("#timeline")).to_contain_text("Legal agrees to three payments")
    done = page.locator(".act", has_text=STEP)
    until(page, lambda: page.goto(f"{address}/today/") and done.count() == 0, "Today without the call")


def _move(page: Any, browser: Any, address: str) -> None:
    """By mouse into the second lane, by keys into the third; a second browser sees the sums at once."""
    page.goto(f"{address}/deals/board/")
    watcher = browser.new_context(
        viewport={"width": 1600, "height": 1000}, storage_state=page.context.storage_state()
    ).new_page()
    watcher.set_default_timeout(PATIENCE * 1000)
    with watcher.expect_response(lambda answer: "/events/" in answer.url):  # the stream is open from here on
        watcher.goto(f"{address}/deals/board/")
    lanes = [one.get_attribute("data-lane") for one in page.locator("[data-lane]").all()]
    heads = [f"#lane-head-{lane}" for lane in lanes]
    playwright.expect(watcher.locator(f"{heads[0]} .count")).to_have_text("2")

    card = page.locator("[data-card]", has_text="WQ-200 x 4")
    _carry(page, card, lanes[1])
    playwright.expect(page.locator(f"{heads[1]} .count")).to_have_text("1")
    started = time.monotonic()
    playwright.expect(watcher.locator(f"{heads[1]} .count")).to_have_text("1")
    seen = time.monotonic() - started
    playwright.expect(watcher.locator(f"{heads[0]} .count")).to_have_text("1")
    print(f"the colleague saw it after {seen:.1f} s")  # two are promised; a busy machine may need more
    assert seen < 15, "a page without events asks every 20 seconds: this one was told"

    card = page.locator("[data-card]", has_text="WQ-200 x 4")
    card.locator("[data-grip]").focus()
    page.keyboard.press("Enter")
    playwright.expect(card).to_have_attribute("data-held", "")
    page.keyboard.press("ArrowRight")
    playwright.expect(page.locator(f"[data-lane='{lanes[2]}'] [data-card]")).to_have_count(1)
    page.keyboard.press("Enter")
    playwright.expect(page.locator(f"{heads[2]} .count")).to_have_text("1")
    playwright.expect(watcher.locator(f"{heads[2]} .count")).to_have_text("1")
    watcher.context.close()


def _carry(page: Any, card: Any, lane: str) -> None:
    place = page.locator(f"[data-lane='{lane}'] [data-cards]")
    start, end = card.bounding_box(), place.bounding_box()
    page.mouse.move(start["x"] + 60, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + 90, start["y"] + 30, steps=4)
    page.mouse.move(end["x"] + 80, end["y"] + 30, steps=12)
    playwright.expect(place.locator(".drop")).to_have_count(1)
    page.mouse.up()


def _write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="") as out:
        csv.writer(out).writerows(rows)
