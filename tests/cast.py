"""The people of every test: two firms, so that a test can always ask what the stranger sees.

溪山仪器 (xishan)                      Marlin Aquaculture (marlin)
  顾明      administrator, at the top     Rachel Tan   administrator: the outsider
  沈观      observer (read only)
  ├── South   周砚 manager · 林知遥 sales: the rep
  │   └── Shenzhen   陈小满 sales: below the manager
  └── North   何北 sales: the stranger

Ask for the fixture `cast`; then `actor(cast.rep)` gives the Actor for verbs, `client_for(cast.rep)` a
signed-in browser, `in_workspace(cast.xishan.pk)` a workspace to read in. The fixture itself enters no
workspace, so that a test can see managers fail closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client

from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.actions.teams import add_team
from guanxi.platform.identity.actions.workspaces import found_workspace, installer
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.identity.models import Member, Role, Team, User, Workspace
from guanxi.platform.identity.sessions import WORKSPACE
from guanxi.platform.records.writing import create_records
from guanxi.platform.tenancy.context import in_workspace

PASSWORD = "stone-bridge-42"
_hashed: list[str] = []


@dataclass(frozen=True, slots=True)
class Cast:
    """Members, teams and workspaces; every member has `user`, `role`, `team` and `workspace` loaded."""

    xishan: Workspace
    marlin: Workspace
    top: Team
    south: Team
    shenzhen: Team
    north: Team
    admin: Member
    manager: Member
    rep: Member
    below: Member
    stranger: Member
    observer: Member
    outsider: Member


@pytest.fixture
def cast(db: None) -> Cast:
    """Two workspaces with their people, new for each test."""
    return make_cast()


@transaction.atomic
def make_cast() -> Cast:
    """For tests that bring their own database access (several connections, a live server)."""
    admin = found_workspace(
        name="溪山仪器",
        slug="xishan",
        founder=new_user("gu@xishan.example", "顾明"),
        language="zh-hans",
        timezone="Asia/Shanghai",
        currency="CNY",
        country="CN",
        delta="cn",
    )
    outsider = found_workspace(
        name="Marlin Aquaculture",
        slug="marlin",
        founder=new_user("rachel@marlin.example", "Rachel Tan"),
        language="en",
        timezone="Australia/Sydney",
        currency="AUD",
        country="AU",
    )
    xishan, top = admin.workspace, admin.team
    assert top is not None
    by = installer(xishan.pk)
    with in_workspace(xishan.pk):
        south = add_team(name="South", parent=top, by=by)
        shenzhen = add_team(name="Shenzhen", parent=south, by=by)
        north = add_team(name="North", parent=top, by=by)
    # The tree has changed since the workspace was made: let its members read the version it has now.
    xishan.refresh_from_db()
    return Cast(
        xishan=xishan,
        marlin=outsider.workspace,
        top=top,
        south=south,
        shenzhen=shenzhen,
        north=north,
        admin=admin,
        manager=new_member(xishan, "zhou@xishan.example", "周砚", role="manager", team=south),
        rep=new_member(xishan, "lin@xishan.example", "林知遥", role="member", team=south),
        below=new_member(xishan, "chen@xishan.example", "陈小满", role="member", team=shenzhen),
        stranger=new_member(xishan, "he@xishan.example", "何北", role="member", team=north),
        observer=new_member(xishan, "shen@xishan.example", "沈观", role="reader", team=top),
        outsider=outsider,
    )


def new_user(email: str, name: str) -> User:
    """A user with PASSWORD; the slow hash is made once for all tests."""
    if not _hashed:
        _hashed.append(make_password(PASSWORD))
    return User.objects.create(email=email, name=name, password=_hashed[0])


def new_member(workspace: Workspace, email: str, name: str, *, role: str, team: Team | None) -> Member:
    """One more member; `role` is the name of a system role: administrator, manager, member, reader."""
    user = new_user(email, name)
    with in_workspace(workspace.pk):
        row = Role.objects.get(system=role)
        member = Member(workspace=workspace, user=user, role=row, team=team)
        member.save(force_insert=True)
    return member


def give_role(member: Member, grants: dict[str, Any]) -> Role:
    """A role of the member's own, with these grants as they are kept; given again, a new one."""
    with in_workspace(member.workspace_id), transaction.atomic():
        role = Role(grants=grants)
        role.name = f"Role {role.pk} of {member.pk}"
        role.save(force_insert=True)
        member.role = role
        member.save(update_fields=["role"])
    return role


def actor(member: Member) -> Actor:
    """The member at work, with the team tree as it is now."""
    member.workspace.refresh_from_db(fields=["teams_version", "shares_version"])
    with in_workspace(member.workspace_id):
        return actor_for(member)


def derive_record(object_name: str, *, owner: Member, month: date = date(2026, 1, 1)) -> Any:
    """A record of an object whose records the product makes, as its work in the background makes it."""
    row = {"owner": owner.pk, "month": month}
    by = system_actor(owner.workspace_id, "Guanxi")
    return create_records(object=object_name, rows=[row], by=by)[0]


def client_for(member: Member) -> Client:
    """A browser in which this member is signed in to this workspace."""
    client = Client()
    client.force_login(member.user)
    session = client.session
    session[WORKSPACE] = member.workspace_id
    session.save()
    return client
