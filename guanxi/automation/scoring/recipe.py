"""What a score is made of. Kept as JSON, written as TOML, checked here.

    [objects.lead.scores.score]
    title = "How warm a lead is"
    on = true
    leads = 50
    counts = [
      {tag = "Hot", points = 30},
      {if = "amount > 100000", points = 20},
      {if = "last_touch_at is not empty", points = 15, since = "last_touch_at", half_life = 30},
      {fact = ["quote.viewed", "quote.opened"], points = 10, most = 30, within = 14, half_life = 7},
    ]

Each rule has `points` (negative ones count against) and one of:

if      a filter of the record; with `since` (a date of the record) and `half_life` (days) it fades
tag     a tag by its name, whether or not it is there yet
fact    facts of the record, or about it, of the last `within` days: `points` for each, `most` for all of
        them, each fading by `half_life`
kind    "fit" (who they are) or "engagement" (what they do); a rule of facts is engagement by itself
label   what the reason is called; else the rule says itself
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from guanxi.automation.workflows.recipe import fields_read
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import FilterSyntaxError, compile_filter, conditions_of, parse_filter

Rule = Mapping[str, Any]
KINDS = ("fit", "engagement")
MOST_RULES = 40
LONGEST_DAYS = 366
WITHIN = 90
_PARTS = {
    "if": ("since", "half_life"),
    "tag": (),
    "fact": ("most", "within", "half_life"),
}
_COMMON = ("key", "points", "kind", "label")
_ORDER = ("key", "if", "tag", "fact", "label", "points", "kind", "most", "within", "since", "half_life")


def check_rules(object: str, rules: Any, *, by: Actor) -> list[dict[str, Any]]:
    """The rules as they are kept; raises InvalidValues that names each part that makes no sense."""
    errors: dict[str, list[FieldError]] = {}
    if not registry.has(object):
        raise InvalidValues({"object": [FieldError("object", _("There is no such kind of record."))]})
    if not isinstance(rules, list | tuple) or len(rules) > MOST_RULES:
        words = _("A score has up to %(most)d rules.") % {"most": MOST_RULES}
        raise InvalidValues({"rules": [FieldError("many", words)]})
    obj = registry.get(object)
    kept: list[dict[str, Any]] = []
    keys = {str(one["key"]) for one in rules if isinstance(one, Mapping) and one.get("key")}
    for at, given in enumerate(rules):
        try:
            one = _checked(obj, given, by)
        except FieldError as problem:
            errors[f"rules.{at}"] = [problem]
            continue
        if not one.get("key") or one["key"] in {other["key"] for other in kept}:
            one["key"] = next(name for n in range(1, 10_000) if (name := f"r{n}") not in keys)
            keys.add(one["key"])
        kept.append(in_order(one))
    if errors:
        raise InvalidValues(errors)
    return kept


def in_order(rule: Rule) -> dict[str, Any]:
    """The parts as they are written: the same rule is the same text everywhere."""
    return {name: rule[name] for name in _ORDER if name in rule}


def facts_of_rule(rule: Rule) -> tuple[str, ...]:
    """The names of the facts that a rule counts."""
    found = rule.get("fact") or ()
    return (found,) if isinstance(found, str) else tuple(found)


def reads(obj: Object, rules: Sequence[Rule]) -> set[str]:
    """Fields of the record by whose change it is to be weighed anew."""
    found: set[str] = set()
    for one in rules:
        if one.get("if"):
            found |= fields_read(one["if"])
        if one.get("tag"):
            found.add("tags")
        if one.get("since"):
            found.add(one["since"])
    return found


def paths_read(obj: Object, rule: Rule) -> set[tuple[str, str]]:
    """(object, field) of everything that a rule's condition looks at, behind links too."""
    found: set[tuple[str, str]] = set()
    if rule.get("tag"):
        found.add((obj.name, "tags"))
    if rule.get("since"):
        found.add((obj.name, rule["since"]))
    if rule.get("if"):
        try:
            tree = parse_filter(rule["if"])
        except FilterSyntaxError:
            return found
        for one in conditions_of(tree):
            at: Object | None = obj
            for part in one.field.split("."):
                if at is None or part not in at.fields_by_name:
                    break
                found.add((at.name, part))
                link = at[part]
                at = registry.get(link.to) if isinstance(link, Link) and registry.has(link.to) else None
    return found


def _checked(obj: Object, given: Any, by: Actor) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise FieldError("rule", _("A rule says what counts, and how much."))
    bases = [name for name in _PARTS if given.get(name)]
    if len(bases) != 1:
        raise FieldError("rule", _("A rule has one of these: a condition, a tag, facts."))
    basis = bases[0]
    for name in given:
        if name not in (*_COMMON, basis, *_PARTS[basis]):
            raise FieldError("unknown", _("“%(name)s” is not known here.") % {"name": name})
    found: dict[str, Any] = {"key": str(given["key"])[:20]} if given.get("key") else {}
    found["points"] = _number(given.get("points"), -100, 100)
    if not found["points"]:
        raise FieldError("points", _("Say by how much."))
    found["kind"] = given.get("kind") or ("engagement" if basis == "fact" else "fit")
    if found["kind"] not in KINDS:
        raise FieldError("kind", _("A rule says who they are (fit) or what they do (engagement)."))
    match basis:
        case "if":
            found |= _condition(obj, given, by)
        case "tag":
            found["tag"] = str(given["tag"]).strip()[:60]
        case _:
            found |= _facts(given)
    if given.get("half_life"):
        found["half_life"] = _number(given["half_life"], 1, LONGEST_DAYS)
    if given.get("label"):
        found["label"] = str(given["label"]).strip()[:120]
    return found


def _condition(obj: Object, given: Rule, by: Actor) -> dict[str, Any]:
    text = str(given["if"]).strip()
    try:
        tree = parse_filter(text)
        compile_filter(tree, obj, by=by, context=field_context(by), vendor=connection.vendor)
    except FilterSyntaxError as problem:
        raise FieldError("filter", str(problem)) from problem
    found: dict[str, Any] = {"if": text}
    since = given.get("since")
    if since:
        if since not in obj.fields_by_name or obj[since].type not in ("date", "datetime"):
            raise FieldError("since", _("Choose a field that holds a date."))
        found["since"] = str(since)
    if bool(since) != bool(given.get("half_life")):
        raise FieldError("since", _("What fades needs both: since when, and in how many days it halves."))
    return found


def _facts(given: Rule) -> dict[str, Any]:
    names = [given["fact"]] if isinstance(given["fact"], str) else list(given["fact"])
    for name in names:
        object, dot, verb = str(name).partition(".")
        if not dot or not verb or not registry.has(object):
            words = _("“%(name)s” is no fact: quote.opened is one.")
            raise FieldError("fact", words % {"name": name})
    found: dict[str, Any] = {"fact": [str(one) for one in names]}
    found["within"] = _number(given.get("within") or WITHIN, 1, LONGEST_DAYS)
    if given.get("most"):
        found["most"] = _number(given["most"], 1, 100)
    return found


def _number(given: Any, least: int, most: int) -> int:
    try:
        found = int(given)
    except (TypeError, ValueError):
        raise FieldError("number", _("A whole number is needed.")) from None
    if not least <= found <= most:
        raise FieldError(
            "range", _("Between %(least)d and %(most)d, please.") % {"least": least, "most": most}
        )
    return found
