"""What stands in every row of every list, written as strings: as macros they would cost more than the query.

The macros in `components/avatar.html` and `components/pulse.html` call these.
"""

from __future__ import annotations

from functools import lru_cache

from django.utils.translation import get_language
from markupsafe import Markup, escape

from guanxi.web.components import Pulse, avatar_text, pulse_paths, tone_of


class Fragment:
    """A piece of HTML with places: `LINK = Fragment('<a href="{}">{}</a>')`, then `LINK(url, title)`.

    What is put in is escaped, as by Markup.format, which reads the piece anew each time and costs three times
    as much; a list puts together hundreds of them.
    """

    __slots__ = ("_parts",)

    def __init__(self, text: str) -> None:
        self._parts = text.split("{}")

    def __call__(self, *values: object) -> Markup:
        parts = self._parts
        if len(values) != len(parts) - 1:
            raise ValueError(f"{len(parts) - 1} places, {len(values)} values")
        said = [parts[0]]
        for value, part in zip(values, parts[1:], strict=True):
            said += (value if type(value) is Markup else escape(value), part)
        return Markup("".join(said))


@lru_cache(maxsize=8192)
def draw_avatar(
    name: str, key: int | str = "", size: str = "", company: bool = False, online: bool = False
) -> Markup:
    """Letters on the pigment of `key` (the record's id); round for people, square for companies."""
    classes = f"avatar {size}" if size else "avatar"
    classes += (" co" if company else "") + (" online" if online else "")
    letters = escape(avatar_text(name, size=size, company=company))
    return Markup(
        f'<span class="{classes}" data-tone="{tone_of(key or name)}" aria-hidden="true">{letters}</span>'
    )


def draw_pulse(pulse: Pulse, big: bool = False, classes: str = "") -> Markup:
    """The SVG of a pulse, with its words for screen readers."""
    return _draw_pulse(get_language(), pulse, big, classes)


@lru_cache(maxsize=4096)
def _draw_pulse(_language: str | None, pulse: Pulse, big: bool, classes: str) -> Markup:
    drawn = pulse_paths(pulse, big=big)
    named = f"pulse{' big' if big else ''}{' ' + classes if classes else ''}"
    svg = f'<svg class="{named}" viewBox="{drawn.view_box}" role="img" aria-label="{escape(pulse.words)}"'
    svg += f' data-tone="{pulse.tone}"' if pulse.tone else ""
    svg += ' preserveAspectRatio="none">' if big else ">"
    for name, path in (("base", drawn.base), ("quiet", drawn.quiet), ("in", drawn.came), ("out", drawn.went)):
        if path:
            svg += f'<path class="{name}" d="{path}"/>'
    if drawn.dot_x is not None:
        svg += f'<circle cx="{drawn.dot_x}" cy="12.5" r="2.5"/>'
    return Markup(svg + "</svg>")
