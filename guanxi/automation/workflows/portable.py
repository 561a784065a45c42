"""Recipes without the ids of one workspace: a text that is applied elsewhere must mean the same there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from guanxi.automation.workflows.models import SECRET
from guanxi.automation.workflows.recipe import linked_object
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters import Condition, Filter, Not, parse_filter, print_filter


def portable(recipe: Mapping[str, Any], obj: Object) -> dict[str, Any]:
    """The recipe with `stage = 17` as `stage.name = "Proposal"`, where that name is the only one of its kind.

    Only of what a workspace sets up (stages, pipelines, products), not of what somebody owns.
    """
    found = dict(recipe)
    if found.get("if"):
        found["if"] = _by_name(found["if"], obj)
    when = found.get("when")
    if isinstance(when, Mapping) and when.get("was"):
        found["when"] = {**when, "was": _by_name(when["was"], obj)}
    if found.get("steps"):
        found["steps"] = _steps(found["steps"], obj)
    return found


def with_secrets(recipe: Any, before: Any) -> Any:
    """A recipe that was read from a text, which has no secrets, with those that stood in the same places.

    Where it calls somebody else, or the step is another one, they do not come along.
    """
    if isinstance(recipe, list) and isinstance(before, list):
        kept = [*before, *[None] * len(recipe)]
        return [with_secrets(one, kept[at]) for at, one in enumerate(recipe)]
    if not isinstance(recipe, dict) or not isinstance(before, dict):
        return recipe
    robot = "robot" in recipe and recipe.get("robot") == before.get("robot") and not recipe.get("url")
    same = (robot or recipe.get("url") == before.get("url")) and recipe.get("do") == before.get("do")
    secret = {*SECRET, "url"} if robot else SECRET
    found = {}
    for name, one in recipe.items():
        if name not in secret:
            found[name] = with_secrets(one, before.get(name))
        else:
            found[name] = _filled(one, before.get(name)) if same else one
    return found


def _filled(given: Any, before: Any) -> Any:
    if isinstance(given, dict) and isinstance(before, dict):
        return {name: one or before.get(name, "") for name, one in given.items()}
    return given or before or ""


def _steps(steps: Sequence[Mapping[str, Any]], obj: Object) -> list[dict[str, Any]]:
    return [_step(one, obj) for one in steps]


def _step(step: Mapping[str, Any], obj: Object) -> dict[str, Any]:
    there = (linked_object(obj, step["of"]) or obj) if step.get("of") else obj
    found = dict(step)
    if found.get("if"):
        found["if"] = _by_name(found["if"], there)
    for name in ("then", "else", "steps"):
        if found.get(name):
            found[name] = _steps(found[name], there)
    return found


def _by_name(text: str, obj: Object) -> str:
    tree = parse_filter(text)
    named = _named(tree, obj)
    return text if named == tree else print_filter(named)


def _named(tree: Filter, obj: Object) -> Filter:
    if isinstance(tree, Condition):
        return _condition(tree, obj)
    if isinstance(tree, Not):
        return replace(tree, part=_named(tree.part, obj))
    return replace(tree, parts=tuple(_named(one, obj) for one in tree.parts))


def _condition(one: Condition, obj: Object) -> Condition:
    field = obj.fields_by_name.get(one.field)
    if not isinstance(field, Link) or one.operator != "is" or not registry.has(field.to):
        return one
    target = registry.get(field.to)
    if target.owned or not str(one.value).isdigit():
        return one
    titles = target.rows().filter(archived_at=None).values_list("pk", target.title_field.column)
    title = dict(titles).get(int(str(one.value)))
    if title is None or sum(other == title for _pk, other in titles) > 1:
        return one
    return replace(one, field=f"{one.field}.{target.title}", value=title)
