"""Values edited where they stand, and menus gone through, by the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chromium import until
from tests.journeys.office import Office, open_office

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


@pytest.fixture(scope="module")
def office(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(browser, tmp_path_factory.mktemp("office")) as opened:
        opened.ask(
            "POST", "fields", {"object": "machine", "type": "rich_text", "name": "story", "label": "Story"}
        )
        opened.ask("POST", "fields", {"object": "machine", "type": "text", "name": "place", "label": "Place"})
        yield opened


def test_a_cell_under_the_cursor_is_edited_by_enter_and_by_typing_and_its_row_opened_by_enter(office: Office):
    page, expect = office.page, playwright.expect
    office.go("/machines/?columns=name,place,price&sort=name")
    cells = page.locator("#rows td[data-name=place]")
    page.locator("#rows tr[id]").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(cells.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(cells.first.locator("input")).to_be_focused()
    page.keyboard.type("Hall 1")
    page.keyboard.press("Enter")
    until(page, lambda: office.machine(1)["place"] == "Hall 1", "what was typed")
    expect(cells.nth(1).locator("input")).to_be_focused()  # Enter saves and goes down
    page.keyboard.press("Escape")
    expect(cells.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.type("jetty")  # J alone would go a row down
    expect(cells.first.locator("input")).to_have_value("jetty")
    page.keyboard.press("Escape")
    expect(cells.first).to_have_text("Hall 1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(cells.nth(2)).to_be_focused()
    page.keyboard.type("Yard")
    page.keyboard.press("Enter")
    until(page, lambda: office.machine(3)["place"] == "Yard", "what was typed over")
    expect(cells.nth(2)).to_be_focused()  # there is none below
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/machines/{office.ids[2]}/")


def test_facts_are_one_stop_of_tab_and_gone_through_by_arrows(office: Office):
    page, expect = office.page, playwright.expect
    office.ask("PATCH", f"machines/{office.ids[1]}", {"place": "Hall 2"})
    office.go(f"/machines/{office.ids[1]}/")
    facts = page.locator(".rec-facts .facts > [data-edit]:visible")
    expect(page.locator(".rec-facts .facts > [tabindex='0']:visible")).to_have_count(1)
    first, place = facts.first, page.locator("#fact-place")
    first.press("ArrowDown")
    expect(facts.nth(1)).to_be_focused()
    expect(page.locator(".rec-facts .facts > [tabindex='0']:visible")).to_have_count(1)
    while place.get_attribute("tabindex") != "0":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("e")
    expect(place.locator("input")).to_be_focused()
    page.keyboard.type("Hall 9")
    page.keyboard.press("Escape")
    expect(place).to_be_focused()
    expect(place).to_have_text("Hall 2")
    page.keyboard.press("Enter")
    page.keyboard.type("Hall 3")
    page.keyboard.press("Tab")
    until(page, lambda: office.machine(2)["place"] == "Hall 3", "what was typed")
    expect(place).to_have_text("Hall 3")
    expect(page).to_have_url(re.compile(r"/machines/[^/]+/$"))


def test_formatted_text_is_written_where_it_stands(office: Office):
    page, expect = office.page, playwright.expect
    office.ask("PATCH", f"machines/{office.ids[0]}", {"story": "<p>Old.</p>"})
    office.go(f"/machines/{office.ids[0]}/")
    story = page.locator("#fact-story")
    writing = story.locator("[contenteditable]")
    story.click()
    expect(writing).to_be_focused()
    page.keyboard.type(" And new.")
    page.keyboard.press("Control+Enter")
    until(page, lambda: "Old. And new." in office.machine(1)["story"], "what was written")
    page.keyboard.press("Escape")  # what comes next had been opened
    story.click()
    expect(writing).to_be_focused()
    page.keyboard.type(" Nobody wants this.")
    page.keyboard.press("Escape")
    expect(story).to_have_text("Old. And new.")
    expect(story).to_be_focused()
    page.keyboard.press("Enter")
    expect(writing).to_be_focused()
    page.keyboard.type(" Left.")
    page.locator("main h1").first.click()
    until(page, lambda: "And new. Left." in office.machine(1)["story"], "what was left")


def test_a_refused_value_is_mended_where_it_was_typed(office: Office):
    page, expect = office.page, playwright.expect
    contact = office.ask(
        "POST", "contacts", {"name": "Mara Lindt", "emails": [{"email": "mara@lindt.example"}]}
    )
    office.go(f"/contacts/{contact['id']}/")
    emails = page.locator("#fact-emails")
    address = emails.locator("input[name='emails-0-email']")
    emails.focus()
    page.keyboard.press("Enter")
    expect(address).to_be_visible()
    address.fill("mara at lindt")
    page.keyboard.press("Enter")
    expect(emails.get_by_role("alert")).to_contain_text("Not saved")
    expect(emails).to_contain_text("mara at lindt")
    expect(emails).to_be_focused()  # nothing goes on before it is mended
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    emails.get_by_role("button", name="Retry").click()
    expect(address).to_have_value("mara at lindt")
    assert "PATCH" not in sent
    address.fill("mara@")
    page.locator("main h1").first.click()
    expect(emails.get_by_role("alert")).to_contain_text("Not saved")
    emails.click(position={"x": 12, "y": 8})
    expect(address).to_have_value("mara@")
    address.fill("mara@lindt.com")
    page.keyboard.press("Enter")
    expect(emails).to_contain_text("mara@lindt.com")
    expect(emails).not_to_have_class(re.compile("unsaved"))


def test_an_editor_that_does_not_come_changes_nothing_and_says_so(office: Office):
    page, expect = office.page, playwright.expect
    before = office.machine(1)
    office.go(f"/machines/{office.ids[0]}/")
    page.route("**/fields/story/", lambda route: route.abort(), times=1)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.locator("#fact-story").click()
    expect(page.locator(".toast")).to_contain_text("The server did not answer.")
    page.locator("#fact-price").click()
    expect(page.locator("#fact-price input").first).to_be_focused()
    page.keyboard.press("Escape")
    assert "PATCH" not in sent
    assert office.machine(1)["version"] == before["version"]


def test_a_menu_opened_by_its_key_is_gone_through_by_arrows(office: Office):
    page, expect = office.page, playwright.expect
    office.go("/machines/?sort=name")
    menu = page.locator("#add-filter .menu")
    entries = menu.locator("a")
    page.keyboard.press("f")
    expect(menu.locator("[name=phrase]")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(entries.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(entries.nth(1)).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    expect(entries.last).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(page.locator("#add-filter summary")).to_be_focused()
    page.keyboard.press("f")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#filter-editor")).to_be_visible()


def test_a_long_menu_opened_by_its_key_is_searched_and_gone_through(office: Office):
    page, expect = office.page, playwright.expect
    for number in range(40):
        field = {"object": "machine", "type": "text", "name": f"part_{number}", "label": f"Part {number}"}
        office.ask("POST", "fields", field)
    office.go("/machines/?sort=name")
    page.keyboard.press("f")
    search = page.locator("#add-filter [data-sift]")
    expect(search).to_be_focused()
    page.keyboard.type("part 3")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#add-filter a", has_text="Part 3").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(search).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#add-filter .menu")).to_be_hidden()
    page.keyboard.press("f")
    page.keyboard.type("part 30")
    page.keyboard.press("Enter")
    expect(page.locator("#filter-editor")).to_contain_text("Part 30")
