"""What an object is to an analysis: nouns say so in their `metrics.py`, analyses read it here.

The analyses know no order and no deal. An order says that it is a sale, and which of its fields is the
amount:

    declare(Sale(object="order", date="ordered_on", amount="amount", where={"status": ("confirmed",)}))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar


@dataclass(frozen=True, kw_only=True)
class Role:
    """`where`: which records count, by field and the values it may have. `order`: lowest is asked first."""

    object: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The lines of a sale: which object, its link to the whole, and what was sold for how much."""

    object: str
    whole: str
    product: str = "product"
    quantity: str = "quantity"
    amount: str = "net"


@dataclass(frozen=True, kw_only=True)
class Sale(Role):
    """Something sold. `product`: a link of its own, where it has no `lines`."""

    date: str
    amount: str
    customer: str = "company"
    product: str = ""
    lines: Lines | None = None


@dataclass(frozen=True, kw_only=True)
class Claim(Role):
    """Money that is to come: how much of it is `open`, and when it is due."""

    date: str
    amount: str
    open: str
    customer: str = "company"


@dataclass(frozen=True, kw_only=True)
class Contest(Role):
    """Something that is won or lost: the values of `outcome` that mean so, when it began and ended."""

    amount: str
    outcome: str
    won: str
    lost: str
    began: str
    ended: str
    reason: str = ""
    customer: str = "company"


_roles: list[Role] = []
Kind = TypeVar("Kind", bound=Role)


def declare(role: Kind) -> Kind:
    """Make known what an object is to an analysis."""
    if role not in _roles:
        _roles.append(role)
    return role


def roles(kind: type[Kind]) -> list[Kind]:
    """Those of one kind, in order."""
    return sorted((one for one in _roles if isinstance(one, kind)), key=lambda one: (one.order, one.object))
