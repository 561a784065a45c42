"""What an analysis is, and what it hands to its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.utils.functional import Promise
from markupsafe import Markup

from guanxi.analytics.mining.trust import Trust
from guanxi.platform.identity.actors import Actor
from guanxi.web.components import Option

Words = str | Promise


@dataclass(frozen=True)
class Cell:
    """`meter`: a bar of 0 to 100 before the text. `trend`: "up", "down" or "flat". `heat`: 0 to 8."""

    text: str = ""
    href: str = ""
    meter: float | None = None
    trend: str = ""
    heat: int = 0
    strong: bool = False
    tone: str = ""


@dataclass(frozen=True)
class Column:
    label: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Todo:
    """A button that makes a to-do about each of these records: `text` is what it asks for."""

    label: str
    object: str
    ids: tuple[int, ...]
    text: str


@dataclass(frozen=True)
class Study:
    """A finding: its headline first, then what shows it. `counted`: what was counted, in words."""

    headline: str
    trust: Trust
    counted: str = ""
    detail: str = ""
    chart: Markup = field(default_factory=Markup)
    side: tuple[Table, ...] = ()
    tables: tuple[Table, ...] = ()
    todos: tuple[Todo, ...] = ()
    stats: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Ask:
    """What somebody wants to see: the actor, the day, how many months back, and the chosen of each choice."""

    by: Actor
    today: date
    months: int
    chosen: Mapping[str, str]

    def choice(self, name: str, *allowed: str) -> str:
        """The chosen of `allowed`; the first where nothing fitting was chosen."""
        asked = self.chosen.get(name, "")
        return asked if asked in allowed else allowed[0]


@dataclass(frozen=True)
class Choice:
    """A segmented control of the page: the query's name, its words, and the options of this actor."""

    name: str
    label: str
    options: tuple[Option, ...]
    value: str


@dataclass(frozen=True, kw_only=True)
class Insight:
    """One named analysis. `run` computes it; `choices` are what can be chosen on its page.

    question, data, formula  what it answers, what it reads and how it computes, for people
    """

    name: str
    label: Words
    icon: str
    question: Words
    data: Words
    formula: Words
    run: Callable[[Ask], Study]
    choices: Callable[[Ask], tuple[Choice, ...]] = lambda ask: ()
    periods: tuple[int, ...] = (3, 6, 12, 24)
    months: int = 12
