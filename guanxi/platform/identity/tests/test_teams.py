"""The tree of teams: adding, renaming, moving, removing."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from guanxi.platform.identity.actions.teams import add_team, move_team, remove_team, rename_team
from guanxi.platform.identity.models import Team
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(cast):
    with in_workspace(cast.xishan.pk):
        yield actor(cast.admin)


def test_a_moved_subtree_takes_its_paths_along(cast, by):
    branch = add_team(name="Nanshan", parent=cast.shenzhen, by=by)
    move_team(team=cast.shenzhen, parent=cast.north, by=by)
    assert Team.objects.get(pk=cast.shenzhen.pk).path == f"/{cast.top.pk}/{cast.north.pk}/{cast.shenzhen.pk}/"
    assert Team.objects.get(pk=branch.pk).path.startswith(Team.objects.get(pk=cast.shenzhen.pk).path)


def test_a_move_changes_whom_managers_reach_at_once(cast, by):
    assert cast.shenzhen.pk in actor(cast.manager).below_ids
    move_team(team=cast.shenzhen, parent=cast.north, by=by)
    assert cast.shenzhen.pk not in actor(cast.manager).below_ids
    assert cast.shenzhen.pk in actor(cast.stranger).below_ids


def test_a_team_can_not_move_below_itself(cast, by):
    with pytest.raises(ValidationError):
        move_team(team=cast.south, parent=cast.shenzhen, by=by)
    with pytest.raises(ValidationError):
        move_team(team=cast.south, parent=cast.south, by=by)


def test_a_parent_read_before_it_moved_makes_no_cycle(cast, by):
    """Two people move teams at the same moment: what counts is where the parent stands now."""
    stale = Team.objects.get(pk=cast.north.pk)
    move_team(team=cast.north, parent=cast.south, by=by)
    with pytest.raises(ValidationError):
        move_team(team=cast.south, parent=stale, by=by)


def test_the_tree_has_a_greatest_depth(cast, by):
    team = cast.top
    for level in range(Team.MAX_DEPTH - 1):
        team = add_team(name=f"Level {level}", parent=team, by=by)
    with pytest.raises(ValidationError):
        add_team(name="One too deep", parent=team, by=by)
    with pytest.raises(ValidationError):
        move_team(team=cast.south, parent=Team.objects.get(pk=team.parent_id), by=by)


def test_siblings_have_different_names(cast, by):
    with pytest.raises(ValidationError):
        add_team(name="south", parent=cast.top, by=by)
    with pytest.raises(ValidationError):
        rename_team(team=cast.north, name="SOUTH", by=by)
    add_team(name="South", parent=cast.north, by=by)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_team_needs_a_usable_name(cast, by, name):
    with pytest.raises(ValidationError):
        add_team(name=name, parent=None, by=by)


def test_only_an_empty_team_can_go(cast, by):
    for team in (cast.top, cast.north):
        with pytest.raises(ValidationError):
            remove_team(team=team, by=by)
    empty = add_team(name="Empty", parent=None, by=by)
    remove_team(team=empty, by=by)
    assert not Team.objects.filter(name="Empty").exists()


def test_only_administrators_change_the_tree(cast):
    with in_workspace(cast.xishan.pk):
        for member in (cast.manager, cast.rep, cast.observer):
            with pytest.raises(PermissionDenied):
                add_team(name="Mine", parent=None, by=actor(member))
