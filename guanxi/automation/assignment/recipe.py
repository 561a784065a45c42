"""What a plan says. Kept as JSON, written as TOML, checked here.

    [objects.lead.assignment.east]
    title = "Leads of the east"
    on = true
    if = "province in (上海, 江苏)"
    how = "weights"
    members = [{who = "lin@firm.example", weight = 2}, {who = "zhou@firm.example", if = "city = 苏州"}]
    move_on = 24

if        which records it is about; the first plan that fits takes a record
how       "turns" (one after the other), "weights" (more for who has more weight), "room" (who has the most
          room left under `most`)
members   among whom: `who`; `weight` (1); `most` open records at once; `if`: only records like these (a
          territory); `skills`, `languages`
counts    a filter of records that fill somebody's room; without it all that are not closed
skill     a field of the record: only members whose `skills` have its value
language  the same with `languages`; who names none speaks the language of their own settings
hours     "members": only who is at work by their own working hours (member, team or firm). Or hours of the
          plan's own, instead of theirs: {days = [1, 2, 3, 4, 5], from = "09:00", to = "18:00"}. Where they
          live, and not on holidays; without it at any time. Who has handed over to a delegate is away
imports   also what an import leaves with the one who imported it
move_on   hours after which a record goes to the next, if nothing was done with it
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.hours import Week
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import FilterSyntaxError, compile_filter, parse_filter

Plan = Mapping[str, Any]
WAYS = ("turns", "weights", "room")
MEMBERS = "members"  # hours: those of each member
MOST_MEMBERS = 200
_PARTS = ("if", "how", "members", "counts", "skill", "language", "hours", "imports", "move_on")
_OF_MEMBER = ("who", "weight", "most", "if", "skills", "languages")
_CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")


def check_plan(object: str, given: Mapping[str, Any], *, by: Actor) -> dict[str, Any]:
    """The plan as it is kept (members by id); raises InvalidValues that names each wrong part."""
    if not registry.has(object) or not registry.get(object).owned:
        raise InvalidValues({"object": [FieldError("object", _("There is no such kind of record."))]})
    obj, errors = registry.get(object), dict[str, list[FieldError]]()
    for name in given:
        if name not in _PARTS:
            errors[name] = [FieldError("unknown", _("“%(name)s” is not known here.") % {"name": name})]
    found: dict[str, Any] = {}
    for name in ("if", "counts"):
        if given.get(name):
            found[name] = str(given[name]).strip()
            if problem := _wrong_filter(obj, found[name], by):
                errors[name] = [problem]
    found["how"] = given.get("how") or "turns"
    if found["how"] not in WAYS:
        errors["how"] = [FieldError("choice", _("A plan goes by turns, weights or room."))]
    for name in ("skill", "language"):
        if given.get(name):
            found[name] = str(given[name])
            if found[name] not in obj.fields_by_name:
                words = _("There is no field “%(name)s”.") % {"name": found[name]}
                errors[name] = [FieldError("field", words)]
    try:
        found |= _hours(given.get("hours"))
        if given.get("move_on"):
            found["move_on"] = _number(given["move_on"], 24 * 60)
    except FieldError as problem:
        errors["hours"] = [problem]
    if given.get("imports"):
        found["imports"] = True
    found["members"] = _members(obj, given.get("members") or [], by, errors)
    if not found["members"] and "members" not in errors:
        errors["members"] = [FieldError("required", _("Say among whom."))]
    if errors:
        raise InvalidValues(errors)
    return found


def _members(obj: Object, given: Any, by: Actor, errors: dict[str, list[FieldError]]) -> list[dict[str, Any]]:
    if not isinstance(given, list | tuple) or len(given) > MOST_MEMBERS:
        errors["members"] = [FieldError("many", _("Members are a list."))]
        return []
    known = {
        str(word): one.pk
        for one in Member.objects.filter(left_at=None).select_related("user")
        for word in (one.pk, one.user.email)
    }
    found: list[dict[str, Any]] = []
    for at, one in enumerate(given):
        try:
            found.append(_member(obj, one, known, by))
        except FieldError as problem:
            errors[f"members.{at}"] = [problem]
    return list({one["who"]: one for one in found}.values())


def _member(obj: Object, given: Any, known: Mapping[str, int], by: Actor) -> dict[str, Any]:
    if not isinstance(given, Mapping) or set(given) - set(_OF_MEMBER):
        raise FieldError(
            "member", _("A member has a name, a weight, a most, a condition, skills, languages.")
        )
    who = known.get(str(given.get("who")).lower())
    if who is None:
        raise FieldError("member", _("There is no such member."))
    found: dict[str, Any] = {"who": who, "weight": _number(given.get("weight") or 1, 100)}
    if given.get("most"):
        found["most"] = _number(given["most"], 100_000)
    if given.get("if"):
        found["if"] = str(given["if"]).strip()
        if problem := _wrong_filter(obj, found["if"], by):
            raise problem
    for name in ("skills", "languages"):
        words = given.get(name) or []
        words = words.replace("\uff0c", ",").split(",") if isinstance(words, str) else words
        if kept := [str(one).strip() for one in words if str(one).strip()]:
            found[name] = kept
    return found


def week_of(hours: Any) -> Week | None:
    """The plan's own hours as a week; None where each member's own ones hold."""
    if hours == MEMBERS:
        return None
    span = (hours["from"], hours["to"])
    return tuple((span,) if day in hours["days"] else () for day in range(1, 8))


def _hours(given: Any) -> dict[str, Any]:
    if not given:
        return {}
    if given == MEMBERS:
        return {"hours": MEMBERS}
    if not isinstance(given, Mapping):
        raise FieldError("hours", _("A time looks like 09:00."))
    start, end = str(given.get("from") or "09:00"), str(given.get("to") or "18:00")
    days = sorted({int(one) for one in given.get("days") or (1, 2, 3, 4, 5) if 1 <= int(one) <= 7})
    if not (_CLOCK.match(start) and _CLOCK.match(end)) or time.fromisoformat(start) >= time.fromisoformat(
        end
    ):
        raise FieldError("hours", _("A time looks like 09:00."))
    return {"hours": {"days": days, "from": start, "to": end}}


def _number(given: Any, most: int) -> int:
    try:
        found = int(given)
    except (TypeError, ValueError):
        raise FieldError("number", _("A whole number is needed.")) from None
    if not 1 <= found <= most:
        raise FieldError("range", _("Between %(least)d and %(most)d, please.") % {"least": 1, "most": most})
    return found


def _wrong_filter(obj: Object, text: str, by: Actor) -> FieldError | None:
    try:
        tree = parse_filter(text)
        compile_filter(tree, obj, by=by, context=field_context(by), vendor=connection.vendor)
    except FilterSyntaxError as problem:
        return FieldError("filter", str(problem))
    except FieldError as problem:
        return problem
    return None
