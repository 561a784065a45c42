"""The formats in which a list can be taken along."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from guanxi.platform.i18n.labels import L
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.exporting.calendars import export_calendar, has_calendar
from guanxi.platform.records.exporting.cards import export_cards, has_cards
from guanxi.platform.records.exporting.documents import export_documents
from guanxi.platform.records.exporting.tables import export_lines


@dataclass(frozen=True, slots=True)
class Format:
    """One format: `lines` gives the text of a list; a workbook is no text and is written to disk."""

    name: str  # also the ending of the file
    label: L
    media_type: str
    lines: Callable[..., Iterator[str]] | None

    def offered(self, obj: Object) -> bool:
        fits = _FITS.get(self.name)
        return fits is None or fits(obj)


# Formats that not every object can be written in.
_FITS: dict[str, Callable[[Object], bool]] = {"vcf": has_cards, "ics": has_calendar}

FORMATS = {
    one.name: one
    for one in (
        Format("csv", L("CSV", "CSV", "CSV"), "text/csv; charset=utf-8", export_lines),
        Format(
            "xlsx",
            L("Excel", "Excel", "Excel"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            None,
        ),
        Format("json", L("JSON", "JSON", "JSON"), "application/json", export_documents),
        Format(
            "vcf",
            L("Address book (vCard)", "通讯录（vCard）", "通訊錄（vCard）"),
            "text/vcard; charset=utf-8",
            export_cards,
        ),
        Format(
            "ics",
            L("Calendar (iCalendar)", "日历（iCalendar）", "行事曆（iCalendar）"),
            "text/calendar; charset=utf-8",
            export_calendar,
        ),
    )
}


def formats_for(obj: Object, *, by: Actor) -> list[Format]:
    """What an actor may take along of an object; nothing without the permission to export."""
    return [one for one in FORMATS.values() if one.offered(obj)] if by.may("export", obj.name) else []
