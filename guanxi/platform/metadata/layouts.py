"""Layouts: which fields of an object stand where, for everybody or for the members of a role.

A part that a role's layout does not say is as everybody has it, else as shipped. A field that it does not
name is not lost, it stands behind the others. A layout arranges, it grants nothing: who may see a field is a
matter of rights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.i18n.labels import L
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Role
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.kinds import label_of, read_label
from guanxi.platform.metadata.models import OwnLayout
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.overlay import renew_version
from guanxi.platform.metadata.versions import StaleVersion

FIELD_LISTS = ("columns", "peek", "card", "phone")
PARTS = ("sections", *FIELD_LISTS, "panels", "without")
PANELS = {"panels", "without"}
MOST_SECTIONS = 20
PHONE_FIELDS = 3
EVERYBODY = "default"  # how a file names the layout of all roles


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under a heading, in order."""

    label: L
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What somebody's pages of an object are made of; an empty part is as shipped.

    sections  of the record page and the form
    columns   of lists that say nothing themselves
    peek      the fields of the preview
    card      the fields of a card on a board and in a gallery
    phone     what a narrow row shows beside the title: under it, at its end, and under that
    panels    names of panels beside the record, in order; `without` are left out
    """

    sections: tuple[Section, ...] = ()
    columns: tuple[str, ...] = ()
    peek: tuple[str, ...] = ()
    card: tuple[str, ...] = ()
    phone: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def in_order(self, names: Iterable[str]) -> list[str]:
        """These fields as the sections order them; what they do not name comes behind."""
        places = {name: at for at, name in enumerate(one for part in self.sections for one in part.fields)}
        return sorted(names, key=lambda name: places.get(name, len(places)))


SHIPPED = Layout()


def layout_of(obj: Object, by: Actor) -> Layout:
    """The layout of the actor's role, else everybody's, else what is shipped; costs no query."""
    own = registry.of_workspace()
    kept = own.layouts if own is not None else {}
    if not kept:
        return SHIPPED
    found = kept.get((obj.name, by.role_id)) or kept.get((obj.name, None))
    return found if isinstance(found, Layout) else SHIPPED


def read_layouts(rows: Iterable[OwnLayout]) -> dict[tuple[str, int | None], Layout]:
    """What `layout_of` looks into: a role's parts, and everybody's where it says nothing."""
    kept = {(row.object, row.role_id): row.parts for row in rows}
    return {
        (object, role): read_layout(parts if role is None else over(kept.get((object, None), {}), parts))
        for (object, role), parts in kept.items()
    }


def over(everybody: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    """A role's parts over everybody's. Which panels stand there and which do not is one part."""
    said = {*parts, *(PANELS if PANELS & set(parts) else ())}
    return {name: one for name, one in everybody.items() if name not in said} | dict(parts)


def read_layout(parts: Mapping[str, Any]) -> Layout:
    """From the kept form; fields that are gone are left out where they are drawn."""
    sections = tuple(
        Section(label_of(one["label"]), tuple(one["fields"])) for one in parts.get("sections") or ()
    )
    return Layout(sections, **{name: tuple(parts.get(name) or ()) for name in PARTS if name != "sections"})


# Verbs


@transaction.atomic
def set_layout(
    object: str, parts: Mapping[str, Any], *, role: int | None = None, version: int | None = None, by: Actor
) -> OwnLayout:
    """Lay an object out, for everybody or a role; parts that are not said stay, empty ones are as before.

    version   of the layout that was read, 0 where there was none; None: whatever is there is written over

    Raises Refused, NotFound for an unknown object or role, InvalidValues that names the part, and
    StaleVersion where somebody has changed one of these parts since.
    """
    obj = _shapable(object, by)
    if role is not None and not Role.objects.filter(pk=role).exists():
        raise NotFound(f"role {role}")
    cleaned = clean_parts(obj, parts)
    row, new = _locked(object, role, by)
    _check_version(row, 0 if new else row.version, version, set(cleaned))
    before = dict(row.parts)
    row.parts = {name: one for name, one in {**row.parts, **cleaned}.items() if one}
    if not row.parts:
        _remove(row, None if new else before, by)
        return row
    row.version += 0 if new else 1
    row.save()
    changes = {
        name: [before.get(name), row.parts.get(name)]
        for name in PARTS
        if before.get(name) != row.parts.get(name)
    }
    _state(row, "created" if new else "changed", by, changes)
    return row


@transaction.atomic
def drop_layout(object: str, *, role: int | None = None, by: Actor) -> None:
    """As shipped again (a role: as everybody has it). Nothing happens where there is no layout."""
    _shapable(object, by)
    row = OwnLayout.objects.select_for_update().filter(object=object, role_id=role).first()
    if row is not None:
        _remove(row, row.parts, by)


def layouts_made(object: str) -> list[OwnLayout]:
    """The layouts of an object: everybody's first."""
    return list(OwnLayout.objects.filter(object=object).select_related("role").order_by("role_id"))


