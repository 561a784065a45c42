"""Nested conditions by links and plain forms: groups of all and of any, `not`, fields one link further."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from guanxi.platform.records.filters import parse_filter, print_filter
from guanxi.platform.records.filters.tree import Condition
from guanxi.platform.records.pages.filter_tree import changed_at, put, read_path
from guanxi.platform.records.tests.pages import Shop
from tests.cast import client_for

MORE = Condition("x", "is", "9")
THREE = "a = 1 and (b = 2 or c = 3)"


@pytest.mark.parametrize(
    ("text", "path", "how", "expected"),
    [
        ("", (), "into", "x = 9"),
        ("a = 1", (), "into", "a = 1 and x = 9"),
        ("a = 1", (0,), "place", "x = 9"),
        ("a = 1", (0,), "beside", "a = 1 or x = 9"),
        (THREE, (1,), "into", "a = 1 and (b = 2 or c = 3 or x = 9)"),
        (THREE, (1, 0), "beside", "a = 1 and ((b = 2 and x = 9) or c = 3)"),
        (THREE, (1, 1), "place", "a = 1 and (b = 2 or x = 9)"),
        ("a = 1 and not (b = 2)", (1,), "place", "a = 1 and not (x = 9)"),
        ("not (a = 1 or b = 2)", (0,), "into", "not (a = 1 or b = 2 or x = 9)"),
    ],
)
def test_a_condition_is_put_anywhere(text, path, how, expected):
    found = print_filter(put(parse_filter(text), path, MORE, how))
    assert parse_filter(found) == parse_filter(expected)


def test_what_is_taken_away_leaves_no_empty_group():
    tree = parse_filter(THREE)
    assert print_filter(changed_at(tree, (1, 0), lambda _one: None)) == "a = 1 and c = 3"
    assert print_filter(changed_at(tree, (1,), lambda _one: None)) == "a = 1"
    assert print_filter(changed_at(parse_filter("a = 1"), (0,), lambda _one: None)) == ""


@pytest.mark.parametrize("text", ["x", "-1", "1..2", "1.9999", "²", ".".join(["1"] * 20)])
def test_what_is_no_path_is_none(text):
    assert read_path(text) is None


def asked(address: str) -> str:
    return parse_qs(urlsplit(address).query).get("filter", [""])[0]


@pytest.mark.django_db
def test_a_group_is_made_turned_round_negated_and_dropped_by_its_buttons(shop: Shop):
    browser = client_for(shop.cast.rep)
    sent = {"filter": "industry = food", "tree": "1", "beside": "0", "add": "city"}
    page = browser.get("/companies/", sent).content.decode()
    form = page.split('id="filter-editor"')[1].split("</form>")[0]
    said = {
        html.unescape(name): html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    }
    answer = browser.get("/companies/", said | {"f-op": "is", "f-value": "杭州"})
    assert asked(answer["Location"]) == "industry = food or city = 杭州"
    assert "tree=1" in answer["Location"], "the panel stays open"
    group = "owner = me and (industry = food or city = 杭州)"
    for button, expected in (
        ({"flip": "1"}, "owner = me and industry = food and city = 杭州"),
        ({"negate": "1"}, "owner = me and not (industry = food or city = 杭州)"),
        ({"drop": "1.0"}, "owner = me and city = 杭州"),
        ({"flip": ""}, "owner = me or (industry = food or city = 杭州)"),
    ):
        answer = browser.get("/companies/", {"filter": group, "tree": "1"} | button)
        assert parse_filter(asked(answer["Location"])) == parse_filter(expected), button
    drawn = browser.get("/companies/", {"filter": group, "tree": "1"}).content.decode()
    for place in ("drop=1.1", "edit=1.0", "flip=1", "negate=0"):
        assert place in drawn
    assert "禾木食品" in drawn


@pytest.mark.django_db
def test_a_condition_looks_one_link_further_and_is_changed_there(shop: Shop):
    browser = client_for(shop.cast.rep)
    page = browser.get("/deals/", {"tree": "1"}).content.decode()
    assert '<option value="company.industry">' in page
    form = browser.get("/deals/", {"tree": "1", "into": "", "add": "company.industry"}).content.decode()
    assert 'name="f-field" value="company.industry"' in form
    answer = browser.get(
        "/deals/", {"f-field": "company.industry", "f-op": "is", "f-value": "food", "f-path": "", "tree": "1"}
    )
    assert asked(answer["Location"]) == "company.industry = food"
    again = browser.get("/deals/", {"filter": "company.industry = food", "tree": "1", "edit": "0"})
    assert 'name="f-how" value="place"' in again.content.decode()
    assert browser.get("/deals/board/", {"filter": "company.industry = food", "tree": "1"}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [{"drop": "7"}, {"flip": "x"}, {"edit": "9.9"}, {"into": "5", "add": "city"}]
)
def test_a_place_that_is_not_there_changes_nothing(shop: Shop, wrong):
    answer = client_for(shop.cast.rep).get("/companies/", {"filter": "industry = food", "tree": "1"} | wrong)
    assert answer.status_code == 200
