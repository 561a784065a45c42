"""What the macros in `templates/components/` are given, and the sums behind the small drawings.

Pure functions and frozen dataclasses: no database, no request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

from django.utils.translation import gettext as _
from markupsafe import Markup

Tone = Literal["azurite", "malachite", "ochre", "gamboge", "rouge", "indigo", "cinnabar", "ink", ""]
Sort = Literal["ascending", "descending", ""]

# Gamboge and cinnabar are missing: beside a name they would say "late" or "wrong".
PERSON_TONES: tuple[Tone, ...] = ("azurite", "malachite", "ochre", "rouge", "indigo")

QUIET_AFTER_WEEKS = 2  # shorter silences are ordinary and are not drawn


@dataclass(frozen=True, slots=True)
class Pulse:
    """往来线: the traffic with somebody, one tick a week, oldest first.

    weeks_in    how often they came to us, per week
    weeks_out   how often we went to them, per week; as many weeks
    quiet_from  index of the first week of the silence that lasts until now, or None
    tone        "gamboge" when the silence is longer than usual, "cinnabar" when touch is lost, else ""
    label       the same in words; made from the counts when empty
    """

    weeks_in: tuple[int, ...]
    weeks_out: tuple[int, ...]
    quiet_from: int | None = None
    tone: Tone = ""
    label: str = ""

    @classmethod
    def of(
        cls, weeks_in: Sequence[int], weeks_out: Sequence[int], *, tone: Tone = "", label: str = ""
    ) -> Pulse:
        """A pulse that finds its own silence: the weeks without a tick at the end, from two weeks on."""
        if len(weeks_in) != len(weeks_out):
            raise ValueError(f"{len(weeks_in)} weeks in, {len(weeks_out)} weeks out")
        quiet_from = len(weeks_in)
        while quiet_from and not weeks_in[quiet_from - 1] and not weeks_out[quiet_from - 1]:
            quiet_from -= 1
        silent = len(weeks_in) - quiet_from >= QUIET_AFTER_WEEKS
        return cls(tuple(weeks_in), tuple(weeks_out), quiet_from if silent else None, tone, label)

    @property
    def words(self) -> str:
        """What a screen reader says instead of the drawing."""
        if self.label:
            return self.label
        counts = {"weeks": len(self.weeks_in), "came": sum(self.weeks_in), "went": sum(self.weeks_out)}
        if self.quiet_from is None:
            return _("%(weeks)d weeks: %(came)d from them, %(went)d from us") % counts
        counts["quiet"] = len(self.weeks_in) - self.quiet_from
        return (
            _("%(weeks)d weeks: %(came)d from them, %(went)d from us, silent for the last %(quiet)d") % counts
        )


class Tie(NamedTuple):
    """Somebody on a relationship map.

    role   what they have to say there, in words, with its pigment; both may be empty
    note   how often we talk, in words; `often` the same as thickness: 0 never, 1 seldom, 2 often, 3 each week
    """

    key: int
    name: str
    href: str
    role: str
    tone: str
    note: str
    often: int


class TiePaths(NamedTuple):
    """The drawing of a relationship map: us on the left, a tie to the middle of each row."""

    view_box: str
    middle: float
    ties: list[tuple[int, str]]


_ROW, _US, _THEM = 56, 37, 88  # pixels at the usual size of text: height of a row, from where and to where


def tie_paths(often: Sequence[int]) -> TiePaths:
    """One curve for each person, in their order."""
    middle = _ROW * len(often) / 2
    rows = [_ROW * at + _ROW / 2 for at in range(len(often))]
    ties = [
        (much, f"M{_US} {middle:g}C68 {middle:g} 57 {row:g} {_THEM} {row:g}")
        for much, row in zip(often, rows, strict=True)
    ]
    return TiePaths(f"0 0 {_THEM} {_ROW * len(often)}", middle, ties)


class PulsePaths(NamedTuple):
    """Path data for one drawing of a pulse; `dot_x` is None where no dot closes the silence."""

    view_box: str
    base: str
    quiet: str
    came: str
    went: str
    dot_x: int | None


@dataclass(frozen=True, slots=True)
class _Scale:
    """Geometry of a pulse: x of the first tick, step per week, the lines, tick lengths by count."""

    first: int
    step: int
    height: int
    above: float
    middle: float
    below: float
    lengths: tuple[float, ...]


_SMALL = _Scale(2, 4, 24, 10.5, 12.5, 13.5, (4, 6.5, 9, 11))
_BIG = _Scale(4, 16, 56, 25, 28.5, 31, (8, 14, 20, 25))


def pulse_paths(pulse: Pulse, *, big: bool = False) -> PulsePaths:
    """Path data of the row-sized drawing (26 weeks) or the `big` one (52); any number of weeks works."""
    scale = _BIG if big else _SMALL
    weeks = len(pulse.weeks_in)
    width = weeks * scale.step
    if pulse.quiet_from is None:
        base, quiet = f"M0 {scale.middle}H{width}", ""
    else:
        # The line ends under the last tick, the silence begins a hair later.
        last = scale.step * pulse.quiet_from - (scale.step - scale.first if big else 0)
        last = max(last, 0)
        base = f"M0 {scale.middle}H{last}" if last else ""
        quiet = f"M{last + 2} {scale.middle}H{width - 4}"
    return PulsePaths(
        view_box=f"0 0 {width} {scale.height}",
        base=base,
        quiet=quiet,
        came=_ticks(pulse.weeks_in, scale, scale.above, -1),
        went=_ticks(pulse.weeks_out, scale, scale.below, 1),
        dot_x=width - 2 if quiet and pulse.tone and not big else None,
    )


def _ticks(weeks: Sequence[int], scale: _Scale, start: float, sign: int) -> str:
    cells = _tick_table(scale, start, sign, len(weeks))
    longest = len(scale.lengths)
    return "".join(
        [
            column[count if count < longest else longest]
            for column, count in zip(cells, weeks, strict=True)
            if count
        ]
    )


@lru_cache(maxsize=16)
def _tick_table(scale: _Scale, start: float, sign: int, weeks: int) -> tuple[tuple[str, ...], ...]:
    """For each week the path of every length a tick can have; index 0 stands for none."""
    return tuple(
        ("", *(f"M{scale.first + scale.step * week} {start}v{sign * length}" for length in scale.lengths))
        for week in range(weeks)
    )


def spark_path(values: Sequence[float]) -> tuple[str, float, float]:
    """A sparkline in an 88 × 22 box: path data and its last point; ("", 0, 0) below two values."""
    if len(values) < 2:
        return "", 0, 0
    low, high = min(values), max(values)
    spread = (high - low) or 1
    step = 84 / (len(values) - 1)
    points = [(2 + step * i, 19 - 16 * (value - low) / spread) for i, value in enumerate(values)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return path, round(points[-1][0], 1), round(points[-1][1], 1)


RING_LENGTH = 39.27  # of the circle with radius 6.25


def ring_dash(share: float) -> str:
    """`stroke-dasharray` of a ring that is filled by `share` (0 to 1, held inside)."""
    return f"{max(0.0, min(1.0, share)) * RING_LENGTH:.1f} 39.3"


@lru_cache(maxsize=4096)
def tone_of(key: int | str) -> Tone:
    """The pigment of a person or company: the same for the same id, spread evenly over ids made in a row."""
    mixed = 0xCBF29CE484222325
    for byte in str(key).encode():
        mixed = ((mixed ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return PERSON_TONES[(mixed >> 29) % len(PERSON_TONES)]


@lru_cache(maxsize=4096)
def avatar_text(name: str, *, size: str = "", company: bool = False) -> str:
    """The letters in an avatar.

    A Chinese person shows the last character (two from 32 px, sizes "l" and "xl"), because surnames tell
    nobody apart; a Chinese company the first (two). Latin names show initials: one in size "s" and for
    companies, else two.
    """
    name = name.strip()
    wide = size in ("l", "xl")
    if not name:
        return "?"
    han = [sign for sign in name if _is_han(sign)]
    if han and (_is_han(name[0]) or _is_han(name[-1])):
        count = 2 if wide else 1
        return "".join(han[:count] if company else han[-count:])
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()] or [name]
    if company or size == "s" or len(words) == 1:
        return words[0][0].upper()
    return (words[0][0] + words[-1][0]).upper()


def _is_han(sign: str) -> bool:
    code = ord(sign)
    return 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x323AF


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select, radio group, segmented control or menu."""

    value: str
    label: str
    icon: str = ""
    tone: Tone = ""
    href: str = ""
    disabled: bool = False
    group: str = ""  # in a select: the heading under which it stands with its neighbours of the same
    fits: str = ""  # in a select that follows others: their values with which it can be chosen


