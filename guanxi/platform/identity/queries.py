"""Reads about members that many rooms need."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection

from guanxi.platform.i18n.names import sort_key
from guanxi.platform.identity.models import Member, Workspace
from guanxi.platform.tenancy.context import everywhere, require_workspace_id
from guanxi.platform.tenancy.transactions import reading


@dataclass(frozen=True, slots=True)
class MemberRef:
    """What a page shows of a member. `left` for one who no longer works here."""

    id: int
    name: str
    title: str
    team_id: int | None
    left: bool

    def __str__(self) -> str:
        return self.name


_names: ContextVar[dict[tuple[int, int], MemberRef] | None] = ContextVar("guanxi_member_names", default=None)


@contextmanager
def remember_names() -> Iterator[None]:
    """Within it, member_names() asks the database for each member once. The middleware opens it."""
    token = _names.set({})
    try:
        yield
    finally:
        _names.reset(token)


def member_names(ids: Collection[int]) -> dict[int, MemberRef]:
    """Members of the chosen workspace by id, also those who left; ids of nobody here are left out."""
    workspace_id = require_workspace_id()
    known = _names.get()
    known = {} if known is None else known
    missing = {member_id for member_id in ids if (workspace_id, member_id) not in known}
    if missing:
        for ref in _refs(workspace_id, sorted(missing)):
            known[workspace_id, ref.id] = ref
    found = ((member_id, known.get((workspace_id, member_id))) for member_id in ids)
    return {member_id: ref for member_id, ref in found if ref is not None}


def remembered_names(ids: Collection[int]) -> list[MemberRef]:
    """Those of these members whom this request has named before; costs no query."""
    workspace_id, known = require_workspace_id(), _names.get() or {}
    return [known[workspace_id, one] for one in ids if (workspace_id, one) in known]


def _refs(workspace_id: int, ids: list[int]) -> Iterator[MemberRef]:
    """Every list names its owners: two models for each would cost more than the list itself."""
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.name, u.name, u.email, m.title, m.team_id, m.left_at IS NOT NULL"
            " FROM identity_member m JOIN identity_user u ON u.id = m.user_id"
            f" WHERE m.workspace_id = %s AND m.id IN ({marks})",
            (workspace_id, *ids),
        )
        for member_id, called, name, email, title, team_id, left in cursor.fetchall():
            yield MemberRef(member_id, called or name or email, title, team_id, bool(left))


def member_ref(member: Member) -> MemberRef:
    """What a page shows of this member; costs a query unless `user` is loaded."""
    return MemberRef(
        id=member.pk,
        name=member.display_name,
        title=member.title,
        team_id=member.team_id,
        left=member.left_at is not None,
    )


def working_members() -> list[MemberRef]:
    """Everybody who works in the chosen workspace, by name: for choosing an owner."""
    members = Member.objects.select_related("user").filter(left_at=None, user__deactivated_at=None)
    return sorted((member_ref(member) for member in members), key=lambda ref: sort_key(ref.name, person=True))


def memberships(user_id: int) -> list[Member]:
    """The workspaces a user works in, with `workspace` loaded, the first joined first."""
    with everywhere("a user's workspaces are chosen before one is entered"), reading():
        return list(
            Member.objects.select_related("workspace", "user")
            .filter(user_id=user_id, left_at=None, user__deactivated_at=None, workspace__closed_at=None)
            .order_by("joined_at", "id")
        )


def first_membership(user_id: int) -> Member | None:
    """Where a user works when nothing was chosen."""
    found = memberships(user_id)
    return found[0] if found else None


def is_set_up() -> bool:
    """Whether this installation has a workspace."""
    return Workspace.objects.exists()
