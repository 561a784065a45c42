"""axe-core finds nothing, day and night, on the gallery and on the stage; no page is wider than a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Browser

from guanxi.web.tests.stage import views

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
PLACES = ("/gallery/", "/people/", "/people/1/", "/board/", "/today/", "/keys/", "/more/")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.one_database,
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: scripts/test sets it up"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing(browser: Browser, stage: str, place: str, theme: Any) -> None:
    views.reset()
    page = browser.new_page(base_url=stage, color_scheme=theme)
    with override_settings(DEBUG=True):
        page.goto(place)
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    page.close()
    said = [f"{one['id']}: {one['help']}: {node['html'][:120]}" for one in found for node in one["nodes"]]
    assert said == []


@pytest.mark.parametrize("place", PLACES)
def test_no_page_is_wider_than_a_phone(browser: Browser, stage: str, place: str) -> None:
    views.reset()
    page = browser.new_page(base_url=stage, viewport={"width": 390, "height": 844}, has_touch=True)
    with override_settings(DEBUG=True):
        page.goto(place)
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert width <= 390


def test_what_is_late_is_shown_at_once_and_only_what_is_awaited_after_a_moment(
    browser: Browser, stage: str
) -> None:
    """One class name for both had every overdue line blink in, a third of a second after its page."""
    page = browser.new_page(base_url=stage)
    with override_settings(DEBUG=True):
        page.goto("/gallery/")
    names = page.locator(".act-due.late").evaluate_all(
        "all => all.map(one => getComputedStyle(one).animationName)"
    )
    page.close()
    assert names
    assert set(names) == {"none"}
