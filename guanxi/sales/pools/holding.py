"""Who stands in which pool. Kept under the workspace's `shares_version`, which the actor has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Team
from guanxi.platform.metadata.pools import Standing, ask_blind, ask_pools
from guanxi.platform.records.sharing.models import Grantee
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.pools.models import Pool, PoolMember

_MOST_KEPT = 1_000


@dataclass(slots=True)
class _Known:
    """What is kept of one pool; `members` says of each grantee whether they look after it."""

    holds: str
    blind: bool
    members: dict[int, bool] = field(default_factory=dict)


_kept: dict[int, tuple[int, Mapping[int, _Known]]] = {}


@ask_pools
def standing(by: Actor) -> Standing:
    """The pools whose records the actor sees, and those that are blind for them."""
    if by.administers:
        return Standing()
    known = _pools(by)
    mine = {pool_id: _rank(one, by) for pool_id, one in known.items()}
    return Standing(
        reached=tuple(pool_id for pool_id, rank in mine.items() if rank > 0),
        veiled=tuple(pool_id for pool_id, rank in mine.items() if rank < 2 and known[pool_id].blind),
    )


@ask_blind
def is_blind(pool_id: int) -> bool:
    """Whether a pool hides contact data from those who do not look after it."""
    return bool(Pool.objects.filter(pk=pool_id, blind=True).exists())


def looks_after(pool_id: int | None, by: Actor) -> bool:
    """Whether the actor may assign what is in a pool: its administrators, and those of the workspace."""
    known = _pools(by).get(pool_id or 0)
    return by.administers or (known is not None and _rank(known, by) == 2)


def stands_in(pool_id: int | None, by: Actor) -> bool:
    """Whether the actor is a member of the pool; who looks after the workspace is one of each."""
    known = _pools(by).get(pool_id or 0)
    return by.administers or (known is not None and _rank(known, by) > 0)


def any_pool(by: Actor) -> bool:
    """Whether the actor stands in any pool."""
    return any(_rank(one, by) > 0 for one in _pools(by).values())


def may_claim(record: Any, by: Actor) -> bool:
    """Whether a page offers to claim it."""
    return by.member_id is not None and stands_in(record.pool_id, by)


def may_place(record: Any, by: Actor) -> bool:
    """Whether a page offers to assign it to somebody, or to put it into another pool."""
    return looks_after(record.pool_id, by)


def has_pool(record: Any, by: Actor) -> bool:
    """Whether there is a pool that it could be returned to."""
    return any(one.holds == record.object_name for one in _pools(by).values())


def members_of(pool: Pool) -> set[int]:
    """The ids of all members who work in the firm and stand in a pool."""
    grantees: dict[str, set[int]] = {kind: set() for kind in Grantee.values}
    for kind, grantee_id in PoolMember.objects.filter(pool=pool).values_list("grantee_kind", "grantee_id"):
        grantees[kind].add(grantee_id)
    working = Member.objects.filter(left_at=None)
    found = set(working.filter(pk__in=grantees[Grantee.MEMBER]).values_list("pk", flat=True))
    found |= set(working.filter(role_id__in=grantees[Grantee.ROLE]).values_list("pk", flat=True))
    teams = _below(grantees[Grantee.TEAM])
    return found | set(working.filter(team_id__in=teams).values_list("pk", flat=True))


def grantees_of(member: Member) -> list[int]:
    """As whom a member stands in pools, the nearest first: the member, the role, the teams above."""
    found: list[int] = [member.pk, member.role_id]
    parents = dict(Team.objects.values_list("pk", "parent_id"))
    team = member.team_id
    while team is not None and team not in found:
        found.append(team)
        team = parents.get(team)
    return found


def _below(teams: Iterable[int]) -> set[int]:
    """These teams and every team below them."""
    parents = dict(Team.objects.values_list("pk", "parent_id"))
    found = set(teams)
    while more := {pk for pk, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _rank(one: _Known, by: Actor) -> int:
    """0: not a member; 1: a member; 2: looks after it."""
    ranks = [one.members[key] for key in (by.member_id, by.role_id, *by.above_ids) if key in one.members]
    return 0 if not ranks else 2 if any(ranks) else 1


def _pools(by: Actor) -> Mapping[int, _Known]:
    """The pools of the actor's workspace; none where there is nothing that anybody shares or pools."""
    if not by.shares_version:
        return {}
    known = _kept.get(by.workspace_id)
    if known is None or known[0] != by.shares_version:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        known = _kept[by.workspace_id] = (by.shares_version, _read())
    return known[1]


def _read() -> Mapping[int, _Known]:
    with reading():
        found = {
            pk: _Known(holds, blind)
            for pk, holds, blind in Pool.objects.filter(archived_at=None).values_list("pk", "holds", "blind")
        }
        for pool_id, grantee_id, administers in PoolMember.objects.values_list(
            "pool_id", "grantee_id", "administers"
        ):
            if pool_id in found:
                found[pool_id].members[grantee_id] = administers
    return found
