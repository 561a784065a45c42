"""“Make your own object”: every step of the tutorial in each language, with its words and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.chromium import PATIENCE
from tests.journeys.serving import guanxi, set_up_link
from tests.journeys.tutorial import IMAGES, PAGES, STEPS, VIEW, Walk, begin, kept_words, named_in

playwright = pytest.importorskip("playwright.sync_api")


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
        page.context.close()
