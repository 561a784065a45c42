"""What the behaviours do, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from guanxi.web.tests.stage.views import STATE
from tests.chromium import until

pytestmark = pytest.mark.browser

Go = Callable[[str], None]


# ——— List and peek ———


def test_the_cursor_walks_selects_and_opens(page: Page) -> None:
    page.goto("/people/")
    page.keyboard.press("j")
    expect(page.locator("#row-1")).to_have_class(re.compile("cursor"))
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#row-2")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("toolbar")).to_contain_text("1 selected")
    page.keyboard.press("Shift+J")
    expect(page.get_by_role("toolbar")).to_contain_text("2 selected")
    page.keyboard.press("Escape")
    expect(page.get_by_role("toolbar")).to_be_hidden()
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile("/people/3/$"))
    expect(page).to_have_title("Amir Rahman · Guanxi")


def test_all_are_selected_and_a_verb_gets_every_id_and_is_undone(page: Page) -> None:
    page.goto("/people/")
    page.locator("#row-1").click(position={"x": 900, "y": 10})
    page.keyboard.press("Control+a")
    expect(page.get_by_role("toolbar")).to_contain_text("5 selected")
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_contain_text("Moved 5 people")
    assert STATE["bulk"] == ["1", "2", "3", "4", "5"]
    page.keyboard.press("z")
    expect(page.locator(".toast")).to_contain_text("Taken back")
    assert STATE["undone"] == 1


def test_shift_click_selects_between(page: Page) -> None:
    page.goto("/people/")
    checks = page.locator("[data-row-check]")
    checks.nth(0).click()
    checks.nth(3).click(modifiers=["Shift"])
    expect(page.get_by_role("toolbar")).to_contain_text("4 selected")
    expect(page.locator("[data-select-all]")).to_have_js_property("indeterminate", True)


def test_space_peeks_and_the_peek_follows_the_cursor(page: Page) -> None:
    page.goto("/people/")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.get_by_role("complementary", name="王若溪")).to_contain_text("1 / 5")
    expect(page.locator("#row-1")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("complementary", name="李卓然")).to_contain_text("2 / 5")
    page.keyboard.press("Escape")
    expect(page.locator("#peek")).to_be_hidden()


# ——— A choice that follows from two others ———


def test_a_figure_offers_the_fields_of_its_records_of_which_it_can_be_made(page: Page) -> None:
    page.goto("/figures/")
    offered = page.locator("select[name=field] option[data-fits]:not([disabled])")
    expect(offered).to_have_count(0)
    page.get_by_label("Figure").select_option("sum")
    expect(offered).to_have_text(["Price"])
    page.get_by_label("Field").select_option("tool.price")
    page.get_by_label("Figure").select_option("max")
    expect(page.get_by_label("Field")).to_have_value("tool.price")
    page.get_by_label("Over").select_option("deal.firm")
    expect(offered).to_have_text(["Day"])
    expect(page.get_by_label("Field")).to_have_value("")


def test_a_figure_over_nothing_yet_offers_no_field_and_is_no_fault(page: Page) -> None:
    page.goto("/figures/?none")
    page.get_by_label("Figure").select_option("sum")
    expect(page.get_by_label("Field").locator("option")).to_have_text(["—"])


# ——— Editing in place ———


def test_enter_saves_and_moves_down_tab_saves_and_moves_on(page: Page) -> None:
    page.goto("/people/")
    page.locator("#step-1").click()
    page.keyboard.type("call her")
    page.keyboard.press("Enter")
    expect(page.locator("#row-1")).to_have_attribute("data-version", "2")
    expect(page.locator("#step-1")).to_have_text("call her")
    expect(page.locator("#step-2 input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#step-2")).to_have_text("step 2")
    assert STATE["steps"][1] == "call her"


def test_what_was_not_saved_stays_with_the_reason(page: Page) -> None:
    page.goto("/people/")
    page.locator("#step-1").click()
    page.keyboard.type("bad")
    page.keyboard.press("Enter")
    cell = page.locator("#step-1")
    expect(cell).to_have_class(re.compile("unsaved"))
    expect(cell).to_contain_text("bad")
    expect(cell.get_by_role("alert")).to_contain_text("Too short.")
    page.keyboard.press("Escape")
    cell.get_by_role("button", name="Restore").click()
    expect(cell).to_have_text("step 1")


def test_a_server_that_is_away_loses_no_text_and_retry_saves_it(page: Page) -> None:
    page.goto("/people/")
    page.route("**/fields/step/", lambda route: route.abort(), times=1)
    page.locator("#step-1").click()
    page.keyboard.type("kept")
    page.keyboard.press("Tab")
    cell = page.locator("#step-1")
    expect(cell.get_by_role("alert")).to_contain_text("The server did not answer.")
    cell.get_by_role("button", name="Retry").click()
    expect(page.locator("#row-1")).to_have_attribute("data-version", "2")
    expect(cell).to_have_text("kept")
    assert STATE["steps"][1] == "kept"


@pytest.mark.parametrize(
    ("button", "kept", "version"), [("Keep mine", "mine", "3"), ("Take theirs", "theirs", "2")]
)
def test_a_stale_edit_shows_both_values(page: Page, button: str, kept: str, version: str) -> None:
    page.goto("/people/")
    page.locator("#step-1").click()
    STATE["steps"][1], STATE["versions"][1] = "theirs", 2
    page.keyboard.type("mine")
    page.keyboard.press("Tab")
    both = page.locator("#step-1 [role=alert]")
    expect(both).to_contain_text("Keep mine: mine")
    expect(both).to_contain_text("Take theirs: theirs")
    both.get_by_role("button", name=button).click()
    expect(page.locator("#row-1")).to_have_attribute("data-version", version)
    expect(page.locator("#step-1")).to_have_text(kept)
    assert STATE["steps"][1] == kept


def test_leaving_the_cell_saves(page: Page) -> None:
    page.goto("/people/")
    page.locator("#step-3").click()
    page.keyboard.type("left")
    page.locator("h1").click()
    expect(page.locator("#row-3")).to_have_attribute("data-version", "2")
    expect(page.locator("#step-3")).to_have_text("left")
    assert STATE["steps"][3] == "left"


# ——— Going about ———


def test_a_link_swaps_main_and_back_returns(page: Page) -> None:
    page.goto("/people/")
    page.evaluate("window.stays = true")
    page.get_by_role("link", name="Rachel Tan").click()
    expect(page.locator("h1")).to_have_text("Rachel Tan")
    assert page.evaluate("window.stays") is True
    page.go_back()
    expect(page.locator("h1")).to_have_text("People")
    expect(page.locator("#row-5")).to_be_visible()


def test_a_new_page_is_reached_by_its_key_and_nothing_happens_while_typing(page: Page) -> None:
    page.goto("/people/")
    page.keyboard.press("n")
    expect(page.locator("h1")).to_have_text("王若溪")
    page.get_by_role("textbox", name="Text").click()
    page.keyboard.type("njx?")
    expect(page.get_by_role("textbox", name="Text")).to_have_value("njx?")
    expect(page.locator("#help")).to_be_hidden()


def test_a_composing_input_method_triggers_nothing(page: Page) -> None:
    page.goto("/people/")
    page.evaluate(
        """document.body.dispatchEvent(new KeyboardEvent("keydown", {
            code: "KeyN", key: "n", isComposing: true, bubbles: true }))"""
    )
    page.keyboard.press("?")  # an answer to this key means that the other one had its time
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    expect(page.locator("h1")).to_have_text("People")


def test_the_question_mark_shows_all_keys(page: Page) -> None:
    page.goto("/people/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Next row")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()


def test_escape_closes_from_the_top(page: Page) -> None:
    page.goto("/people/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Space")
    expect(page.locator("#peek")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("amir")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.get_by_role("toolbar")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("toolbar")).to_be_hidden()
    expect(page.locator("#peek")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#peek")).to_be_hidden()


def test_the_palette_finds_opens_and_peeks(page: Page) -> None:
    page.goto("/people/")
    page.keyboard.press("Control+k")
    page.keyboard.type("rachel")
    option = page.get_by_role("option", name="Rachel Tan")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Tab")
    expect(page.get_by_role("complementary", name="Rachel Tan")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/people/5/$"))
    expect(page.locator("h1")).to_have_text("Rachel Tan")


def test_the_palette_runs_commands_of_the_page(page: Page) -> None:
    page.goto("/people/")
    page.keyboard.press("Control+k")
    page.keyboard.type(">new")
    expect(page.get_by_role("option", name=re.compile("New"))).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/people/1/$"))


def test_a_menu_walks_with_arrows_and_gives_the_focus_back(page: Page) -> None:
    page.goto("/people/1/")
    button = page.get_by_role("button", name="More")
    button.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Archive")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Board")).to_be_focused()
    page.keyboard.press("a")
    expect(page.get_by_role("menuitem", name="Archive")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")


# ——— Writing ———


def test_a_draft_survives_a_reload_and_is_forgotten_when_sent(page: Page) -> None:
    page.goto("/people/1/")
    text = page.get_by_role("textbox", name="Text")
    text.fill("agreed on terms")
    page.reload()
    expect(text).to_have_value("agreed on terms")
    expect(page.get_by_label("Minutes")).to_be_hidden()
    page.get_by_text("Call", exact=True).click()
    expect(page.get_by_label("Minutes")).to_be_visible()
    text.press("Control+Enter")
    expect(page.locator("#timeline li")).to_have_text("agreed on terms")
    expect(text).to_have_value("")
    assert STATE["notes"] == [("call", "agreed on terms", "12")]
    page.reload()
    expect(text).to_have_value("")


def test_a_combobox_finds_takes_and_creates(page: Page) -> None:
    page.goto("/people/1/")
    owner = page.get_by_role("combobox", name="Owner")
    owner.fill("amir")
    expect(page.get_by_role("option", name="Amir Rahman")).to_have_attribute("aria-selected", "true")
    owner.press("Enter")
    expect(owner).to_have_value("Amir Rahman")
    expect(page.locator("input[name=owner]")).to_have_value("3")
    owner.fill("Nobody yet")
    new = page.get_by_role("option", name="Create “Nobody yet”")
    expect(new).to_be_visible()
    owner.press("ArrowDown")
    expect(new).to_have_attribute("aria-selected", "true")
    owner.press("Enter")
    expect(page.locator("input[name=owner]")).to_have_value("")
    expect(page.locator("input[name=owner-new]")).to_have_value("Nobody yet")
    expect(page.get_by_role("status").get_by_text("Create “Nobody yet”")).to_be_visible()


def test_nothing_is_made_of_a_name_that_is_passed_with_tab_or_typed_on(page: Page) -> None:
    page.goto("/people/1/")
    owner, made = page.get_by_role("combobox", name="Owner"), page.locator("input[name=owner-new]")
    owner.fill("Nobody yet")
    new = page.get_by_role("option", name="Create “Nobody yet”")
    expect(new).to_be_visible()
    expect(new).to_have_attribute("aria-selected", "false")
    expect(owner).not_to_have_attribute("aria-activedescendant", re.compile("."))
    owner.press("Tab")
    expect(new).to_be_hidden()
    expect(owner).to_have_value("Nobody yet")
    expect(made).to_have_count(0)
    for after in ("", "Nobody yet, or else"):
        owner.fill("Nobody yet")
        new.click()
        expect(made).to_have_value("Nobody yet")
        owner.fill(after)
        expect(made).to_have_count(0)
        expect(page.locator("[data-new-text]")).to_be_empty()


# ——— Today ———


def test_a_row_of_today_opens_as_it_is_reached_and_leaves_when_done(page: Page) -> None:
    page.goto("/today/")
    page.keyboard.press("j")
    expect(page.locator("#act-2 .act-more")).to_contain_text("Context of 2")
    page.keyboard.press("x")
    expect(page.locator("#act-2")).to_have_count(0)
    expect(page.locator("#act-3")).to_be_focused()
    assert STATE["done"] == ["2"]
    expect(page.locator(".toast")).to_contain_text("Done")
    expect(page.locator("#act-3 .act-more")).to_contain_text("Context of 3")
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile("/people/3/$"))


# ——— The board ———


def lanes(page: Page) -> list[list[str]]:
    found: list[list[str]] = page.evaluate(
        """[...document.querySelectorAll("[data-lane]")].map(lane =>
            [...lane.querySelectorAll("[data-card]")].map(card => card.dataset.card))"""
    )
    return found


def carry(page: Page, card: str, to: str) -> None:
    page.locator(card).hover()
    page.mouse.down()
    box = page.locator(to).bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 8, steps=8)
    page.mouse.up()


def test_a_card_is_carried_by_mouse(page: Page) -> None:
    page.goto("/board/")
    carry(page, "#deal-a", "#deal-c")
    expect(page.locator("#lane-head-won")).to_contain_text("¥2")
    assert lanes(page) == [["b"], ["a", "c"]]
    assert STATE["moves"] == [("a", "won", "c")]
    expect(page).to_have_url(re.compile("/board/$"))


def test_a_card_is_carried_by_keys_and_the_region_says_where(page: Page) -> None:
    page.goto("/board/")
    page.locator("#deal-a [data-grip]").focus()
    page.keyboard.press("Enter")
    says = page.locator("[data-board-says]")
    expect(says).to_contain_text("Deal a lifted")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(says).to_have_text("Won, position 2 of 2")
    page.keyboard.press("Enter")
    expect(page.locator("#lane-head-won")).to_contain_text("¥2")
    assert lanes(page) == [["b"], ["c", "a"]]
    assert STATE["moves"] == [("a", "won", "")]
    expect(page.locator("#deal-a [data-grip]")).to_be_focused()


def test_escape_puts_a_card_back(page: Page) -> None:
    page.goto("/board/")
    page.locator("#deal-a [data-grip]").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    assert lanes(page) == [["a", "b"], ["c"]]
    assert STATE["moves"] == []


def test_a_card_returns_when_the_server_refuses(page: Page) -> None:
    page.goto("/board/")
    STATE["answer"] = 500
    carry(page, "#deal-a", "#deal-c")
    expect(page.locator(".toast")).to_contain_text("did not work")
    until(page, lambda: lanes(page) == [["a", "b"], ["c"]], "the card's way back")


def test_move_to_is_the_third_way(page: Page) -> None:
    page.goto("/board/")
    page.locator("#deal-b").hover()
    page.locator("#deal-b [data-grip]").click()
    page.get_by_role("menuitem", name="Won").click()
    expect(page.locator("#lane-head-won")).to_contain_text("¥2")
    assert lanes(page) == [["a"], ["b", "c"]]


# ——— Without JavaScript ———


def test_reading_and_plain_forms_need_no_script(page: Page, stage: str) -> None:
    assert page.context.browser
    context = page.context.browser.new_context(base_url=stage, java_script_enabled=False)
    plain = context.new_page()
    plain.goto("/people/")
    plain.get_by_role("link", name="王若溪").click()
    expect(plain.locator("h1")).to_have_text("王若溪")
    plain.locator("textarea").fill("by hand")
    with plain.expect_navigation():
        plain.get_by_role("button", name="Save").click()
    expect(plain.locator("h1")).to_have_text("王若溪")
    context.close()
    assert STATE["notes"] == [("note", "by hand", "12")]
