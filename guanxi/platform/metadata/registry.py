"""All objects of the product, by name. Nouns register theirs from `objects.py` when Django starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import attrgetter
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from guanxi.platform.i18n.labels import L
from guanxi.platform.identity.actors import BY_HAND, FIELD_RIGHTS, declare_derived, declare_part
from guanxi.platform.identity.permissions import (
    PermissionField,
    PermissionObject,
    offer_objects,
    register_object,
)
from guanxi.platform.metadata.fields.money import Money
from guanxi.platform.metadata.objects import Object, Verb
from guanxi.platform.tenancy.context import EVERYWHERE, current_workspace_id, remembered

_PLACE = attrgetter("order", "name")
_objects: dict[str, Object] = {}
_plurals: dict[str, Object] = {}


def register(declared: Object) -> Object:
    """Make an object known; raises ValueError when the name is taken by another declaration."""
    for names, name in ((_objects, declared.name), (_plurals, declared.plural)):
        if name in names and names[name] is not declared:
            raise ValueError(f"two objects are called {name}")
    _objects[declared.name] = declared
    _plurals[declared.plural] = declared
    if declared.derived:
        declare_derived(declared.name)
    if declared.part_of:
        declare_part(declared.name, of=declared.whole)
        return declared
    register_object(
        declared.name, declared.plural_label, _verbs_of(declared), partial(_fields_of, declared.name)
    )
    return declared


def extend(name: str, *, verbs: Sequence[Verb]) -> Object:
    """Give an object of a room below more verbs: what its own room knows nothing of."""
    known = _objects[name]
    more = tuple(one for one in verbs if one.name not in {verb.name for verb in known.verbs})
    extended = replace(known, verbs=(*known.verbs, *more))
    del _objects[name], _plurals[known.plural]
    return register(extended)


@offer_objects
def own_objects() -> list[PermissionObject]:
    """What the chosen workspace's roles can grant beside what is shipped."""
    own = of_workspace()
    if own is None:
        return []
    made = [one for one in own.objects.values() if one.kind]
    return [
        PermissionObject(one.name, one.plural_label, _verbs_of(one), partial(_fields_of, one.name))
        for one in made
    ]


def always_seen(declared: Object) -> frozenset[str]:
    """Fields that nobody can be kept from reading: what names a record, of what that is made where the record
    is a member's own, and what its rows are granted by.

    When we last had contact is no field that somebody fills: it is the traffic that the timeline shows. And a
    sum says nothing without the currency that it is in.
    """
    return frozenset(
        {declared.title, "owner", "team", "created_at", "updated_at", "last_touch_at", "rhythm_days"}
        | ({declared.part_of} if declared.part_of else set())
        | (set(declared.title_field.follows) if declared.private_until else set())
        | {one.shared for one in declared.fields if isinstance(one, Money) and one.shared}
    )


def _fields_of(name: str) -> list[PermissionField]:
    """What a role can say of the object's fields."""
    declared = get(name)
    seen = always_seen(declared)
    return [
        PermissionField(one.name, str(one.label), ("edit", "see") if one.name in seen else FIELD_RIGHTS)
        for one in declared.fields
        if not (one.name in seen and one.readonly)
    ]


def _verbs_of(declared: Object) -> dict[str, Any]:
    """Labels in the reader's language when they are drawn, like gettext's lazy strings."""
    left_out = BY_HAND if declared.derived else ()
    engine = {name: label for name, label in ENGINE_LABELS.items() if name not in left_out}
    return {**engine, **{verb.name: verb.label for verb in declared.verbs}}


ENGINE_LABELS = {
    "create": _("Create"),
    "change": _("Change"),
    "assign": _("Assign"),
    "archive": _("Archive"),
    "delete": _("Delete"),
    "export": _("Export"),
    "share": _("Share"),
    "import": _("Import"),
    "reveal": _("Look behind masks"),
}


def get(name: str) -> Object:
    """The object of that name, as the chosen workspace has shaped it; raises KeyError."""
    own = of_workspace()
    return _objects[name] if own is None else own.objects.get(name) or _objects[name]


def by_plural(plural: str) -> Object | None:
    """The object whose pages and API stand under /<plural>/, or None."""
    own = of_workspace()
    found = own.plurals.get(plural) if own is not None else None
    return found or _plurals.get(plural)


def objects() -> list[Object]:
    """All of them, in the order of the navigation."""
    own = of_workspace()
    every = _objects.values() if own is None else {**_objects, **own.objects}.values()
    return sorted(every, key=_PLACE)


def has(name: str) -> bool:
    own = of_workspace()
    return name in _objects or (own is not None and name in own.objects)


def shipped(name: str) -> Object | None:
    """The object as the product brings it, whatever a workspace has added to it."""
    return _objects.get(name)


def shipped_objects() -> list[Object]:
    return sorted(_objects.values(), key=_PLACE)


# What a workspace has made


@dataclass(frozen=True, slots=True)
class RollUp:
    """A figure over the records of another object whose link leads here."""

    of: str
    link: str
    do: str
    field: str = ""
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Computed:
    """How a field of an object is computed: by a formula, or by a roll-up.

    reads   (object, field) of everything it follows from, with the links that lead there from the own object
    for_all  it is shown to those, too, who may not see all records that it is computed from
    """

    name: str
    formula: str = ""
    roll_up: RollUp | None = None
    reads: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    paths: tuple[tuple[str, ...], ...] = ()
    timely: bool = False
    for_all: bool = False

    @property
    def over(self) -> frozenset[str]:
        """The objects of whose records it tells, and whose readers must see them all."""
        return frozenset() if self.for_all else frozenset(of for of, _field in self.elsewhere)

    @property
    def elsewhere(self) -> tuple[tuple[str, str], ...]:
        """(object, field) of what it reads of other records than its own."""
        return tuple((of, name) for of, name, links in self.reads if links or self.roll_up is not None)


Asks = Literal["hold", "require", "show"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A formula that is asked of every record of an object.

    asks     "hold": no is refused with the message; "require": yes means that the field must be filled in;
             "show": no means that the field is neither shown nor asked for
    field    at which the message stands; "" is the record as a whole
    paths    what the formula reads
    """

    asks: Asks
    formula: str
    field: str
    paths: tuple[tuple[str, ...], ...]
    message: L | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Overlay:
    """A workspace's own objects, and shipped ones with its own fields; by name and by plural."""

    objects: Mapping[str, Object]
    plurals: Mapping[str, Object]
    computed: Mapping[str, Sequence[Computed]] = field(default_factory=dict)
    guarded: bool = False  # whether any of them tells of other records, which not everybody sees as they are
    rules: Mapping[str, Sequence[Rule]] = field(default_factory=dict)
    layouts: Mapping[tuple[str, int | None], Any] = field(
        default_factory=dict
    )  # by object and role: layouts.py
    metrics: Mapping[str, Any] = field(default_factory=dict)  # the workspace's own, by name: metrics.py


Load = Callable[[int], "Overlay | None"]
_load: Load | None = None
_ASKED = "objects"


def load_overlays(load: Load) -> Load:
    """Register who knows what a workspace has made (a function of its id)."""
    global _load
    _load = load
    return load


def of_workspace() -> Overlay | None:
    """What the chosen workspace has made; None where it has made nothing, and where none is chosen."""
    memory = remembered()
    try:
        found: Overlay | None = memory[_ASKED]
    except KeyError:
        chosen = current_workspace_id()
        if _load is None or chosen is None or chosen == EVERYWHERE:
            return None
        found = _load(chosen)
        if "objects_changed" not in memory:  # whoever changes them may yet roll back
            memory[_ASKED] = found
    return found
