"""What outlasts a delegation: who acts for another may not open the other's records to themself.

For the time of a delegation a member reaches what the giver reaches. A share with themself, with a team or a
role of theirs, a record given to them or to their team, would go on when that time is over. So every write
that changes who reaches a record is compared, for the member who really sits there: what they did not reach
before by themself they do not reach afterwards.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import Refused, reached_ids, reaches

ACCESSES = ("see", "edit")
MOVES = frozenset({"owner_id", "team_id", "pool_id"})  # columns by which a row is in somebody's reach


def own_reach(obj: Object, ids: Collection[int], by: Actor) -> set[tuple[str, int]] | None:
    """(access, id) of what the member who acts for another reaches by themself, as the rows are kept.

    None where nobody acts for anybody.
    """
    hand = _hand(by)
    if hand is None:
        return None
    return {(access, one) for access in ACCESSES for one in reached_ids(obj, ids, hand, access=access)}


def refuse_lasting(obj: Object, record: Any, before: set[tuple[str, int]] | None, by: Actor) -> None:
    """Raises Refused where the record, as it is now, is in the reach of who acts for another and was not."""
    if before is not None and (why := why_lasting(obj, record, before, by)):
        raise Refused(why)


def why_lasting(obj: Object, record: Any, before: set[tuple[str, int]], by: Actor) -> str:
    """Why the record may not become as it is at hand, or ""."""
    hand = _hand(by)
    if hand is None:
        return ""
    for access in ACCESSES:
        if (access, record.pk) not in before and reaches(obj, record, hand, access=access):
            return _("You act for another. What would open this to you for good, somebody else has to do.")
    return ""


def moved_to_oneself(obj: Object, record: Any, columns: Collection[str], by: Actor) -> str:
    """Why a record that is about to be written with these columns may not be, or ""."""
    part = obj[obj.part_of].column if obj.part_of else ""
    if by.hand_id is None or not (MOVES | {part}) & set(columns):
        return ""
    return why_lasting(obj, record, own_reach(obj, [record.pk], by) or set(), by)


def _hand(by: Actor) -> Actor | None:
    """Who really sits there, with their own reach."""
    member = working_member(member_id=by.hand_id) if by.hand_id is not None else None
    return actor_for(member) if member is not None else None
