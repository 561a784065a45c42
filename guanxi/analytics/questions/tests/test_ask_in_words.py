"""Questions in three languages become cubes, cubes become questions, and what is hidden has no word."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from guanxi.analytics.questions.reading import read_question, use_reader
from guanxi.analytics.questions.saying import say_cube
from guanxi.analytics.questions.vocabulary import LANGUAGES, said_of
from guanxi.analytics.semantic.cubes import Cube
from guanxi.platform.metadata import registry
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
