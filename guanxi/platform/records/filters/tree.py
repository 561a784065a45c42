"""The tree itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guanxi.platform.metadata.fields import Operator

Operand = str | int | float | bool | None | list["str | int | float | bool | None"]


@dataclass(frozen=True, slots=True)
class Condition:
    """`field operator value`; a field behind a link is written `company.city`."""

    field: str
    operator: Operator
    value: Operand = None


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; none: always true."""

    parts: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    part: Filter


Filter = Condition | All | Any | Not


def conditions_of(tree: Filter) -> Iterator[Condition]:
    """All conditions, from left to right."""
    if isinstance(tree, Condition):
        yield tree
    elif isinstance(tree, Not):
        yield from conditions_of(tree.part)
    else:
        for part in tree.parts:
            yield from conditions_of(part)
