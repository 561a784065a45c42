"""The rules: each reads one kind of signal from every object that declares what it needs.

A rule has a weight that members can read under *Why these people*; what makes a signal more pressing
(days late, silence against the usual rhythm, the amount at stake) adds to it, within bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.automation.scoring.telling import models_on
from guanxi.platform.i18n.dates import format_date, format_late, format_time
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.estimates import Estimated, estimates
from guanxi.platform.metadata.fields import About, Link, Money
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import Masked, as_seen, sees
from guanxi.platform.records.filters import All, Condition, Filter
from guanxi.platform.records.filters import Any as AnyOf
from guanxi.platform.records.listing import ListQuery, Row, list_question
from guanxi.platform.records.pulses import Silence
from guanxi.platform.records.questions import Question, Raw, together
from guanxi.web.components import Tone

MOST_PER_RULE = 60
MOST_ESTIMATED = 8  # of one object: they wait, what is due does not
RESTING_DAYS = 3  # a new deal may be without a next step for so long


@dataclass(frozen=True, slots=True)
class Signal:
    """One record that asks for something.

    about    (object, id) candidates for the person or company that the row is about, the best first
    why      the reason in one sentence
    due      a day or moment, or None; `late` when it has passed
    urgency  0 to 15, added to the rule's weight
    value    money at stake, a kept Amount, or None
    chance   in percent, of the money at stake being won; 100 where nothing says so
    warmth   the record's score, 0 to 100; 0 where it has none, or the reader does not see it
    """

    rule: str
    object: str
    record_id: int
    title: str
    about: tuple[tuple[str, int], ...]
    why: str
    due: date | datetime | None = None
    late: bool = False
    urgency: float = 0.0
    value: Any = None
    chance: float = 100.0
    warmth: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """A list in which a rule looks for signals, and what it makes of a row of it; None is no signal."""

    query: ListQuery
    tell: Callable[[Row], Signal | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """`looks` are made for an actor; with `mine`, only among the actor's own records."""

    name: str
    label: Any
    weight: int
    icon: str
    tone: Tone
    looks: Callable[[Actor, bool], Iterator[Look]]


def signals_question(*, by: Actor, mine: bool) -> Question[list[Signal]]:
    """The signals of all rules, in their order: every list that a rule looks at, in one statement."""
    looks = [look for rule in RULES.values() for look in rule.looks(by, mine)]
    every = together([list_question(look.query, by=by) for look in looks])

    def read(raw: Sequence[Raw]) -> list[Signal]:
        told = (
            look.tell(row)
            for look, (rows, _after) in zip(looks, every.read(raw), strict=True)
            for row in rows
        )
        return [signal for signal in told if signal is not None]

    return Question(every.selects, read)


def next_steps(by: Actor, mine: bool) -> Iterator[Look]:
    """Next steps that are due today or were due before."""
    for obj in _seen(by):
        if obj.next_step is None:
            continue
        step, due = obj.next_step.text, obj.next_step.due
        tests = [Condition(due, "lte", "today"), *_open(obj)]
        query = _query(obj, mine, tests, sort=f"-{due}", extra=(step, due))
        yield Look(query, partial(_next_step, obj, step, due))


def _next_step(obj: Object, step: str, due: str, row: Row) -> Signal:
    day: date = row.values[due]
    late = (timezone.localdate() - day).days
    what = row.values[step] or _("Next step")
    why = f"{what} · {format_late(late)}" if late > 0 else str(what)
    return _signal("next_step", obj, row, why, due=day, late=late > 0, urgency=min(late, 15))


def promises(by: Actor, mine: bool) -> Iterator[Look]:
    """What was promised or planned and is due by the end of today."""
    for obj in _seen(by):
        if not (obj.due and obj.done):
            continue
        tests = [Condition(obj.due, "lte", "today"), Condition(obj.done, "empty")]
        yield Look(_query(obj, mine, tests, sort=f"-{obj.due}", extra=(obj.due,)), partial(_promise, obj))


def _promise(obj: Object, row: Row) -> Signal:
    due: datetime = row.values[obj.due]
    late = due < timezone.now()
    days = (timezone.localdate() - timezone.localdate(due)).days
    why = _("You promised: %(what)s") % {"what": row.values[obj.title]}
    return _signal("promise", obj, row, why, due=due, late=late, urgency=5 + min(max(days, 0), 10))


