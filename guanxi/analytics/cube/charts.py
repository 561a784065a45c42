"""An answer as bars or lines: SVG drawn here, styled by class, so that page, PDF and PNG show the same.

The figures also stand in a table; the drawing names what it shows for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import floor, log10
from unicodedata import east_asian_width

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from guanxi.analytics.cube.pivot import records_url
from guanxi.analytics.semantic.answering import Answer, Key
from guanxi.analytics.semantic.measures import Measure
from guanxi.platform.i18n.dates import month_names
from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import format_compact, format_number, format_percent, labelled
from guanxi.platform.identity.actors import Actor

WIDE = 812
MOST_BARS, MOST_LINES = 12, 6
_LETTER = 7.0  # how wide a letter of 12 px is, about


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is called, its figure, that of the time compared with, and where its records stand."""

    label: str
    value: float
    then: float | None = None
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line over the same periods; None where there is nothing."""

    label: str
    values: tuple[float | None, ...]


def chart_of(answer: Answer, kind: str, by: Actor, *, wide: int = WIDE, index: int = 0) -> Markup | None:
    """The drawing of one measure, "bars" or "lines"; None where there is nothing to draw."""
    measure = answer.plan.measures[index]
    if kind == "lines":
        periods, lines, then = lines_of(answer, index)
        if len(periods) > 1:
            return draw_lines(periods, lines, then, measure, by.currency, wide=wide)
    bars = bars_of(answer, by, index)
    return draw_bars(bars, measure, by.currency, wide=wide) if bars else None


def bars_of(answer: Answer, by: Actor, index: int = 0) -> list[Bar]:
    """A bar for each of the outermost rows; of the columns, where there are no rows."""
    plan = answer.plan
    side, first = (answer.rows, 0) if plan.rows else (answer.columns, 0)
    found = []
    for key in [one for one in side if len(one) == 1]:
        row, column = (key, ()) if plan.rows else ((), key)
        figure = answer.figure(row, column, index)
        if figure is None:
            continue
        before = answer.before.get((row, column))
        then = float(before[index] or 0) if before else None
        found.append(
            Bar(
                answer.label(first, key[0]),
                float(figure),
                then,
                records_url(answer, row, column, plan.measures[index]),
            )
        )
    dated = (plan.rows or plan.columns)[0].dated if plan.dimensions else False
    if not dated and not plan.cube.sort:
        found.sort(key=lambda one: -one.value)
    return found[-MOST_BARS:] if dated else found[:MOST_BARS]


def lines_of(answer: Answer, index: int = 0) -> tuple[list[str], list[Line], Line | None]:
    """The periods, a line for each of the largest rows (or the total alone), and that of the time before."""
    plan = answer.plan
    across = bool(plan.columns)
    if not (plan.columns[0].dated if across else bool(plan.rows) and plan.rows[0].dated):
        return [], [], None
    first = len(plan.rows) if across else 0
    periods = [one for one in (answer.columns if across else answer.rows) if len(one) == 1]

    def values(key: Key) -> tuple[float | None, ...]:
        cells = [(key, one) if across else (one, ()) for one in periods]
        figures = [answer.figure(row, column, index) for row, column in cells]
        empty = 0.0 if plan.measures[index].adds_up else None
        return tuple(empty if one is None else float(one) for one in figures)

    keys = [one for one in answer.rows if len(one) == 1] if across else []
    largest = sorted(keys, key=lambda one: -float(answer.figure(one, (), index) or 0))[:MOST_LINES]
    shown = [key for key in keys if key in largest]
    lines = [Line(answer.label(0, key[0]), values(key)) for key in shown]
    then = None
    if len(lines) < 2:
        lines = [Line(plan.measures[index].label, values(()))]
        if any(one[index] for one in answer.before.values()):
            before = [answer.before.get(((), one) if across else (one, ())) for one in periods]
            old = tuple(float(one[index] or 0) if one else 0.0 for one in before)
            then = Line(then_words(plan.cube.compare), old)
    level = (plan.columns if across else plan.rows)[0].level
    return _period_labels(answer, first, [one[0] for one in periods], level), lines, then


def _period_labels(answer: Answer, first: int, days: Sequence[object], level: str) -> list[str]:
    """Months by their short names, with the year where it changes; other periods as they are called."""
    if level != "month" or not all(isinstance(one, date) for one in days):
        return [answer.label(first, one) for one in days]
    names = month_names("abbreviated")
    found, year = [], None
    for one in days:
        assert isinstance(one, date)
        name = names[one.month - 1]
        found.append(f"{name} ’{one.year % 100:02}" if year not in (None, one.year) else name)
        year = one.year
    return found


def then_words(compare: str) -> str:
    """What something is compared with, as it stands beside a line."""
    return {
        "yoy": _("A year before"),
        "workdays": _("A year before, same working days"),
        "festival": _("A year before, by Spring Festival"),
        "qoq": _("A quarter before"),
        "mom": _("A month before"),
    }.get(compare, "")


def draw_bars(bars: Sequence[Bar], measure: Measure, currency: str, *, wide: int = WIDE) -> Markup:
    """Lying bars, the figure behind each; what it was before is the thin one below."""
    names = min(max(_width(one.label) for one in bars) + 12, wide * 0.36)
    changes = any(one.then for one in bars)
    right = 132 if changes else 84
    most = max([abs(one.value) for one in bars] + [abs(one.then or 0) for one in bars]) or 1
    room, step, high = wide - names - right, 30, 9 if changes else 14
    parts = []
    for place, one in enumerate(bars):
        y = place * step
        long = max(abs(one.value) / most * room, 1)
        words = short(one.value, measure, currency)
        drawn = (
            # In a window of its own: where the words are set larger, on a phone, they end there.
            f'<svg y="{y}" width="{names - 4:.1f}" height="{step}"><text class="lab" x="0" y="17">'
            f"{escape(_cut(one.label, names - 12))}</text></svg>"
            f'<rect class="now" x="{names:.1f}" y="{y + 6}" width="{long:.1f}" height="{high}"/>'
        )
        if changes and one.then:
            ago = abs(one.then) / most * room
            drawn += f'<rect class="then" x="{names:.1f}" y="{y + 16}" width="{ago:.1f}" height="4"/>'
        end = wide - 52 if changes else wide
        drawn += f'<text class="lab strong end" x="{end}" y="{y + 17}">{escape(words)}</text>'
        if changes and one.then:
            share = (one.value - one.then) / abs(one.then)
            way = "up" if share > 0 else "down" if share < 0 else "ax"
            sign = "▲" if share > 0 else "▼" if share < 0 else ""
            said = f"{sign}{format_percent(min(abs(share), 99.99))}"
            drawn += f'<text class="{way} end" x="{wide}" y="{y + 17}">{said}</text>'
        parts.append(f'<a href="{escape(one.href)}">{drawn}</a>' if one.href else drawn)
    said = "; ".join(f"{one.label} {short(one.value, measure, currency)}" for one in bars)
    return _svg("bars", wide, len(bars) * step + 4, parts, labelled(measure.label, said))


def draw_lines(
    periods: Sequence[str],
    lines: Sequence[Line],
    then: Line | None,
    measure: Measure,
    currency: str,
    *,
    wide: int = WIDE,
) -> Markup:
    """Lines over time; one alone has an area under it and what it is compared with in grey."""
    known = [one for line in [*lines, *([then] if then else [])] for one in line.values if one is not None]
    ticks = _ticks(min(0.0, *known), max(known, default=1.0)) if known else [0.0, 1.0]
    words = [short(one, measure, currency) for one in ticks]
    left = max(_width(one) for one in words) + 10
    named = [line.label for line in lines] if len(lines) > 1 else [then.label] if then else []
    right = wide - min(max((_width(one) for one in named), default=0) + 14, wide * 0.24)
    top, bottom = 30, 236  # room for the newest figure over the highest point
    count = len(periods)
    x = [left + (right - left) * (place + 0.5) / count for place in range(count)]

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - ticks[0]) / (ticks[-1] - ticks[0])

    parts = [
        f'<path class="grid{" base" if tick == 0 else ""}" d="M{left:.1f} {y(tick):.1f}H{right:.1f}"/>'
        f'<text class="ax end" x="{left - 8:.1f}" y="{y(tick) + 4:.1f}">{escape(said)}</text>'
        for tick, said in zip(ticks, words, strict=True)
    ]
    if then:
        parts.append(f'<path class="then" d="{_path(x, then.values, y)}"/>')
        parts.append(_ending(then, x, y, "lab then", right, wide))
    if len(lines) == 1:
        points = [(a, b) for a, b in zip(x, lines[0].values, strict=True) if b is not None]
        if len(points) > 1:
            floor_y = y(max(0.0, ticks[0]))
            edge = f"L{points[-1][0]:.1f} {floor_y:.1f}L{points[0][0]:.1f} {floor_y:.1f}Z"
            parts.append(f'<path class="area" d="{_path(x, lines[0].values, y)}{edge}"/>')
    for place, line in enumerate(lines):
        tone = "now" if len(lines) == 1 else f"now s{place}"
        parts.append(f'<path class="{tone}" d="{_path(x, line.values, y)}"/>')
        if len(lines) > 1:
            parts.append(_ending(line, x, y, "lab", right, wide))
    if len(lines) == 1 and (last := lines[0].values[-1]) is not None:
        parts.append(f'<circle class="now" cx="{x[-1]:.1f}" cy="{y(last):.1f}" r="4"/>')
        up = y(last) - 10
        newest = escape(short(last, measure, currency))
        parts.append(f'<text class="lab strong end" x="{x[-1]:.1f}" y="{up:.1f}">{newest}</text>')
    every = max(1, -(-count * int(max(_width(one) for one in periods) + 14) // int(right - left)))
    for place in range(count - 1, -1, -every):
        parts.append(f'<text class="ax mid" x="{x[place]:.1f}" y="258">{escape(periods[place])}</text>')
    said = "; ".join(f"{line.label} {short(line.values[-1] or 0, measure, currency)}" for line in lines)
    return _svg("lines", wide, 264, parts, f"{measure.label}, {periods[0]} – {periods[-1]}: {said}")


def draw_spark(values: Sequence[float | None]) -> Markup:
    """A line of the size of a word."""
    known = [one for one in values if one is not None]
    if len(known) < 2:
        return Markup("")
    low, high = min(known), max(known)
    reach = (high - low) or 1
    x = [2 + 84 * place / max(len(values) - 1, 1) for place in range(len(values))]

    def y(value: float) -> float:
        return 19 - 16 * (value - low) / reach

    dot = f'<circle cx="{x[-1]:.1f}" cy="{y(known[-1]):.1f}" r="2"/>'
    line = f'<path d="{_path(x, values, y)}"/>'
    return Markup(f'<svg class="spark" viewBox="0 0 88 22" aria-hidden="true">{line}{dot}</svg>')


def short(value: float | Decimal, measure: Measure, currency: str) -> str:
    """A figure at a glance."""
    if measure.shape == "percent":
        return format_percent(value)
    if measure.shape == "money":
        return format_money(Decimal(str(value)).quantize(Decimal(1)), currency, compact=True)
    if abs(float(value)) >= 10_000:
        return format_compact(value)
    return format_number(value, digits=0 if value == int(value) else 1)


def standalone(svg: Markup, *, red_up: bool) -> str:
    """The drawing with its own colours, for where no style sheet of ours is; `red_up`: more is red, as in
    China."""
    head, _close, rest = str(svg).partition(">")
    up, down = (_RED, _GREEN) if red_up else (_GREEN, _RED)
    ways = f".up{{fill:{up}}}.down{{fill:{down}}}"
    return f'{head} xmlns="http://www.w3.org/2000/svg"><style>{_PAPER}{ways}</style>{rest}'


_RED, _GREEN = "#b3261e", "#0b7a4b"
_PAPER = (
    'text{font-family:"Noto Sans CJK SC",sans-serif;font-size:12px;fill:#5c6670}'
    ".mid{text-anchor:middle}.end{text-anchor:end}.lab{fill:#343c43}.strong{fill:#1b2126;font-weight:bold}"
    "path{fill:none}.grid{stroke:#dfe3e7}.base{stroke:#b7bfc6}"
    "path.now{stroke:#0f6a99;stroke-width:2}rect.now,circle.now{fill:#0f6a99}"
    "path.then{stroke:#8b9299;stroke-width:1.5}rect.then{fill:#8b9299}path.area{fill:#0f6a99;fill-opacity:.07}"
    ".s1{stroke:#b3261e}.s2{stroke:#0b7a4b}.s3{stroke:#9a6700}.s4{stroke:#5b4fb0}.s5{stroke:#8b9299}"
)


def _svg(name: str, wide: int, high: int, parts: Sequence[str], label: str) -> Markup:
    """A picture, or a group where its parts lead on."""
    role = "group" if any("<a " in one for one in parts) else "img"
    said = f'role="{role}" aria-label="{escape(label)}"'
    head = f'<svg class="chart {name}" viewBox="0 0 {wide} {high}" {said}>'
    return Markup(head + "".join(parts) + "</svg>")


def _path(x: Sequence[float], values: Sequence[float | None], y: object) -> str:
    """A line through what is there; it breaks where nothing is."""
    assert callable(y)
    said, broken = "", True
    for place, value in zip(x, values, strict=True):
        if value is None:
            broken = True
            continue
        said += f"{'M' if broken else 'L'}{place:.1f} {y(value):.1f}"
        broken = False
    return said


def _ending(line: Line, x: Sequence[float], y: object, kind: str, right: float, wide: int) -> str:
    """The name of a line, where it ends."""
    assert callable(y)
    last = next((one for one in reversed(line.values) if one is not None), None)
    if last is None:
        return ""
    name = escape(_cut(line.label, wide - right - 8))
    return f'<text class="{kind}" x="{x[-1] + 8:.1f}" y="{y(last) + 4:.1f}">{name}</text>'


def _ticks(low: float, high: float) -> list[float]:
    """Round figures from below the lowest to above the highest, about five of them."""
    reach = (high - low) or 1.0
    rough = reach / 4
    size = 10 ** floor(log10(rough))
    step = next(size * one for one in (1, 2, 2.5, 5, 10) if size * one >= rough * 0.999)
    first = floor(low / step)
    found = [first * step]
    while found[-1] < high - step * 0.001:
        found.append((first + len(found)) * step)
    return found if len(found) > 1 else [found[0], found[0] + step]


def _width(text: str) -> float:
    return sum(12 if east_asian_width(one) in "WF" else _LETTER for one in text)


def _cut(text: str, room: float) -> str:
    if _width(text) <= room:
        return text
    kept = ""
    for one in text:
        if _width(kept + one) > room - 10:
            break
        kept += one
    return f"{kept.rstrip()}…"
