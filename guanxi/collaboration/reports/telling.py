"""Reports in the reader's words: what was done by its name, with links to what the reader may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from guanxi.collaboration.activities.objects import ACTIVITY, KINDS
from guanxi.collaboration.reports.models import WorkReport
from guanxi.collaboration.reports.periods import DAY
from guanxi.platform.i18n.dates import format_date, format_day
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.titles import titles_of

SHOWN = 12
_KINDS = {one.value: str(one.icon) for one in KINDS}
_ORDER = ("call", "meeting", "visit", "email", "message", "note", "todo")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done so many times; `records` are those of them that the reader may see."""

    label: str
    icon: str
    count: int
    records: tuple[Any, ...] = ()
    more: int = 0


def heading_of(report: WorkReport) -> str:
    """“Tuesday, 24 November”, “Week of 23 November”."""
    if report.period == DAY:
        return format_day(report.day)
    return _("Week of %(day)s") % {"day": format_date(report.day)}


def lines_of(report: WorkReport, *, by: Actor) -> list[Line]:
    """What a report counts, of kinds of records that the reader may see at all."""
    shown = [one for one in report.facts if _sees(one["object"], by)]
    keys = {(one["object"], int(key)) for one in shown for key in one["ids"]}
    refs = titles_of(keys, by=by)
    found = []
    for one in sorted(shown, key=_place):
        known = [refs[key] for key in ((one["object"], int(each)) for each in one["ids"]) if key in refs]
        label, icon = _words(one["object"], one["what"])
        more = max(0, int(one["count"]) - len(known[:SHOWN]))
        found.append(Line(label, icon, int(one["count"]), tuple(known[:SHOWN]), more))
    return found


def totals_of(reports: Iterable[WorkReport], *, by: Actor) -> list[Line]:
    """What several reports count together."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for report in reports:
        for one in report.facts:
            if _sees(one["object"], by):
                sums[one["object"], one["what"]] += int(one["count"])
    rows: list[dict[str, Any]] = [
        {"object": name, "what": what, "count": count} for (name, what), count in sums.items()
    ]
    return [Line(*_words(one["object"], one["what"]), one["count"]) for one in sorted(rows, key=_place)]


def _sees(object_name: str, by: Actor) -> bool:
    return registry.has(object_name) and by.may("see", object_name)


def _place(one: dict[str, Any]) -> tuple[int, int, str]:
    if one["object"] == ACTIVITY.name:
        return 0, _ORDER.index(one["what"]) if one["what"] in _ORDER else len(_ORDER), ""
    return 1, registry.get(one["object"]).order, str(one["what"])


def _words(object_name: str, what: str) -> tuple[str, str]:
    obj = registry.get(object_name)
    if object_name == ACTIVITY.name:
        label = next((str(one.label) for one in KINDS if one.value == what), what)
        return label, _KINDS.get(what, obj.icon)
    said = {"created": _("new"), "moved": _("moved on"), "won": _("won"), "lost": _("lost")}.get(what)
    return f"{obj.plural_label} · {said or obj.word_for(what) or what.replace('_', ' ')}", obj.icon
