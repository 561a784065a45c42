"""From a member, or the token of one, to the Actor that verbs and reads are handed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Token
from guanxi.platform.identity.permissions import grants_of
from guanxi.platform.identity.secrets import hash_secret, workspace_of
from guanxi.platform.identity.team_tree import above_ids, below_ids, led_ids
from guanxi.platform.tenancy.context import in_workspace, require_workspace_id
from guanxi.platform.tenancy.prepared import Prepared

_JOINED = ("user", "role", "workspace")
_USED_EVERY = timedelta(minutes=10)


def actor_for(member: Member, *, kind: str = "member", scopes: Iterable[str] | None = None) -> Actor:
    """The actor of a member; costs no query for a member from `working_member` with a known team tree.

    Call it inside the member's workspace. `scopes` limits a token: one that may not write everything has no
    part in looking after the workspace, whoever made it.
    """
    user, role, workspace = member.user, member.role, member.workspace
    scopes = None if scopes is None else frozenset(scopes)
    return Actor(
        workspace_id=workspace.pk,
        kind=kind,
        name=member.display_name,
        member_id=member.pk,
        user_id=user.pk,
        team_id=member.team_id,
        below_ids=below_ids(workspace, member.team_id),
        led_ids=led_ids(workspace, member.pk),
        above_ids=above_ids(workspace, member.team_id),
        role_id=member.role_id,
        shares_version=workspace.shares_version,
        language=user.language or workspace.language,
        timezone=user.timezone or workspace.timezone,
        currency=workspace.currency,
        country=workspace.country,
        grants=grants_of(role),
        administers=role.administers and (scopes is None or "*:write" in scopes),
        scopes=scopes,
    )


def working_member(*, user_id: int | None = None, member_id: int | None = None) -> Member | None:
    """The member with user, role and workspace in one query; None for one who left or may not sign in.

    Reads within the chosen workspace. Nothing of it is kept: who is shut out is out with the next request.
    """
    if member_id is None:
        found = _MEMBER_OF_USER.first(workspace_id=require_workspace_id(), user_id=user_id)
    else:
        found = _MEMBER.first(workspace_id=require_workspace_id(), member_id=member_id)
    return found if found is not None and _works(found) else None


def _works(member: Member) -> bool:
    return (
        member.left_at is None and member.user.deactivated_at is None and member.workspace.closed_at is None
    )


# A role's grants are parsed once for each of its versions (`grants_of`), so they are not fetched with it.
# Whoever may not come in is sorted out after the fetch: the queries stay the same for everybody.
_MEMBER: Prepared[Member] = Prepared(
    lambda workspace_id, member_id: (
        _everywhere(Member)
        .select_related(*_JOINED)
        .defer("role__grants")
        .filter(workspace_id=workspace_id, pk=member_id)
    ),
    ("workspace_id", "member_id"),
)
_MEMBER_OF_USER: Prepared[Member] = Prepared(
    lambda workspace_id, user_id: (
        _everywhere(Member)
        .select_related(*_JOINED)
        .defer("role__grants")
        .filter(workspace_id=workspace_id, user_id=user_id)
    ),
    ("workspace_id", "user_id"),
)
_TOKEN: Prepared[Token] = Prepared(
    lambda workspace_id, hash_text: (
        _everywhere(Token)
        .select_related(*(f"member__{part}" for part in _JOINED))
        .defer("member__role__grants")
        .filter(workspace_id=workspace_id, hash=hash_text)
    ),
    ("workspace_id", "hash_text"),
)


def _everywhere(model: Any) -> Any:
    """All rows of a table: the prepared query names the workspace itself."""
    return QuerySet(model)


@dataclass(frozen=True, slots=True)
class TokenCaller:
    """Whom a valid token works for: the actor at once, the models when somebody asks for them."""

    actor: Actor
    row: tuple[Any, ...]
    objects_version: int

    def token(self) -> Token:
        """The token with its member, user, role and workspace; costs no query."""
        return _TOKEN.build([self.row])[0]


def actor_for_token(raw: str) -> Actor | None:
    """Whom a token works for, limited to its scopes; None for one that is unknown, expired or revoked."""
    caller = caller_by_token(raw)
    return caller.actor if caller else None


def caller_by_token(raw: str) -> TokenCaller | None:
    """Recognise a token by one query; None for one that is unknown, expired or revoked.

    The token names its workspace, so the look-up stays within it. On PostgreSQL call it inside a transaction.
    """
    workspace_id = workspace_of(raw)
    if workspace_id is None:
        return None
    now = timezone.now()
    with in_workspace(workspace_id):
        row = _TOKEN.row(workspace_id=workspace_id, hash_text=hash_secret(raw))
        if row is None:
            return None
        known = _known(row)
        if known.actor is None or (known.expires_at and known.expires_at <= now):
            return None
        if known.used_at is None or now - known.used_at > _USED_EVERY:
            Token.objects.filter(pk=known.token_id).update(used_at=now)
    return TokenCaller(known.actor, row, known.objects_version)


class _Known(NamedTuple):
    token_id: int
    used_at: datetime | None
    expires_at: datetime | None
    actor: Actor | None  # None: shut out
    objects_version: int


@lru_cache(maxsize=4096)
def _known(row: tuple[Any, ...]) -> _Known:
    """What follows from a row, once for each of its states.

    The row has the versions of the role and of the tree of teams: whoever is shut out or loses a right is
    another row with the next request. The models are not kept; a view that fails may have changed them.
    """
    (token,) = _TOKEN.build([row])
    valid = token.revoked_at is None and _works(token.member)
    actor = actor_for(token.member, kind="token", scopes=token.scopes) if valid else None
    version = token.member.workspace.objects_version
    return _Known(token.pk, token.used_at, token.expires_at, actor, version)
