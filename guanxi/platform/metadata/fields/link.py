"""Links to another record, to a member, to a team."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields.base import Context, Field, KeptAs, Operator, Sql
from guanxi.platform.metadata.fields.keys import read_id
from guanxi.platform.metadata.fields.several import Ids, Several


@dataclass(frozen=True, kw_only=True, eq=False)
class Link(Field):
    """The id of one record of another object. Whether the actor may see it is checked when writing."""

    type: ClassVar[str] = "link"
    kept_as: ClassVar[KeptAs] = "number"
    operators: ClassVar[tuple[Operator, ...]] = ("is", "is_not", "in", "not_in", "empty", "not_empty")

    to: str = ""

    @property
    def column(self) -> str:
        return f"{self.name}_id"

    def clean(self, value: Any, context: Context) -> int | None:
        return read_id(value, self)

    def get(self, record: Any) -> int | None:
        found: int | None = getattr(record, self.column)
        return found

    def put(self, record: Any, value: int | None) -> None:
        setattr(record, self.column, value)

    def to_json(self, value: Any) -> Any:
        return None if value is None else str(value)

    def from_json(self, value: Any) -> Any:
        return None if value is None else int(value)

    def to_kept(self, value: Any) -> Any:
        return value

    def from_kept(self, kept: Any) -> Any:
        return kept


@dataclass(frozen=True, kw_only=True, eq=False)
class Links(Ids):
    """Ids of several records of one other object, in the order in which they were chosen.

    back   what the other side is called: the tab on its records' pages
    """

    type: ClassVar[str] = "links"

    to: str = ""
    back: L | None = None

    def clean(self, value: Any, context: Context) -> list[int]:
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",")]
        found = super().clean(value, context)
        if len(found) > MOST_LINKS:
            words = _("%(field)s may name %(most)d records.") % {"field": self.label, "most": MOST_LINKS}
            raise FieldError("too_many", words)
        return found


MOST_LINKS = 200


def many_to(field: Field) -> str:
    """What a field of several ids names: tags, or records of an object; "" for every other field."""
    if field.type == "tags":
        return "tag"
    return field.to if isinstance(field, Links) else ""


@dataclass(frozen=True, kw_only=True, eq=False)
class MemberLink(Link):
    """A member of the workspace; `me` stands for the one who asks."""

    type: ClassVar[str] = "member"
    to: str = "member"

    def clean(self, value: Any, context: Context) -> int | None:
        if value == "me":
            return context.member_id
        return read_id(value, self)


@dataclass(frozen=True, kw_only=True, eq=False)
class TeamLink(Link):
    """A team; `mine` stands for the asker's own, and `below` compares with a team and all below it.

    `below` takes a team's name as well, as a region is called in figures: `team below East`.
    """

    type: ClassVar[str] = "team"
    operators: ClassVar[tuple[Operator, ...]] = (
        "is", "is_not", "in", "not_in", "below", "empty", "not_empty",
    )  # fmt: skip
    to: str = "team"

    def clean(self, value: Any, context: Context) -> int | None:
        if value == "mine":
            return context.team_id
        return read_id(value, self)

    def condition(self, operator: Operator, value: Any, *, alias: str, context: Context, vendor: str) -> Sql:
        if operator != "below":
            return super().condition(operator, value, alias=alias, context=context, vendor=vendor)
        named = isinstance(value, str) and value != "mine" and not value.isdecimal()
        return Sql(
            f"{self.expression(alias)} IN (SELECT t.id FROM identity_team t, identity_team top"
            f" WHERE top.{'name' if named else 'id'} = %s AND top.workspace_id = %s"
            " AND t.workspace_id = top.workspace_id AND substr(t.path, 1, length(top.path)) = top.path)",
            (value if named else self.clean(value, context), context.workspace_id),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class About(Several):
    """Links to any number of records of any object: [[object, id], …]. Filtered as `about = deal:17`."""

    type: ClassVar[str] = "about"

    identifies: bool = True

    def clean(self, value: Any, context: Context) -> list[list[Any]]:
        if value is None or value == "":
            return []
        if isinstance(value, str):
            value = [part.split(":", 1) for part in value.split(",")]
        found: list[list[Any]] = []
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, dict):
                one = [one.get("object"), one.get("id")]
            pair = one.split(":", 1) if isinstance(one, str) else one
            if not isinstance(pair, list | tuple):
                pair = []
            if len(pair) != 2 or not isinstance(pair[0], str):
                raise FieldError("link", _("%(field)s does not exist.") % {"field": self.label})
            link = [pair[0].strip(), read_id(pair[1], self)]
            if link[1] is not None and link not in found:
                found.append(link)
        return found

    def to_json(self, value: Any) -> Any:
        return [[name, str(record_id)] for name, record_id in value or []]

    def from_json(self, value: Any) -> Any:
        return [[name, int(record_id)] for name, record_id in value or []]

    def index_values(self, value: Any) -> tuple[str, ...]:
        return tuple(f"{name}:{record_id}" for name, record_id in value or ())
