"""A score as sentences: each rule with its weight, and what fades."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from guanxi.automation.scoring.recipe import Rule, facts_of_rule
from guanxi.automation.workflows.words import fact_words, filter_words
from guanxi.platform.i18n.numbers import join_words
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object


def signed(points: int) -> str:
    """+10 or −10, with a real minus sign."""
    return f"+{points}" if points >= 0 else f"−{-points}"


def rule_words(obj: Object, rule: Rule, *, by: Actor) -> Markup:
    """What has to be so for a rule to count."""
    if rule.get("label"):
        return _slot(rule["label"])
    if rule.get("tag"):
        return _say(_("has the tag %(tag)s"), tag=_slot(rule["tag"]))
    if rule.get("fact"):
        return _say(
            _("%(fact)s in the last %(days)s"),
            fact=_slot(join_words([one_fact(name) for name in facts_of_rule(rule)], last="or")),
            days=_slot(_days(rule["within"])),
        )
    return filter_words(obj, rule["if"], by=by)


def weight_words(obj: Object, rule: Rule) -> str:
    """How much it counts, and how it fades."""
    points = signed(rule["points"])
    text = points
    if rule.get("fact"):
        text = _("%(points)s each") % {"points": points}
        if rule.get("most"):
            text = _("%(points)s each, at most %(most)d") % {"points": points, "most": rule["most"]}
    if rule.get("half_life"):
        text += _(", halves every %(days)s") % {"days": _days(rule["half_life"])}
    if rule.get("since") and rule["since"] in obj.fields_by_name:
        text += _(" since %(field)s") % {"field": obj[rule["since"]].label}
    return text


def sentence_of(obj: Object, rules: Sequence[Rule], leads: int, *, by: Actor) -> Markup:
    """The whole model in one sentence or two."""
    if not rules:
        return Markup("{}").format(_("Nothing counts yet."))
    first = Markup(_("; ")).join(
        _say(_("%(rule)s: %(weight)s"), rule=rule_words(obj, one, by=by), weight=weight_words(obj, one))
        for one in rules[:6]
    )
    more = len(rules) - 6
    if more > 0:
        first += Markup(_("; ")) + (
            ngettext("%(count)d more rule", "%(count)d more rules", more) % {"count": more}
        )
    return _say(
        _("A %(object)s begins at 0; %(rules)s. Who has more than %(leads)s comes first."),
        object=_slot(obj.label),
        rules=first,
        leads=_slot(leads),
    )


def one_fact(name: str) -> str:
    """`quote.opened` in words."""
    object, _dot, verb = name.partition(".")
    if not registry.has(object):
        return name
    obj = registry.get(object)
    return f"{obj.label} {_more_words().get(name) or fact_words(obj, verb)}"


def _more_words() -> dict[str, str]:
    """Facts that no verb of an object says."""
    return {
        "quote.viewed": _("opened by the customer"),
        "quote.opened": _("opened again"),
        "activity.created": _("noted"),
    }


def _days(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


def _slot(text: Any) -> Markup:
    return Markup('<b class="slot">{}</b>').format(text)


def _say(text: str, /, **parts: Any) -> Markup:
    return Markup(text) % parts
