"""The charts of the named analyses: SVG drawn here, styled by class. What they show also stands in words
beside them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup, escape

from guanxi.analytics.mining.pareto import Pareto

WIDE, HIGH = 812, 352
LEFT, RIGHT, TOP, BOTTOM = 44, 796, 16, 322


def draw_pareto(
    found: Pareto[Any],
    before: Pareto[Any] | None,
    *,
    label: str,
    words: str,
    then: str,
    bar_note: str,
    ends: str,
) -> Markup:
    """The curve of what the first bring, over bars of each; `before`: the curve of the time compared with."""
    bars = _binned([row.value for row in found.rows], 64)
    tallest = max((value for value, _grade in bars), default=1) or 1
    step = (RIGHT - LEFT) / max(len(bars), 1)
    cut_x = LEFT + (RIGHT - LEFT) * found.vital / max(len(found.rows), 1)
    cut_y = _y(found.vital_share)
    parts = [
        _grid(),
        f'<rect class="zone" x="{LEFT}" y="{TOP}" width="{cut_x - LEFT:.1f}" height="{BOTTOM - TOP}"/>',
    ]
    grades = [row.grade for row in found.rows]
    for place, (value, at) in enumerate(bars):
        high = (BOTTOM - TOP) * 0.62 * value / tallest
        grade = grades[min(int(at * len(grades)), len(grades) - 1)].lower()
        parts.append(
            f'<rect class="{grade}" x="{LEFT + place * step + 0.5:.1f}" y="{BOTTOM - high:.1f}"'
            f' width="{max(step - 1.5, 0.5):.1f}" height="{high:.1f}"/>'
        )
    if before is not None and before.rows:
        parts.append(f'<path class="then" d="{_curve(before)}"/>')
        place_then = before.rows[len(before.rows) // 6]
        x = LEFT + (RIGHT - LEFT) * place_then.rank / len(before.rows)
        y = _y(place_then.reached) + 34
        parts.append(f'<text class="ax" x="{x + 8:.1f}" y="{y:.1f}">{escape(then)}</text>')
    parts += [
        f'<path class="now" d="{_curve(found)}"/>',
        f'<path class="rule" d="M{LEFT} {cut_y:.1f}H{cut_x:.1f}V{BOTTOM}"/>',
        f'<circle class="now big" cx="{cut_x:.1f}" cy="{cut_y:.1f}" r="5"/>',
    ]
    if cut_x < WIDE * 0.55:
        parts.append(
            f'<text class="lab strong" x="{cut_x + 14:.1f}" y="{cut_y + 22:.1f}">{escape(words)}</text>'
        )
    parts += [
        f'<text class="ax" x="{LEFT}" y="344">0</text>',
        f'<text class="ax end" x="{RIGHT}" y="344">{escape(ends)}</text>',
        f'<text class="ax end" x="{RIGHT}" y="303">{escape(bar_note)}</text>',
    ]
    return _svg("pareto", parts, label)


def draw_lines(
    now: Sequence[float],
    then: Sequence[float | None],
    labels: Sequence[str],
    *,
    label: str,
    low: Sequence[float] = (),
    high: Sequence[float] = (),
    ahead: Sequence[float] = (),
) -> Markup:
    """A line, what it is compared with in grey, and what is to come (`ahead`, between `low` and `high`)."""
    count = len(now) + len(ahead)
    known = [*now, *ahead, *high, *(value for value in then if value is not None)]
    top, bottom = max(known, default=1), min(0.0, *known, *low) if known else 0.0
    reach = (top - bottom) or 1
    x = [LEFT + (RIGHT - LEFT) * (place + 0.5) / max(count, 1) for place in range(count)]

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (value - bottom) / reach

    def path(places: Sequence[float], values: Sequence[float]) -> str:
        return "M" + "L".join(f"{a:.1f} {y(b):.1f}" for a, b in zip(places, values, strict=True))

    parts = [f'<path class="grid base" d="M{LEFT} {y(0):.1f}H{RIGHT}"/>']
    if ahead and low:
        first = len(now)
        edge = "L".join(
            f"{a:.1f} {y(b):.1f}" for a, b in zip(reversed(x[first:]), reversed(low), strict=True)
        )
        parts.append(f'<path class="area" d="{path(x[first:], high)}L{edge}Z"/>')
    old = [(x[place], value) for place, value in enumerate(then[:count]) if value is not None]
    if len(old) > 1:
        parts.append(f'<path class="then" d="{path([a for a, _b in old], [b for _a, b in old])}"/>')
    if len(now) > 1:
        parts.append(f'<path class="now" d="{path(x[: len(now)], now)}"/>')
    if ahead:
        start = [now[-1], *ahead] if now else list(ahead)
        parts.append(f'<path class="future" d="{path(x[count - len(start) :], start)}"/>')
    every = max(1, -(-count // 12))
    for place in range(0, min(count, len(labels)), every):
        parts.append(f'<text class="ax mid" x="{x[place]:.1f}" y="344">{escape(labels[place])}</text>')
    return _svg("lines", parts, label)


def _svg(name: str, parts: list[str], label: str) -> Markup:
    head = f'<svg class="chart {name}" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(label)}">'
    return Markup(head + "".join(parts) + "</svg>")


def _grid() -> str:
    return "".join(
        f'<path class="grid" d="M{LEFT} {_y(tenth / 5):.1f}H{RIGHT}"/>'
        f'<text class="ax end" x="{LEFT - 8}" y="{_y(tenth / 5) + 4:.1f}">{tenth * 20}%</text>'
        for tenth in range(6)
    )


def _y(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share


def _curve(found: Pareto[Any]) -> str:
    rows = found.rows
    every = max(1, len(rows) // 120)
    points = [
        (0.0, 0.0),
        *(
            (row.rank / len(rows), row.reached)
            for row in rows
            if row.rank % every == 0 or row.rank == len(rows)
        ),
    ]
    return "M" + "L".join(f"{LEFT + (RIGHT - LEFT) * x:.1f} {_y(y):.1f}" for x, y in points)


def _binned(values: Sequence[int], most: int) -> list[tuple[float, float]]:
    """At most `most` bars: the mean of so many neighbours, and where on the line they stand (0 to 1)."""
    count = len(values)
    bars = min(count, most)
    edges = [place * count // bars for place in range(bars + 1)] if bars else []
    return [(sum(values[a:b]) / (b - a), (a + b) / 2 / count) for a, b in pairwise(edges) if b > a]
