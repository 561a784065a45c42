"""往来线 of records: lists, boards and Today ask here; the room that keeps the traffic answers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.records.questions import Question, answered, ask

if TYPE_CHECKING:
    from guanxi.web.components import Pulse, Tone

QUIET_AT_MOST = 30  # days after which any silence is worth a word, whatever the rhythm
LOST_AT_LEAST = 90
_QUIET_BY_RHYTHM, _LOST_BY_RHYTHM = 2, 4
_QUIET_AT_LEAST = 7

Pulses = dict[int, "Pulse"]
Asking = Callable[[str, Collection[int], int], Question[Pulses]]
_asking: Asking | None = None


def pulses_for(object: str, ids: Collection[int], *, weeks: int = 26) -> dict[int, Pulse]:
    """Pulses of records by id, in one query however many are asked; a record without traffic has a flat one.

    The caller has found the records through the access rule. Empty for objects without traffic.
    """
    return ask(pulses_question(object, ids, weeks=weeks))[0]


def pulses_question(object: str, ids: Collection[int], *, weeks: int = 26) -> Question[Pulses]:
    """The same, for who has more to ask."""
    nothing: Pulses = {}
    return _asking(object, ids, weeks) if _asking and ids else answered(nothing)


def answer_pulses(asking: Asking) -> Asking:
    """Register who knows: a function of object, ids and weeks that makes the question."""
    global _asking
    _asking = asking
    return asking


@dataclass(frozen=True, slots=True)
class Silence:
    """How long nothing was heard, in days, and the usual days between two contacts (None: unknown)."""

    days: int
    rhythm: int | None

    @classmethod
    def between(cls, last: date, today: date, rhythm: int | None) -> Silence:
        """From the day of the last contact until today."""
        return cls(max((today - last).days, 0), rhythm)

    @property
    def tone(self) -> Tone:
        """ "gamboge" for longer than usual, "cinnabar" where touch is lost, "" where all is well."""
        usual = self.rhythm or 0
        if self.days > max(LOST_AT_LEAST, _LOST_BY_RHYTHM * usual):
            return "cinnabar"
        if self.days > self.quiet_after:
            return "gamboge"
        return ""

    @property
    def quiet_after(self) -> int:
        """The last day of silence that is still ordinary."""
        if self.rhythm is None:
            return QUIET_AT_MOST
        return min(max(_QUIET_BY_RHYTHM * self.rhythm, _QUIET_AT_LEAST), QUIET_AT_MOST)

    def __str__(self) -> str:
        """Quiet for 34 days; usually every 9."""
        if self.rhythm is None:
            return ngettext("Quiet for %(days)d day", "Quiet for %(days)d days", self.days) % {
                "days": self.days
            }
        return _("Quiet for %(days)d days; usually every %(rhythm)d") % {
            "days": self.days,
            "rhythm": self.rhythm,
        }


def silence(
    last_touch_at: datetime | None, rhythm_days: int | None, *, now: datetime | None = None
) -> Silence | None:
    """The silence since the last contact, by the calendar of the active zone; None before the first one."""
    if last_touch_at is None:
        return None
    return Silence.between(timezone.localdate(last_touch_at), timezone.localdate(now), rhythm_days)