def meetings(by: Actor, mine: bool) -> Iterator[Look]:
    """What begins later today."""
    for obj in _seen(by):
        if not (obj.starts and obj.done):
            continue
        tests = [Condition(obj.starts, "is", "today"), Condition(obj.done, "empty")]
        yield Look(_query(obj, mine, tests, sort=obj.starts, extra=(obj.starts,)), partial(_meeting, obj))


def _meeting(obj: Object, row: Row) -> Signal | None:
    start: datetime = row.values[obj.starts]
    if start < timezone.now():
        return None
    why = _("%(time)s: %(what)s") % {"time": format_time(start), "what": row.values[obj.title]}
    return _signal("meeting", obj, row, why, due=start)


def past_closing(by: Actor, mine: bool) -> Iterator[Look]:
    """What should have been closed by now and is open."""
    for obj in _seen(by):
        if not obj.closes:
            continue
        tests = [Condition(obj.closes, "lt", "today"), *_open(obj)]
        query = _query(obj, mine, tests, sort=f"-{obj.closes}", extra=(obj.closes,))
        yield Look(query, partial(_past_closing, obj))


def _past_closing(obj: Object, row: Row) -> Signal:
    day: date = row.values[obj.closes]
    late = (timezone.localdate() - day).days
    why = _("%(title)s was to close on %(day)s: a new date, or an end?") % {
        "title": row.values[obj.title],
        "day": format_date(day),
    }
    return _signal("past_closing", obj, row, why, due=day, late=True, urgency=min(late / 3, 10))


def without_step(by: Actor, mine: bool) -> Iterator[Look]:
    """What is open and has no next step."""
    for obj in _seen(by):
        if not (obj.closes and obj.next_step):
            continue
        tests = [
            Condition(obj.next_step.due, "empty"),
            AnyOf((Condition(obj.closes, "gte", "today"), Condition(obj.closes, "empty"))),
            Condition("created_at", "lt", f"-{RESTING_DAYS}d"),
            *_open(obj),
        ]
        query = _query(obj, mine, tests, sort=obj.closes, extra=(obj.closes,))
        yield Look(query, partial(_without_step, obj))


def _without_step(obj: Object, row: Row) -> Signal:
    return _signal(
        "without_step", obj, row, _("%(title)s has no next step") % {"title": row.values[obj.title]}
    )


def quiet(by: Actor, mine: bool) -> Iterator[Look]:
    """Customers who have been silent for longer than usual, and never longer than 30 days unsaid."""
    for obj in _seen(by):
        if not obj.touched or obj.closes:
            continue
        for tests in (
            [Condition("last_touch_at", "lt", "-7d"), Condition("last_touch_at", "gte", "-30d")],
            [Condition("last_touch_at", "lt", "-30d")],
        ):
            extra = ("last_touch_at", "rhythm_days")
            query = _query(obj, mine, tests, sort="-last_touch_at", extra=extra)
            yield Look(query, partial(_quiet, obj, timezone.localdate(), timezone.get_current_timezone()))


def _quiet(obj: Object, today: date, zone: tzinfo, row: Row) -> Signal | None:
    last: datetime = row.values["last_touch_at"]
    since = Silence.between(last.astimezone(zone).date(), today, row.values["rhythm_days"])
    if not since.tone:
        return None
    urgency = min(since.days / max(since.quiet_after, 1), 4) * 3
    # Who has long been lost is no longer the most pressing.
    return _signal("quiet", obj, row, str(since), urgency=urgency if since.tone == "gamboge" else 0)


def estimated(by: Actor, mine: bool) -> Iterator[Look]:
    """Whom a learned model puts into the class that asks for somebody."""
    for one in estimates():
        if not by.may("see", one.object):
            continue
        whole, names = registry.get(one.object), (one.field, one.tier)
        obj = as_seen(whole, by)
        if set(names) <= set(obj.fields_by_name) and sees(whole, names, by):
            tests = [Condition(one.tier, "is", one.alarm), *_open(obj)]
            query = _query(obj, mine, tests, sort=f"-{one.field}", extra=(one.field,))
            yield Look(replace(query, limit=MOST_ESTIMATED), partial(_estimated, obj, one))


def _estimated(obj: Object, one: Estimated, row: Row) -> Signal:
    chance = int(row.values[one.field] or 0)
    return _signal("estimated", obj, row, str(one.why) % {"chance": chance}, urgency=chance / 10)


