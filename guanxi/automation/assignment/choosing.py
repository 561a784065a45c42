"""Who is next: of those who are at work, may have this record and have room, the one whose turn it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from guanxi.automation.assignment.models import AssignmentPlan, AssignmentTurn
from guanxi.automation.assignment.recipe import Plan, week_of
from guanxi.automation.workflows.matching import acting, holding_ids
from guanxi.automation.workflows.sweeping import ids_where
from guanxi.platform.identity.hours import at_work, is_away
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters import All, Condition, Filter, parse_filter

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Chosen:
    """Who it is, and of everybody else why not (member → word): away, hours, territory, skill, full, had."""

    member_id: int | None = None
    not_these: dict[int, str] = field(default_factory=dict)

    @property
    def passing(self) -> bool:
        """Nobody for now, but somebody may be there later."""
        return self.member_id is None and bool({"away", "hours", "full"} & set(self.not_these.values()))


def choose(plan: AssignmentPlan, record: Any, *, now: datetime, tried: Collection[int] = ()) -> Chosen:
    """Pick who gets the record, and remember that they had their turn.

    plan    locked by the caller: two who choose at once take turns
    """
    obj, said = registry.get(plan.object), plan.plan
    found = Chosen()
    able = [one for one in said["members"] if _fits(one, obj, said, record, now, tried, found)]
    turns = {one.member_id: one for one in AssignmentTurn.objects.filter(plan=plan)}
    room = _room(obj, said, [one for one in able if one.get("most") or said["how"] == "room"])
    for one in list(able):
        left = room.get(one["who"])
        if one.get("most") and left is not None and left <= 0:
            found.not_these[one["who"]] = "full"
            able.remove(one)
    if not able:
        return found
    for one in able:
        if one["who"] not in turns:
            turns[one["who"]] = AssignmentTurn(plan=plan, member_id=one["who"])
    found.member_id = _next(said["how"], able, turns, room)
    mine = turns[found.member_id]
    mine.given, mine.last_at = mine.given + 1, now
    for one in able:
        turns[one["who"]].save()
    return found


def _next(
    how: str, able: list[dict[str, Any]], turns: dict[int, AssignmentTurn], room: dict[int, int]
) -> int:
    order = {one["who"]: at for at, one in enumerate(able)}

    def waited(who: int) -> tuple[datetime, int]:
        return (turns[who].last_at or _LONG_AGO, order[who])

    chosen: int
    if how == "room":
        chosen = min(order, key=lambda who: (-room.get(who, 0), waited(who)))
        return chosen
    if how == "weights":
        # Everybody saves their weight, who has saved the most is next and pays for all: evenly spread.
        whole = sum(one["weight"] for one in able)
        for one in able:
            turns[one["who"]].saved += one["weight"]
        chosen = max(order, key=lambda who: (turns[who].saved, -order[who]))
        turns[chosen].saved -= whole
        return chosen
    chosen = min(order, key=waited)
    return chosen


def _fits(
    one: dict[str, Any],
    obj: Object,
    said: Plan,
    record: Any,
    now: datetime,
    tried: Collection[int],
    found: Chosen,
) -> bool:
    who = one["who"]
    member = Member.objects.select_related("user", "workspace").filter(pk=who, left_at=None).first()
    if member is None or member.user.deactivated_at is not None:
        why = "gone"
    elif who in tried:
        why = "had"
    elif is_away(member, now):
        why = "away"
    elif said.get("hours") and not at_work(member, now, week=week_of(said["hours"])):
        why = "hours"
    elif one.get("if") and not _holds(obj, parse_filter(one["if"]), record):
        why = "territory"
    elif not (
        _speaks(one, "skills", said.get("skill"), obj, record, ())
        and _speaks(
            one,
            "languages",
            said.get("language"),
            obj,
            record,
            (member.user.language, member.workspace.language),
        )
    ):
        why = "skill"
    else:
        return True
    found.not_these[who] = why
    return False


def fitting(plan: AssignmentPlan, record: Any) -> bool:
    """Whether the plan is about this record."""
    text = plan.plan.get("if", "")
    return not text or _holds(registry.get(plan.object), parse_filter(text), record)


def _holds(obj: Object, tree: Filter, record: Any) -> bool:
    return bool(holding_ids(obj, tree, "", by=acting(None, ""), among=[record.pk]))


def _speaks(
    one: dict[str, Any], part: str, name: str | None, obj: Object, record: Any, usual: tuple[str, ...]
) -> bool:
    if not name or name not in obj.fields_by_name:
        return True
    value = obj[name].get(record)
    wanted = value if isinstance(value, list | tuple) else [value]
    asked = {str(each).casefold() for each in wanted if each not in (None, "")}
    has = one.get(part) or [word for word in usual if word][:1]
    return not asked or bool(asked & {str(each).casefold() for each in has})


def _room(obj: Object, said: Plan, members: list[dict[str, Any]]) -> dict[int, int]:
    """Member → how many more they can have."""
    found = {}
    open_ = [Condition(obj.closed, "empty")] if obj.closed else []
    counts: list[Filter] = [parse_filter(said["counts"])] if said.get("counts") else list(open_)
    for one in members:
        most = one.get("most") or 1_000
        tree = All((Condition("owner", "is", str(one["who"])), *counts))
        found[one["who"]] = most - len(ids_where(obj, tree, by=acting(None, ""), limit=most))
    return found
