"""The request as views see it behind the doors: with somebody in it."""

from __future__ import annotations

from django.http import HttpRequest

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Token
from guanxi.platform.identity.standing import Standing


class MemberRequest(HttpRequest):
    """What `member_required` lets through. For typing: ActorMiddleware sets these on Django's own request.

    raised   set by a view that answers although a verb has failed: what it wrote until then is taken back
    """

    actor: Actor
    member: Member
    token: Token | None
    standing: Standing | None
    LANGUAGE_CODE: str
    raised: bool
