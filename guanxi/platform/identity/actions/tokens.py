"""Tokens of the API: making and revoking them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.changes import Change, tell
from guanxi.platform.identity.models import Member, Token
from guanxi.platform.identity.secrets import hash_secret, new_secret, secret_prefix


def create_token(
    *, member: Member, name: str, scopes: Sequence[str], by: Actor, expires_at: datetime | None = None
) -> tuple[Token, str]:
    """A token that works as `member` within `scopes` ("contact:read", "*:write"), and its secret.

    The secret is nowhere kept: show it now or never. Raises PermissionDenied for another member's token,
    and for a token that would make tokens; ValidationError for no name, no scope, or a scope misspelt.
    """
    _require_own(by, member)
    if not (name := " ".join(name.split())):
        raise ValidationError({"name": _("A token needs a name.")})
    if len(name) > 100:
        raise ValidationError({"name": _("A token's name has at most 100 characters.")})
    if not scopes or not all(_is_scope(scope) for scope in scopes):
        raise ValidationError({"scopes": _("Choose what the token may do.")})
    raw = new_secret("gx", member.workspace_id)
    token = Token(
        member=member,
        name=name,
        prefix=secret_prefix(raw),
        hash=hash_secret(raw),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    with transaction.atomic():
        token.save(force_insert=True)
        tell(Change("token", "created", token.pk, token.name, by, about=(("member", member.pk),)))
    return token, raw


def revoke_token(*, token: Token, by: Actor) -> None:
    """End a token; the next request with it is refused. Raises PermissionDenied for another member's."""
    if token.workspace_id != by.workspace_id or not (by.administers or token.member_id == by.member_id):
        raise PermissionDenied
    if token.revoked_at is not None:
        return
    with transaction.atomic():
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        tell(Change("token", "revoked", token.pk, token.name, by, about=(("member", token.member_id),)))


def _require_own(by: Actor, member: Member) -> None:
    """A token speaks for its member: nobody makes one for somebody else, but the installation's commands."""
    allowed = by.kind == "system" or (by.kind == "member" and by.member_id == member.pk)
    if by.workspace_id != member.workspace_id or not allowed:
        raise PermissionDenied


def _is_scope(scope: str) -> bool:
    name, colon, access = scope.partition(":")
    return bool(name and colon) and access in {"read", "write"}
