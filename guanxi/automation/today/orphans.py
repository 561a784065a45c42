"""No orphans: what is active has an owner and a dated next step, or stands here for who leads the team.

What is active an object says itself (`Object.active`, a filter). Records in a pool are nobody's on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from guanxi.automation.assignment.models import Assignment
from guanxi.automation.workflows.recipe import fields_read
from guanxi.platform.identity.actors import Actor, Reach
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.filters import All, Condition, Filter, parse_filter, print_filter
from guanxi.platform.records.listing import ListQuery, Row, list_question
from guanxi.platform.records.questions import ask, together

SHOWN = 25


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Records of one object that lack one thing. `href` is the list of all; `more`: there are others."""

    obj: Object
    title: str
    rows: Sequence[Row]
    more: bool
    href: str


def may_see_board(by: Actor) -> bool:
    """Whoever may put more than their own in order, of something that must not be alone."""
    return any(by.grant(obj.name).edit >= Reach.TEAM for obj in _active(by))


def exceptions(*, by: Actor) -> list[Exceptions]:
    """What is alone, as far as the actor sees; nothing for who may not see the board."""
    if not may_see_board(by):
        return []
    asked = [(obj, title, tree) for obj in _active(by) for title, tree in _lacks(obj)]
    queries = [_query(obj, tree) for obj, _title, tree in asked]
    answers = ask(together([list_question(one, by=by) for one in queries]))[0]
    found = []
    for (obj, title, tree), (rows, after) in zip(asked, answers, strict=True):
        if rows:
            href = f"/{obj.plural}/?{urlencode({'filter': print_filter(tree)})}"
            found.append(Exceptions(obj, title, rows, after is not None, href))
    return [*found, *_stuck(by)]


def _active(by: Actor) -> list[Object]:
    """Objects of which something may be alone, as the actor sees them: whole enough to be asked."""
    seen = [as_seen(obj, by) for obj in registry.objects() if obj.active and by.may("see", obj.name)]
    return [obj for obj in seen if obj.next_step is not None and _askable(obj)]


def _askable(obj: Object) -> bool:
    return fields_read(obj.active) <= set(obj.fields_by_name)


def _lacks(obj: Object) -> list[tuple[str, Filter]]:
    assert obj.next_step is not None
    step = obj.next_step.due
    active: list[Filter] = [parse_filter(obj.active)]
    if obj.pooled and "pool" in obj.fields_by_name:
        active.append(Condition("pool", "empty"))
    return [
        (_("%(objects)s without an owner"), All((*active, Condition("owner", "empty")))),
        (
            _("%(objects)s without a dated next step"),
            All((*active, Condition("owner", "not_empty"), Condition(step, "empty"))),
        ),
        (
            _("%(objects)s whose next step is more than a week late"),
            All((*active, Condition("owner", "not_empty"), Condition(step, "lt", "-7d"))),
        ),
    ]


def _query(obj: Object, tree: Filter) -> ListQuery:
    assert obj.next_step is not None
    sort = "last_touch_at" if obj.touched and "last_touch_at" in obj.fields_by_name else obj.sort
    names = (obj.title, "owner", obj.next_step.text, obj.next_step.due, "last_touch_at")
    columns = tuple(one for one in names if one in obj.fields_by_name)
    return ListQuery(obj=obj, columns=columns, filter=tree, sort=sort, limit=SHOWN)


def _stuck(by: Actor) -> list[Exceptions]:
    """What was offered to everybody of a plan, and nobody took: not what somebody did take since."""
    found = []
    rows: dict[str, list[Assignment]] = {}
    for one in Assignment.objects.filter(state=Assignment.State.STUCK).order_by("-at")[:200]:
        rows.setdefault(one.object, []).append(one)
    for name, offered in rows.items():
        some = _untaken(registry.get(name), offered) if registry.has(name) else []
        if not some or not by.may("see", name):
            continue
        obj = as_seen(registry.get(name), by)
        columns = tuple(one for one in (obj.title, "owner") if one in obj.fields_by_name)
        query = ListQuery(obj=obj, columns=columns, ids=tuple(some[:SHOWN]), limit=SHOWN)
        ((listed, _after),) = ask(list_question(query, by=by))
        if listed:
            found.append(Exceptions(obj, _("%(objects)s that nobody took"), listed, len(some) > SHOWN, ""))
    return found


def _untaken(obj: Object, offered: Sequence[Assignment]) -> list[int]:
    """Of the records that were offered those that still are where the last offer left them, untouched."""
    records = {one.pk: one for one in obj.rows().filter(pk__in=[row.record_id for row in offered])}
    found = []
    for row in offered:
        record = records.get(row.record_id)
        if record is None or (record.owner_id or None) != row.member_id:
            continue
        touched = getattr(record, "last_touch_at", None)
        if touched is None or touched <= row.at:
            found.append(row.record_id)
    return list(dict.fromkeys(found))