def find_layout(object: str, role: int | None = None) -> OwnLayout | None:
    """The layout that was made for everybody or a role; None where there is none."""
    found: OwnLayout | None = OwnLayout.objects.filter(object=object, role_id=role).first()
    return found


def clean_parts(obj: Object, parts: Mapping[str, Any]) -> dict[str, Any]:
    """The parts as they are kept; raises InvalidValues for what is no part and for unknown fields."""
    errors: dict[str, list[FieldError]] = {}
    cleaned: dict[str, Any] = {}
    for name, value in parts.items():
        try:
            if name == "sections":
                cleaned[name] = _clean_sections(obj, value)
            elif name in FIELD_LISTS:
                cleaned[name] = _clean_names(obj, value)
            elif name in PARTS:
                cleaned[name] = _clean_words(value)
            else:
                raise FieldError("unknown_part", _("A layout has no part “%(name)s”.") % {"name": name})
        except FieldError as problem:
            errors.setdefault(name, []).append(problem)
    named = [one for part in cleaned.get("sections") or () for one in part["fields"]]
    if len(set(named)) < len(named):
        errors["sections"] = [FieldError("twice", _("A field stands in one section only."))]
    if errors:
        raise InvalidValues(errors)
    return cleaned


def _clean_sections(obj: Object, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list | tuple) or len(value) > MOST_SECTIONS:
        raise FieldError("sections", _("Sections are a list of up to %(most)d.") % {"most": MOST_SECTIONS})
    found = []
    for one in value:
        if not isinstance(one, Mapping) or set(one) - {"label", "fields"}:
            raise FieldError("sections", _("A section has a label and fields."))
        names = _clean_names(obj, one.get("fields") or [])
        if names:
            found.append({"label": read_label(one.get("label") or {}), "fields": names})
    return found


def _clean_names(obj: Object, value: Any) -> list[str]:
    names = _clean_words(value)
    for name in names:
        field = obj.fields_by_name.get(name)
        if field is None or field.hidden:
            raise FieldError("unknown_field", _("There is no field “%(name)s”.") % {"name": name})
    return names


