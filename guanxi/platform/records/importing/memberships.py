"""A list of sales people, with their teams: they become members who do not sign in (yet).

Deals and contacts of a spreadsheet have owners. Without them no figure per person, team or region can be
right, so whoever owned records before is a member here; an invitation to the same address lets them in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from guanxi.platform.i18n.labels import L
from guanxi.platform.identity.actions.members import add_member
from guanxi.platform.identity.actions.teams import add_team
from guanxi.platform.identity.actions.users import create_user
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Role, Team, User, fold_email
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Text
from guanxi.platform.metadata.objects import Object
from guanxi.platform.tenancy.keys import new_key

MEMBER = Object(
    name="member",
    plural="members",
    label=L("Member", "成员", "成員"),
    plural_label=L("Members", "成员", "成員"),
    icon="users",
    model="identity.Member",
    owned=False,
    taggable=False,
    fields=(
        Text(
            name="name",
            label=L("Name", "姓名", "姓名"),
            required=True,
            identifies=True,
            synonyms=(
                "sales agent",
                "agent",
                "sales rep",
                "salesperson",
                "user",
                "username",
                "员工",
                "业务员",
            ),
        ),
        Text(name="email", label=L("Email", "邮箱", "電子郵件"), synonyms=("e-mail", "mail")),
        Text(
            name="team",
            label=L("Team", "团队", "團隊"),
            synonyms=("manager", "sales manager", "team lead", "group", "部门", "主管"),
        ),
        Text(
            name="above",
            label=L("Team above", "上级团队", "上級團隊"),
            synonyms=("region", "regional office", "office", "territory", "区域", "大区"),
        ),
        Text(name="title", label=L("Job title", "职务", "職稱"), synonyms=("position", "职位")),
    ),
)
OWN_FIELDS = ("name", "email", "team", "above", "title")


def importable(name: str) -> Object:
    """The object of that name, members included; raises KeyError."""
    return MEMBER if name == MEMBER.name else registry.get(name)


def importables() -> list[Object]:
    """Everything that rows can become: what stands in the navigation, its parts, and members."""
    return [*(one for one in registry.objects() if (one.group or one.part_of) and not one.derived), MEMBER]


def add_members(rows: Sequence[Mapping[str, Any]], *, by: Actor) -> list[int]:
    """A member for each row, in its team, which is made where there is none. Returns their ids.

    Raises PermissionDenied where `by` may not; each row has at least a name.
    """
    role = Role.objects.get(system="member")
    found: list[int] = []
    for row in rows:
        team = _team(str(row.get("team") or ""), str(row.get("above") or ""), by)
        member = add_member(
            user=_user(str(row["name"]), str(row.get("email") or "")), role=role, team=team, by=by
        )
        if title := row.get("title"):
            Member.objects.filter(pk=member.pk).update(title=str(title)[:100])
        found.append(member.pk)
    return found


def _user(name: str, email: str) -> User:
    """A person who can't sign in: no password, and no address that mail could reach where none was given."""
    known = User.objects.filter(email=fold_email(email)).first() if email else None
    return known or create_user(email=email or f"{new_key()}@nobody.invalid", name=name[:150], password=None)


def _team(name: str, above: str, by: Actor) -> Team | None:
    """The team of that name below the one above it; a team alone where there is no name."""
    top = Team.objects.filter(parent=None).order_by("pk").first()
    parent = _child(above, top, by) if above else top
    return _child(name, parent, by) if name else parent


def _child(name: str, parent: Team | None, by: Actor) -> Team:
    found: Team | None = Team.objects.filter(name__iexact=name, parent=parent).first()
    return found or add_team(name=name, parent=parent, by=by)
