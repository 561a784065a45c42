"""The product's own marks: the balance, the map of where each stands, the map of goals, the waterfall.

SVG drawn here, styled by class; what they show also stands in a table beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

Point = tuple[float, float]
Words = tuple[str, str]
MOST_TILT = 14.0  # degrees
MOST_NAMES = 14


@dataclass(frozen=True)
class Weight:
    """A weight in a pan: its words, and how much."""

    label: str
    value: float


@dataclass(frozen=True)
class Dot:
    """One on the map: 0 to 100 both ways, its radius by `size`, where it was (`then`), in which quarter."""

    label: str
    x: float
    y: float
    size: float
    then: Point | None
    quarter: str
    href: str = ""


@dataclass(frozen=True)
class Arrow:
    """From one goal to another, by their places; `link`: the correlation, −1 to 1."""

    first: int
    last: int
    link: float
    words: str


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall, from `start` to `end`; kind: "whole", "up" or "down"."""

    words: str
    start: float
    end: float
    kind: str
    figure: str


def tilt(left: float, right: float) -> float:
    """(right − left) / (right + left): −1 all on the left … 0 level … 1 all on the right."""
    both = left + right
    return (right - left) / both if both > 0 else 0.0


def draw_balance(
    left: Sequence[Weight], right: Sequence[Weight], *, titles: tuple[str, str], label: str
) -> Markup:
    """A pair of scales: the heavier pan hangs lower; weights by their share of all that lies on it."""
    sums = sum(one.value for one in left), sum(one.value for one in right)
    angle = math.radians(MOST_TILT * tilt(*sums))
    middle, top, reach = 260.0, 56.0, 169.0
    most = max((one.value for one in (*left, *right)), default=0) or 1
    turn: Point = (reach * math.cos(angle), reach * math.sin(angle))
    ends = ((middle - turn[0], top - turn[1]), (middle + turn[0], top + turn[1]))
    parts = [
        _path("stand", (middle, top), "V218M214 218H306M230 212H290"),
        _path("level", (83, top), "H437"),
        _line("arm", *ends),
    ]
    for (x, y), weights, side, title in zip(ends, (left, right), "lr", titles, strict=True):
        pan = y + 104
        parts += [_line("string", (x, y), (x + aside, pan)) for aside in (-78, 78)]
        parts += _weights(weights, x, pan, most, side)
        parts.append(_path("pan", (x - 86, pan), "h172c-8 18 -164 18 -172 0Z"))
        parts.append(_text("t", (x, pan + 38), title))
    parts.append(Markup('<circle cx="{}" cy="{}" r="5"/>').format(middle, top))
    return _svg("balance", (520, 250), parts, label)


def draw_beam(left: float, right: float) -> Markup:
    """The small sign of a balance, for a row of them; the words beside it say what it shows."""
    angle = math.radians(MOST_TILT * tilt(left, right))
    x, y = 54 * math.cos(angle), 54 * math.sin(angle)
    ends = ((75 - x, 15 - y), (75 + x, 15 + y))
    parts = [_path("stand", (75, 15), "V41M63 41H87"), _line("arm", *ends)]
    parts += [_path("pan", end, "l-9 13h18Z") for end in ends]
    parts.append(Markup('<circle cx="75" cy="15" r="3"/>'))
    return _svg("beam", (150, 44), parts, "")


