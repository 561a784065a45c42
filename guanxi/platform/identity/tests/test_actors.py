"""What an actor may do and how far it reaches."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from guanxi.platform.identity.actors import Actor, Grant, Reach
from guanxi.platform.identity.models import Role
from guanxi.platform.identity.permissions import covers, parse_grants, validate_grants
from guanxi.platform.tenancy.context import NoWorkspace, in_workspace
from tests.cast import actor

pytestmark = pytest.mark.django_db


def test_each_system_role_reaches_as_far_as_it_says(cast):
    assert actor(cast.admin).reach("contact", "edit") == Reach.ALL
    assert actor(cast.manager).reach("contact") == Reach.TEAM_BELOW
    assert (actor(cast.rep).reach("contact"), actor(cast.rep).reach("contact", "edit")) == (
        Reach.TEAM,
        Reach.OWN,
    )
    assert actor(cast.observer).reach("contact") == Reach.ALL
    assert not actor(cast.observer).may("change", "contact")


def test_sales_may_everything_but_what_is_withheld(cast):
    rep = actor(cast.rep)
    assert rep.may("change", "deal")
    assert rep.may("a_verb_of_next_year", "deal")
    assert not rep.may("export", "deal")
    assert not rep.may("change", "product")


def test_below_ids_follow_the_tree(cast):
    assert set(actor(cast.manager).below_ids) == {cast.south.pk, cast.shenzhen.pk}
    assert actor(cast.stranger).below_ids == (cast.north.pk,)
    assert len(actor(cast.admin).below_ids) == 4


def test_a_changed_role_counts_at_once(cast):
    assert actor(cast.rep).may("change", "deal")
    with in_workspace(cast.xishan.pk):
        cast.rep.role.grants = {"*": {"see": "own"}}
        cast.rep.role.save()
    assert not actor(cast.rep).may("change", "deal")


def test_roles_are_invisible_without_a_workspace(cast):
    with pytest.raises(NoWorkspace):
        Role.objects.count()


def test_a_token_does_no_more_than_its_scopes():
    grants = {"*": Grant(frozenset({"*"}), Reach.ALL, Reach.ALL)}
    token = Actor(1, "token", "t", grants=grants, scopes=frozenset({"contact:read"}))
    assert token.may("see", "contact")
    assert not token.may("change", "contact")
    assert not token.may("see", "deal")


@pytest.mark.parametrize(
    "grants",
    [
        [],
        {"contact": {"see": "everywhere"}},
        {"contact": {"see": "own", "edit": "all"}},
        {"contact": {"verbs": "create"}},
        {"contact": {"look": "all"}},
        {"": {"see": "all"}},
    ],
)
def test_malformed_grants_are_refused(grants):
    with pytest.raises(ValidationError):
        validate_grants(grants)


def _actor(grants: dict[str, Any], **more) -> Actor:
    return Actor(1, "member", "x", grants=parse_grants(grants), **more)


def test_nobody_hands_on_more_than_they_have():
    by = _actor({"*": {"verbs": ["*", "-export"], "see": "team", "edit": "own"}, "deal": {"see": "own"}})
    assert covers(by, parse_grants({"contact": {"verbs": ["create"], "see": "team", "edit": "own"}}))
    assert covers(by, parse_grants({"contact": {"verbs": ["*", "-export"], "see": "own"}}))
    assert not covers(by, parse_grants({"contact": {"verbs": ["*"], "see": "own"}}))
    assert not covers(by, parse_grants({"contact": {"verbs": ["export"], "see": "own"}}))
    assert not covers(by, parse_grants({"contact": {"see": "all"}}))
    assert not covers(by, {}, administers=True)
    assert not covers(by, parse_grants({"*": {"see": "team"}})), "the general grant would reach deals as well"


def test_chosen_teams_are_handed_on_as_teams(cast):
    few, more = [str(cast.north.pk)], [str(cast.north.pk), str(cast.south.pk)]

    def giver(reach: Any) -> Actor:
        return Actor(
            1, "member", "g", grants=parse_grants({"*": {"verbs": ["*"], "see": reach, "edit": reach}})
        )

    def given(reach: Any) -> dict[str, Grant]:
        return parse_grants({"*": {"verbs": ["*"], "see": reach, "edit": "own"}})

    assert covers(giver(more), given(few))
    assert not covers(giver(few), given(more))
    assert not covers(giver(few), given("team"))
    assert covers(giver("all"), given(few))
    wrongs: list[Any] = [["x"], [1], "chosen", {"teams": []}]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            validate_grants({"*": {"see": wrong}})
    with pytest.raises(ValidationError):
        validate_grants({"*": {"see": few, "edit": more}})
