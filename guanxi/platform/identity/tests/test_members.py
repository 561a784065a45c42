"""Joining, changing and leaving, and that nobody gives more than they have."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from guanxi.platform.identity.actions.members import add_member, change_member, end_membership
from guanxi.platform.identity.changes import Change, _hearers, hear
from guanxi.platform.identity.models import Member, Role
from guanxi.platform.identity.queries import member_names, remember_names, working_members
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, new_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_xishan(cast):
    with in_workspace(cast.xishan.pk):
        yield


@pytest.fixture
def heard():
    changes: list[Change] = []
    hear(changes.append)
    yield changes
    _hearers.pop()


def role(system: str) -> Role:
    found: Role = Role.objects.get(system=system)
    return found


def test_a_change_is_told_with_old_and_new(cast, heard):
    change_member(member=cast.rep, team=cast.north, by=actor(cast.admin))
    assert [(change.object, change.verb) for change in heard] == [("member", "changed")]
    assert heard[0].changes == {"team": [cast.south.pk, cast.north.pk]}
    assert heard[0].by.name == "顾明"


def test_a_change_of_nothing_is_no_change(cast, heard):
    change_member(member=cast.rep, role=cast.rep.role, title=cast.rep.title, by=actor(cast.admin))
    assert heard == []


def test_the_last_administrator_stays_one(cast):
    by = actor(cast.admin)
    with pytest.raises(ValidationError):
        change_member(member=cast.admin, role=role("manager"), by=by)
    with pytest.raises(ValidationError):
        end_membership(member=Member.objects.get(pk=cast.admin.pk), by=by)
    change_member(member=cast.manager, role=role("administrator"), by=by)
    end_membership(member=Member.objects.get(pk=cast.admin.pk), by=actor(cast.manager))
    assert Member.objects.get(pk=cast.admin.pk).left_at is not None


def test_a_manager_places_people_only_below_and_only_with_what_they_have(cast):
    by = actor(cast.manager)
    change_member(member=cast.below, team=cast.south, by=by)
    with pytest.raises(PermissionDenied):
        change_member(member=cast.below, team=cast.north, by=by)
    with pytest.raises(PermissionDenied):
        change_member(member=cast.below, role=role("administrator"), by=by)
    with pytest.raises(PermissionDenied):
        change_member(member=cast.stranger, title="Mine now", by=by)
    with pytest.raises(PermissionDenied):
        change_member(member=cast.admin, title="Gone", by=by)


@pytest.mark.parametrize("who", ["rep", "observer", "stranger", "outsider"])
def test_others_change_nobody(cast, who):
    by = actor(getattr(cast, who))
    with pytest.raises(PermissionDenied):
        change_member(member=cast.below, title="x", by=by)
    with pytest.raises(PermissionDenied):
        end_membership(member=cast.below, by=by)


def test_who_left_can_come_back_as_the_same_member(cast):
    by = actor(cast.admin)
    end_membership(member=cast.rep, by=by)
    back = add_member(user=cast.rep.user, role=role("reader"), team=cast.north, by=by)
    assert back.pk == cast.rep.pk
    assert Member.objects.get(pk=cast.rep.pk).left_at is None
    with pytest.raises(ValidationError):
        add_member(user=cast.rep.user, role=role("reader"), team=None, by=by)


def test_a_new_member_joins(cast, heard):
    member = add_member(
        user=new_user("new@xishan.example", "新人"),
        role=role("member"),
        team=cast.south,
        by=actor(cast.manager),
    )
    assert member.workspace_id == cast.xishan.pk
    assert heard[0].verb == "joined"


def test_names_are_read_once_and_only_of_this_workspace(cast, django_assert_num_queries):
    ids = [cast.rep.pk, cast.admin.pk, cast.outsider.pk]
    with remember_names():
        with django_assert_num_queries(1):
            names = member_names(ids)
        with django_assert_num_queries(0):
            member_names([cast.rep.pk])
    assert {ref.name for ref in names.values()} == {"林知遥", "顾明"}


def test_those_who_left_keep_their_name_but_own_nothing_new(cast):
    end_membership(member=cast.rep, by=actor(cast.admin))
    assert member_names([cast.rep.pk])[cast.rep.pk].left
    assert "林知遥" not in {ref.name for ref in working_members()}