def _clean_words(value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or not all(
        isinstance(one, str) and len(one) <= 60 for one in value
    ):
        raise FieldError("list", _("This is a list of names."))
    return list(dict.fromkeys(value))[:500]


def _locked(object: str, role: int | None, by: Actor) -> tuple[OwnLayout, bool]:
    """The layout, and whether it is new; who else lays this out waits for the transaction."""
    while True:
        row, new = OwnLayout.objects.get_or_create(workspace_id=by.workspace_id, object=object, role_id=role)
        if new:
            return row, new
        locked = OwnLayout.objects.select_for_update().filter(pk=row.pk).first()
        if locked is not None:  # else somebody took it away since it was found
            return locked, new


def _check_version(row: OwnLayout, now: int, read: int | None, parts: set[str]) -> None:
    """Two who change different parts of one layout are not in each other's way."""
    if read is None or read == now:
        return
    problem = StaleVersion(row, read)
    if not problem.changes or parts & set(problem.changes):
        raise problem


def _remove(row: OwnLayout, before: Mapping[str, Any] | None, by: Actor) -> None:
    """Without a layout from here on; `before` is None for one that never was."""
    key = row.pk
    if before is not None:
        row.version += 1
        _state(row, "deleted", by, {name: [one, None] for name, one in before.items()})
    row.delete()
    row.pk, row.version = key, 0


def _shapable(name: str, by: Actor) -> Object:
    if not (by.administers and (by.scopes is None or "*:write" in by.scopes)):
        raise Refused("object.change")
    if not registry.has(name):
        raise NotFound(name)
    return registry.get(name)


def _state(row: OwnLayout, verb: str, by: Actor, changes: dict[str, Any]) -> None:
    renew_version(by.workspace_id)
    title = f"{row.object} · {row.role}" if row.role_id else row.object
    data = {"object": row.object}
    state_fact("layout", verb, row.pk, by=by, title=title, changes=changes, data=data, version=row.version)


# As text


def layouts_as_text() -> dict[str, dict[str, Any]]:
    """{object: {role or "default": parts}}, for files."""
    found: dict[str, dict[str, Any]] = {}
    for row in OwnLayout.objects.select_related("role").order_by("object", "role_id"):
        if parts := present_parts(row):
            found.setdefault(row.object, {})[_role_word(row.role)] = parts
    return found


def present_parts(row: OwnLayout) -> dict[str, Any]:
    """The parts without fields that are archived: what is read can be written back, here and elsewhere."""
    if not registry.has(row.object):
        return {}
    names = {one.name for one in registry.get(row.object).fields if not one.hidden}
    found = dict(row.parts)
    for part in FIELD_LISTS:
        found[part] = [name for name in found.get(part) or [] if name in names]
    sections = [
        {**one, "fields": [name for name in one["fields"] if name in names]}
        for one in found.get("sections") or []
    ]
    found["sections"] = [one for one in sections if one["fields"]]
    return {part: one for part, one in found.items() if one}


def set_layout_as_text(object: str, key: str, parts: Mapping[str, Any] | None, by: Actor) -> None:
    """One layout of a file; None takes it away."""
    role = None
    if key != EVERYBODY:
        role = next((one.pk for one in Role.objects.all() if _role_word(one) == key), None)
        if role is None:
            raise InvalidValues(
                {key: [FieldError("role", _("There is no role “%(name)s”.") % {"name": key})]}
            )
    if parts is None:
        drop_layout(object, role=role, by=by)
    else:
        whole: Sequence[tuple[str, Any]] = [(name, parts.get(name) or []) for name in PARTS]
        set_layout(
            object,
            dict(whole) | {name: one for name, one in parts.items() if name not in PARTS},
            role=role,
            by=by,
        )


def _role_word(role: Role | None) -> str:
    return EVERYBODY if role is None else (role.system or role.name)


@dataclass(frozen=True, slots=True)
class TextPart:
    """Something of an object that a file of shapes holds beside its fields.

    name    the table under the object ("layouts")
    read    {object: {key: values}} of the workspace
    write   (object, key, values or None to take away, by)
    """

    name: str
    read: Callable[[], dict[str, dict[str, Any]]]
    write: Callable[[str, str, Mapping[str, Any] | None, Actor], None]


TEXT_PARTS: dict[str, TextPart] = {}


def register_text_part(part: TextPart) -> None:
    """Let files of shapes hold something more (views are the engine's, which stands above this room)."""
    TEXT_PARTS[part.name] = part


register_text_part(TextPart("layouts", layouts_as_text, set_layout_as_text))
