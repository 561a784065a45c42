"""All objects of the product, by name. Nouns register theirs from `objects.py` when Django starts."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.platform.identity.permissions import register_object
from guanxi.platform.metadata.objects import Object

_objects: dict[str, Object] = {}
_plurals: dict[str, Object] = {}


def register(declared: Object) -> Object:
    """Make an object known; raises ValueError when the name is taken by another declaration."""
    for names, name in ((_objects, declared.name), (_plurals, declared.plural)):
        if name in names and names[name] is not declared:
            raise ValueError(f"two objects are called {name}")
    _objects[declared.name] = declared
    _plurals[declared.plural] = declared
    verbs: dict[str, Any] = {**ENGINE_LABELS, **{verb.name: verb.label for verb in declared.verbs}}
    # In the reader's language when it is drawn, like gettext's lazy strings.
    label: Any = declared.plural_label
    register_object(declared.name, label, verbs)
    return declared


ENGINE_LABELS = {
    "create": _("Create"),
    "change": _("Change"),
    "assign": _("Assign"),
    "archive": _("Archive"),
    "export": _("Export"),
}


def get(name: str) -> Object:
    """The object of that name; raises KeyError."""
    return _objects[name]


def by_plural(plural: str) -> Object | None:
    """The object whose pages and API stand under /<plural>/, or None."""
    return _plurals.get(plural)


def objects() -> list[Object]:
    """All of them, in the order of the navigation."""
    return sorted(_objects.values(), key=lambda one: (one.order, one.name))


def has(name: str) -> bool:
    return name in _objects
