"""What a condition on a field begins with: its comparisons in their order, the values that it offers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import working_members
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Choices, Field, Link, Links, Operator
from guanxi.platform.records.filters.words import NAMED_DAYS, day_words
from guanxi.platform.records.models import Tag
from guanxi.web.components import Option

# Operators that most questions need first; the type says which of them it has.
USUAL: dict[str, tuple[Operator, ...]] = {
    "date": ("is", "lt", "gte", "between", "empty", "not_empty"),
    "datetime": ("is", "lt", "gte", "between", "empty", "not_empty"),
    "text": ("contains", "is", "is_not", "starts", "empty", "not_empty"),
    "phones": ("contains", "is", "is_not", "empty", "not_empty"),
    "emails": ("contains", "is", "is_not", "empty", "not_empty"),
    "team": ("below", "is", "is_not", "empty", "not_empty"),
}
DAYS = ("today", "yesterday", "tomorrow", "-7d", "-14d", "-30d", "-90d", "-1y", "+7d", "+30d")
MOST_TARGETS = 200  # a link to so few records is chosen from a list, to more by searching


def usual_operators(field: Field) -> list[Operator]:
    """The comparisons that its form offers, the likeliest first."""
    return [one for one in USUAL.get(field.type, field.operators) if one in field.operators]


def offered_for(field: Field, by: Actor) -> tuple[str, list[Option]]:
    """The control of a value: text, number, days, choice or find (search as you type), and what it offers."""
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