def draw_map(
    dots: Sequence[Dot], *, quarters: Mapping[str, Words], axes: Words, legend: str, label: str
) -> Markup:
    """Strength from left to right, attraction upwards, a tail to where each stood before; the largest that
    have room are named. `quarters`: by name its words and what they mean."""
    left, right, top, bottom = 26.0, 706.0, 8.0, 368.0
    across, down = (left + right) / 2, (top + bottom) / 2

    def at(x: float, y: float) -> Point:
        # Above the highest and below the lowest is room for the words of the quarters.
        return left + 14 + (right - left - 28) * x / 100, bottom - 34 - (bottom - top - 68) * y / 100

    corners: dict[str, Point] = {
        "win": (left + 8, top + 20),
        "deepen": (across + 8, top + 20),
        "leave": (left + 8, bottom - 11),
        "keep": (across + 8, bottom - 11),
    }
    parts = [
        _rect("q hot", (left, top), across - left, down - top),
        _path("grid", (across, top), f"V{bottom}M{left} {down}H{right}"),
        _path("grid base", (left, top), f"V{bottom}H{right}"),
    ]
    largest = max((one.size for one in dots), default=0) or 1
    radius = [5 + 20 * math.sqrt(max(one.size, 0) / largest) for one in dots]
    for one, r in zip(dots, radius, strict=True):
        kind, spot = {"win": "risk", "deepen": "now"}.get(one.quarter, "oth"), at(one.x, one.y)
        if one.then is not None:
            parts.append(_line(f"trail {kind}", at(*one.then), spot))
        dot = Markup('<circle class="b {}" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"><title>{}</title></circle>')
        drawn = dot.format(kind, *spot, r, one.label)
        linked = Markup('<a href="{}" aria-label="{}">{}</a>')
        parts.append(linked.format(one.href, one.label, drawn) if one.href else drawn)
    taken = [_box(x + 84, y, 168) for x, y in corners.values()]  # the words of the quarters
    rounds = [(at(one.x, one.y), r) for one, r in zip(dots, radius, strict=True)]
    taken += [(x - r, y - r, x + r, y + r) for (x, y), r in rounds]
    named = 0
    by_size = sorted(zip(dots, rounds, strict=True), key=lambda pair: -pair[1][1])
    for one, ((x, y), r) in by_size:
        words = one.label if len(one.label) <= 14 else one.label[:13] + "…"
        room = _room(words, (x, y), r, (left, top, right, bottom), taken) if named < MOST_NAMES else None
        if room is not None:
            taken.append(_box(*room, _wide(words)))
            named += 1
            parts.append(_text("lab mid", room, words))
    for name, spot in corners.items():
        words, meaning = (escape(one) for one in quarters[name])
        parts.append(_text("qn", spot, words + Markup('<tspan class="qd" dx="8">{}</tspan>').format(meaning)))
    parts.append(_text("ax end", (right, 386), f"{axes[0]} →"))
    parts.append(_text("ax", (left, 386), legend))
    upwards = Markup('<text class="ax end" transform="translate(17 {}) rotate(-90)">{} →</text>')
    parts.append(upwards.format(top, axes[1]))
    return _svg("chart smap", (716, 392), parts, label)


Box = tuple[float, float, float, float]


def _room(words: str, dot: Point, r: float, within: Box, taken: Sequence[Box]) -> Point | None:
    """Where a name stands beside its dot without touching another dot or name: below, above, right or left of
    it; None where there is no room."""
    (x, y), half = dot, _wide(words) / 2
    own = (x - r, y - r, x + r, y + r)
    for spot in ((x, y + r + 13), (x, y - r - 5), (x + r + 5 + half, y + 4), (x - r - 5 - half, y + 4)):
        box = _box(*spot, 2 * half)
        inside = box[0] >= within[0] and box[1] >= within[1] and box[2] <= within[2] and box[3] <= within[3]
        if inside and not any(_touch(box, other) for other in taken if other != own):
            return spot
    return None


def _wide(words: str) -> float:
    """How wide a name is drawn, about: a Chinese sign is twice as wide as a Latin letter."""
    return sum(12.0 if ord(sign) > 0x2E7F else 6.8 for sign in words)


