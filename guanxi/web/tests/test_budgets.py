"""What a first visit may weigh, measured on the built files."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from guanxi.web.assets import DIST, asset

HTMX = 62_000  # bytes of htmx 2 in the bundle, minified

pytestmark = pytest.mark.skipif(not DIST.exists(), reason="the front end is not built: scripts/build")


def over_the_wire(name: str) -> int:
    return (DIST / f"{asset(name).removeprefix(settings.STATIC_URL)}.gz").stat().st_size


def test_everything_of_a_first_visit_leaves_room_for_the_page() -> None:
    files = ("main.css", "main.js", "icons.svg", "icon.svg")
    weights = {name: over_the_wire(name) for name in files}
    assert sum(weights.values()) < 60_000, weights  # of 150 kB; a page and its data have the rest


def test_own_script_is_small() -> None:
    built = (DIST / asset("main.js").removeprefix(settings.STATIC_URL)).stat().st_size
    assert built - HTMX < 40_000


def test_every_built_name_carries_its_hash() -> None:
    for name in ("main.css", "main.js", "icons.svg"):
        assert re.search(settings.WHITENOISE_IMMUTABLE_FILE_TEST, asset(name)), asset(name)
