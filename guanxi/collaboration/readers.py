"""What another member may see: for telling people about records without showing them too much."""

from __future__ import annotations

from collections.abc import Collection

from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actors import Actor
from guanxi.platform.records.titles import Key, titles_of


def reader(member_id: int) -> Actor | None:
    """A member as they would act now; None for one who left."""
    member = working_member(member_id=member_id)
    return actor_for(member) if member else None


def sees(member_id: int, key: Key) -> bool:
    """Whether a member may see a record."""
    return bool(seen_by(member_id, [key]))


def seen_by(member_id: int, keys: Collection[Key]) -> set[Key]:
    """Those of some records that a member may see; one query for each object."""
    actor = reader(member_id)
    return set(titles_of(keys, by=actor)) if actor else set()
