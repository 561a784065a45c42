"""“Make your own object”: every step of the tutorial in each language, with its words and pictures.

In one language the object is gone on with: fields are dragged into another order, a text is formatted.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import PATIENCE
from tests.journeys.serving import guanxi, set_up_link
from tests.journeys.tutorial import IMAGES, PAGES, STEPS, VIEW, Walk, begin, kept_words, named_in

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect


@pytest.mark.parametrize("language", PAGES)
def test_every_step_has_its_text_its_picture_and_its_words(language: str):
    named, words = named_in(language), kept_words()[language]
    text = PAGES[language].read_text(encoding="utf-8")
    assert len(named) == len(STEPS)
    assert list(words) == [name for name, _do in STEPS]
    for name, _do in STEPS:
        assert f"(images/{name}-{language}.png)" in text
        assert 0 < (IMAGES / f"{name}-{language}.png").stat().st_size < 150_000


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.one_database
@pytest.mark.parametrize("language", PAGES)
def test_the_tutorial_is_as_things_are(browser: Any, tmp_path: Path, language: str):
    with guanxi(tmp_path) as (address, environment):
        page = browser.new_context(viewport=VIEW).new_page()
        page.set_default_timeout(PATIENCE * 1000)
        walk = Walk(page, address, language, tmp_path)
        begin(walk, set_up_link(environment))
        kept = kept_words()[language]
        for (name, do), named in zip(STEPS, named_in(language), strict=True):
            do(walk)
            shown = page.inner_text("body").casefold()
            assert [word for word in named if word.casefold() not in shown] == [], name
            assert walk.words() == kept[name], f"{name}: scripts/shots --tutorial makes the pictures anew"
        if language == "en":
            drag_fields(walk)
            format_text(walk)
        page.context.close()


def drag_fields(walk: Walk) -> None:
    """Where a row is dropped it stays: in settings, and when the page comes anew."""
    walk.go("/settings/objects/machine/")
    rows = walk.page.locator("[data-drag-rows] > [draggable]")
    before = rows.locator("[name=moved]").evaluate_all("all => all.map(one => one.value)")
    with walk.page.expect_navigation():
        rows.nth(0).drag_to(rows.nth(2), target_position={"x": 120, "y": 30})
    walk.page.reload()
    expect(rows.locator("[name=moved]").first).to_have_value(before[1])
    assert rows.locator("[name=moved]").evaluate_all("all => all.map(one => one.value)") == [
        before[1], before[2], before[0], *before[3:],
    ]  # fmt: skip


def format_text(walk: Walk) -> None:
    """Bold words, a list that ends by an empty line, and a line that is a heading and then none again."""
    page = walk.page
    walk.go("/settings/objects/machine/?add=rich_text")
    walk.fill(**{"label-en": "Story", "name": "story"})
    with page.expect_navigation():
        page.locator("aside [name=do][value=add]").click()
    walk.go("/machines/new/")
    box = page.locator("[data-rich][data-ready]")
    box.locator("[contenteditable]").click()
    keys = page.keyboard
    keys.type("Runs ")
    box.locator("[data-command=bold]").click()
    keys.type("well")
    box.locator("[data-command=bold]").click()
    keys.press("Enter")
    keys.type("oil")
    box.locator("[data-line=ul]").click()
    keys.type("ed")
    for word in ("belt", "", "Then"):
        keys.press("Enter")
        keys.type(word)
    box.locator("[data-line=h3]").click()
    keys.press("Enter")
    keys.type("end")
    written = "<p>Runs <b>well</b></p><ul><li>oiled</li><li>belt</li></ul><h3>Then</h3><p>end</p>"
    expect(box.locator("textarea")).to_have_value(written)
    page.locator("main [name=name]").fill("Drill 3")
    page.locator("main [name=serial]").fill("SN-9")
    page.select_option("[name=state]", index=1)
    with page.expect_navigation():
        page.locator(".form-foot button.primary").click()
    page.wait_for_url(re.compile(r"/machines/\d+/"))
    expect(page.locator("main .rich b")).to_have_text("well")
    expect(page.locator("main .rich li")).to_have_text(["oiled", "belt"])
    expect(page.locator("main .rich h3")).to_have_text("Then")
