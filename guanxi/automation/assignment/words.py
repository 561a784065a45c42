"""A plan as a sentence."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from guanxi.automation.assignment.models import AssignmentPlan
from guanxi.automation.assignment.recipe import MEMBERS
from guanxi.automation.workflows.words import filter_words
from guanxi.platform.i18n.numbers import join_words
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry


def plan_words(row: AssignmentPlan, *, by: Actor) -> Markup:
    """Who gets what, and when it moves on."""
    obj, said = registry.get(row.object), row.plan
    ids = [one["who"] for one in said.get("members", ())]
    names = member_names(ids)
    who = join_words([names[one].name for one in ids[:6] if one in names])
    if len(ids) > 6:
        who += ngettext(" and %(count)d more", " and %(count)d more", len(ids) - 6) % {"count": len(ids) - 6}
    way = {
        "turns": _("in turn"),
        "weights": _("by weight"),
        "room": _("to whoever has the most room"),
    }[said.get("how", "turns")]
    told = _say(
        _("A new %(object)s without an owner goes to %(who)s, %(way)s."),
        object=_slot(obj.label), who=_slot(who or "–"), way=_slot(way),
    )  # fmt: skip
    if said.get("if"):
        told += _say(" " + _("Only if %(condition)s."), condition=filter_words(obj, said["if"], by=by))
    if said.get("hours") == MEMBERS:
        told += Markup(" " + _("Only to who is at work, by their own hours."))
    elif said.get("hours"):
        hours = f"{said['hours']['from']}–{said['hours']['to']}"
        told += _say(" " + _("Only to who is at work, %(hours)s."), hours=_slot(hours))
    if said.get("move_on"):
        count = said["move_on"]
        length = ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}
        told += _say(" " + _("After %(length)s without a touch it moves on."), length=_slot(length))
    return told


def _slot(text: Any) -> Markup:
    return Markup('<b class="slot">{}</b>').format(text)


def _say(text: str, /, **parts: Any) -> Markup:
    return Markup(text) % parts
