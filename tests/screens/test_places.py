"""Every page of the product has its place among the pictures: whoever adds one is told to add it there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.urls import URLPattern, get_resolver

from guanxi.platform.metadata import registry
from tests.screens.places import SCREENS

# Addresses without a parameter that show no page of their own, and why.
NO_PAGE = {
    "/": "leads on to the first page",
    "/keys/": "the dialog of the keys: screen keys",
    "/navigation/": "the entries of the navigation, for a page that is open",
    "/sign-in/kept/": "screen kept-form",
    "/sign-out/": "takes a POST",
    "/settings/security/sessions/": "takes a POST",
    "/standing/end/": "takes a POST",
    "/notifications/reading/": "takes a POST",
    "/settings/notifications/browsers/": "takes a POST",
    "/push-worker.js": "a script that browsers keep",
    "/analytics/cube/cell/": "the menu of a figure, for a cube that is open",
    "/analytics/cube/change/": "of one figure, for a cube that is open",
    "/analytics/cube/saved/": "takes a POST",
    "/analytics/dashboards/panels/": "takes a POST",
    "/analytics/data/": "names the tables that other tools may read",
    "/settings/configuration/file/": "a file",
    "/settings/map/removal/": "takes a POST",
    "/work_reports/policy/": "takes a POST",
    "/clashes/new/": "about a record: screen clash-new",
    "/today/why/forget/": "takes a POST",
    "/divisions/": "provinces and cities, for a form that is open",
}


def test_every_page_has_its_picture():
    shown = {urlsplit(screen.path).path for screen in SCREENS}
    pages = {f"/{path}" for path in _addresses(get_resolver()) if "<" not in path and "(" not in path}
    missing = {
        path
        for path in pages - shown - set(NO_PAGE)
        if not path.startswith(("/api/", "/static/", "/health", "/live/", "/q/"))
    }
    assert missing == set(), "add them to tests/screens/places.py"
    assert set(NO_PAGE) <= pages, "these are no addresses any more"


def test_every_object_of_the_navigation_has_its_pictures():
    paths = [screen.path for screen in SCREENS]
    for obj in registry.objects():
        if not obj.group or obj.part_of:
            continue
        lists = [path for path in paths if path.startswith(f"/{obj.plural}/") or path == f"{{{obj.plural}}}"]
        assert lists, f"no screen of {obj.plural} in tests/screens/places.py"
        opened = [
            screen.name
            for screen in SCREENS
            if screen.path == f"{{{obj.plural}}}"
            or (screen.act and screen.path.startswith(f"/{obj.plural}/"))
        ]
        assert opened, f"no screen of one of {obj.plural} in tests/screens/places.py"


def _addresses(resolver: Any, before: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        path = f"{before}{one.pattern}"
        if isinstance(one, URLPattern):
            yield path.removeprefix("^").removesuffix("$")
        else:
            yield from _addresses(one, path)
