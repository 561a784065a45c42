"""Standing in: a member who acts for another (a delegation), an administrator who sees as another.

Both begin with a choice that the session remembers and that every request looks at anew: it ends by itself
with its time, with the membership of either, or with the administrator's own rights. `request.member` stays
who sits there; only `request.actor`, through which everything is fetched and written, becomes another's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Delegation, Member

ACTING_FOR = "acting_for"  # in the session: the id of a delegation
SEEN_AS = "seen_as"  # in the session: the id of the member whose eyes are borrowed
SAFE = ("GET", "HEAD", "OPTIONS")
_WAY_OUT = ("/standing/end/", "/sign-out/")
_OWN = (
    "/settings/", "/workspaces/", "/import/",
    "/api/v1/import",  # of imports, and of those by the clock
    "/api/v1/hand-overs",
    "/api/v1/delegations",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """As whom somebody stands there: what the banner of every page says, and where it ends."""

    kind: str  # "for" or "as"
    name: str
    until: datetime | None = None
    end_url: str = "/standing/end/"

    @property
    def last_day(self) -> date | None:
        """The last day of a delegation, where the reader is."""
        return timezone.localdate(self.until - timedelta(seconds=1)) if self.until else None

    def __str__(self) -> str:
        if self.kind == "as":
            return _("You see what %(name)s sees. Nothing can be changed.") % {"name": self.name}
        return _("You act for %(name)s.") % {"name": self.name}


def stand_in(request: HttpRequest, actor: Actor, member: Member) -> Actor:
    """The actor of this request: another's where the session says so and it still holds.

    Raises PermissionDenied for what may not be done in another's place.
    """
    session = request.session
    if SEEN_AS in session:
        found = _seen_as(session[SEEN_AS], actor)
        if found is None:
            del session[SEEN_AS]
            return actor
        request.standing = Standing("as", found.name)  # type: ignore[attr-defined]
        return found
    if ACTING_FOR in session:
        running = running_delegation(session[ACTING_FOR], member)
        giver = working_member(member_id=running.member_id) if running else None
        if running is None or giver is None:
            del session[ACTING_FOR]
            return actor
        request.standing = Standing("for", giver.display_name, running.ends_at)  # type: ignore[attr-defined]
        return acting_for(giver, member)
    return actor


def refuse_in_anothers_place(request: HttpRequest) -> None:
    """Raise PermissionDenied for what nobody may do while they stand in for another.

    Who sees as another changes nothing. Who acts for another leaves the other's own settings alone: a token
    or a delegation made there would outlive the time. An import runs on as its member, under one name only.
    """
    standing: Standing | None = getattr(request, "standing", None)
    if standing is None or request.method in SAFE or request.path.startswith(_WAY_OUT):
        return
    if standing.kind == "as" or request.path.startswith(_OWN):
        raise PermissionDenied(str(standing))


@contextmanager
def nothing_written(request: HttpRequest) -> Iterator[None]:
    """While somebody sees as another no statement may write, also where a page would do so by itself."""
    standing: Standing | None = getattr(request, "standing", None)
    if standing is None or standing.kind != "as" or request.path.startswith(_WAY_OUT):
        yield
        return
    with connection.execute_wrapper(_refuse_writes):
        yield


def _refuse_writes(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    if sql.lstrip().split(" ", 1)[0].upper() in ("INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE"):
        raise PermissionDenied(_("While you see as somebody else, nothing can be changed."))
    return execute(sql, params, many, context)


def acting_for(giver: Member, member: Member) -> Actor:
    """Somebody with the reach of another, under both names; never what looks after the workspace."""
    with translation.override(giver.workspace.language):
        name = _("%(name)s for %(other)s") % {"name": member.display_name, "other": giver.display_name}
    own = actor_for(giver)
    return replace(
        own, name=name, hand_id=member.pk, user_id=member.user_id, administers=False,
        language=member.user.language or own.language, timezone=member.user.timezone or own.timezone,
    )  # fmt: skip


def running_delegation(delegation_id: int, member: Member) -> Delegation | None:
    """The delegation if it is this member's and its time is now."""
    now = timezone.now()
    found: Delegation | None = Delegation.objects.filter(
        pk=delegation_id, delegate=member, ended_at=None, starts_at__lte=now, ends_at__gt=now
    ).first()
    return found


def _seen_as(member_id: int, by: Actor) -> Actor | None:
    other = working_member(member_id=member_id) if by.administers else None
    if other is None:
        return None
    own = actor_for(other)
    return replace(
        own, scopes=frozenset({"*:read"}), administers=False, hand_id=by.member_id,
        language=by.language, timezone=by.timezone,
    )  # fmt: skip
