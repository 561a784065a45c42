"""What a process says: when it applies, who is asked. Kept as JSON, written as TOML, checked here.

    if = "total > 100000"
    steps = [
        {ask = ["head"]},
        {ask = ["role:manager", "member:gu@firm.example"], how = "all", if = "margin < 20"},
        {ask = ["chain:total"], limits = {"role:manager" = 200000}},
    ]

if      a filter of the record when it is submitted; "" for every record
steps   one after the other. `ask` words: head (of the owner's team), chain:3 (so many superiors, in turn),
        chain:FIELD (superiors until one whose limit covers the amount), member:…, role:…, team:…,
        approvers (whoever may approve such a record). `how`: any, all, turn; `if`: asked only where it holds;
        `limits`: up to how much the members of a role, or a member, may decide in a chain:FIELD
author  who asks may also sign: "never", "administrators", "always"
nobody  what becomes of a step for which there is nobody: "admins" are asked, or it is passed over: "pass"
remind  hours after which who has not answered is reminded; 0 for never
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Role, Team
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Money
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import FilterSyntaxError, compile_filter, parse_filter

Recipe = Mapping[str, Any]
HOW = ("any", "all", "turn")
AUTHOR = ("never", "administrators", "always")
NOBODY = ("admins", "pass")
PARTS = ("if", "steps", "author", "nobody", "remind")
STEP_PARTS = ("ask", "how", "if", "limits")
MOST_STEPS, MOST_WORDS, MOST_LEVELS, MOST_HOURS = 20, 20, 10, 720
AMOUNTS = ("money", "decimal", "integer")

WITHOUT_PROCESS: Recipe = {
    "steps": [{"ask": ["approvers"], "how": "any"}],
    "author": "administrators",
    "nobody": "admins",
    "remind": 24,
}
"""Where nobody has made a process: whoever may approve such a record; an administrator also their own."""

_WORD = re.compile(r"^(member|role|team|chain):(.+)$")


def check_recipe(object: str, given: Mapping[str, Any], *, by: Actor) -> dict[str, Any]:
    """The recipe as it is kept; raises InvalidValues that names each part that makes no sense."""
    if not registry.has(object) or not registry.get(object).group:
        raise InvalidValues({"object": [FieldError("object", _("There is no such kind of record."))]})
    checker = _Checker(registry.get(object), by)
    found = checker.recipe(given)
    if checker.errors:
        raise InvalidValues(checker.errors)
    return found


def amount_fields(obj: Object) -> list[str]:
    """Fields by which a chain of superiors may be bounded."""
    return [one.name for one in obj.fields if one.type in AMOUNTS and not one.hidden]


def chain_of(word: str) -> tuple[int, str]:
    """`chain:3` → (3, ""), `chain:total` → (MOST_LEVELS, "total")."""
    said = word.partition(":")[2]
    return (int(said), "") if said.isdecimal() else (MOST_LEVELS, said)


class _Checker:
    """Collects what is wrong under the path of the part."""

    def __init__(self, obj: Object, by: Actor) -> None:
        self.obj, self.by = obj, by
        self.errors: dict[str, list[FieldError]] = {}

    def recipe(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self._known("", given, PARTS)
        found: dict[str, Any] = {}
        if condition := self._filter("if", given.get("if")):
            found["if"] = condition
        steps = given.get("steps")
        if not isinstance(steps, list | tuple) or not steps:
            self._wrong("steps", _("Say who is asked."))
            steps = []
        if len(steps) > MOST_STEPS:
            self._wrong("steps", _("These are too many steps."))
        found["steps"] = [self._step(f"steps.{at}", one) for at, one in enumerate(steps[:MOST_STEPS])]
        found["author"] = self._one_of("author", given.get("author") or "never", AUTHOR)
        found["nobody"] = self._one_of("nobody", given.get("nobody") or "admins", NOBODY)
        found["remind"] = self._hours(given.get("remind", 24))
        return found

    def _step(self, path: str, given: Any) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            self._wrong(path, _("There is no such step."))
            return {"ask": ["approvers"], "how": "any"}
        self._known(path, given, STEP_PARTS)
        asked = given.get("ask")
        words = [asked] if isinstance(asked, str) else list(asked or [])
        if not words or len(words) > MOST_WORDS:
            self._wrong(f"{path}.ask", _("Say who is asked."))
        found: dict[str, Any] = {"ask": [self._person(f"{path}.ask", str(one)) for one in words[:MOST_WORDS]]}
        found["how"] = self._one_of(f"{path}.how", given.get("how") or "any", HOW)
        if condition := self._filter(f"{path}.if", given.get("if")):
            found["if"] = condition
        if limits := given.get("limits"):
            found["limits"] = self._limits(f"{path}.limits", limits)
        return found

    def _person(self, path: str, word: str) -> str:
        word = word.strip()[:200]
        if word in ("head", "approvers"):
            return word
        found = _WORD.match(word)
        if found is None:
            said = _("“%(name)s” is nobody: head, chain:2, approvers, member:…, role:…, team:…")
            self._wrong(path, said % {"name": word})
        elif found[1] == "chain":
            self._chain(path, found[2])
        elif not _exists(found[1], found[2]):
            self._wrong(path, _("There is no “%(name)s” here.") % {"name": found[2]})
        return word

    def _chain(self, path: str, said: str) -> None:
        if said.isdecimal():
            if not 1 <= int(said) <= MOST_LEVELS:
                words = _("A chain has 1 to %(most)d superiors.")
                self._wrong(path, words % {"most": MOST_LEVELS})
        elif said not in amount_fields(self.obj):
            self._wrong(path, _("Choose a field that holds an amount."))

    def _limits(self, path: str, given: Any) -> dict[str, int]:
        found: dict[str, int] = {}
        for word, most in given.items() if isinstance(given, Mapping) else ():
            kind, _colon, name = str(word).partition(":")
            try:
                found[str(word)[:200]] = int(most)
            except (TypeError, ValueError):
                self._wrong(path, _("A limit is a whole number."))
            if kind not in ("member", "role") or not _exists(kind, name):
                self._wrong(path, _("There is no “%(name)s” here.") % {"name": word})
        if not found:
            self._wrong(path, _("Say who may decide up to how much."))
        return found

    def _filter(self, path: str, value: Any) -> str:
        text = str(value or "").strip()
        if not text:
            return ""
        try:
            tree = parse_filter(text)
            compile_filter(tree, self.obj, by=self.by, context=field_context(self.by), vendor="sqlite")
        except (FilterSyntaxError, FieldError) as problem:
            self._wrong(path, str(problem))
        return text

    def _hours(self, value: Any) -> int:
        try:
            hours = int(value or 0)
        except (TypeError, ValueError):
            hours = -1
        if not 0 <= hours <= MOST_HOURS:
            said = _("A whole number from %(least)d to %(most)d.")
            self._wrong("remind", said % {"least": 0, "most": MOST_HOURS})
            return 0
        return hours

    def _one_of(self, path: str, value: Any, options: tuple[str, ...]) -> str:
        if value not in options:
            self._wrong(path, _("One of: %(words)s") % {"words": ", ".join(options)})
        return str(value)

    def _known(self, path: str, given: Mapping[str, Any], names: tuple[str, ...]) -> None:
        for name in set(given) - set(names):
            where = f"{path}.{name}" if path else name
            self._wrong(where, _("There is no field “%(name)s”.") % {"name": name})

    def _wrong(self, path: str, words: str) -> None:
        self.errors.setdefault(path, []).append(FieldError("invalid", words))


def _exists(kind: str, name: str) -> bool:
    match kind:
        case "member":
            return bool(members_named(name).exists())
        case "role":
            return bool(roles_named(name).exists())
    return bool(teams_named(name).exists())


def members_named(name: str) -> Any:
    """By id or by email; working members only."""
    rows = Member.objects.filter(left_at=None, user__deactivated_at=None)
    return rows.filter(pk=int(name)) if name.isdecimal() else rows.filter(user__email=name.lower())


def roles_named(name: str) -> Any:
    """By id, by the name of one of Guanxi's own (manager), or by that which the workspace gave it."""
    if name.isdecimal():
        return Role.objects.filter(pk=int(name))
    return Role.objects.filter(system=name) | Role.objects.filter(name=name)


def teams_named(name: str) -> Any:
    return Team.objects.filter(pk=int(name)) if name.isdecimal() else Team.objects.filter(name=name)


def amount_in_base(obj: Object, name: str, record: Any) -> Any:
    """What a chain compares with limits: money in the workspace's currency; None where it is not known."""
    if isinstance(obj[name], Money):
        return getattr(record, f"{name}_base", None)
    return obj[name].get(record)
