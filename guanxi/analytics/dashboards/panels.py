"""What a panel of a dashboard is, and the time that a whole dashboard looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from guanxi.analytics.semantic.cubes import Cube, read_cube
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.tenancy.keys import new_key

DRAWS = ("lines", "bars", "figures", "table")
WIDTHS = (4, 6, 8, 12)
MOST_PANELS, MOST_FIGURES = 24, 6
PERIODS = (
    "this_month", "last_month", "this_quarter", "last_quarter", "this_year", "last_year", "months_12",
)  # fmt: skip
COMPARES = ("", "yoy", "workdays", "festival", "qoq", "mom")


@dataclass(frozen=True, slots=True)
class Panel:
    """cubes  queries of cubes: one, or several for "figures", each with one number
    draw   one of DRAWS
    width  of twelve columns
    key    by which a kept panel is named; "" for one that comes with the product
    """

    cubes: tuple[str, ...]
    draw: str = "bars"
    width: int = 4
    key: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What all panels of a dashboard look at.

    period   one of PERIODS; compare: one of COMPARES; team: a team and all below it, 0 for all
    """

    period: str = "this_year"
    compare: str = "yoy"
    team: int = 0

    def span(self, today: date, fiscal: int = 1) -> tuple[date, date]:
        """The first and the last day; a year begins in the month in which the firm's does."""
        return span_of_period(self.period, today, fiscal)


def period_label(name: str) -> str:
    """What a period is called."""
    return {
        "this_month": _("This month"),
        "last_month": _("Last month"),
        "this_quarter": _("This quarter"),
        "last_quarter": _("Last quarter"),
        "this_year": _("This year"),
        "last_year": _("Last year"),
        "months_12": _("Last 12 months"),
    }[name]


def span_of_period(name: str, today: date, fiscal: int = 1) -> tuple[date, date]:
    """The first and the last day of one of PERIODS."""
    month = today.replace(day=1)
    if name == "months_12":
        return months_after(month, -11), months_after(month, 1) - timedelta(days=1)
    length = {"month": 1, "quarter": 3, "year": 12}[name.partition("_")[2]]
    back = (today.month - fiscal) % 12 % length if length > 1 else 0
    first = months_after(month, -back)
    if name.startswith("last_"):
        first = months_after(first, -length)
    return first, months_after(first, length) - timedelta(days=1)


def months_after(day: date, count: int) -> date:
    """The first day of the month so many months later."""
    number = day.year * 12 + day.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def read_look(given: Mapping[str, str], usual: Look | None = None) -> Look:
    """The look of an address; nonsense is what is usual."""
    usual = usual or Look()
    period, compare, team = given.get("period", ""), given.get("compare"), given.get("team", "")
    return Look(
        period if period in PERIODS else usual.period,
        compare if compare in COMPARES and compare is not None else usual.compare,
        int(team) if team.isascii() and team.isdecimal() and len(team) < 20 else usual.team,
    )


def read_panel(given: Any) -> Panel:
    """A panel as it is kept; raises FieldError for one that has no meaning."""
    cubes = given.get("cubes") if isinstance(given, dict) else None
    if not isinstance(cubes, list) or not cubes or not all(isinstance(one, str) for one in cubes):
        raise FieldError("panel", _("A panel shows a cube."))
    draw, width = given.get("draw"), given.get("width")
    return Panel(
        tuple(read_cube(one).query for one in cubes[:MOST_FIGURES]),
        draw if draw in DRAWS else "bars",
        width if width in WIDTHS else 4,
        str(given.get("key") or new_key()),
    )


def panel_json(panel: Panel) -> dict[str, Any]:
    """As it is kept."""
    return {
        "key": panel.key or str(new_key()),
        "cubes": list(panel.cubes),
        "draw": panel.draw,
        "width": panel.width,
    }


def panel_of(cube: Cube) -> Panel:
    """How a cube stands on a dashboard when nobody says how."""
    if cube.draw:
        return Panel((replace(cube, draw="").query,), cube.draw, 8 if cube.draw == "lines" else 4)
    if not cube.rows and not cube.columns:
        return Panel((cube.query,), "figures", 4)
    return Panel((cube.query,), "table", 8 if cube.columns else 6)
