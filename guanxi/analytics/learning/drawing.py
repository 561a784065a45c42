"""The pictures of an evaluation: what was said against what came, and how much the first tenths bring."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

WIDE, HIGH = 400, 280
LEFT, RIGHT, TOP, BOTTOM = 40, 388, 12, 240


def draw_calibration(bins: Sequence[Sequence[float]], *, label: str, said: str, came: str) -> Markup:
    """A dot for each tenth of the cases: where it lies on the line, what was said came true. `bins`: [size,
    said, came]."""
    top = min(1.0, max((max(one[1], one[2]) for one in bins), default=1.0) * 1.15) or 1.0
    steps = [top * at / 4 for at in range(5)]

    def x(value: float) -> float:
        return LEFT + (RIGHT - LEFT) * value / top

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * value / top

    parts = [
        f'<path class="grid" d="M{LEFT} {y(one):.1f}H{RIGHT}"/>'
        f'<text class="ax end" x="{LEFT - 6}" y="{y(one) + 4:.1f}">{one * 100:.0f}</text>'
        f'<text class="ax mid" x="{x(one):.1f}" y="{BOTTOM + 17}">{one * 100:.0f}</text>'
        for one in steps
    ]
    parts.append(f'<path class="then" d="M{x(0):.1f} {y(0):.1f}L{x(top):.1f} {y(top):.1f}"/>')
    line = "L".join(f"{x(one[1]):.1f} {y(one[2]):.1f}" for one in bins)
    parts.append(f'<path class="now" d="M{line}"/>')
    parts += [f'<circle class="now" cx="{x(one[1]):.1f}" cy="{y(one[2]):.1f}" r="4"/>' for one in bins]
    parts.append(f'<text class="ax mid" x="{(LEFT + RIGHT) / 2}" y="{HIGH - 4}">{escape(said)}</text>')
    parts.append(f'<text class="ax" x="{LEFT + 6}" y="{TOP + 12}">{escape(came)}</text>')
    return _svg("calibration", parts, label)


def draw_lift(bins: Sequence[Sequence[float]], rate: float, *, label: str, first: str, usual: str) -> Markup:
    """A bar for each tenth, the most promising first: how many times the usual share came true."""
    lifts = [one[2] / rate if rate else 0.0 for one in reversed(bins)]
    top = max([*lifts, 1.0]) * 1.15
    step = (RIGHT - LEFT) / max(len(lifts), 1)

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * value / top

    parts = []
    for place, value in enumerate(lifts):
        left = LEFT + place * step + 2
        parts.append(
            f'<rect class="tenth" x="{left:.1f}" y="{y(value):.1f}" width="{step - 4:.1f}"'
            f' height="{max(BOTTOM - y(value), 0):.1f}" rx="2"/>'
            f'<text class="ax mid" x="{left + step / 2 - 2:.1f}" y="{y(value) - 5:.1f}">{value:.1f}</text>'
            f'<text class="ax mid" x="{left + step / 2 - 2:.1f}" y="{BOTTOM + 17}">{place + 1}</text>'
        )
    parts.append(f'<path class="then" d="M{LEFT} {y(1):.1f}H{RIGHT}"/>')
    parts.append(f'<text class="ax end" x="{RIGHT}" y="{y(1) - 5:.1f}">{escape(usual)}</text>')
    parts.append(f'<text class="ax mid" x="{(LEFT + RIGHT) / 2}" y="{HIGH - 4}">{escape(first)}</text>')
    return _svg("lift", parts, label)


def _svg(name: str, parts: list[str], label: str) -> Markup:
    head = f'<svg class="chart {name}" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(label)}">'
    return Markup(head + "".join(parts) + "</svg>")
