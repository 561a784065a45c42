"""Who is asked at a step of a request: working members who see the record, in order, without its author."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from guanxi.automation.approvals.models import ApprovalRequest
from guanxi.automation.approvals.recipe import (
    Recipe,
    amount_in_base,
    chain_of,
    members_named,
    roles_named,
    teams_named,
)
from guanxi.automation.workflows.people import superiors_of
from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Delegation, Member
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import reaches, within_scope

MOST_ASKED = 40


def asked_at(step: Recipe, request: ApprovalRequest, obj: Object, record: Any) -> list[int]:
    """The members whom a step means now, each once, in the order in which they sign."""
    found: list[int] = []
    for word in step["ask"]:
        found += _meant(word, step, request, obj, record)
    return may_sign(dict.fromkeys(found), request, obj, record)[:MOST_ASKED]


def may_sign(ids: Iterable[int], request: ApprovalRequest, obj: Object, record: Any) -> list[int]:
    """Those of the members who work here, see the record, and are not asked about their own request."""
    wanted = list(ids)
    members = {one.pk: one for one in _working().filter(pk__in=wanted)}
    own = authors_of(request, record)
    return [
        key
        for key in wanted
        if (member := members.get(key)) is not None
        and (key not in own or _may_be_author(request, member))
        and reaches(obj, record, actor_for(member))
    ]


def authors_of(request: ApprovalRequest, record: Any) -> set[int]:
    """Who has asked, and to whom the record belongs."""
    return {one for one in (request.asked_by_id, getattr(record, "owner_id", None)) if one}


def is_author(member_id: int | None, request: ApprovalRequest, record: Any) -> bool:
    """Whether this is somebody who must not sign their own request."""
    if member_id is None or member_id not in authors_of(request, record):
        return False
    member = _working().filter(pk=member_id).first()
    return member is None or not _may_be_author(request, member)


def how_of(step: Recipe) -> str:
    """Superiors of a chain sign one after the other."""
    return "turn" if any(one.startswith("chain:") for one in step["ask"]) else str(step.get("how", "any"))


def stand_ins(member_ids: Iterable[int]) -> dict[int, list[int]]:
    """member → who stands in for them now."""
    now, found = timezone.now(), dict[int, list[int]]()
    rows = Delegation.objects.filter(
        member_id__in=list(member_ids), ended_at=None, starts_at__lte=now, ends_at__gt=now
    )
    for member_id, other in rows.values_list("member_id", "delegate_id"):
        found.setdefault(member_id, []).append(other)
    return found


def stood_for(by: Actor) -> list[int]:
    """The members in whose place the actor may sign: themselves, and who has delegated to them for now."""
    if by.member_id is None:
        return []
    now = timezone.now()
    rows = Delegation.objects.filter(
        delegate_id=by.member_id, ended_at=None, starts_at__lte=now, ends_at__gt=now
    )
    return [by.member_id, *rows.values_list("member_id", flat=True)]


def administrators() -> list[int]:
    return list(_working().filter(role__administers=True).values_list("pk", flat=True))


def _meant(word: str, step: Recipe, request: ApprovalRequest, obj: Object, record: Any) -> Iterable[int]:
    owner = getattr(record, "owner_id", None) or request.asked_by_id
    kind, _colon, name = word.partition(":")
    match kind:
        case "head":
            return superiors_of(owner)[:1]
        case "chain":
            return _chain(word, step, owner, obj, record)
        case "approvers":
            return _approvers(obj, record)
        case "member":
            rows = members_named(name)
        case "role":
            rows = _working().filter(role__in=roles_named(name))
        case "team":
            rows = _working().filter(team__in=teams_named(name))
        case _:
            return []
    ids: Iterable[int] = rows.order_by("joined_at", "id").values_list("pk", flat=True)
    return ids


def _chain(word: str, step: Recipe, owner: int | None, obj: Object, record: Any) -> list[int]:
    """So many superiors; or up to the first whose limit covers the amount, who is among them."""
    most, field = chain_of(word)
    above = superiors_of(owner)[:most]
    amount = amount_in_base(obj, field, record) if field in obj.fields_by_name else None
    if amount is None:
        return above
    limits = step.get("limits", {})
    members = {one.pk: one for one in _working().filter(pk__in=above)}
    for at, key in enumerate(above):
        limit = _limit(members[key], limits) if key in members else None
        if limit is not None and amount <= limit:
            return above[: at + 1]
    return above


def _limit(member: Member, limits: Recipe) -> int | None:
    """Up to how much a member may decide: what is said of them, else of their role."""
    for word, most in limits.items():
        kind, _colon, name = word.partition(":")
        if kind == "member" and name in (str(member.pk), member.user.email):
            return int(most)
    role = member.role
    for word, most in limits.items():
        kind, _colon, name = word.partition(":")
        if kind == "role" and name in (str(role.pk), role.system or None, role.name or None):
            return int(most)
    return None


def _approvers(obj: Object, record: Any) -> list[int]:
    """Whoever may approve such a record and reaches this one to change it; superiors of its owner first."""
    found = [
        member.pk
        for member in _working()
        if (by := actor_for(member)).may("approve", obj.name) and within_scope(obj, record, by, access="edit")
    ]
    near = {key: at for at, key in enumerate(superiors_of(getattr(record, "owner_id", None)))}
    return sorted(found, key=lambda key: (near.get(key, len(near)), key))


def _may_be_author(request: ApprovalRequest, member: Member) -> bool:
    rule = request.recipe.get("author", "never")
    return rule == "always" or (rule == "administrators" and member.role.administers)


def _working() -> Any:
    rows = Member.objects.filter(left_at=None, user__deactivated_at=None)
    return rows.select_related("user", "role", "workspace")