@dataclass(frozen=True, slots=True)
class Column:
    """One column head. `sort` says how the rows are ordered by it now; `href` orders them by it."""

    name: str
    label: str
    sort: Sort = ""
    href: str = ""
    numeric: bool = False
    classes: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab or saved view."""

    label: str
    href: str
    current: bool = False
    count: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a wizard; state is "done", "now", "wait" or "" for what is still to come."""

    label: str
    hint: str = ""
    icon: str = "circle"
    state: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One row of Today: whom, why, and what can be done about it.

    key         stable id of the row, used for focus and for `done_url`
    why         the reason in one sentence, with `why_icon` and `why_tone`
    value, due  preformatted; `late` colours the due
    done_url    POST marks it done; more_url GET brings the line of context and the buttons
    """

    key: str
    name: str
    href: str
    why: str
    about: str = ""
    avatar_key: int | str = ""
    company: bool = False
    why_icon: str = "clock"
    why_tone: Tone = ""
    pulse: Pulse | None = None
    value: str = ""
    due: str = ""
    late: bool = False
    done_url: str = ""
    more_url: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class DealCard:
    """One card of a board. `rot` is 1 (stale) or 2 (rotten); `move_url` takes POST lane, before, version."""

    key: str
    title: str
    href: str
    company: str = ""
    amount: str = ""
    close: str = ""
    next_step: str = ""
    age: str = ""
    rot: int = 0
    owner: str = ""
    owner_key: int | str = ""
    pulse: Pulse | None = None
    move_url: str = ""
    version: int = 0
    language: str = ""
    facts: tuple[Markup, ...] = ()  # lines that stand instead of company, next step, amount and day


@dataclass(frozen=True, slots=True)
class Lane:
    """One stage of a board with its exact count and sum, and the cards that are shown.

    `total` is the sum at a glance, `exact` the same in full.
    """

    key: str
    label: str
    share: float
    count: str
    total: str = ""
    weighted: str = ""
    cards: tuple[DealCard, ...] = ()
    more_url: str = ""
    tone: Tone = ""
    exact: str = ""
    summed: bool = True  # the lane has a sum at all


@dataclass(frozen=True, slots=True)
class Job:
    """Long work as a row that reports itself.

    `done` and `of` count rows; `state` is running, done, failed or cancelled.
    """

    key: str
    title: str
    state: str = "running"
    done: int = 0
    of: int = 0
    note: str = ""
    url: str = ""
    cancel_url: str = ""
    retry_url: str = ""
    icon: str = "upload"

    @property
    def percent(self) -> int:
        """How much is done, 0 to 100; 0 while the total is unknown."""
        return min(100, self.done * 100 // self.of) if self.of else 0


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One thing on a day. `time` is preformatted; empty means the whole day. `note`: with whom, or where.

    move_url  takes POST day (ISO) where it can be put on another day; by `key` the focus finds it again
    """

    title: str
    href: str
    time: str = ""
    tone: Tone = ""
    past: bool = False
    done: bool = False
    note: str = ""
    key: str = ""
    move_url: str = ""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One cell of the month. `label` is the whole date in words, `note` a holiday or solar term.

    href   where all of the day is; `more` says how many that are beyond the entries, preformatted
    """

    iso: str
    label: str
    number: int
    today: bool = False
    outside: bool = False
    working: bool = True
    note: str = ""
    entries: tuple[CalendarEntry, ...] = field(default=())
    href: str = ""
    more: str = ""
