"""Every screen of the running product: axe finds nothing by day and by night, no page is wider than a phone,
a thumb hits what a phone offers, no console complains. One installation with the demo for all, in Chinese;
an empty one for its first day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.journeys.serving import guanxi, run, set_up_link
from tests.screens import places
from tests.screens.places import SCREENS, Screen
from tests.screens.thumbs import too_small

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
LANGUAGE = "zh-hans"
# Screens of every kind, on which a thumb is measured: lists, records, forms, documents, logs, settings.
TOUCHED = {
    "today", "contacts", "contact-new", "companies-map", "lead", "pooled", "quote",
    "quote-sheet", "changes", "order", "contract", "receipt", "automation", "automation-runs", "field-type",
    "clash",
}  # fmt: skip
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: scripts/test sets it up"),
    pytest.mark.one_database,
]


class Visitor:
    """A tab at an installation; signs in as whom a screen needs when that changes."""

    def __init__(self, browser: Any, address: str, link: str = "") -> None:
        self.browser, self.address, self.link = browser, address, link
        self.who = ""
        self.page: Any = None
        self.complaints: list[str] = []

    def see(self, screen: Screen) -> None:
        if screen.who != self.who:
            self._enter(screen.who)
        self.complaints.clear()
        path = self.link.removeprefix(self.address) if screen.path == "{link}" else screen.path
        self.page.set_viewport_size({"width": 1440, "height": 900})
        self.page.emulate_media(color_scheme="light")
        places.show(self.page, self.address, replace(screen, path=path))

    def _enter(self, who: str) -> None:
        if self.page is not None:
            self.page.context.close()
        self.page = self.browser.new_context(reduced_motion="reduce").new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        if who in {"nobody", "guest"}:
            self.page.goto(f"{self.address}/sign-in/?language={LANGUAGE}")
        elif who == "first":
            places.set_up(self.page, self.link)
        elif who in {"admin", "leaving"}:
            places.sign_in(self.page, self.address, places.ADMINISTRATOR)
        elif who == "leader":
            places.sign_in(self.page, self.address, places.LEADER)
        else:
            places.sign_in(self.page, self.address, places.PEOPLE[LANGUAGE])
        self.who = who

    def _hear(self, said: Any) -> None:
        # An answer like 404 or 409 is told by the browser, too: some screens are about one.
        if (
            said.type == "error"
            and "Failed to load resource" not in said.text
            and "Response Status" not in said.text
        ):
            self.complaints.append(said.text)


@pytest.fixture(scope="module")
def demo(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with guanxi(tmp_path_factory.mktemp("demo")) as (address, environment):
        run(["demo"], environment)
        yield Visitor(browser, address)


@pytest.fixture(scope="module")
def empty(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with guanxi(tmp_path_factory.mktemp("empty")) as (address, environment):
        yield Visitor(browser, address, set_up_link(environment))


@pytest.mark.parametrize(
    "screen", [one for one in SCREENS if one.who in ("nobody", "first")], ids=lambda one: one.name
)
def test_a_screen_of_an_empty_installation(empty: Visitor, screen: Screen) -> None:
    look_at(empty, screen)


@pytest.mark.parametrize(
    "screen", [one for one in SCREENS if one.who not in ("nobody", "first")], ids=lambda one: one.name
)
def test_a_screen_of_the_demo(demo: Visitor, screen: Screen) -> None:
    look_at(demo, screen)


def look_at(visitor: Visitor, screen: Screen) -> None:
    visitor.see(screen)
    page = visitor.page
    page.evaluate(AXE.read_text())
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    # What night changes are colours.
    found += [f"at night: {one}" for one in violations(page, only=("color-contrast",)) if one not in found]
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(100)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert found == []
    assert width <= 390
    assert screen.name not in TOUCHED or too_small(page) == []
    assert visitor.complaints == []


def violations(page: Any, only: tuple[str, ...] = ()) -> list[str]:
    # What Swagger draws on the page of the API is not ours, nor is the second <main> that it brings.
    found = page.evaluate(
        """only => axe.run({exclude: ['.swagger-ui']},
                           {resultTypes: ['violations'], ...(only.length ? {runOnly: only} : {})})""",
        only,
    )["violations"]
    swagger = page.locator(".swagger-ui").count() > 0
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found
        for node in one["nodes"]
        if not (swagger and one["id"].startswith("landmark-"))
    ]
