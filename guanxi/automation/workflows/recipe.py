"""What a workflow says: when, if, then. Kept as JSON, written as TOML, checked here.

    when = {kind = "fact", verb = "moved", was = 'stage.name = "Quoted"'}
    if = 'stage.name = "Signing"'
    steps = [{do = "notify", to = ["followers"], text = "{name} goes to contract"}]

when    fact      a fact of the object: `verb`, or "*"; `fields`: only if one of these changed; `was`: a
                  filter that held before
        enters    `if` holds now and did not before; `leaves` the other way round
        date      `days` after (before, if negative) a date `field`, at the hour `at`
        held      `if` has held `for` so long; since the first of the moments `since` that is filled in,
                  else since the workflow saw it begin
        schedule  `cron`, in the workspace's time zone: for every record of which `if` holds
        webhook   somebody calls its address; `match` = {field, path}: the record whose field has the value
        button    a member presses it on a record; `label` is what it says
if      a filter of the record as it is now; `formula`: one more condition, as in fields
most_a_day   what the clock starts, at most so often a day for one owner; the rest waits for the next day
steps   what is done, in order: see `STEPS`. Texts may name fields: {name}, {company.city}, {payload.total};
        a value that begins with = is a formula
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext as _

from guanxi.platform.i18n.holidays import add_working_days
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.computed import FormulaFault, check_condition, find_object
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Field, Link
from guanxi.platform.metadata.formulas import FormulaError, check_formula
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import FilterSyntaxError, compile_filter, conditions_of, parse_filter

Recipe = Mapping[str, Any]
Step = Mapping[str, Any]

TRIGGERS = ("fact", "enters", "leaves", "date", "held", "schedule", "webhook", "button")
MOST_STEPS = 50
MOST_DEPTH = 4
MOST_LOOPED = 500
LONGEST = 4_000
ROBOTS = ("wecom", "dingtalk", "feishu")
CHANNELS = ("app", "email", "push")
METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")

_DURATION = re.compile(r"^(\d{1,4})(min|h|d|wd|w)$")
_CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")
_WORD = re.compile(r"^[a-z][a-z0-9_]*$")
_UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class StepKind:
    """What a step may say. `outside`: it calls another system, so it is written down before and after.

    apart   what a step needs and does not bring along where it comes as text: empty until somebody gives it
    """

    name: str
    parts: tuple[str, ...]
    needs: tuple[str, ...] = ()
    outside: bool = False
    apart: tuple[str, ...] = ()


STEPS: dict[str, StepKind] = {
    one.name: one
    for one in (
        StepKind("create", ("object", "values"), ("object", "values")),
        StepKind("change", ("of", "values"), ("values",)),
        StepKind("assign", ("of", "to", "plan")),
        StepKind("tag", ("of", "add", "remove")),
        StepKind("score", ("of", "field", "add", "tags"), ("field",)),
        StepKind("todo", ("text", "to", "due", "body"), ("text",)),
        StepKind("today", ("text", "to", "weight"), ("text",)),
        StepKind("notify", ("text", "to", "by", "button"), ("text", "to")),
        StepKind("email", ("to", "template", "subject", "text"), ("to",)),
        StepKind(
            "robot", ("robot", "url", "secret", "text"), ("robot", "text"), outside=True, apart=("url",)
        ),
        StepKind("call", ("url", "method", "headers", "body"), ("url",), outside=True),
        StepKind("verb", ("of", "verb", "values"), ("verb",)),
        StepKind("approve", ("of", "flow", "else")),
        StepKind("wait", ("for", "fact", "stop")),
        StepKind("branch", ("if", "formula", "then", "else"), ("then",)),
        StepKind("each", ("of", "if", "steps"), ("of", "steps")),
        StepKind("stop", ("text",)),
    )
}
_NESTED = ("then", "else", "steps")
_ALLOWED = {
    "fact": ("verb", "fields", "was"),
    "enters": (),
    "leaves": (),
    "date": ("field", "days", "at"),
    "held": ("for", "since"),
    "schedule": ("cron",),
    "webhook": ("match",),
    "button": ("label",),
}


def check_recipe(object: str, recipe: Mapping[str, Any], *, by: Actor) -> dict[str, Any]:
    """The recipe as it is kept; raises InvalidValues that names each part that makes no sense."""
    if not registry.has(object):
        raise InvalidValues({"object": [FieldError("object", _("There is no such kind of record."))]})
    checker = _Checker(registry.get(object), by)
    found = checker.recipe(recipe)
    if checker.errors:
        raise InvalidValues(checker.errors)
    return found


def steps_at(recipe: Recipe, path: str) -> Sequence[Step]:
    """The steps under a path: "" the outermost, "2.then" those of a branch.

    Raises LookupError and ValueError where no steps can stand: paths come from addresses, too.
    """
    found: Any = recipe.get("steps", ())
    if not path:
        return found  # type: ignore[no-any-return]
    parts = path.split(".")
    for index, name in zip(parts[::2], parts[1::2], strict=True):
        if name not in _NESTED or not index.isdecimal():
            raise KeyError(path)
        found = found[int(index)].get(name, ())
    return found  # type: ignore[no-any-return]


def all_steps(recipe: Recipe, path: str = "") -> Iterator[tuple[str, Step]]:
    """Every step with its path, in the order in which they are read."""
    for at, step in enumerate(steps_at(recipe, path)):
        here = f"{path}.{at}" if path else str(at)
        yield here, step
        for name in _NESTED:
            if step.get(name):
                yield from all_steps(recipe, f"{here}.{name}")


def later(moment: datetime, text: str, *, zone: ZoneInfo, country: str) -> datetime:
    """`30d`, `2h`, `15min`, `2wd` (working days), `1w` after a moment. Days keep the hour on the wall.

    Hours and minutes are time that passes; a day has 23 or 25 of them when clocks change.
    """
    found = _DURATION.match(text)
    if found is None:
        raise FieldError("duration", _("“%(value)s” is no length of time: 30d, 2wd, 3h.") % {"value": text})
    count, unit = int(found[1]), found[2]
    if unit in ("min", "h"):
        return moment + timedelta(**{_UNITS[unit]: count})
    local = moment.astimezone(zone)
    if unit == "wd":
        day = add_working_days(local.date(), count, country)
    else:
        day = local.date() + timedelta(**{_UNITS[unit]: count})
    return datetime.combine(day, local.timetz()).astimezone(moment.tzinfo)


def earlier(moment: datetime, text: str) -> datetime:
    """The moment before which something must have begun, to have lasted `text` by now."""
    found = _DURATION.match(text)
    if found is None or found[2] == "wd":
        raise FieldError("duration", _("“%(value)s” is no length of time: 30d, 3h.") % {"value": text})
    return moment - timedelta(**{_UNITS[found[2]]: int(found[1])})


class _Checker:
    """Collects what is wrong under the path of the part."""

    def __init__(self, obj: Object, by: Actor) -> None:
        self.obj, self.by = obj, by
        self.errors: dict[str, list[FieldError]] = {}
        self.count = 0

    def recipe(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self._known("", given, ("when", "if", "formula", "steps", "imports", "most_a_day"))
        when = self.when(given.get("when") or {})
        found: dict[str, Any] = {"when": when}
        if condition := self.filter("if", given.get("if"), self.obj):
            found["if"] = condition
        elif when.get("kind") in ("enters", "leaves"):
            self.wrong("if", _("Say which condition."))
        if formula := self.formula("formula", given.get("formula")):
            found["formula"] = formula
        if given.get("imports"):
            found["imports"] = True
        if given.get("most_a_day") not in (None, "", 0):
            found["most_a_day"] = self.number("most_a_day", given["most_a_day"], 1, 1_000)
        found["steps"] = self.steps("steps", given.get("steps"), self.obj, 0)
        if not found["steps"]:
            self.wrong("steps", _("Say what is to be done."))
        return found

    def when(self, given: Any) -> dict[str, Any]:
        if not isinstance(given, Mapping) or given.get("kind") not in TRIGGERS:
            self.wrong("when", _("Say when it begins."))
            return {"kind": "button", "label": ""}
        kind = str(given["kind"])
        self._known("when", given, ("kind", *_ALLOWED[kind]))
        found: dict[str, Any] = {"kind": kind}
        match kind:
            case "fact":
                found["verb"] = self.word("when.verb", given.get("verb") or "*")
                if fields := given.get("fields"):
                    found["fields"] = [
                        self.field("when.fields", one) for one in self.many("when.fields", fields)
                    ]
                if was := self.filter("when.was", given.get("was"), self.obj):
                    found["was"] = was
            case "date":
                name = self.field("when.field", given.get("field"))
                if name and self.obj[name].type not in ("date", "datetime"):
                    self.wrong("when.field", _("Choose a field that holds a date."))
                found |= {
                    "field": name,
                    "days": self.number("when.days", given.get("days") or 0, -3660, 3660),
                }
                at = str(given.get("at") or "09:00")
                if not _CLOCK.match(at):
                    self.wrong("when.at", _("A time looks like 09:00."))
                found["at"] = at
            case "held":
                found["for"] = self.duration("when.for", given.get("for"), working=False)
                since = [
                    self.field("when.since", one) for one in self.many("when.since", given.get("since") or [])
                ]
                if any(one and self.obj[one].type != "datetime" for one in since):
                    self.wrong("when.since", _("Choose fields that hold a moment."))
                found |= {"since": since} if since else {}
            case "schedule":
                found["cron"] = str(given.get("cron") or "")
                try:
                    next(CronSim(found["cron"], datetime(2026, 1, 1)))
                except (CronSimError, StopIteration):
                    self.wrong(
                        "when.cron", _("Five fields of a clock table: 0 9 * * 1-5 is nine on weekdays.")
                    )
            case "webhook":
                if match := given.get("match"):
                    if not isinstance(match, Mapping) or not match.get("path"):
                        self.wrong("when.match", _("Say which part names the record."))
                    else:
                        name = self.field("when.match", match.get("field"))
                        found["match"] = {"field": name, "path": str(match["path"])[:100]}
            case "button":
                found["label"] = self.text("when.label", given.get("label"), 60)
        return found

    def steps(self, path: str, given: Any, obj: Object | None, depth: int) -> list[dict[str, Any]]:
        if not isinstance(given, list | tuple):
            if given:
                self.wrong(path, _("Steps are a list."))
            return []
        if depth > MOST_DEPTH:
            self.wrong(path, _("Steps are nested too deep."))
            return []
        return [self.step(f"{path}.{at}", one, obj, depth) for at, one in enumerate(given)]

    def step(self, path: str, given: Any, obj: Object | None, depth: int) -> dict[str, Any]:
        self.count += 1
        kind = STEPS.get(str(given.get("do"))) if isinstance(given, Mapping) else None
        if kind is None or self.count > MOST_STEPS:
            self.wrong(path, _("There is no such step.") if kind is None else _("These are too many steps."))
            return {"do": "stop"}
        self._known(path, given, ("do", *kind.parts))
        for name in kind.needs:
            if given.get(name) in (None, "", [], {}):
                self.wrong(f"{path}.{name}", _("This is needed."))
        found: dict[str, Any] = {"do": kind.name}
        for name in kind.parts:
            value = given.get(name)
            if value in (None, "", [], {}):
                if name in kind.apart:
                    found[name] = ""
                continue
            found[name] = _PARTS[(kind.name, name)](self, f"{path}.{name}", value, obj, given, depth)
        if kind.name == "wait" and not ("for" in found or "fact" in found):
            self.wrong(path, _("Say how long, or for what."))
        if kind.name == "branch" and not (given.get("if") or given.get("formula")):
            self.wrong(f"{path}.if", _("Say which condition: without one a branch always goes the same way."))
        if kind.name == "tag" and not ("add" in found or "remove" in found):
            self.wrong(path, _("Say which tags."))
        if kind.name == "assign" and not ("to" in found) ^ ("plan" in found):
            self.wrong(path, _("Say to whom, or by which plan."))
        if kind.name == "email" and ("template" in found) == ("subject" in found and "text" in found):
            self.wrong(path, _("Choose a template, or write a subject and a text."))
        if kind.name == "score" and not ("add" in found or "tags" in found):
            self.wrong(path, _("Say by how much."))
        return found

    # Parts of steps: (path, value, object at hand, the whole step, depth) → what is kept

    def _values(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        target = self._target(step, obj)
        if step.get("do") == "create":
            target = registry.get(str(step["object"])) if registry.has(str(step.get("object"))) else None
        if not isinstance(value, Mapping):
            self.wrong(path, _("Say which fields get which values."))
            return {}
        for name, one in value.items():
            field = target.fields_by_name.get(name) if target is not None else None
            taken = target is not None and step.get("do") == "verb"
            if target is not None and not taken and (field is None or field.readonly):
                self.wrong(f"{path}.{name}", _("There is no field “%(name)s”.") % {"name": name})
            elif isinstance(one, str) and one.startswith("="):
                self.formula(f"{path}.{name}", one[1:], condition=False, obj=obj)
        if step.get("do") == "create" and target is not None:
            self._needed(path, target, value)
        return dict(value)

    def _needed(self, path: str, target: Object, values: Mapping[str, Any]) -> None:
        """What the record can't be made without is asked for now, and not when the first run fails."""
        for field in target.fields:
            if not field.required or field.readonly or field.name in values:
                continue
            if field.is_empty(field.default() if callable(field.default) else field.default):
                self.wrong(f"{path}.{field.name}", _("%(field)s is needed.") % {"field": field.label})

    def _of(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        if obj is None:
            return str(value)
        if step.get("do") == "each":
            if linked_object(obj, str(value)) is None:
                self.wrong(path, _("Nothing of that kind is linked with this."))
            return str(value)
        if target_of(obj, str(value)) is None:
            self.wrong(path, _("“%(name)s” leads nowhere.") % {"name": value})
        return str(value)

    def _object(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        if not registry.has(str(value)):
            self.wrong(path, _("There is no such kind of record."))
        elif registry.get(str(value)).derived:
            self.wrong(path, _("The product makes records of this kind; a step does not."))
        return str(value)

    def _text(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        return self.text(path, value, LONGEST)

    def _people(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        found = [str(one)[:200] for one in self.many(path, value)]
        for one in found:
            if not _is_person(one) and not (step.get("do") == "email" and ("@" in one or "{" in one)):
                self.wrong(
                    path, _("“%(name)s” is nobody: owner, manager, followers, member:…") % {"name": one}
                )
        return found

    def _tags(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        return [self.text(path, one, 60) for one in self.many(path, value)]

    def _points(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        if not isinstance(value, Mapping) or not all(_is_whole(one) for one in value.values()):
            self.wrong(path, _("Say how many points each tag is worth."))
            return {}
        return {str(name)[:60]: int(one) for name, one in value.items()}

    def _number_field(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        target = self._target(step, obj)
        field = target.fields_by_name.get(str(value)) if target is not None else None
        if target is not None and (
            field is None or field.readonly or field.type not in ("integer", "decimal", "percent")
        ):
            self.wrong(path, _("Choose a field that holds a number."))
        return str(value)

    def _amount(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        if isinstance(value, str) and value.startswith("="):
            self.formula(path, value[1:], condition=False, obj=obj)
            return value
        return self.number(path, value, -1_000_000, 1_000_000)

    def _url(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        text = self.text(path, value, 2_000)
        parts = urlsplit(text.replace("{", "").replace("}", ""))
        if parts.scheme not in ("http", "https") or not parts.hostname or "{" in (urlsplit(text).netloc):
            self.wrong(path, _("An address begins with https:// and a name."))
        return text

    def _one_of(self, path: str, value: Any, options: Sequence[str]) -> Any:
        if value not in options:
            self.wrong(path, _("One of: %(words)s") % {"words": ", ".join(options)})
        return str(value)

    def _by(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        return [self._one_of(path, one, CHANNELS) for one in self.many(path, value)]

    def _verb(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        target = self._target(step, obj)
        names = (
            {one.name for one in target.verbs} | {"archive", "restore"}
            if target is not None
            else {str(value)}
        )
        if str(value) not in names and step.get("do") == "verb":
            self.wrong(path, _("There is no such verb."))
        return str(value)

    def _fact(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        return self.word(path, value)

    def _duration(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        return self.duration(path, value)

    def _filter(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        target = linked_object(obj, str(step.get("of"))) if obj and step.get("do") == "each" else obj
        return self.filter(path, value, target) or ""

    def _formula(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        return self.formula(path, value, obj=obj) or ""

    def _steps(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        target = linked_object(obj, str(step.get("of"))) if obj and step.get("do") == "each" else obj
        return self.steps(path, value, target, depth + 1)

    def _headers(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        if not isinstance(value, Mapping) or any(
            "\n" in f"{k}{v}" or "\r" in f"{k}{v}" for k, v in value.items()
        ):
            self.wrong(path, _("Headers are names with values."))
            return {}
        return {str(name)[:100]: str(one)[:1000] for name, one in value.items()}

    def _weight(self, path: str, value: Any, obj: Object | None, step: Step, depth: int) -> Any:
        return self.number(path, value, 1, 200)

    # What parts are made of

    def wrong(self, path: str, words: str) -> None:
        self.errors.setdefault(path or "recipe", []).append(FieldError("invalid", words))

    def _known(self, path: str, given: Mapping[str, Any], names: Sequence[str]) -> None:
        for name in set(given) - set(names):
            where = f"{path}.{name}" if path else name
            self.wrong(where, _("There is no field “%(name)s”.") % {"name": name})

    def _target(self, step: Step, obj: Object | None) -> Object | None:
        return target_of(obj, str(step.get("of") or "")) if obj is not None else None

    def many(self, path: str, value: Any) -> Sequence[Any]:
        if isinstance(value, str):
            return [one.strip() for one in value.split(",") if one.strip()]
        if isinstance(value, list | tuple):
            return value[:100]
        self.wrong(path, _("This is a list."))
        return []

    def text(self, path: str, value: Any, most: int) -> str:
        text = str(value or "").strip()
        if not text or len(text) > most:
            self.wrong(path, _("This needs words, up to %(most)d characters.") % {"most": most})
        return text[:most]

    def word(self, path: str, value: Any) -> str:
        if value != "*" and not _WORD.match(str(value)):
            self.wrong(path, _("The name of a fact is one word: changed, moved, won."))
        return str(value)

    def field(self, path: str, value: Any) -> str:
        if str(value) not in self.obj.fields_by_name:
            self.wrong(path, _("There is no field “%(name)s”.") % {"name": value})
            return ""
        return str(value)

    def number(self, path: str, value: Any, least: int, most: int) -> int:
        if not _is_whole(value) or not least <= int(value) <= most:
            self.wrong(path, _("A whole number from %(least)d to %(most)d.") % {"least": least, "most": most})
            return 0
        return int(value)

    def duration(self, path: str, value: Any, *, working: bool = True) -> str:
        text = str(value or "").strip().replace(" ", "")
        found = _DURATION.match(text)
        if found is None or (found[2] == "wd" and not working):
            self.wrong(path, _("“%(value)s” is no length of time: 30d, 2wd, 3h.") % {"value": text[:20]})
        return text

    def filter(self, path: str, value: Any, obj: Object | None) -> str:
        text = str(value or "").strip()
        if not text or obj is None:
            return text
        try:
            tree = parse_filter(text)
            compile_filter(tree, obj, by=self.by, context=field_context(self.by), vendor="sqlite")
        except (FilterSyntaxError, FieldError) as problem:
            self.wrong(path, str(problem))
        return text

    def formula(self, path: str, value: Any, *, condition: bool = True, obj: Object | None = None) -> str:
        text = str(value or "").strip()
        if not text:
            return ""
        try:
            if condition:
                return check_condition(obj or self.obj, text)
            check_formula(text, obj or self.obj, find=find_object)
        except (FormulaFault, FormulaError) as problem:
            self.wrong(path, str(problem))
        return text


# (kind of step, part) → the method that checks it
_PARTS: dict[tuple[str, str], Callable[..., Any]] = {
    **{
        (name, "of"): _Checker._of for name in ("change", "assign", "tag", "score", "verb", "approve", "each")
    },
    **{(name, "values"): _Checker._values for name in ("create", "change", "verb")},
    **{(name, "to"): _Checker._people for name in ("assign", "todo", "today", "notify", "email")},
    **{(name, "text"): _Checker._text for name in ("todo", "today", "notify", "email", "robot", "stop")},
    ("create", "object"): _Checker._object,
    ("tag", "add"): _Checker._tags,
    ("tag", "remove"): _Checker._tags,
    ("score", "field"): _Checker._number_field,
    ("score", "add"): _Checker._amount,
    ("score", "tags"): _Checker._points,
    ("todo", "due"): _Checker._duration,
    ("todo", "body"): _Checker._text,
    ("today", "weight"): _Checker._weight,
    ("notify", "by"): _Checker._by,
    ("notify", "button"): _Checker._verb,
    ("email", "subject"): _Checker._text,
    ("email", "template"): _Checker._text,
    ("robot", "robot"): lambda self, path, value, *rest: self._one_of(path, value, ROBOTS),
    ("robot", "url"): _Checker._url,
    ("robot", "secret"): _Checker._text,
    ("call", "url"): _Checker._url,
    ("call", "method"): lambda self, path, value, *rest: self._one_of(path, value, METHODS),
    ("call", "headers"): _Checker._headers,
    ("call", "body"): lambda self, path, value, *rest: value,
    ("verb", "verb"): _Checker._verb,
    ("approve", "flow"): _Checker._text,
    ("approve", "else"): _Checker._steps,
    ("assign", "plan"): _Checker._text,
    ("wait", "for"): _Checker._duration,
    ("wait", "fact"): _Checker._fact,
    ("wait", "stop"): lambda self, path, value, *rest: bool(value),
    ("branch", "if"): _Checker._filter,
    ("branch", "formula"): _Checker._formula,
    ("branch", "then"): _Checker._steps,
    ("branch", "else"): _Checker._steps,
    ("each", "if"): _Checker._filter,
    ("each", "steps"): _Checker._steps,
}


def fields_read(text: str) -> set[str]:
    """The fields of the object itself that a filter asks for; behind a link, the link."""
    return {one.field.partition(".")[0] for one in conditions_of(parse_filter(text))} if text else set()


def target_of(obj: Object, path: str) -> Object | None:
    """The object that a path of links leads to: "" is the record itself."""
    found: Object | None = obj
    for name in path.split(".") if path else ():
        link: Field | None = found.fields_by_name.get(name) if found is not None else None
        found = registry.get(link.to) if isinstance(link, Link) and registry.has(link.to) else None
    return found


def linked_object(obj: Object, of: str) -> Object | None:
    """`deal.company`: the deals whose link `company` leads to the record at hand."""
    name, _dot, link = of.partition(".")
    other = registry.get(name) if registry.has(name) else None
    field = other.fields_by_name.get(link) if other is not None else None
    return other if isinstance(field, Link) and field.to == obj.name else None


def _is_person(word: str) -> bool:
    return word in ("owner", "manager", "followers", "creator", "admins") or bool(
        re.match(r"^(member|team|role):.+$", word)
    )


def _is_whole(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and int(value) == float(value)
    except (TypeError, ValueError, OverflowError):
        return False


def is_whole(recipe: Recipe) -> bool:
    """Whether every step has what does not come along with a text."""

    def missing(steps: Any) -> bool:
        return any(
            any(not one.get(part) for part in STEPS[one["do"]].apart)
            or any(missing(one.get(name) or ()) for name in _NESTED)
            for one in steps
        )

    return not missing(recipe.get("steps") or ())
