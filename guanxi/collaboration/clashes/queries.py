"""Which clashes a member sees, who decides one, and what earlier ones teach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from guanxi.collaboration.clashes.models import Clash, ClashPolicy
from guanxi.collaboration.clashes.policy import CRITERIA, Policy
from guanxi.collaboration.readers import reader
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import working_members
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import NotFound
from guanxi.platform.records.access import reaches
from guanxi.platform.records.duplicates.models import DuplicateRule
from guanxi.platform.records.duplicates.rules import rule_of

State = Clash.State
MOST_SHOWN = 200
MOST_TOLD = 10
MOST_LINKED = 5


@dataclass(frozen=True, slots=True)
class Precedent:
    """How clashes of one pattern ended: how many, how many as proposed, and the latest of them.

    between   those of the same members that were decided before, of whatever pattern
    """

    count: int
    followed: int
    latest: Sequence[Clash]
    between: Sequence[Clash] = ()


def policy_of() -> Policy:
    """The workspace's policy."""
    row = ClashPolicy.objects.first()
    if row is None:
        return Policy()
    order = tuple(one for one in row.order if one in CRITERIA)
    return Policy(order or CRITERIA, row.days, row.share)


def find_clash(clash_id: int, *, by: Actor) -> Clash:
    """A clash that the actor claims in or may decide; raises NotFound."""
    clash: Clash | None = Clash.objects.filter(pk=clash_id).first() if clash_id < 2**63 else None
    if clash is None or not registry.has(clash.object) or not by.may("see", clash.object):
        raise NotFound(f"clash {clash_id}")
    if by.member_id not in clash.claimants and not sees_all(clash, by):
        raise NotFound(f"clash {clash_id}")
    return clash


def clashes_of(by: Actor, *, state: str = State.OPEN) -> list[Clash]:
    """Those that the actor claims in or may decide, the newest first."""
    rows = Clash.objects.filter(state=state).order_by("-opened_at")[:MOST_SHOWN]
    return [
        one
        for one in rows
        if registry.has(one.object)
        and by.may("see", one.object)
        and (by.member_id in one.claimants or sees_all(one, by))
    ]


def records_of(clash: Clash) -> list[Any]:
    """The records, the oldest first, whoever may see them."""
    ids = [one.record_id for one in clash.records.all()]
    return list(registry.get(clash.object).rows().filter(pk__in=ids).order_by("created_at", "pk"))


def sees_all(clash: Clash, by: Actor) -> bool:
    """Whether the actor sees every record of it: then also what every claimant did."""
    obj = registry.get(clash.object)
    return all(reaches(obj, one, by) for one in records_of(clash))


def named_to(clash: Clash, by: Actor) -> set[int]:
    """The members whose part in it the actor is told: who owns a record that they don't see stays unsaid.

    Unless the duplicates' rule of the object says whose such records are anyway; and once it is decided,
    for then all of them have to know to whom the customer belongs.
    """
    every = {*clash.claimants, *(one for one in (clash.owner_id, clash.decided_by_id) if one)}
    told = rule_of(registry.get(clash.object)).others == DuplicateRule.Others.OWNER
    if told or clash.state == State.DECIDED or sees_all(clash, by):
        return every | ({clash.opened_by_id} if clash.opened_by_id else set())
    obj = registry.get(clash.object)
    owners = {one.owner_id for one in records_of(clash) if one.owner_id and reaches(obj, one, by)}
    mine = {one for one in (by.member_id, clash.opened_by_id) if one}
    return owners | mine


def may_decide(clash: Clash, by: Actor) -> bool:
    """Who may hand all of the records over, and claims none of them; administrators always."""
    obj = registry.get(clash.object)
    claims = bool({by.member_id, by.hand_id} & set(clash.claimants))  # who acts for another claims too
    if not by.may("assign", clash.object) or (claims and not by.administers):
        return False
    return all(reaches(obj, one, by, access="edit") for one in records_of(clash))


def deciders_of(clash: Clash) -> list[int]:
    """Members who may decide, those who don't look after the workspace first; ten at most."""
    found = []
    for member in working_members():
        if member.id in clash.claimants:
            continue
        actor = reader(member.id)
        if actor is not None and may_decide(clash, actor):
            found.append((actor.administers, member.id))
    near = [member_id for administers, member_id in found if not administers]
    return (near or [member_id for _administers, member_id in found])[:MOST_TOLD]


def precedent_of(clash: Clash, pattern: str, *, by: Actor) -> Precedent:
    """Decided clashes of the same pattern and object; of those that the actor may not see only the number."""
    rows = list(
        Clash.objects.filter(state=State.DECIDED, pattern=pattern, object=clash.object)
        .exclude(pk=clash.pk)
        .order_by("-decided_at")[:MOST_SHOWN]
    )
    followed = sum(1 for one in rows if one.owner_id == one.proposal.get("owner"))
    latest = [one for one in rows if by.member_id in one.claimants or sees_all(one, by)][:MOST_LINKED]
    return Precedent(len(rows), followed, latest, _between_the_same(clash, by))


def _between_the_same(clash: Clash, by: Actor) -> list[Clash]:
    rows = Clash.objects.filter(state=State.DECIDED).exclude(pk=clash.pk)
    if clash.decided_at is not None:
        rows = rows.filter(decided_at__lt=clash.decided_at)
    members = set(clash.claimants)
    same = [one for one in rows.order_by("-decided_at")[:MOST_SHOWN] if set(one.claimants) == members]
    seen = [one for one in same if registry.has(one.object) and by.may("see", one.object)]
    return [one for one in seen if by.member_id in one.claimants or sees_all(one, by)][:MOST_LINKED]


def open_clash_of(name: str, ids: Sequence[int]) -> Clash | None:
    """The open clash about one of these records."""
    rows = Clash.objects.filter(state=State.OPEN, records__object=name, records__record_id__in=list(ids))
    found: Clash | None = rows.order_by("pk").first()
    return found
