"""Filters said in words, in three languages, and what a page makes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from guanxi.platform.i18n.languages import LANGUAGES
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Field, Operator
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import All, Condition, compile_filter, print_filter
from guanxi.platform.records.filters.tree import Operand
from guanxi.platform.records.filters.words import keys_in, words_of
from guanxi.platform.records.listing import ListQuery, count_records
from guanxi.platform.records.pages.phrases import Phrase, read_phrase
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.titles import titles_of
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role


def said(shop: Shop, text: str, obj: str = "contact") -> str:
    """The filter that a phrase is understood as; what was not understood stands behind it."""
    with in_workspace(shop.cast.xishan.pk):
        found = read_phrase(text, registry.get(obj), by=actor(shop.cast.rep))
    return " | ".join([print_filter(All(found.conditions)) if found.conditions else "", *found.unknown])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "obj", "expected"),
    [
        ("负责人 我 超过 14 天", "contact", "owner = me and last_touch_at < -14d"),
        ("負責人我超過14天", "contact", "owner = me and last_touch_at < -14d"),
        ("owner me over 14 days", "contact", "owner = me and last_touch_at < -14d"),
        ("my team", "contact", "team below mine"),
        ("团队是我的团队", "contact", "team = mine"),
        ("未联系 30 天", "contact", "last_touch_at < -30d"),
        ("最近往来 早于 14 天前", "contact", "last_touch_at < -14d"),
        ("最近往来 30 天内", "contact", "last_touch_at >= -30d"),
        ("created in the last 2 weeks", "contact", "created_at >= -2w"),
        ("创建时间 本月", "contact", "created_at = this_month"),
        ("本月", "contact", "created_at = this_month"),
        ("last week", "deal", "expected_close = last_week"),
        ("没有邮箱", "contact", "emails is empty"),
        ("without email", "contact", "emails is empty"),
        ("负责人 我 没有邮箱", "contact", "owner = me and emails is empty"),
        ("with phone", "contact", "phones is not empty"),
        ("决策角色 决策者", "contact", "decision_role = decider"),
        ("决策角色不是决策者", "contact", "decision_role != decider"),
        ("赢单", "deal", "status = won"),
        ("城市 杭州", "company", "city contains 杭州"),
        ("city San Francisco owner me", "company", 'city contains "San Francisco" and owner = me'),
        ("公司 禾木", "contact", "company.name contains 禾木"),
        ("公司 行业 食品", "contact", "company.industry contains 食品"),
        ("公司的城市是杭州", "contact", "company.city = 杭州"),
        ("金额 超过 50 万", "deal", "amount > 500000"),
        ("超过 100k", "deal", "amount > 100000"),
        ("amount 10k to 50k", "deal", "amount between (10000, 50000)"),
        ("金额 10万以上", "deal", "amount >= 100000"),
        ("name is not empty", "contact", "name is not empty"),
        ("owner not empty", "contact", "owner is not empty"),
        ("city isn't empty", "company", "city is not empty"),
        ("not owner me", "contact", "owner != me"),
        ("amount not over 100k", "deal", "amount <= 100000"),
        ("amount not more than 100k", "deal", "amount <= 100000"),
        ("金额不大于10万", "deal", "amount <= 100000"),
        ("last contact not over 14 days", "contact", "last_touch_at >= -14d"),
        ("created over 30 days ago", "contact", "created_at < -30d"),
        ("created less than 30 days ago", "contact", "created_at >= -30d"),
        ("created before 30 days ago", "contact", "created_at < -30d"),
        ("最近往来 超过 30 天前", "contact", "last_touch_at < -30d"),
        ("30天未联系", "contact", "last_touch_at < -30d"),
        ("not contacted for 30 days", "contact", "last_touch_at < -30d"),
        ("公司 包含 青禾", "contact", "company.name contains 青禾"),
        ("公司 是 青禾", "contact", "company.name = 青禾"),
        ("电话 138", "contact", "phones contains 138"),
        ("邮箱 p988", "contact", "emails contains p988"),
        ("预计成交 2026年", "deal", "expected_close between (2026-01-01, 2026-12-31)"),
        ("我的联系人", "contact", "owner = me"),
        ("my contacts", "contact", "owner = me"),
        ("owner not me or 许", "contact", "owner != me | 许"),
        ("name not contains 水务", "company", " | name not contains | 水务"),
        ("name does not contain water", "company", " | name not contain | water"),
        ("phone ends with 1862", "contact", " | phone ends with | 1862"),
        ("城市是杭州或上海", "company", "city in (杭州, 上海)"),
        ("城市 杭州 or 上海", "company", "city contains 杭州 | 上海"),
        ("标签 食品饮料", "company", "tags = TAG"),
        ("没有标签食品饮料", "company", "tags != TAG"),
        ("有标签食品饮料", "company", "tags = TAG"),
        ("公司的名字 青禾", "contact", " | 公司 的名字 | 青禾"),
        ("over 50%", "deal", " | over 50%"),
        ("2026年12月", "deal", " | 2026年12月"),
        ("expected close 99999999999999 years", "deal", " | expected close 99999999999999 | years"),
        ("amount 99999999999999999999999999 or more", "deal", " | amount 99999999999999999999999999 | more"),
        ("name \0", "contact", " | name"),
        ("purple", "contact", " | purple"),
        ("负责人", "contact", " | 负责人"),
        ("负责人 张三丰 城市 杭州", "company", "city contains 杭州 | 负责人 张三丰"),
        ("", "contact", ""),
    ],
)
def test_what_is_said_is_what_is_asked(shop: Shop, text: str, obj: str, expected: str):
    assert said(shop, text, obj) == expected.replace("TAG", str(shop.tag.pk))


ROUND: dict[str, list[Operator]] = {
    "text": ["is", "is_not", "contains", "starts", "empty", "not_empty"],
    "choice": ["is", "is_not", "empty", "not_empty"],
    "member": ["is", "is_not", "empty", "not_empty"],
    "team": ["below", "is", "is_not", "empty", "not_empty"],
    "date": ["is", "is_not", "lt", "lte", "gt", "gte", "between", "empty", "not_empty"],
    "datetime": ["is", "lt", "gte", "between", "empty", "not_empty"],
    "money": ["is", "is_not", "lt", "lte", "gt", "gte", "between", "empty", "not_empty"],
    "percent": ["is", "lt", "gte", "between"],
}


OPERANDS: dict[Operator, Callable[[str], Operand]] = {
    "empty": lambda _value: None,
    "not_empty": lambda _value: None,
    "between": lambda value: [value, value],
}


def values_of(field: Field, cast: Cast) -> list[str]:
    match field.type:
        case "choice":
            return [one.value for one in getattr(field, "options", ())]
        case "member":
            return ["me", str(cast.rep.pk)]
        case "team":
            return ["mine"]
        case "date" | "datetime":
            return ["today", "last_month", "next_quarter", "-14d", "+3w", "2026-11-24"]
        case "money":
            return ["250000", "0.5"]
        case "percent":
            return ["50"]
    return ["Qinghe", "\u6676\u6cf0"]


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["contact", "company", "deal"])
def test_what_a_chip_says_is_read_as_what_it_stands_for(shop: Shop, name: str, language: str):
    by = actor(shop.cast.rep)
    wrong = []
    with in_workspace(shop.cast.xishan.pk), translation.override(language):
        obj = registry.get(name)
        for field in obj.fields:
            if not field.filterable or field.hidden:
                continue
            for operator in ROUND.get(field.type, ()):
                for value in values_of(field, shop.cast)[: None if operator == "is" else 2]:
                    operand = OPERANDS.get(operator, lambda one: one)(value)
                    one = Condition(field.name, operator, operand)
                    try:
                        compile_filter(one, obj, by=by, context=field_context(by), vendor=connection.vendor)
                    except FieldError:
                        continue  # no coordinates, so no chip says it
                    words = str(words_of(one, obj, titles_of(keys_in(one, obj), by=by)))
                    found = read_phrase(words, obj, by=by)
                    if found != Phrase((one,), ()):
                        wrong.append((words, one, found))
    assert wrong == []


WORDS = (
    "负责人 我 超过 14 天 公司 的 城市 行业 is not over between 10 万 到 - 以上 没有 邮箱 有 本月 2026-02-30 "
    "999999999999999 金额 阶段 \u201c 最近 介于 为空 Qualified 标签 50% 1:30 重要 % = < "
    "\0 团队 一二三 next 10000 年"
)
ALL: dict[str, Any] = {"verbs": ["*"], "see": "all", "edit": "all"}


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    some.lists(some.one_of(some.sampled_from(WORDS.split(" ")), some.text(max_size=5)), max_size=12),
    some.sampled_from(["", " "]),
)
def test_whatever_is_typed_is_a_filter_or_told_as_not_understood(shop: Shop, pieces: list[str], gap: str):
    by, obj = actor(shop.cast.rep), registry.get("deal")
    with in_workspace(shop.cast.xishan.pk):
        found = read_phrase(gap.join(pieces), obj, by=by)
        tree = All(found.conditions)
        assert count_records(ListQuery(obj=obj, columns=("name",), filter=tree), by=by) >= 0


@pytest.mark.django_db
@pytest.mark.parametrize("right", ["hidden", "masked1"])
def test_what_a_role_hides_is_no_word_of_its_phrases(shop: Shop, right: str):
    assert said(shop, "金额 超过 50 万", "deal") == "amount > 500000"
    give_role(shop.cast.rep, {"*": ALL, "deal": {**ALL, "fields": {"amount": right}}})
    assert said(shop, "金额 超过 50 万", "deal").partition(" | ")[2]


@pytest.mark.django_db
def test_a_phrase_becomes_chips_and_what_is_not_understood_stays_to_be_mended(shop: Shop):
    browser = client_for(shop.cast.rep)
    found = browser.get("/contacts/", {"filter": "city = 杭州", "phrase": "负责人 我 没有邮箱"})
    assert parse_qs(urlsplit(found["Location"]).query)["filter"] == [
        "city = 杭州 and owner = me and emails is empty"
    ]
    page = browser.get("/contacts/", {"filter": "city = 杭州", "phrase": "负责人 我 紫色"}).content.decode()
    assert "紫色" in page
    assert 'id="phrase-problem"' in page
    assert 'value="负责人 我 紫色"' in page
    on_board = browser.get("/deals/board/", {"phrase": "超过 50 万"})
    assert parse_qs(urlsplit(on_board["Location"]).query)["filter"] == ["amount > 500000"]
