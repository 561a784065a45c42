"""Chips over a list, and the small form that makes or changes one of them. Works as a plain GET form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field, Link, Links
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters import All, Condition, Filter, Not
from guanxi.platform.records.filters.words import (
    ICONS,
    field_behind,
    keys_in,
    operator_words,
    parts_of,
    path_words,
    words_of,
)
from guanxi.platform.records.pages.asked import Asked
from guanxi.platform.records.pages.filter_tree import (
    at,
    fields_beyond,
    operated,
    put,
    read_path,
    root_of,
    tree_of,
)
from guanxi.platform.records.pages.offered import offered_for, usual_operators
from guanxi.platform.records.pages.phrases import read_phrase
from guanxi.platform.records.titles import Key, Ref, titles_of
from guanxi.web.components import Option


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of the filter, with the addresses of what its buttons do."""

    label: str
    operator: str
    value: str
    icon: str
    edit_url: str
    remove_url: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.label, self.operator, self.value) if part)


@dataclass(frozen=True, slots=True)
class Editor:
    """The form of one condition. `control` is text, number, days, choice or find (search as you type)."""

    field: str
    label: str
    operators: list[Option]
    operator: str
    control: str
    options: list[Option]
    values: tuple[str, ...]
    shown: str
    hidden: list[tuple[str, str]]
    cancel_url: str
    find_url: str = ""
    how: str = "place"  # of the tree: in the place of a condition, "into" a group, "beside" a condition
    path: str = ""
    tree: bool = False


@dataclass(frozen=True, slots=True)
class UnreadPhrase:
    """What was typed, and what of it nobody understood."""

    text: str
    unknown: tuple[str, ...]

    @property
    def problem(self) -> str:
        return _("Not understood: %(words)s. Name a field and what it is to be; nothing was filtered.") % {
            "words": comma_list(self.unknown)
        }


def chips_of(asked: Asked, refs: Mapping[Key, Ref], *, by: Actor) -> list[Chip]:
    """The filter as chips; `refs` are titles that are known already."""
    if not asked.filter_text:
        return []
    missing = keys_in(asked.filter, asked.obj) - set(refs)
    known = {**refs, **titles_of(missing, by=by)}
    chips = []
    for index, part in enumerate(parts_of(asked.filter)):
        said = words_of(part, asked.obj, known)
        simple = isinstance(part, Condition) and "." not in part.field
        chips.append(
            Chip(
                label=said.field,
                operator=said.operator,
                value=said.value,
                icon=said.icon,
                edit_url=asked.url(edit=index) if simple else asked.url(tree="1"),
                remove_url=asked.without(index),
            )
        )
    return chips


def filterable(obj: Object) -> list[Option]:
    """The fields that a filter can ask for, as links-to-be."""
    return [
        Option(one.name, str(one.label), icon=ICONS.get(one.type, "text-cursor-input"))
        for one in obj.fields
        if one.filterable and not one.hidden
    ]


def editor_of(asked: Asked, query: QueryDict, *, by: Actor) -> Editor | None:
    """The form that the address asks for: `add=industry` a new condition, `edit=0` one that is there.

    Within the tree `edit`, `into` and `beside` are paths, and a field may be one link further.
    """
    condition = _edited(asked, query)
    name = condition.field if condition else query.get("add", "")
    field = field_behind(asked.obj, name)
    if field is None or not field.filterable:
        return None
    values = _as_texts(condition.value) if condition else ()
    operators = usual_operators(field)
    operator = condition.operator if condition else operators[0]
    if operator not in operators:
        operators.append(operator)
    control, options = offered_for(field, by)
    chosen = values[0] if values else ""
    how = "place" if condition else "beside" if "beside" in query else "into"
    tree = "tree" in query
    return Editor(
        field=name,
        label=path_words(asked.obj, name),
        operators=[Option(one, operator_words(field, one)) for one in operators],
        operator=operator,
        control=control,
        options=options,
        values=values,
        shown=_title_of(field, chosen, by) if control == "find" else chosen,
        how=how,
        path=query.get({"place": "edit"}.get(how, how), ""),
        tree=tree,
        hidden=asked.hidden(),
        cancel_url=asked.url(tree="1") if tree else asked.url(),
        find_url=f"/{registry.get(field.to).plural}/find/"
        if control == "find" and isinstance(field, Link | Links)
        else "",
    )


def edited_filter(asked: Asked, query: QueryDict, *, by: Actor) -> Filter | None:
    """The filter with what the form said, a phrase says or a button of the tree does; None for none.

    A phrase of which something was not understood changes nothing: `unread_phrase` says what.
    """
    if (operated_on := operated(asked, query)) is not None:
        return operated_on
    if text := query.get("phrase", ""):
        said = read_phrase(text, asked.obj, by=by)
        parts = root_of(asked.filter).parts
        return None if said.unknown else All((*parts, *(one for one in said.conditions if one not in parts)))
    name = query.get("f-field", "")
    field = field_behind(asked.obj, name)
    if field is None or not field.filterable:
        return None
    operator = query.get("f-op", "is")
    values = [value.strip() for value in query.getlist("f-value") if value.strip()]
    if day := query.get("f-day", "").strip():
        values = [day]
    if last := query.get("f-to", "").strip():
        values = [*values[:1], last]
    if operator not in field.operators or (not values and operator not in ("empty", "not_empty")):
        return None
    condition = Condition(name, *_operand(operator, values))  # type: ignore[arg-type]
    path = read_path(query.get("f-path", ""))
    how = query.get("f-how", "into")
    if path is None or at(asked.filter, path) is None or (how != "into" and not path):
        path, how = (), "into"
    return put(asked.filter, path, condition, how)


def unread_phrase(asked: Asked, query: QueryDict, *, by: Actor) -> UnreadPhrase | None:
    """A phrase that was not understood, so that it can be said otherwise."""
    text = query.get("phrase", "")
    said = read_phrase(text, asked.obj, by=by)
    return UnreadPhrase(text, said.unknown) if said.unknown else None


def tree_context(asked: Asked, query: QueryDict, *, by: Actor) -> dict[str, Any] | None:
    """What the panel of nested conditions is drawn from, where the address asks for it."""
    if "tree" not in query or asked.error:
        return None
    return {
        "root": tree_of(asked, by=by),
        "fields": filterable(asked.obj),
        "beyond": fields_beyond(asked.obj, by),
        "hidden": asked.hidden(),
        "path": asked.path,
        "close_url": asked.url(),
    }


def _operand(operator: str, values: list[str]) -> tuple[str, Any]:
    if operator in ("empty", "not_empty"):
        return operator, None
    if operator == "between":
        return operator, [values[0], values[-1]]
    if operator in ("in", "not_in"):
        return operator, list(values)
    if len(values) > 1 and operator in ("is", "is_not"):
        return ("in" if operator == "is" else "not_in"), list(values)
    return operator, values[0]


def _edited(asked: Asked, query: QueryDict) -> Condition | None:
    path = read_path(query.get("edit", ""))
    found = at(asked.filter, path) if path else None
    bare = found.part if isinstance(found, Not) else found
    return bare if isinstance(bare, Condition) else None


def _title_of(field: Field, value: str, by: Actor) -> str:
    if not isinstance(field, Link | Links) or not value.isdecimal():
        return value
    ref = titles_of([(field.to, int(value))], by=by).get((field.to, int(value)))
    return ref.title if ref else ""


def _as_texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)
