"""Pools: records that belong to nobody, seen by the pool's members, whose contact data may be veiled.

Who stands in which pool is known by whoever has the pools; it registers itself with `ask_pools`. While a
record is in a pool that is blind for the actor, its phones, emails and addresses are masked as the first
grade masks them, in every list, search, export and answer: the fields of `as_seen(obj, by)` are veiled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, make_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Context, District, Field, Operator, Position
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.masks import mask_email, mask_phone, mask_text

if TYPE_CHECKING:
    from guanxi.platform.metadata.objects import Object

COLUMN = "pool_id"
GRADE = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """Pools whose records the actor sees, and those (seen or not) whose contact data is veiled for them."""

    reached: tuple[int, ...] = ()
    veiled: tuple[int, ...] = ()


NOWHERE = Standing()
_ask: Callable[[Actor], Standing] | None = None


def ask_pools(ask: Callable[[Actor], Standing]) -> Callable[[Actor], Standing]:
    """Register who knows where an actor stands."""
    global _ask
    _ask = ask
    return ask


def standing_of(obj: Object, by: Actor) -> Standing:
    """Where the actor stands; costs nothing for objects that are in no pools, and where there are none."""
    return _standing(by) if obj.pooled else NOWHERE


def veiled_for(by: Actor) -> tuple[int, ...]:
    """The pools whose contact data is veiled for the actor, whatever they hold."""
    return _standing(by).veiled


def _standing(by: Actor) -> Standing:
    return NOWHERE if _ask is None or not by.shares_version or by.kind == "system" else _ask(by)


_is_blind: Callable[[int], bool] | None = None


def ask_blind(ask: Callable[[int], bool]) -> Callable[[int], bool]:
    """Register who knows whether a pool, by its key, is blind for anybody."""
    global _is_blind
    _is_blind = ask
    return ask


def in_blind_pool(record: Any) -> bool:
    """Whether there are members to whom its contact data is not shown: nothing says it for all to read."""
    return is_blind_pool(getattr(record, COLUMN, None))


def is_blind_pool(pool_id: int | None) -> bool:
    """Whether a pool is blind for anybody; what is in no pool is not."""
    return pool_id is not None and _is_blind is not None and _is_blind(pool_id)


_opened: Callable[[Any, Actor], None] | None = None


def hear_opened(hear: Callable[[Any, Actor], None]) -> Callable[[Any, Actor], None]:
    """Register who is told, by (record, actor), of each record of a pool that is opened by itself."""
    global _opened
    _opened = hear
    return hear


def note_opened(obj: Object, record: Any, by: Actor) -> None:
    """Say that the actor opens a record; raises Refused where that is one too many of a pool's."""
    if _opened is not None and obj.pooled and record.pool_id is not None and by.kind != "system":
        _opened(record, by)


def is_contact_data(field: Field) -> bool:
    """Whether it says how somebody is reached, or where they are."""
    return field.type in _VEILS or field.card == "X-WECHAT" or isinstance(field, Position | District)


def veiled_field(field: Field, pools: tuple[int, ...]) -> Field:
    """The same field, masked in records that are in one of these pools."""
    given = {one.name: getattr(field, one.name) for one in fields(field) if one.init}
    kind: Any = type(field)  # mypy takes the __hash__ of its instances for the one of the class
    veiled: Field = _veiled_class(kind)(**{**given, "sortable": False, "pools": pools})
    return veiled


def veil(field: Field, value: Any) -> Any:
    """A value in its own shape, of which no more is left than the first grade of a mask shows."""
    if isinstance(field, Position | District):
        return None  # the first digits of a position are a district
    if field.is_empty(value):
        return value
    return _VEILS.get(field.type, _text)(value)


if TYPE_CHECKING:
    _Type = Field
else:
    _Type = object  # the type comes as the other base: see `_veiled_class`


class Veiled(_Type):
    """What a veiled field does differently from its type; the type is the other base."""

    pools: tuple[int, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*super().columns, COLUMN)

    def selected(self, alias: str) -> tuple[str, ...]:
        return (*super().selected(alias), f'{alias}."{COLUMN}"')

    def from_row(self, row: Any) -> Any:
        value = super().from_row(row[:-1])
        return veil(self, value) if row[-1] in self.pools else value

    def from_rows(self, columns: Sequence[Sequence[Any]]) -> Sequence[Any]:
        return list(map(self.from_row, zip(*columns, strict=True)))

    def get(self, record: Any) -> Any:
        value = super().get(record)
        known = getattr(record, "blanked", None) is not None
        return value if known or getattr(record, COLUMN, None) not in self.pools else veil(self, value)

    def part(self, name: str) -> Field | None:
        found: Field | None = super().part(name)
        return found if found is None or name in _OPEN_PARTS else veiled_field(found, self.pools)

    def condition(self, operator: Operator, value: Any, *, alias: str, context: Context, vendor: str) -> Sql:
        asked: Sql = super().condition(operator, value, alias=alias, context=context, vendor=vendor)
        open_ = unveiled(self.pools, alias)
        return Sql(f"({asked.text} AND {open_.text})", (*asked.params, *open_.params))


def unveiled(pools: tuple[int, ...], alias: str = "r") -> Sql:
    """Rows that are in none of these pools."""
    marks = ", ".join(["%s"] * len(pools))
    return Sql(f"({alias}.{COLUMN} IS NULL OR {alias}.{COLUMN} NOT IN ({marks}))", pools)


@cache
def _veiled_class(kind: type[Field]) -> Any:
    more = [("pools", tuple[int, ...], ())]
    return make_dataclass(
        f"Veiled{kind.__name__}", more, bases=(Veiled, kind), frozen=True, kw_only=True, eq=False
    )


def _phones(points: list[Mapping[str, Any]]) -> Any:
    shown = [(one, mask_phone(str(one["number"]), GRADE)) for one in points]
    return [{**one, "number": masked, "typed": masked, "extension": ""} for one, masked in shown]


def _emails(points: list[Mapping[str, Any]]) -> Any:
    return [{**one, "email": mask_email(str(one["email"]), GRADE)} for one in points]


def _addresses(points: list[Mapping[str, Any]]) -> Any:
    return [_address(one) for one in points]


def _address(point: Mapping[str, Any]) -> Any:
    return {name: point[name] for name in ("kind", *_OPEN_PARTS) if point.get(name)}


def _text(value: Any) -> Any:
    return mask_text(value, GRADE) if isinstance(value, str) else None


_OPEN_PARTS = ("country", "province", "city")  # of an address
_VEILS: Mapping[str, Callable[[Any], Any]] = {
    "phones": _phones,
    "emails": _emails,
    "address": _address,
    "addresses": _addresses,
}
