"""What was asked before is answered from memory, until anything that makes the answer is another one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guanxi.analytics.semantic.answering import ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.warehouse import answers
from guanxi.analytics.warehouse.answers import Given
from guanxi.platform.records.sharing.actions import end_share, share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.writing import archive_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db
CUBE = Cube("company", ("industry",))


@pytest.fixture
def reckoned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that were not answered from memory."""
    said: list[str] = []
    given = Given(answers.MOST_VALUES)
    kept = given.keep

    def keep(key: bytes, rows: answers.Rows) -> None:
        said.append("reckoned")
        kept(key, rows)

    monkeypatch.setattr(given, "keep", keep)
    monkeypatch.setattr(answers, "_given", given)
    return said


def test_the_same_question_is_reckoned_once_and_anew_when_something_happened(
    cast: Cast, fed: Callable[[], int], reckoned: list[str]
) -> None:
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        made = create_record(object="company", values={"name": "海川水务", "industry": "水务"}, by=admin)
        fed()
        assert ask(CUBE, admin).figures[("水务",), ()] == (1,)
        once = len(reckoned)
        assert once
        assert ask(CUBE, admin).figures[("水务",), ()] == (1,)
        assert len(reckoned) == once
        create_record(object="company", values={"name": "青禾制药", "industry": "水务"}, by=admin)
        fed()
        assert ask(CUBE, admin).figures[("水务",), ()] == (2,)
        archive_record(made, by=admin)
        fed()
        assert ask(CUBE, admin).figures[("水务",), ()] == (1,)


def test_who_sees_less_is_never_given_the_answer_of_who_sees_more(
    cast: Cast, fed: Callable[[], int], reckoned: list[str]
) -> None:
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        mine = create_record(object="company", values={"name": "海川水务"}, by=actor(cast.rep))
        fed()
        assert ask(CUBE, admin).figure((), (), 0) == 1
        assert not ask(CUBE, actor(cast.stranger)).figure((), (), 0)
        share = share_record(mine, to=To("member", cast.stranger.pk), by=admin)
        assert ask(CUBE, actor(cast.stranger)).figure((), (), 0) == 1
        end_share(share, by=admin)
        assert not ask(CUBE, actor(cast.stranger)).figure((), (), 0)
    with in_workspace(cast.outsider.workspace_id):
        assert not ask(CUBE, actor(cast.outsider)).figure((), (), 0)


def test_a_comparison_by_a_date_of_what_is_linked_needs_no_column_of_it(
    cast: Cast, fed: Callable[[], int]
) -> None:
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        firm = create_record(
            object="company", values={"name": "海川水务", "next_step_on": "2020-05-01"}, by=admin
        )
        create_record(object="contact", values={"name": "林知远", "company": firm.pk}, by=admin)
        fed()
        answer = ask(Cube("contact", date="company.next_step_on", compare="yoy"), admin)
        assert answer.figures[(), ()] == (1,)
        assert answer.before[(), ()] == (1,)


def test_what_was_not_asked_for_longest_goes_first_and_the_very_large_is_not_kept() -> None:
    given = Given(most=40)
    few = [(1, 2, 3)]
    for key in (b"a", b"b"):
        given.keep(key, few * 3)
    given.keep(b"large", few * 4)
    assert given.get(b"large") is None
    given.get(b"a")
    for key in (b"c", b"d", b"e"):
        given.keep(key, few * 2)
    assert given.get(b"b") is None
    assert given.get(b"e") == few * 2
    given.forget()
    assert given.get(b"e") is None
