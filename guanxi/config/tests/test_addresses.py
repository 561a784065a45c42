"""Addresses are found by their words, and found are those that Django finds by trying all in turn."""

from collections.abc import Callable, Iterator

import pytest
from django.urls import Resolver404, ResolverMatch, URLPattern, URLResolver, include, path, re_path, resolve
from django.urls.resolvers import RoutePattern

from guanxi.config.addresses import Tree
from guanxi.config.urls import AREAS

PARTS = {"int": "7", "slug": "won-2", "str": "csv", "object": "contacts", "path": "a/b/c", "uuid": "0" * 32}


def patterns(found: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for one in found:
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, before + str(one.pattern))
        else:
            yield before + str(one.pattern).removeprefix("^")


def written(route: str) -> str:
    """An address of this pattern."""
    while "<" in route:
        before, _, rest = route.partition("<")
        inside, _, after = rest.partition(">")
        route = before + PARTS.get(inside.partition(":")[0], "x") + after
    return route


def _told(find: Callable[[str], ResolverMatch], address: str) -> tuple[object, ...] | None:
    try:
        found = find(address)
    except Resolver404:
        return None
    return found.func, found.args, found.kwargs, found.route, found.url_name


@pytest.mark.one_database
def test_every_address_leads_where_it_led_when_all_were_tried():
    plain = URLResolver(RoutePattern(""), [path("", include(f"{area}.urls")) for area in AREAS])
    tree = Tree(path("", include(f"{area}.urls")) for area in AREAS)
    asked = {written(route) for route in patterns(plain.url_patterns)}
    assert len(asked) > 300
    for address in asked | {one.rstrip("/") for one in asked} | {f"{one}more/" for one in asked}:
        assert _told(tree.resolve, address) == _told(plain.resolve, address), address


@pytest.mark.one_database
def test_what_was_declared_first_comes_first():
    def view(request): ...

    tree = Tree(
        [
            path("<slug:any>/new/", view, name="any"),
            path("deals/new/", view, name="deals"),
            re_path("^deals/(?P<rest>.*)$", view, name="rest"),
            path("deals/<int:pk>/", view, name="deal"),
            path("files/<path:rest>", view, name="file"),
            path("more/", include([path("<int:pk>/", view, name="inside")]), {"given": 1}),
        ]
    )
    assert tree.resolve("deals/new/").url_name == "any"
    assert tree.resolve("deals/7/").url_name == "rest"
    assert tree.resolve("files/a/b/c").kwargs == {"rest": "a/b/c"}
    assert tree.resolve("more/7/").kwargs == {"given": 1, "pk": 7}
    with pytest.raises(Resolver404):
        tree.resolve("nowhere/7/8/")


@pytest.mark.one_database
def test_the_product_asks_the_tree():
    assert resolve("/contacts/7/").kwargs["record_id"] == 7