def _box(x: float, y: float, wide: float) -> Box:
    """What a text takes whose middle stands on a line."""
    return x - wide / 2, y - 11, x + wide / 2, y + 4


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def draw_goals(nodes: Sequence[Words], arrows: Sequence[Arrow], *, label: str) -> Markup:
    """Goals (their words and a figure) in the order in which work goes through them, and an arrow where one
    runs ahead of another."""
    across, width, high, beside, below = 3, 176.0, 50.0, 84.0, 62.0
    spots: list[Point] = []
    for place in range(len(nodes)):
        row, column = divmod(place, across)
        column = across - 1 - column if row % 2 else column  # to and fro, like a river
        spots.append((10 + column * (width + beside), 10 + row * (high + below)))
    parts = []
    for one in arrows:
        a, b = ((spots[end][0] + width / 2, spots[end][1] + high / 2) for end in (one.first, one.last))
        start, end = _edge(a, b, width, high), _edge(b, a, width, high)
        parts.append(_line(f"arrow {'up' if one.link > 0 else 'down'}", start, end))
        parts.append(_tip(start, end))
        parts.append(_text("lab mid halo", ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 - 5), one.words))
    for (x, y), (name, figure) in zip(spots, nodes, strict=True):
        parts.append(_rect("node", (x, y), width, high, round=6))
        parts.append(_text("lab strong mid", (x + width / 2, y + 21), name))
        parts.append(_text("ax mid", (x + width / 2, y + 39), figure))
    rows = -(-len(nodes) // across)
    return _svg("chart goals", (716, round(20 + rows * (high + below))), parts, label)


def draw_waterfall(steps: Sequence[Step], *, label: str) -> Markup:
    """From one sum to another, and what lies between."""
    left, right, top, bottom = 10.0, 806.0, 26.0, 300.0
    most = max((max(one.start, one.end) for one in steps), default=0) or 1
    wide = (right - left) / max(len(steps), 1)

    def y(value: float) -> float:
        return bottom - (bottom - top) * max(value, 0) / most

    parts = [_path("grid base", (left, bottom), f"H{right}")]
    for place, one in enumerate(steps):
        x, high, low = left + (place + 0.14) * wide, y(max(one.start, one.end)), y(min(one.start, one.end))
        middle = x + wide * 0.36
        parts.append(_rect(one.kind, (x, high), wide * 0.72, max(low - high, 1)))
        parts.append(_text("lab mid strong small", (middle, high - 6), one.figure))
        parts.append(_text("ax mid", (middle, bottom + 20), one.words))
        if place + 1 < len(steps):
            parts.append(_line("join", (x + wide * 0.72, y(one.end)), (x + wide, y(one.end))))
    return _svg("chart waterfall", (816, 330), parts, label)


def _weights(weights: Sequence[Weight], x: float, pan: float, most: float, side: str) -> list[Markup]:
    shown, width, parts = [one for one in weights if one.value > 0][:3], 48.0, []
    first = x - (len(shown) * (width + 4) - 4) / 2
    for place, one in enumerate(shown):
        high, left = 16 + 58 * one.value / most, first + place * (width + 4)
        middle = left + width / 2
        parts.append(_rect(f"w {side}", (left, pan - high), width, high, round=2))
        parts.append(_path(f"w {side}", (middle - 5, pan - high), "v-4h10v4Z"))
        parts.append(_text("wl", (middle, pan - max(high / 2 - 4, 5)), _short(one.label)))
    return parts


def _short(words: str) -> str:
    most = 4 if any(ord(one) > 0x2E80 for one in words) else 8
    return words if len(words) <= most else words[: most - 1] + "…"


def _edge(a: Point, b: Point, width: float, high: float) -> Point:
    """Where the line from the middle of a box to another leaves it."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    reach = (width / 2 / abs(dx) if dx else math.inf, high / 2 / abs(dy) if dy else math.inf)
    return a[0] + dx * min(reach), a[1] + dy * min(reach)


def _tip(start: Point, end: Point) -> Markup:
    """The head of an arrow."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    long = math.hypot(dx, dy) or 1
    ux, uy = 9 * dx / long, 9 * dy / long
    a, b = (end[0] - ux + uy / 2, end[1] - uy - ux / 2), (end[0] - ux - uy / 2, end[1] - uy + ux / 2)
    return _path("tip", end, f"L{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}Z")


def _path(kind: str, start: Point, way: str) -> Markup:
    return Markup('<path class="{}" d="M{:.1f} {:.1f}{}"/>').format(kind, *start, way)


def _line(kind: str, start: Point, end: Point) -> Markup:
    return _path(kind, start, f"L{end[0]:.1f} {end[1]:.1f}")


def _rect(kind: str, at: Point, width: float, high: float, *, round: int = 0) -> Markup:
    drawn = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{}"/>')
    return drawn.format(kind, *at, width, high, round)


def _text(kind: str, at: Point, words: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind, *at, words)


def _svg(kind: str, size: tuple[int, int], parts: Sequence[Markup], label: str) -> Markup:
    """A picture, or a group where its parts lead on; without words for it, one that is only seen."""
    role = "group" if any("<a " in one for one in parts) else "img"
    told = Markup('role="{}" aria-label="{}"').format(role, label) if label else Markup('aria-hidden="true"')
    head = Markup('<svg class="{}" viewBox="0 0 {} {}" {}>').format(kind, *size, told)
    return head + Markup("").join(parts) + Markup("</svg>")
