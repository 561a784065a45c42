"""Questions in three languages become cubes, cubes become questions, and what is hidden has no word."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date

import pytest

from guanxi.analytics.questions.phrases import take_phrases
from guanxi.analytics.questions.reading import read_question, use_reader
from guanxi.analytics.questions.saying import say_cube
from guanxi.analytics.questions.vocabulary import LANGUAGES, said_of
from guanxi.analytics.semantic.cubes import Cube, read_cube
from guanxi.platform.i18n.folding import fold
from guanxi.platform.metadata import registry
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
WON = Cube(
    "deal",
    ("team",),
    (),
    ("metric:won_amount",),
    filter="closed_on = this_quarter",
    compare="yoy",
    date="closed_on",
)


def test_the_same_question_in_three_languages_is_the_same_cube(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        for text in (
            "won amount by team this quarter vs last year",
            "本季度各团队赢单金额同比",
            "本季度各团队签约额同比",
            "本季各團隊成交額同比",
            "本季各團隊成交額與去年同期比",
        ):
            read = read_question(text, by)
            assert (read.cube, read.unknown) == (WON, {}), text
        read = read_question("won by tem this quarter", by)
        assert read.cube is not None
        assert "team" in read.unknown["tem"]
        assert read_question("qwertz uiop", by).cube is None
        top = read_question("前 5 行业 公司 数量", by).cube
        assert top == Cube("company", ("industry",), (), ("count",), top=5)


@pytest.mark.slow
def test_cubes_are_said_in_words_that_read_back(cast: Cast) -> None:
    dice = random.Random(7)
    said = 0
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        for _round in range(12):
            name = dice.choice(("deal", "company", "order"))
            terms = list(said_of(registry.get(name), by, "en"))
            some = [one.text for one in terms if one.kind == "by"]
            measures = [one.text for one in terms if one.kind == "measure"]
            rows, columns = dice.sample(some, 2), dice.sample(some, 1)
            cube = Cube(
                name, tuple(rows), tuple(one for one in columns if one not in rows), (dice.choice(measures),)
            )
            for language in LANGUAGES:
                question = say_cube(cube, by, language)
                if question is not None:
                    said += 1
                    assert read_question(question, by).cube == cube
        assert said > 24


def test_a_hidden_field_has_no_word_and_a_model_can_name_nothing_else(
    cast: Cast, fed: Callable[[], int]
) -> None:
    hidden = {"verbs": ["*"], "see": "all", "edit": "all", "fields": {"industry": "hidden"}}
    give_role(cast.rep, {"company": hidden})
    with in_workspace(cast.xishan.pk):
        by = actor(cast.rep)
        read = read_question("companies by industry", by)
        assert read.cube is None or "industry" not in read.cube.rows
        assert read.unknown
        use_reader(lambda _question, _by: "deals by stage; companies by industry")
        try:
            found = read_question("anything", by)
        finally:
            use_reader(None)
        assert found.cube is None or found.cube.object == "company"
    rep = client_for(cast.rep)
    assert rep.get("/analytics/questions/?q=companies by industry").status_code in (200, 302)
    assert client_for(cast.admin).get("/analytics/questions/?q=companies by industry").status_code == 302
    palette = {"HX-Request": "true", "HX-Target": "palette-list"}
    offered = client_for(cast.admin).get("/search/?q=companies by industry", headers=palette)
    assert "analytics/questions" in offered.content.decode()


@pytest.mark.parametrize(
    ("question", "cube"),
    [
        (
            "本年每个月的签约额",
            "object=deal&rows=closed_on:month&measures=metric:won_amount&filter=closed_on = this_year",
        ),
        (
            "revenue by month this year",
            "object=deal&rows=closed_on:month&measures=metric:won_amount&filter=closed_on = this_year",
        ),
        (
            "今年每個月的成交額",
            "object=deal&rows=closed_on:month&measures=metric:won_amount&filter=closed_on = this_year",
        ),
        (
            "2025年各季度签约额",
            "object=deal&rows=closed_on:quarter&measures=metric:won_amount"
            "&filter=closed_on between (2025-01-01, 2025-12-31)",
        ),
        (
            "won amount in 2025 by quarter",
            "object=deal&rows=closed_on:quarter&measures=metric:won_amount"
            "&filter=closed_on between (2025-01-01, 2025-12-31)",
        ),
        (
            "Q3 2026 won amount by team",
            "object=deal&rows=team&measures=metric:won_amount"
            "&filter=closed_on between (2026-07-01, 2026-09-30)",
        ),
        (
            "2026年第三季度各团队签约额",
            "object=deal&rows=team&measures=metric:won_amount"
            "&filter=closed_on between (2026-07-01, 2026-09-30)",
        ),
        (
            "2024年2月签约额",
            "object=deal&measures=metric:won_amount&filter=closed_on between (2024-02-01, 2024-02-29)",
        ),
        (
            "who won the most last month",
            "object=deal&rows=owner&measures=metric:won_amount&filter=closed_on = last_month&sort=-1",
        ),
        (
            "上个月谁赢单最多",
            "object=deal&rows=owner&measures=count&filter=status = won and closed_on = last_month&sort=-1",
        ),
        ("lost deals by reason", "object=deal&rows=lost_reason&measures=count&filter=status = lost"),
        ("失單原因分布", "object=deal&rows=lost_reason&measures=count&filter=status = lost"),
        (
            "how many deals did we lose this year",
            "object=deal&measures=count&filter=status = lost and closed_on = this_year",
        ),
        ("各行业的客户数", "object=company&rows=industry&measures=count&filter=role = customer"),
        (
            "number of customers by industry",
            "object=company&rows=industry&measures=count&filter=role = customer",
        ),
        ("没有负责人的公司数", "object=company&measures=count&filter=owner is empty"),
        ("本月新增线索数", "object=lead&measures=metric:new_leads&filter=arrived_on = this_month"),
        ("lead conversion rate by source", "object=lead&rows=source&measures=rate:status = converted"),
        ("average deal size by industry", "object=deal&rows=company.industry&measures=avg:amount"),
        ("大于10万的商机数", "object=deal&measures=count&filter=amount > 100000"),
        (
            "deals over 2,000 and under 1.5k",
            "object=deal&measures=count&filter=amount > 2000 and amount < 1500",
        ),
        (
            "去年各省份的订单额",
            "object=order&rows=company.province&measures=metric:ordered_amount&filter=ordered_on = last_year",
        ),
        ("top 10 customers by receipts", "object=receipt&rows=company&measures=sum:amount&top=10"),
        ("sales by product", "object=order_line&rows=product&measures=sum:net"),
        ("各产品销量", "object=order_line&rows=product&measures=sum:quantity"),
        ("overdue receivables", "object=instalment&measures=metric:overdue_amount"),
        ("平均成交周期", "object=deal&measures=metric:days_to_close"),
    ],
)
def test_what_managers_ask_is_understood(cast: Cast, question: str, cube: str) -> None:
    with in_workspace(cast.xishan.pk):
        read = read_question(question, actor(cast.admin))
        assert read.unknown == {}
        assert read.cube == read_cube(cube.replace("+", "%2B"))


def test_times_are_of_the_day_on_which_it_is_asked() -> None:
    def span(text: str, fiscal: int = 1) -> tuple[str, ...] | None:
        found = take_phrases(fold(text), date(2026, 11, 23), lambda: fiscal).span
        return found and tuple(one.isoformat() for one in found)

    assert span("最近30天的新商机") == ("2026-10-25", "2026-11-23")
    assert span("new deals in the last 30 days") == ("2026-10-25", "2026-11-23")
    assert span("近三个月") == ("2026-08-24", "2026-11-23")
    assert span("year to date") == ("2026-01-01", "2026-11-23")
    assert span("本季度以来") == ("2026-10-01", "2026-11-23")
    assert span("本财年签约额", 4) == ("2026-04-01", "2027-03-31")
    assert span("last fiscal year", 4) == ("2025-04-01", "2026-03-31")
    assert span("去年下半年") == ("2025-07-01", "2025-12-31")
    assert span("contracts next month") == ("2026-12-01", "2026-12-31")
    assert span("下季度") == ("2027-01-01", "2027-03-31")
    assert span("去年12月") == ("2025-12-01", "2025-12-31")
    assert span("march 2025") == ("2025-03-01", "2025-03-31")
    assert span("昨天") == ("2026-11-22", "2026-11-22")
    for text in ("前三季度", "deals over 2000", "WQ-2026", "本月", "top 10"):
        assert span(text) is None, text


def test_people_teams_and_values_are_named_as_far_as_they_are_seen(
    cast: Cast, fed: Callable[[], int]
) -> None:
    hidden = {"verbs": ["*"], "see": "all", "edit": "all", "fields": {"industry": "hidden"}}
    with in_workspace(cast.xishan.pk):
        admin = actor(cast.admin)
        create_record(object="company", values={"name": "青禾", "industry": "市政水务"}, by=admin)
        fed()
        read = read_question("林知遥本季度的签约额", admin)
        assert read.cube is not None
        assert read.cube.filter == f"owner = {cast.rep.pk} and closed_on = this_quarter"
        assert read_question("my deals", admin).cube == Cube("deal", measures=("count",), filter="owner = me")
        asked = "市政水务公司"
        assert read_question(asked, admin).cube == Cube(
            "company", (), (), ("count",), filter="industry = 市政水务"
        )
        give_role(cast.rep, {"company": hidden})
        assert "市政水务" in read_question(asked, actor(cast.rep)).unknown
    with in_workspace(cast.marlin.pk):
        assert "林知遥" in read_question("林知遥的公司数量", actor(cast.outsider)).unknown
        assert "市政水务" in read_question(asked, actor(cast.outsider)).unknown
