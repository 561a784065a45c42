"""A process as the sentence that it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from guanxi.automation.approvals.people import how_of
from guanxi.automation.approvals.recipe import (
    MOST_LEVELS,
    Recipe,
    chain_of,
    members_named,
    roles_named,
    teams_named,
)
from guanxi.automation.workflows.words import condition_words
from guanxi.platform.i18n.numbers import format_number, join_words, sentence_gap
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the builder; `part` is what is edited when it is pressed: "if", "rules" or "step:0"."""

    part: str
    word: str
    tone: str
    icon: str
    text: Markup


def sentence_of(object: str, recipe: Recipe, *, by: Actor) -> Markup:
    """The whole in one sentence, for lists and the head of the builder."""
    obj = registry.get(object) if registry.has(object) else None
    if obj is None:
        return Markup("")
    steps = [_step_words(obj, one, by) for one in recipe.get("steps", ())]
    then = Markup(_(", then ")).join(steps)
    if recipe.get("if"):
        said = _("When the %(object)s is submitted, and %(condition)s: %(steps)s.")
        return Markup(said) % {
            "object": _slot(obj.label), "condition": condition_words(obj, recipe, by=by), "steps": then,
        }  # fmt: skip
    said = _("When the %(object)s is submitted: %(steps)s.")
    return Markup(said) % {"object": _slot(obj.label), "steps": then}


def lines_of(object: str, recipe: Recipe, *, by: Actor) -> list[Line]:
    """All lines in the order in which they are read."""
    obj = registry.get(object)
    condition = (
        condition_words(obj, recipe, by=by)
        if recipe.get("if")
        else Markup(_("every %(object)s")) % {"object": _slot(obj.label)}
    )
    lines = [Line("if", _("If"), "ochre", "list-filter", condition)]
    for at, step in enumerate(recipe.get("steps", ())):
        word = str(at + 1)
        lines.append(Line(f"step:{at}", word, "azurite", "stamp", _step_words(obj, step, by)))
    lines.append(Line("rules", _("Rules"), "malachite", "shield", rules_words(recipe)))
    return lines


def rules_words(recipe: Recipe) -> Markup:
    """What holds for all steps."""
    author = {
        "never": _("Nobody signs what they have submitted or own."),
        "administrators": _("Only administrators may sign what they have submitted or own."),
        "always": _("Who has submitted it may sign, too."),
    }[recipe.get("author", "never")]
    nobody = {
        "admins": _("Where there is nobody, administrators are asked."),
        "pass": _("A step without anybody is passed over."),
    }[recipe.get("nobody", "admins")]
    hours = int(recipe.get("remind") or 0)
    remind = (
        ngettext(
            "Who has not answered is reminded every %(count)s hour.",
            "Who has not answered is reminded every %(count)s hours.",
            hours,
        )
        % {"count": hours}
        if hours
        else _("Nobody is reminded.")
    )
    return Markup(sentence_gap()).join([Markup.escape(one) for one in (author, nobody, remind)])


def step_title(recipe: Mapping[str, Any], number: int) -> str:
    """Who is asked at a step, in a few words: for the line of signers."""
    steps = recipe.get("steps", ())
    return join_words([person_words(one) for one in steps[number]["ask"]]) if number < len(steps) else ""


def person_words(word: str, obj: Object | None = None) -> str:
    """Whom a word means."""
    kind, _colon, name = word.partition(":")
    match kind:
        case "head":
            return _("the head of the owner’s team")
        case "approvers":
            return _("whoever may approve it")
        case "chain":
            levels, field = chain_of(word)
            if field:
                label = str(obj[field].label) if obj is not None and field in obj.fields_by_name else field
                said = _("superiors, up to whose limit covers “%(field)s”")
                return said % {"field": label}
            said = ngettext(
                "%(count)s superior, one after the other", "%(count)s superiors, one after the other", levels
            )
            return said % {"count": min(levels, MOST_LEVELS)}
        case "member":
            found = members_named(name).select_related("user").first()
            return found.display_name if found is not None else name
        case "role":
            role = roles_named(name).first()
            return _("role %(name)s") % {"name": role.label if role is not None else name}
        case "team":
            team = teams_named(name).first()
            return _("team %(name)s") % {"name": team.name if team is not None else name}
    return word


def limit_words(limits: Mapping[str, int]) -> str:
    return join_words([f"{person_words(word)} ≤ {format_number(most)}" for word, most in limits.items()])


def _step_words(obj: Object, step: Recipe, by: Actor) -> Markup:
    people = Markup(join_words([str(_slot(person_words(one, obj))) for one in step["ask"]]))
    many = len(step["ask"]) > 1 or step["ask"][0].partition(":")[0] in ("role", "team", "approvers")
    how = how_of(step)
    if any(one.startswith("chain:") for one in step["ask"]):
        said = _("%(people)s approve")
    elif how == "all" and many:
        said = _("all of %(people)s approve")
    elif how == "turn" and many:
        said = _("%(people)s approve one after the other")
    elif many:
        said = _("one of %(people)s approves")
    else:
        said = _("%(people)s approves")
    text = Markup(said) % {"people": people}
    if step.get("limits"):
        text += Markup(" ({})").format(limit_words(step["limits"]))
    if step.get("if"):
        text = Markup(_("%(step)s, if %(condition)s")) % {
            "step": text, "condition": condition_words(obj, step, by=by),
        }  # fmt: skip
    return text


def _slot(text: Any) -> Markup:
    return Markup('<b class="slot">{}</b>').format(text)
