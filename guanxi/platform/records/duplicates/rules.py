"""What is done about a record that may be there already: the rule of each object in a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.duplicates.keys import Kind, kinds_of, shape_of
from guanxi.platform.records.duplicates.models import DuplicateRule
from guanxi.platform.tenancy.context import remembered
from guanxi.platform.tenancy.transactions import reading

Action = DuplicateRule.Action
Others = DuplicateRule.Others

# A name alone is no proof for people, of whom many have the same one; it is for companies.
_STRONG: tuple[Kind, ...] = ("phone", "email", "domain", "id", "mate")
_OF_COMPANIES: tuple[Kind, ...] = (*_STRONG, "name", "sound")
_ASKED = "duplicate_rules"


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of one object; `kinds` are those that its records can have."""

    object: str
    action: str
    kinds: tuple[Kind, ...]
    others: str


def rule_of(obj: Object) -> Rule:
    """The rule of an object; a request or a job asks the database once."""
    rules = remembered().setdefault(_ASKED, {})
    if not rules:
        with reading():
            rules.update({row.object: row for row in DuplicateRule.objects.all()})
        rules[""] = None
    row = rules.get(obj.name)
    possible = kinds_of(obj)
    if row is None:
        return Rule(obj.name, Action.WARN, shipped_kinds(obj), Others.EXISTS)
    return Rule(obj.name, row.action, tuple(kind for kind in possible if kind in row.kinds), row.others)


def shipped_kinds(obj: Object) -> tuple[Kind, ...]:
    """What counts until somebody chooses otherwise; of what has nothing but a name, that."""
    possible = kinds_of(obj)
    wanted = _OF_COMPANIES if shape_of(obj).naming == "company" else _STRONG
    if set(possible) == {"name"} and not happens(obj):
        wanted = ("name",)
    return tuple(kind for kind in possible if kind in wanted)


def ruled_objects() -> list[Object]:
    """Objects that can have a rule, in the order of the navigation."""
    return [obj for obj in registry.objects() if obj.group and not happens(obj)]


def happens(obj: Object) -> bool:
    """Whether it is an event, which many others are called as: a call, a visit."""
    return bool(obj.starts) and set(kinds_of(obj)) == {"name"}


@transaction.atomic
def set_rule(obj: Object, *, action: str, kinds: Sequence[str], others: str, by: Actor) -> Rule:
    """Choose what is done for an object. Raises Refused, and InvalidValues for words that we do not know."""
    if not by.administers:
        raise Refused("duplicate_rule.change")
    possible = kinds_of(obj)
    if action not in Action.values or others not in Others.values or set(kinds) - set(possible):
        raise InvalidValues({"action": [FieldError("choice", _("That can't be chosen here."))]})
    before = rule_of(obj)
    chosen = [kind for kind in possible if kind in kinds]
    DuplicateRule.objects.update_or_create(
        object=obj.name, defaults={"action": action, "kinds": chosen, "others": others}
    )
    remembered().pop(_ASKED, None)
    after = rule_of(obj)
    changes = {
        name: [getattr(before, name), getattr(after, name)]
        for name in ("action", "kinds", "others")
        if getattr(before, name) != getattr(after, name)
    }
    if changes:
        row_id = DuplicateRule.objects.get(object=obj.name).pk
        state_fact("duplicate_rule", "changed", row_id, by=by, title=str(obj.plural_label), changes=changes)
    return after


def kind_label(kind: str) -> str:
    """What a kind of match key is called."""
    return {
        "phone": _("the same phone"),
        "email": _("the same email"),
        "domain": _("the same website or mail domain"),
        "id": _("the same number or code"),
        "name": _("the same name"),
        "sound": _("a name that sounds the same, in the other script"),
        "mate": _("the same name at the same company"),
        "address": _("the same address"),
    }[kind]
