"""The one real Chromium of a test run: Playwright allows one to a process."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless browser; its absence fails the tests that need it by name."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE * 1000)
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])


def until(page: Any, holds: Callable[[], bool], what: str = "what was waited for") -> None:
    """Waits for what the server knows: the page may show a change before the answer to it has come.

    Asks `holds` again and again while the page goes on, for PATIENCE seconds at most.
    """
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            pytest.fail(f"{what} did not come about in {PATIENCE} seconds")
        page.wait_for_timeout(50)


def until_changed(page: Any, selector: str, said: str) -> None:
    """Waits until something says other words than these; asks from here, as pages forbid eval."""
    until(page, lambda: page.locator(selector).inner_text() != said, f"a change of {selector}")


# A slow machine may take its time; only a test that would fail anyway waits as long as this, in seconds.
PATIENCE = 30
NAMES = ("chromium", "chromium-browser", "google-chrome")
