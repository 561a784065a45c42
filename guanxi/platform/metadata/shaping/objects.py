"""A workspace's own objects: add, change, archive, restore."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.metadata.kinds import free_name, read_label, spoken
from guanxi.platform.metadata.models import OwnField, OwnObject
from guanxi.platform.metadata.reserved import RESERVED_OBJECTS
from guanxi.platform.metadata.shaping.made import (
    LOOK,
    OBJECT_CHANGEABLE,
    Errors,
    archive,
    check_name,
    check_version,
    may_shape,
    needed_label,
    next_position,
    restore,
    save_changed,
    state_made,
    to_change,
    told,
)

MOST_OBJECTS = 200
GROUPS = ("relations", "sales", "marketing", "service", "operations")


@transaction.atomic
def add_object(
    *,
    label: Any,
    by: Actor,
    plural_label: Any = None,
    name: str = "",
    plural: str = "",
    help: Any = None,
    icon: str = "box",
    tone: str = "azurite",
    group: str = "operations",
    title_label: Any = None,
    touched: bool = True,
) -> OwnObject:
    """A new kind of record, with lists, forms, rights, API and all; its records are named by one text field.

    Raises Refused, InvalidValues.
    """
    if not may_shape(by):
        raise Refused("object.create")
    errors = Errors()
    known = errors.take("label", lambda: needed_label(label)) or {}
    plurals = errors.take("plural_label", lambda: _read_plural(plural_label, known)) or known
    title = errors.take("title_label", lambda: read_label(title_label or _name_labels())) or {}
    helped = errors.take("help", lambda: read_label(help or {}, most=500)) or {}
    taken = _taken_objects()
    reserved = RESERVED_OBJECTS - _shipped_words()
    chosen = name or free_name(spoken(known), taken, otherwise="object")
    several = plural or _plural_of(chosen, taken)
    errors.take("name", lambda: check_name(chosen, taken, reserved=reserved))
    errors.take("plural", lambda: check_name(several, taken, reserved=reserved))
    if chosen == several:
        errors.add("plural", "name", _("The name for several must differ from the name for one."))
    if OwnObject.objects.filter(archived_at=None).count() >= MOST_OBJECTS:
        errors.add("name", "most", _("A workspace may have %(most)d objects.") % {"most": MOST_OBJECTS})
    row = OwnObject(
        workspace_id=by.workspace_id,
        name=chosen,
        plural=several,
        label=known,
        plural_label=plurals,
        title_label=title,
        help=helped,
        touched=bool(touched),
        position=next_position(OwnObject.objects.all()),
        created_by_id=by.member_id,
    )
    _set_look(row, {"icon": icon, "tone": tone, "group": group}, errors)
    errors.stop()
    row.save(force_insert=True)
    state_made(row, "created", by, {one: [None, value] for one, value in told(row).items() if value})
    return row


@transaction.atomic
def change_object(
    object_id: int, values: Mapping[str, Any], *, by: Actor, version: int | None = None
) -> OwnObject:
    """Change labels, look, place in the navigation, columns or board. Raises like `change_field`."""
    row = _own_object(object_id, by)
    check_version(row, version)
    before = told(row)
    errors = Errors()
    for unknown in set(values) - set(OBJECT_CHANGEABLE):
        errors.add(unknown, "unknown_field", _("“%(name)s” can't be changed.") % {"name": unknown})
    if "label" in values:
        row.label = errors.take("label", lambda: needed_label(values["label"])) or row.label
    if "plural_label" in values:
        plurals = errors.take("plural_label", lambda: _read_plural(values["plural_label"], row.label))
        row.plural_label = plurals or row.label
    if "title_label" in values:
        named = errors.take("title_label", lambda: read_label(values["title_label"] or _name_labels()))
        row.title_label = named or _name_labels()
    if "help" in values:
        row.help = errors.take("help", lambda: read_label(values["help"] or {}, most=500)) or {}
    if "touched" in values:
        row.touched = bool(values["touched"])
    _set_look(row, {name: values[name] for name in LOOK if name in values}, errors)
    errors.stop()
    save_changed(row, before, by)
    return row


@transaction.atomic
def archive_object(object_id: int, *, by: Actor) -> OwnObject:
    """Out of navigation, pages and API with all its records, which stay and come back with it.

    Raises Refused where a field still leads to it.
    """
    row = _own_object(object_id, by)
    leading = (
        OwnField.objects.filter(settings__to=row.name, archived_at=None).exclude(object=row.name).first()
    )
    if leading is not None:
        raise InvalidValues(
            {
                "object": [
                    FieldError(
                        "linked",
                        _("The field “%(field)s” leads here: archive it first.") % {"field": leading},
                    )
                ]
            }
        )
    found: OwnObject = archive(row, by)
    return found


@transaction.atomic
def restore_object(object_id: int, *, by: Actor) -> OwnObject:
    row: OwnObject = restore(_own_object(object_id, by), by)
    return row


def objects_made(*, by: Actor, archived: bool = False) -> list[OwnObject]:
    """The workspace's own objects in their order, or the archived ones."""
    return list(OwnObject.objects.filter(archived_at__isnull=not archived).order_by("position", "id"))


def _own_object(object_id: int, by: Actor) -> OwnObject:
    found: OwnObject = to_change(OwnObject, object_id, by)
    return found


def _taken_objects() -> set[str]:
    own = {word for pair in OwnObject.objects.values_list("name", "plural") for word in pair}
    return {*_shipped_words(), *own, *RESERVED_OBJECTS}


def _shipped_words() -> set[str]:
    return {word for one in registry.shipped_objects() for word in (one.name, one.plural)}


def _plural_of(name: str, taken: set[str]) -> str:
    plural = name[:-1] + "ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else f"{name}s"
    return plural if plural not in taken else free_name(f"{name}_list", taken, otherwise="list")


def _read_plural(given: Any, label: dict[str, str]) -> dict[str, str]:
    """What several are called; a language that was not said has the word for one, as Chinese has anyway."""
    return {**label, **read_label(given or {})}


def _name_labels() -> dict[str, str]:
    return {"en": "Name", "zh-hans": "\u540d\u79f0", "zh-hant": "\u540d\u7a31"}


def _set_look(row: OwnObject, values: Mapping[str, Any], errors: Errors) -> None:
    """What is chosen from lists."""
    from guanxi.platform.metadata.kinds import TONES

    for name, value in values.items():
        if name == "columns":
            row.columns = [str(one) for one in value or [] if isinstance(one, str)][:50]
            continue
        text = str(value or "")
        allowed: Sequence[str] | None = {"tone": TONES, "group": GROUPS}.get(name)
        if allowed is not None and text not in allowed:
            errors.add(name, "choice", _("Choose one of: %(words)s.") % {"words": comma_list(allowed)})
        elif name == "icon" and not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", text):
            errors.add(name, "choice", _("There is no such sign."))
        elif name == "board" and text and not _is_choice(row, text):
            errors.add(name, "choice", _("A board needs a choice field."))
        else:
            setattr(row, name, text)


def _is_choice(row: OwnObject, name: str) -> bool:
    found: bool = OwnField.objects.filter(
        object=row.name, name=name, type="choice", archived_at=None
    ).exists()
    return found
