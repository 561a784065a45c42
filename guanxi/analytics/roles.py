"""What an object is to an analysis: nouns say so in their `metrics.py`, analyses read it here.

The analyses know no order and no deal. An order says that it is a sale, and which of its fields is the
amount:

    declare(Sale(object="order", date="ordered_on", amount="amount", where={"status": ("confirmed",)}))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TypeVar


@dataclass(frozen=True, kw_only=True)
class Role:
    """`where`: which records count, by field and the values it may have. `order`: lowest is asked first."""

    object: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The lines of a sale: which object, its link to the whole, and what was sold for how much.

    cost   what one cost us, in the currency of the amount
    """

    object: str
    whole: str
    product: str = "product"
    quantity: str = "quantity"
    amount: str = "net"
    cost: str = ""


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
    """Money that is to come: how much of it is `open`, and when it is due. `settled`: further values of the
    field in `where` that mean that all of it has come."""

    date: str
    amount: str
    open: str
    customer: str = "company"
    settled: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Contest(Role):
    """Something that is won or lost: the values of `outcome` that mean so, when it began and ended.

    due  when it is expected to end
    """

    amount: str
    outcome: str
    won: str
    lost: str
    began: str
    ended: str
    reason: str = ""
    customer: str = "company"
    due: str = ""


@dataclass(frozen=True, kw_only=True)
class Prospect(Role):
    """Something of which something comes or not: the values of `outcome` that mean so, when it began.

    rules  the number that rules make of it, beside which a learned one stands
    """

    outcome: str
    won: str
    lost: str
    began: str
    rules: str = ""


@dataclass(frozen=True, kw_only=True)
class Effort(Role):
    """Work done for customers: when, for how long, by which way, who went to whom. `about`: what it concerns.

    came, went  the values of `direction` that say that they came to us, that we went to them
    """

    date: str
    minutes: str
    about: str
    channel: str
    direction: str
    came: str
    went: str


@dataclass(frozen=True, kw_only=True)
class Term(Role):
    """A contract that runs for a time and is renewed or not."""

    begins: str
    ends: str
    amount: str
    customer: str = "company"


@dataclass(frozen=True, kw_only=True)
class Client(Role):
    """What customers are: in which industry and region, how large."""

    industry: str
    regions: tuple[str, ...]
    size: str = ""


LATER = ("object", "where", "ended", "reason")
_roles: list[Role] = []
Kind = TypeVar("Kind", bound=Role)


def declare(role: Kind) -> Kind:
    """Make known what an object is to an analysis."""
    if role not in _roles:
        _roles.append(role)
    return role


def fields_read(object_name: str) -> set[str]:
    """The fields of an object that analyses read, by what it is to them; not those that are filled only when
    it is over (`ended`, `reason`)."""
    found: set[str] = set()
    for one in _roles:
        if one.object == object_name:
            told = [getattr(one, each.name) for each in fields(one) if each.name not in LATER]
            found |= {*one.where, *(name for name in told if isinstance(name, str) and name)}
            found |= {name for names in told if isinstance(names, tuple) for name in names}
    return found


def roles(kind: type[Kind]) -> list[Kind]:
    """Those of one kind, in order."""
    return sorted((one for one in _roles if isinstance(one, kind)), key=lambda one: (one.order, one.object))
