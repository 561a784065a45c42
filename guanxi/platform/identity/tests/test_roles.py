"""Roles of a workspace's own."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from guanxi.platform.identity.actions.roles import add_role, change_role, remove_role
from guanxi.platform.identity.models import Role
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

pytestmark = pytest.mark.django_db
GRANTS = {"*": {"verbs": ["*"], "see": "team", "edit": "own"}}


@pytest.fixture(autouse=True)
def _in_xishan(cast):
    with in_workspace(cast.xishan.pk):
        yield


def test_a_role_is_added_changed_and_removed(cast):
    by = actor(cast.admin)
    role = add_role(name="Inside sales", grants=GRANTS, by=by)
    before = role.version
    change_role(role=role, grants={"*": {"see": "all"}}, by=by)
    assert Role.objects.get(pk=role.pk).version != before
    remove_role(role=role, by=by)
    assert not Role.objects.filter(pk=role.pk).exists()


def test_system_roles_can_be_renamed_and_named_back(cast):
    by, role = actor(cast.admin), Role.objects.get(system="member")
    change_role(role=role, name="Key accounts", by=by)
    assert role.label == "Key accounts"
    with pytest.raises(PermissionDenied):
        remove_role(role=role, by=by)


def test_the_administrators_role_is_locked(cast):
    with pytest.raises(PermissionDenied):
        change_role(role=Role.objects.get(system="administrator"), grants=GRANTS, by=actor(cast.admin))


def test_a_role_somebody_has_stays(cast):
    by = actor(cast.admin)
    role = add_role(name="Busy", grants=GRANTS, by=by)
    cast.rep.role = role
    cast.rep.save()
    with pytest.raises(ValidationError):
        remove_role(role=role, by=by)


def test_names_are_unique_whatever_their_case(cast):
    by = actor(cast.admin)
    add_role(name="Partner", grants=GRANTS, by=by)
    with pytest.raises(ValidationError):
        add_role(name="PARTNER", grants=GRANTS, by=by)


def test_only_administrators_write_roles(cast):
    with pytest.raises(PermissionDenied):
        add_role(name="Mine", grants=GRANTS, by=actor(cast.manager))
