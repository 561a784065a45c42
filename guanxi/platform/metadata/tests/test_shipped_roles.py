"""A workspace from before a release: its roles get what is shipped, and keep what was decided there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command

from guanxi.platform.events.facts import facts_of
from guanxi.platform.identity import permissions
from guanxi.platform.identity.actions.roles import change_role
from guanxi.platform.identity.models import Role
from guanxi.platform.identity.permissions import SYSTEM_ROLES, parse_grants
from guanxi.platform.metadata.shipped_roles import renew_roles
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
NEW = {"verbs": [], "see": "all", "edit": "none"}


def aged(role: Role, grants: Mapping[str, Any], shipped: Mapping[str, Any] | None) -> None:
    """The role as an older release left it."""
    Role.objects.filter(pk=role.pk).update(grants=grants, shipped=shipped)
    role.refresh_from_db()


def test_a_migration_gives_old_workspaces_what_is_new(cast: Cast):
    with in_workspace(cast.xishan.pk):
        role = Role.objects.get(system="member")
        old = {name: grant for name, grant in role.grants.items() if name not in ("feed", "commission")}
        aged(role, old, None)
    call_command("migrate", verbosity=0)
    with in_workspace(cast.xishan.pk):
        role.refresh_from_db()
        assert role.grants == role.shipped == SYSTEM_ROLES["member"].grants
        told = facts_of("role", role.pk).get()
        assert (told.name, told.actor_kind) == ("role.changed", "system")
        assert not parse_grants(role.grants)["feed"].allows("create")
        assert renew_roles() == 0


def test_what_an_administrator_has_decided_stays(cast: Cast):
    with in_workspace(cast.xishan.pk):
        role = Role.objects.get(system="member")
        aged(role, role.grants, None)
        grants = {name: grant for name, grant in role.grants.items() if name != "commission"}
        wider = {**grants, "product": {"verbs": ["*"], "see": "all", "edit": "all"}}
        change_role(role=role, grants=wider, by=actor(cast.admin))
        aged(role, {name: one for name, one in role.grants.items() if name != "feed"}, None)
        assert renew_roles() == 1
        role.refresh_from_db()
        assert "commission" not in role.grants  # taken away by hand, so it follows the general row
        assert role.grants["product"]["edit"] == "all"
        assert role.grants["feed"] == NEW


def test_who_narrowed_the_general_row_gets_no_wider_one_beside_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    own = {"verbs": ["*"], "see": "own", "edit": "own"}
    with in_workspace(cast.xishan.pk):
        for noted in (False, True):
            role = Role.objects.get(system="manager")
            ships = SYSTEM_ROLES["manager"].grants
            old = {name: grant for name, grant in ships.items() if name != "feed"}
            aged(role, old, old if noted else None)
            change_role(role=role, grants={**role.grants, "*": own}, by=actor(cast.admin))
            later = replace(SYSTEM_ROLES["manager"], grants={**ships, "commission": {**own, "verbs": []}})
            monkeypatch.setattr(
                "guanxi.platform.metadata.shipped_roles.SYSTEM_ROLES", {**SYSTEM_ROLES, "manager": later}
            )
            assert renew_roles() == 1
            role.refresh_from_db()
            assert "feed" not in role.grants, noted  # it would show what the workspace wanted hidden
            assert role.grants["*"] == own
            assert role.grants["commission"] == {**own, "verbs": []}  # narrower still: no harm in it


def test_a_later_release_changes_what_nobody_touched(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    with in_workspace(cast.xishan.pk):
        role = Role.objects.get(system="reader")
        change_role(role=role, grants={**role.grants, "deal": NEW}, by=actor(cast.admin))
        before = role.version
        ships = {**SYSTEM_ROLES["reader"].grants, "deal": {**NEW, "see": "team"}, "lead": NEW}
        later = {**SYSTEM_ROLES, "reader": replace(SYSTEM_ROLES["reader"], grants=ships)}
        monkeypatch.setattr("guanxi.platform.metadata.shipped_roles.SYSTEM_ROLES", later)
        assert renew_roles() == 1
        role.refresh_from_db()
        assert (role.grants["deal"], role.grants["lead"]) == (NEW, NEW)
        assert role.version > before, "processes keep grants in memory under the version"
        # And what the next one ships no more goes again, unless somebody has changed it.
        monkeypatch.setattr("guanxi.platform.metadata.shipped_roles.SYSTEM_ROLES", permissions.SYSTEM_ROLES)
        renew_roles()
        role.refresh_from_db()
        assert set(role.grants) == {"*", "deal", "work_report"}
        assert Role.objects.get(system="administrator").grants == SYSTEM_ROLES["administrator"].grants


def test_other_workspaces_and_own_roles_are_left_alone(cast: Cast):
    with in_workspace(cast.xishan.pk):
        own = Role(name="Presales", grants={"*": NEW})
        own.save(force_insert=True)
        assert renew_roles() == 0
        own.refresh_from_db()
        assert (own.grants, own.shipped) == ({"*": NEW}, None)
    assert client_for(cast.rep).get("/feeds/").status_code == 200
