"""What an analysis is, and what it hands to its page."""

from __future__ import annotations

import math
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
class Act:
    """A small button in a table that posts to an address."""

    label: str
    href: str


@dataclass(frozen=True)
class Cell:
    """`meter`: a bar of 0 to 100 before the text. `trend`: "up", "down" or "flat". `heat`: 0 to 8. `act`: a
    button instead of text."""

    text: str = ""
    href: str = ""
    meter: float | None = None
    trend: str = ""
    heat: int = 0
    strong: bool = False
    tone: str = ""
    act: Act | None = None


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
class Follow:
    """How something stands when a remedy begins: the key of the check, its value, points, and the points that
    are to be reached; proof says it in words."""

    finding: str
    value: float
    points: float
    goal: float
    proof: str


@dataclass(frozen=True)
class Todo:
    """A button that makes a to-do about each of these records: `text` is what it asks for.

    tag     instead: tags them with this word, and shows them as a list
    follow  what is to get better by it: looked at again later
    """

    label: str
    object: str
    ids: tuple[int, ...]
    text: str
    tag: str = ""
    follow: Follow | None = None


@dataclass(frozen=True)
class Knob:
    """A number that is taken for granted, and may be turned: `unit` stands behind it."""

    name: str
    label: str
    value: float
    least: float
    most: float
    step: float = 1
    unit: str = ""

    @property
    def texts(self) -> dict[str, str]:
        """As a control of a form has them."""
        numbers = {"value": self.value, "min": self.least, "max": self.most, "step": self.step}
        return {name: f"{value:.10g}" for name, value in numbers.items()}


@dataclass(frozen=True)
class Way:
    """A link to where one goes on: a target, an automation, another analysis."""

    label: str
    href: str
    icon: str = "arrow-right"


@dataclass(frozen=True)
class Sign:
    """A small mark beside others, one of which is looked at; tone: whether it is in order."""

    mark: Markup
    label: str
    detail: str
    href: str
    tone: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Study:
    """A finding: its headline first, then what shows it. `counted`: what was counted, in words; `knobs`: what
    was taken for granted and can be turned; `ways`: where one goes on."""

    headline: str
    trust: Trust
    counted: str = ""
    detail: str = ""
    chart: Markup = field(default_factory=Markup)
    side: tuple[Table, ...] = ()
    tables: tuple[Table, ...] = ()
    todos: tuple[Todo, ...] = ()
    stats: tuple[tuple[str, str, str], ...] = ()
    knobs: tuple[Knob, ...] = ()
    ways: tuple[Way, ...] = ()
    signs: tuple[Sign, ...] = ()


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

    def number(self, name: str, usual: float, least: float, most: float) -> float:
        """The number that was given, between `least` and `most`; `usual` where none was."""
        try:
            given = float(self.chosen.get(name, ""))
        except ValueError:
            return usual
        return min(max(given, least), most) if math.isfinite(given) else usual


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
