"""What a policy proposes: pure functions of what each claimant has done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

CRITERIA = ("deal", "active", "first")
WHOLE = 100


@dataclass(frozen=True, slots=True)
class Work:
    """What one claimant has done for the customer.

    first    when they first had to do with it; None: never
    active   conversations and visits within the days of the policy; `visits` are those of them on the spot
    deals    deals that they have opened; `quotes` are offers that they have made
    owns     how many of the records are theirs
    """

    member_id: int
    first: datetime | None = None
    active: int = 0
    visits: int = 0
    deals: int = 0
    quotes: int = 0
    owns: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """`order` of criteria, `days` that count, `share` in percent of who has worked on it too."""

    order: tuple[str, ...] = CRITERIA
    days: int = 90
    share: int = 30


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who should have the customer, how what it brings is split, and by which criterion ("" is ownership)."""

    owner_id: int
    split: Mapping[int, int]
    criterion: str
    pattern: str


def propose(works: Sequence[Work], policy: Policy) -> Proposal:
    """The first criterion that tells claimants apart decides; where none does, who owns more of it.

    `works` names every claimant once, and at least one. The split always adds up to 100.
    """
    leading, criterion = list(works), ""
    for name in policy.order:
        ahead = _ahead(leading, name)
        if len(ahead) == 1:
            leading, criterion = ahead, name
            break
        leading = ahead or leading
    if not criterion:
        most = max(one.owns for one in leading)
        leading = [one for one in leading if one.owns == most]
    owner = leading[0]
    return Proposal(owner.member_id, split_for(owner, works, policy), criterion, _pattern(owner, works))


def split_for(owner: Work, works: Sequence[Work], policy: Policy) -> dict[int, int]:
    """Member → percent: the share is divided equally among the others who have worked on it."""
    others = [one for one in works if one is not owner and (one.active or one.deals or one.quotes)]
    each = policy.share // len(others) if others else 0
    found = {owner.member_id: WHOLE - each * len(others)}
    return found | {one.member_id: each for one in others if each}


def _ahead(works: Sequence[Work], criterion: str) -> list[Work]:
    """Those who are ahead by a criterion; nobody where nobody has anything of it."""
    if criterion == "first":
        touched = [one for one in works if one.first is not None]
        earliest = min((one.first for one in touched if one.first), default=None)
        return [one for one in touched if one.first == earliest]
    most = max(_count(one, criterion) for one in works)
    return [one for one in works if _count(one, criterion) == most] if most else []


def _count(work: Work, criterion: str) -> int:
    return work.deals + work.quotes if criterion == "deal" else work.active


def _pattern(owner: Work, works: Sequence[Work]) -> str:
    """For each criterion whether the owner is ahead (+), behind (-) or neither (=)."""
    signs = []
    for name in CRITERIA:
        ahead = _ahead(works, name)
        sign = "=" if len(ahead) != 1 else "+" if ahead[0] is owner else "-"
        signs.append(f"{name}{sign}")
    return " ".join(signs)
