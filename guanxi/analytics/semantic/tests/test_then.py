"""As it was then, as it is now: whose a record was when it was counted, and what its customer was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from guanxi.analytics.cube.pivot import pivot_of
from guanxi.analytics.semantic.answering import ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = [pytest.mark.django_db]
ORDERED, MOVED = "2026-03-10", datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def moved(cast: Cast, fed: Callable[[], int]) -> Any:
    """An order of March whose owner, and whose customer's industry, changed in April; and one of May."""
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        firm = create_record(object="company", values={"name": "Ada", "industry": "food"}, by=by)
        values = {"company": firm.pk, "owner": cast.rep.pk}
        early = create_record(object="order", values={**values, "ordered_on": ORDERED}, by=by)
        create_record(
            object="order", values={**values, "ordered_on": "2026-05-10", "owner": cast.stranger.pk}, by=by
        )
        change_record(early, {"owner": cast.stranger.pk}, by=by)
        change_record(firm, {"industry": "water"}, by=by)
        Fact.objects.exclude(verb="created").update(at=MOVED)
        Fact.objects.filter(verb="created").update(at=datetime(2026, 1, 1, tzinfo=UTC))
        fed()

    def asked(row: str, history: str, **more: Any) -> dict[Any, Any]:
        with in_workspace(cast.xishan.pk):
            cube = Cube("order", (row,), (), ("count",), date="ordered_on", history=history, **more)
            found = ask(cube, actor(more.pop("who", cast.admin)))
            return {key[0]: found.figure(key, (), 0) for key in found.rows if key}

    return asked


def test_a_moved_owner_and_a_changed_customer_count_where_they_were(cast: Cast, moved: Any) -> None:
    rep, stranger = cast.rep.pk, cast.stranger.pk
    assert moved("owner", "") == {stranger: 2}
    assert moved("owner", "then") == {rep: 1, stranger: 1}
    assert moved("company.industry", "") == {"water": 2}
    assert moved("company.industry", "then") == {"food": 1, "water": 1}
    assert moved("owner", "then", filter="company.industry = food") == {rep: 1}
    assert moved("team", "then") == {cast.rep.team_id: 1, cast.stranger.team_id: 1}


def test_what_was_before_anything_is_known_is_what_was_known_first(cast: Cast, moved: Any) -> None:
    assert moved("owner", "then", filter="ordered_on < 2026-04-01") == {cast.rep.pk: 1}


def test_the_past_shows_nobody_more(cast: Cast, moved: Any) -> None:
    whole = {"verbs": ["*"], "see": "all", "edit": "all"}
    give_role(cast.observer, {"*": whole, "company": {**whole, "fields": {"industry": "hidden"}}})
    with in_workspace(cast.xishan.pk):
        with pytest.raises(FieldError):
            ask(Cube("order", ("company.industry",), history="then"), actor(cast.observer))
        # The rep had the order in March; the file of today is the stranger's, and so is its past.
        own = {"verbs": ["*"], "see": "own", "edit": "own"}
        give_role(cast.rep, {"*": own})
        found = ask(Cube("order", ("owner",), history="then", date="ordered_on"), actor(cast.rep))
        assert found.figure((), (), 0) == 0
        by = actor(cast.admin)
        lines = pivot_of(ask(Cube("order", ("owner",), history="then", date="ordered_on"), by), by).lines
        assert all(not cell.href for line in lines for cell in line.cells)
    page = client_for(cast.admin).get("/analytics/cube/?object=order&rows=owner&history=then&date=ordered_on")
    assert page.status_code == 200
    assert 'value="then" selected' in page.content.decode()
    assert client_for(cast.admin).get("/api/v1/cube?object=order&rows=owner&history=never").status_code == 400