def by_workflows(by: Actor, mine: bool) -> Iterator[Look]:
    """What workflows have led somebody's Today with stands in rows of its own: see stream.py."""
    return iter(())


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            "workflow", gettext_lazy("What your workflows put first"), 0, "workflow", "azurite", by_workflows
        ),
        Rule("promise", gettext_lazy("Promises and to-dos that are due"), 85, "handshake", "ochre", promises),
        Rule(
            "next_step",
            gettext_lazy("Next steps that are due or late"),
            80,
            "corner-down-right",
            "azurite",
            next_steps,
        ),
        Rule("meeting", gettext_lazy("Meetings later today"), 75, "calendar-clock", "indigo", meetings),
        Rule(
            "past_closing",
            gettext_lazy("Deals past their expected close"),
            60,
            "hourglass",
            "cinnabar",
            past_closing,
        ),
        Rule(
            "quiet",
            gettext_lazy("Customers who are quiet for longer than usual"),
            50,
            "moon-star",
            "gamboge",
            quiet,
        ),
        Rule(
            "estimated",
            gettext_lazy("Whom a learned model calls promising, or in danger of leaving"),
            45,
            "gauge",
            "malachite",
            estimated,
        ),
        Rule(
            "without_step",
            gettext_lazy("Open deals without a next step"),
            35,
            "circle-dashed",
            "rouge",
            without_step,
        ),
    )
}


def _seen(by: Actor) -> list[Object]:
    return [as_seen(obj, by) for obj in registry.objects() if by.may("see", obj.name)]


def _open(obj: Object) -> list[Filter]:
    return [Condition(obj.closed, "empty")] if obj.closed else []


def _query(
    obj: Object, mine: bool, tests: Sequence[Filter], *, sort: str, extra: tuple[str, ...]
) -> ListQuery:
    """Up to MOST_PER_RULE rows with title, links, amounts and the columns the rule needs."""
    if mine and (holder := _holder(obj)):
        tests = [Condition(holder, "is", "me"), *tests]
    links = [
        one.name
        for one in obj.fields
        if isinstance(one, About) or (isinstance(one, Link) and registry.has(one.to))
    ]
    amounts = [one.name for one in obj.fields if isinstance(one, Money)][:1]
    beside = [name for name in ("probability", _score_field(obj)) if name in obj.fields_by_name]
    columns = tuple(dict.fromkeys((obj.title, *links, *amounts, *beside, *extra)))
    return ListQuery(obj=obj, columns=columns, filter=All(tuple(tests)), sort=sort, limit=MOST_PER_RULE)


def _holder(obj: Object) -> str:
    """The path to the member whose business it is: its owner, or the owner of what it is a part of."""
    path: list[str] = []
    while obj.part_of:
        path.append(obj.part_of)
        obj = registry.get(obj.whole)
    return ".".join((*path, "owner")) if obj.owned else ""


def _signal(rule: str, obj: Object, row: Row, why: str, **more: Any) -> Signal:
    return Signal(
        rule=rule,
        object=obj.name,
        record_id=row.id,
        title=str(row.values[obj.title] or ""),
        about=_about(obj, row),
        why=why,
        value=_value(obj, row),
        chance=float(row.values.get("probability") or 0) if "probability" in row.values else 100.0,
        warmth=int(row.values.get(_score_field(obj)) or 0),
        **more,
    )


def _score_field(obj: Object) -> str:
    """The field of the object's score, "" where it has none; a learned one before that of rules."""
    learned = next((one.field for one in estimates() if one.object == obj.name and one.warm), "")
    by_rules = next((one.field for one in models_on() if one.object == obj.name), "")
    plain = (one for one in (learned, by_rules) if one in obj.fields_by_name)
    return next((one for one in plain if not isinstance(obj[one], Masked)), "")


def _about(obj: Object, row: Row) -> tuple[tuple[str, int], ...]:
    """Persons before companies before the record itself."""
    linked: list[tuple[str, int]] = []
    for column, value in row.values.items():
        one = obj[column]
        if isinstance(one, About):
            linked += [(name, key) for name, key in value if registry.has(name)]
        elif isinstance(one, Link) and value and registry.has(one.to):
            linked.append((one.to, value))
    kinds = {name: registry.get(name) for name, _key in linked if name != obj.name}
    touched = [(name, key) for name, key in linked if name in kinds and kinds[name].touched]
    if obj.touched and not obj.closes:  # a customer's own row comes first, whatever it is linked to
        return ((obj.name, row.id), *touched)
    people = [pair for pair in touched if not kinds[pair[0]].square]
    others = [pair for pair in touched if pair not in people and not kinds[pair[0]].closes]
    return (*people, *others, (obj.name, row.id))


def _value(obj: Object, row: Row) -> Any:
    if not obj.closes:
        return None
    return next((value for name, value in row.values.items() if isinstance(obj[name], Money)), None)
