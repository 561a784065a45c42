"""One template for page and fragment, toasts that survive a redirect, the navigation's registry."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.test import RequestFactory

from guanxi.web import navigation
from guanxi.web.navigation import NavEntry, navigation_for
from guanxi.web.pages import (
    Page,
    changed,
    redirect_or_fragment,
    render_fragment,
    render_page,
    toast,
)


def asked(path: str = "/keys/", **headers: str) -> HttpRequest:
    return RequestFactory().get(path, headers=headers)


def keys_page(request: HttpRequest) -> HttpResponse:
    return render_page(request, "layouts/keys.html", {"shortcuts": ()}, title="Keys <all>")


def test_a_plain_browser_gets_the_whole_page() -> None:
    html = keys_page(asked()).content.decode()
    assert html.startswith("<!doctype html>")
    assert "<title>Keys &lt;all&gt; · Guanxi</title>" in html
    assert 'id="main"' in html


def test_htmx_gets_the_block_named_like_its_target() -> None:
    main = keys_page(asked(HX_Request="true", HX_Target="main")).content.decode()
    assert main.startswith("<title>Keys &lt;all&gt; · Guanxi</title>")
    assert '<header class="bar">' in main
    assert "<html" not in main

    help_only = keys_page(asked(HX_Request="true", HX_Target="help")).content.decode()
    assert help_only.strip().startswith('<header id="help-title">')
    assert help_only.strip() in main


def test_an_unknown_target_and_going_back_get_the_whole_page() -> None:
    for headers in (
        {"HX_Request": "true", "HX_Target": "elsewhere"},
        {"HX_Request": "true", "HX_Target": "main", "HX_History_Restore_Request": "true"},
    ):
        assert keys_page(asked(**headers)).content.startswith(b"<!doctype html>")


def test_answers_differ_by_what_was_asked_for() -> None:
    assert "HX-Target" in keys_page(asked())["Vary"]


def test_a_block_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LookupError, match="no block 'rows'"):
        render_fragment(asked(), "layouts/keys.html", {"shortcuts": ()}, block="rows")


def test_after_a_verb_a_plain_form_is_sent_on_and_htmx_gets_the_piece() -> None:
    assert redirect_or_fragment(asked(), "/deals/7/").status_code == 303
    boosted = redirect_or_fragment(asked(HX_Request="true", HX_Boosted="true"), "/deals/7/")
    assert (boosted.status_code, boosted["Location"]) == (303, "/deals/7/")
    assert redirect_or_fragment(asked(HX_Request="true"), "/deals/7/").status_code == 204
    piece = redirect_or_fragment(
        asked(HX_Request="true"),
        "/",
        template="layouts/keys.html",
        context={"shortcuts": ()},
        block="help",
    )
    assert b"help-title" in piece.content


def test_a_toast_is_an_event_for_htmx() -> None:
    response = changed(toast(HttpResponse(), "已把 3 人转给周砚", undo="/undo/t/"), "contact", "counts")
    sent = response["HX-Trigger"]
    assert sent.isascii()
    assert json.loads(sent) == {
        "toast": {"text": "已把 3 人转给周砚", "undo": "/undo/t/", "more": "", "tone": ""},
        "changed:contact": {},
        "changed:counts": {},
    }


def carried(cookie: str, **headers: str) -> HttpRequest:
    request = asked(**headers)
    request.COOKIES["toast"] = cookie
    return request


def test_a_toast_on_a_redirect_is_drawn_by_the_next_page_and_forgotten() -> None:
    cookie = toast(redirect("/"), "Moved <3>", undo="/undo/t/").cookies["toast"].value
    response = keys_page(carried(cookie))
    html = response.content.decode()
    assert "Moved &lt;3&gt;" in html
    assert 'action="/undo/t/"' in html
    assert response.cookies["toast"]["max-age"] == 0

    boosted = keys_page(carried(cookie, HX_Request="true", HX_Target="main"))
    assert json.loads(boosted["HX-Trigger"])["toast"]["text"] == "Moved <3>"


def test_a_toast_may_lead_to_the_page_that_says_more() -> None:
    cookie = toast(redirect("/"), "2 stay", more="/changes/batches/7/").cookies["toast"].value
    assert '<a href="/changes/batches/7/">' in keys_page(carried(cookie)).content.decode()


PLANTED = (
    "{",
    "[]",
    '"x"',
    '{"text": "x", "undo": "//evil.example/"}',
    '{"text": "x", "undo": "/\\\\evil.example/"}',
    '{"text": "x", "more": "//evil.example/"}',
    '{"text": "x", "more": "javascript:evil()"}',
)


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_toast_leads_nowhere(planted: str) -> None:
    html = keys_page(carried(planted)).content.decode()
    assert "evil" not in html


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> dict[str, NavEntry]:
    kept: dict[str, NavEntry] = {}
    monkeypatch.setattr(navigation, "_entries", kept)
    return kept


def test_the_longest_address_is_current_and_the_invisible_is_not_shown(entries: dict[str, Any]) -> None:
    navigation.register(NavEntry("today", "Today", "sun", "/today/", order=1))
    navigation.register(NavEntry("deals", "Deals", "box", "/deals/", group="sales", count=lambda request: 3))
    navigation.register(NavEntry("board", "Board", "box", "/deals/board/", group="sales", order=60))
    navigation.register(
        NavEntry("cube", "Cube", "box", "/cube/", group="insight", visible=lambda request: False)
    )
    groups = navigation_for(asked("/deals/board/7/"))
    assert [group.name for group in groups] == ["", "sales"]
    assert [(link.name, link.current, link.count) for link in groups[1].links] == [
        ("deals", False, 3),
        ("board", True, None),
    ]


def test_a_name_or_group_that_cannot_be_is_refused(entries: dict[str, Any]) -> None:
    navigation.register(NavEntry("today", "Today", "sun", "/today/"))
    with pytest.raises(ValueError, match="already"):
        navigation.register(NavEntry("today", "Other", "sun", "/other/"))
    with pytest.raises(ValueError, match="no group"):
        navigation.register(NavEntry("x", "X", "sun", "/x/", group="nowhere"))


def test_counts_are_asked_once_and_only_by_what_draws_the_frame(entries: dict[str, Any]) -> None:
    asked_for: list[str] = []

    def count(request: HttpRequest) -> int:
        asked_for.append(request.path)
        return 3

    navigation.register(NavEntry("x", "X", "sun", "/x/", count=count))
    request = asked("/x/")
    request.member = SimpleNamespace(user=None, workspace=None)  # type: ignore[attr-defined]
    page = Page(request, "X")
    assert (page.title, page.theme, asked_for) == ("X", "system", [])
    assert page.groups[0].links[0].count == 3
    assert page.groups[0].links[0].current
    assert asked_for == ["/x/"]


def test_a_small_firm_finds_what_is_not_daily_under_more(entries: dict[str, Any]) -> None:
    for name in ("deals", "pools", "prices", "targets"):
        aside = name != "deals"
        navigation.register(NavEntry(name, name, "box", f"/{name}/", group="sales", aside=aside))
    navigation.register(NavEntry("contacts", "contacts", "box", "/contacts/", group="relations"))
    navigation.register(NavEntry("tasks", "tasks", "box", "/tasks/", group="relations", aside=True))
    relations, sales = navigation_for(asked("/pools/"))
    assert ([one.name for one in sales.daily], len(sales.more)) == (["deals"], 3)
    assert ([one.name for one in relations.daily], relations.more) == (["contacts", "tasks"], ())
