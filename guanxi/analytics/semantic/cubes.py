"""A cube: what is grouped by what, and measured. A value with one form as text, the query of its address."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError

MOST_ROWS, MOST_COLUMNS, MOST_MEASURES = 3, 2, 6
COMPARES = ("", "yoy", "workdays", "festival", "qoq", "mom")
SHOWS = ("", "share", "share_row", "share_parent", "running", "difference")
HISTORIES = ("", "then")
DRAWS = ("", "bars", "lines")


@dataclass(frozen=True, slots=True)
class Cube:
    """rows, columns  texts of dimensions, the outermost first
    measures          texts of measures; none: the number of records
    filter            which records, in the product's own form of filters
    as_of             a day: the records as they were at its end; "" is now
    compare           "yoy" with a year before; so "workdays", up to the same working day of the month,
                      and "festival", each day as far from Spring Festival; "qoq" with a quarter before,
                      "mom" with a month before, "" with nothing
    date              the date by which is compared; "" is the first date among the dimensions
    top               so many of the first rows, the others together; 0 is all
    sort              "2" or "-2": by the second measure, upwards or downwards; "" by name
    show              a figure's "share" in all, in its row, in what it is part of, "running" sums, or the
                      "difference" to the one before
    history           "then": owner, team, stage and what is linked as they were on the record's date
    draw              "bars" or "lines" over the table; "" is the table alone
    """

    object: str
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    filter: str = ""
    as_of: str = ""
    compare: str = ""
    date: str = ""
    top: int = 0
    sort: str = ""
    show: str = ""
    draw: str = ""
    history: str = ""

    @property
    def query(self) -> str:
        """The text: `object=deal&rows=owner&measure=sum%3Aamount`."""
        pairs: list[tuple[str, str]] = [("object", self.object)]
        for name in ("rows", "columns", "measures"):
            pairs += [(name, one) for one in getattr(self, name)]
        for name in ("filter", "as_of", "compare", "date", "sort", "show", "draw", "history"):
            if getattr(self, name):
                pairs.append((name, getattr(self, name)))
        if self.top:
            pairs.append(("top", str(self.top)))
        return urlencode(pairs)


def read_cube(given: QueryDict | str) -> Cube:
    """The cube of a query; raises FieldError for one that has no meaning."""
    asked = QueryDict(given) if isinstance(given, str) else given
    return _checked(
        Cube(
            object=asked.get("object") or "",
            rows=_several(asked, "rows"),
            columns=_several(asked, "columns"),
            measures=_several(asked, "measures"),
            filter=(asked.get("filter") or "").strip(),
            as_of=asked.get("as_of") or "",
            compare=asked.get("compare") or "",
            date=asked.get("date") or "",
            top=_whole(asked.get("top") or "0"),
            sort=asked.get("sort") or "",
            show=asked.get("show") or "",
            draw=asked.get("draw") or "",
            history=asked.get("history") or "",
        )
    )


def _checked(cube: Cube) -> Cube:
    limits = ((cube.rows, MOST_ROWS), (cube.columns, MOST_COLUMNS), (cube.measures, MOST_MEASURES))
    if any(len(found) > most for found, most in limits):
        raise FieldError("too_many", _("That is more than a table can show."))
    if cube.history not in HISTORIES:
        raise FieldError("history", _("A cube shows things as they are now, or as they were then."))
    if cube.compare not in COMPARES or cube.show not in SHOWS or cube.draw not in DRAWS:
        raise FieldError("cube", _("There is no such comparison."))
    if cube.sort and not cube.sort.removeprefix("-").isdecimal():
        raise FieldError("sort", _("It can't be sorted by that."))
    return cube


def _several(asked: QueryDict, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in asked.getlist(name) if one))


def _whole(text: str) -> int:
    return min(int(text), 200) if text.isdecimal() and len(text) < 5 else 0
