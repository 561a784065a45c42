"""How many different customers were visited, asked as everybody: each counts what they see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guanxi.analytics.cube.cells import cell_menu
from guanxi.analytics.semantic.answering import ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.semantic.measures import measures_of
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
MEASURE = "metric:visited_customers"
DONE = "2026-11-02T10:00:00Z"


def visit(by: Member, *about: tuple[str, int], kind: str = "visit", done: str | None = DONE) -> None:
    values: dict[str, Any] = {"subject": "There", "kind": kind, "about": list(about), "done_at": done}
    create_record(object="activity", values=values, by=actor(by))


@pytest.fixture
def visits(cast: Cast, fed: Callable[[], int]) -> Any:
    """Two firms of the rep, one of the stranger; a person and a deal lead to the rep's second one."""

    def firm(by: Member, name: str) -> int:
        return int(create_record(object="company", values={"name": name}, by=actor(by)).pk)

    with in_workspace(cast.xishan.pk):
        one, two, other = firm(cast.rep, "One"), firm(cast.rep, "Two"), firm(cast.stranger, "Other")
        values = {"name": "Wang", "company": two}
        person = create_record(object="contact", values=values, by=actor(cast.rep)).pk
        for about in ([("company", one)], [("company", one)], [("contact", person)], [("company", two)]):
            visit(cast.rep, *about)
        visit(cast.manager, ("company", one), ("contact", person))
        visit(cast.rep, ("company", one), kind="call")
        visit(cast.rep, ("company", two), done=None)
        visit(cast.rep)
        visit(cast.stranger, ("company", other))
        fed()

        def asked(by: Member, *rows: str) -> Any:
            found = ask(Cube("activity", rows, (), (MEASURE,)), actor(by))
            return {row: found.figures[row, ()][0] for row in [*found.rows, ()]}

        yield asked


def test_a_customer_counts_once_however_often_and_through_whom_it_was_visited(cast: Cast, visits: Any):
    assert visits(cast.admin)[()] == 3
    by_owner = visits(cast.admin, "owner")
    assert by_owner[(cast.rep.pk,)] == 2
    assert by_owner[(cast.stranger.pk,)] == 1
    assert by_owner[()] == 3, "the total is no sum of its parts"
    assert visits(cast.admin, "kind")[("visit",)] == 3


def test_a_visit_that_is_only_planned_is_none_yet(cast: Cast, visits: Any):
    found = ask(Cube("activity", ("owner",), (), ("metric:visits",)), actor(cast.admin)).figures
    assert {row: figures[0] for (row, _column), figures in found.items()} == {
        (cast.rep.pk,): 5,
        (cast.manager.pk,): 1,
        (cast.stranger.pk,): 1,
        (): 7,
    }


def test_everybody_counts_what_they_see(cast: Cast, visits: Any):
    assert visits(cast.rep)[()] == 2
    assert visits(cast.manager)[()] == 2  # the team's, and those below it
    assert visits(cast.stranger)[()] == 1


def test_who_does_not_see_customers_is_not_offered_it(cast: Cast, visits: Any):
    every = {"verbs": ["*"], "see": "all", "edit": "all"}
    for grants in (
        {"activity": every},
        {"activity": {**every, "fields": {"about": "hidden"}}, "company": every},
    ):
        give_role(cast.below, grants)
        by = actor(cast.below)
        assert MEASURE not in {one.text for one in measures_of(registry.get("activity"), by)}
        with pytest.raises(FieldError):
            visits(cast.below)


def test_its_figure_leads_to_the_visits_behind_it(cast: Cast, visits: Any):
    cube = Cube("activity", ("owner",), (), (MEASURE,))
    row = f"owner = {cast.rep.pk}"
    found = cell_menu(cube, row=row, column="", depth=1, across=0, place=0, by=actor(cast.manager))
    assert (found.figure, found.count) == (
        "2",
        5,
    )  # five visits to two customers, one of them to nobody named
    page = client_for(cast.manager).get(found.records).content.decode()
    assert page.count("There") >= 5
    foreign = client_for(cast.outsider).get(found.records).content.decode()
    assert "There" not in foreign
