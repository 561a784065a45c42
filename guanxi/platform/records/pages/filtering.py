"""Chips over a list, and the small form that makes or changes one of them. Works as a plain GET form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import working_members
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Choices, Field, Link, Links, Operator
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters import Condition, Filter, Not
from guanxi.platform.records.filters.words import (
    ICONS,
    NAMED_DAYS,
    day_words,
    field_behind,
    keys_in,
    operator_words,
    parts_of,
    path_words,
    words_of,
)
from guanxi.platform.records.models import Tag
from guanxi.platform.records.pages.asked import Asked
from guanxi.platform.records.pages.filter_tree import at, fields_beyond, operated, put, read_path, tree_of
from guanxi.platform.records.titles import Key, Ref, titles_of
from guanxi.web.components import Option

# Operators that most questions need first; the type says which of them it has.
USUAL: dict[str, tuple[Operator, ...]] = {
    "date": ("is", "lt", "gte", "between", "empty", "not_empty"),
    "datetime": ("is", "lt", "gte", "between", "empty", "not_empty"),
    "text": ("contains", "is", "is_not", "starts", "empty", "not_empty"),
    "team": ("below", "is", "is_not", "empty", "not_empty"),
}
DAYS = ("today", "yesterday", "tomorrow", "-7d", "-14d", "-30d", "-90d", "-1y", "+7d", "+30d")
MOST_TARGETS = 200  # a link to so few records is chosen from a list, to more by searching


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
    operators = [one for one in USUAL.get(field.type, field.operators) if one in field.operators]
    operator = condition.operator if condition else operators[0]
    if operator not in operators:
        operators.append(operator)
    control, options = _control(field, by)
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


def edited_filter(asked: Asked, query: QueryDict) -> Filter | None:
    """The filter with what the form said or a button of the tree does; None where nothing was asked."""
    if (operated_on := operated(asked, query)) is not None:
        return operated_on
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


def _control(field: Field, by: Actor) -> tuple[str, list[Option]]:
    if isinstance(field, Choice | Choices):
        return "choice", [Option(one.value, str(one.label)) for one in field.options]
    if field.type == "boolean":
        return "choice", [Option("true", _("Yes")), Option("false", _("No"))]
    if field.type == "member":
        me = [Option("me", pgettext("filter", "me"))] if by.member_id else []
        return "choice", [*me, *(Option(str(one.id), one.name) for one in working_members())]
    if field.type == "team":
        return "choice", [Option("mine", pgettext("filter", "my team")), *teams()]
    if field.type == "tags":
        return "choice", [
            Option(str(one.pk), one.name) for one in Tag.objects.filter(archived_at=None).order_by("key")
        ]
    if isinstance(field, Links):
        return "find", []
    if isinstance(field, Link):
        return few_targets(field, by) or ("find", [])
    if field.type in ("date", "datetime"):
        return "days", [Option(word, day_words(word)) for word in (*DAYS, *NAMED_DAYS) if word]
    if field.align == "end":
        return "number", []
    return "text", []


def few_targets(field: Link, by: Actor) -> tuple[str, list[Option]] | None:
    """The targets themselves where they are few by nature: without owners and in no navigation."""
    target = registry.get(field.to)
    if target.scoped or target.group or not by.may("see", target.name):
        return None
    within = next((one for one in target.fields if isinstance(one, Link) and one.required), None)
    rows: list[Any] = list(
        target.rows()
        .filter(archived_at=None)
        .select_related(*([within.name] if within else []))
        .order_by(*([within.column] if within else []), target.sort, "id")[:MOST_TARGETS]
    )
    groups = {within.get(row) for row in rows} if within else set()
    return "choice", [
        Option(
            str(row.pk), f"{getattr(row, within.name)} · {row}" if within and len(groups) > 1 else str(row)
        )
        for row in rows
    ]


def teams() -> list[Option]:
    """All teams in the order of the tree."""
    from guanxi.platform.identity.models import Team

    return [Option(str(one.pk), one.name) for one in Team.objects.order_by("path")]


def _title_of(field: Field, value: str, by: Actor) -> str:
    if not isinstance(field, Link | Links) or not value.isdecimal():
        return value
    ref = titles_of([(field.to, int(value))], by=by).get((field.to, int(value)))
    return ref.title if ref else ""


def _as_texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)
