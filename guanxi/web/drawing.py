"""What stands in every row of every list, written as strings: as macros they would cost more than the query.

The macros in `components/avatar.html`, `components/pulse.html` and `components/board.html` call these.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markupsafe import Markup

from guanxi.web.assets import asset
from guanxi.web.components import Act, DealCard, Pulse, avatar_text, pulse_paths, tone_of
from guanxi.web.escaping import escaped
from guanxi.web.navigation import NavLink


def icon(name: str) -> Markup:
    """One symbol of the sprite, drawn in the colour of the text around it; says nothing to screen readers."""
    return _icon(asset("icons.svg"), name)


@lru_cache(maxsize=512)
def _icon(sprite: str, name: str) -> Markup:
    return Markup('<svg data-icon="{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        name, sprite, name
    )


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
            said += (escaped(value), part)
        return Markup("".join(said))


@lru_cache(maxsize=8192)
def draw_avatar(
    name: str, key: int | str = "", size: str = "", company: bool = False, online: bool = False
) -> Markup:
    """Letters on the pigment of `key` (the record's id); round for people, square for companies."""
    classes = f"avatar {size}" if size else "avatar"
    classes += (" co" if company else "") + (" online" if online else "")
    letters = escaped(avatar_text(name, size=size, company=company))
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
    svg = f'<svg class="{named}" viewBox="{drawn.view_box}" role="img" aria-label="{escaped(pulse.words)}"'
    svg += f' data-tone="{pulse.tone}"' if pulse.tone else ""
    svg += ' preserveAspectRatio="none">' if big else ">"
    for name, path in (("base", drawn.base), ("quiet", drawn.quiet), ("in", drawn.came), ("out", drawn.went)):
        if path:
            svg += f'<path class="{name}" d="{path}"/>'
    if drawn.dot_x is not None:
        svg += f'<circle cx="{drawn.dot_x}" cy="12.5" r="2.5"/>'
    return Markup(svg + "</svg>")


def draw_deal(card: DealCard, more: str | Markup = "") -> Markup:
    """One card of a board; `more` stands at its end."""
    return draw_deals([card], more)


def draw_deals(cards: Iterable[DealCard], more: str | Markup = "") -> Markup:
    """The cards of a lane. Words and signs are the same for all of them."""
    move, grip, then, old = (
        _("Move %(title)s"),
        icon("grip-vertical"),
        icon("corner-down-right"),
        icon("hourglass"),
    )
    end = f"{escaped(more)}</li>\n"
    said = []
    for card in cards:
        title = escaped(card.title)
        said.append(
            f'<li class="deal" id="deal-{card.key}" data-card="{card.key}" data-version="{card.version}"'
        )
        if card.move_url:
            said.append(f' data-move="{escaped(card.move_url)}"')
        if card.rot:
            said.append(f' data-rot="{card.rot}"')
        if card.language:
            said.append(f' lang="{escaped(card.language)}"')
        led = f'<a href="{escaped(card.href)}">{title}</a>' if card.href else title
        said.append(f'>\n<p class="deal-t">{led}')
        if card.move_url:
            label = escaped(move % {"title": card.title})
            said.append(f'<button class="grip" type="button" data-grip aria-label="{label}">{grip}</button>')
        said.append("</p>\n")
        if card.company:
            said.append(f'<p class="deal-co">{escaped(card.company)}</p>\n')
        if card.pulse:
            said.append(f'<div class="deal-p">{draw_pulse(card.pulse)}</div>\n')
        if card.next_step:
            step = escaped(card.next_step)
            said.append(f'<p class="deal-next">{then}<span class="trunc">{step}</span></p>\n')
        said += [f'<p class="deal-l">{line}</p>\n' for line in card.facts]
        said += (_foot(card, old), end)
    return Markup("".join(said))


def _foot(card: DealCard, old: Markup) -> str:
    """What a deal is worth, when it should close, how long it has stood there, whose it is."""
    said = f'<p class="deal-f"><b class="num">{escaped(card.amount)}</b>'
    if card.close:
        said += f"<span>{escaped(card.close)}</span>"
    said += '<span class="end row tight">'
    if card.age and card.rot:
        tone = "cinnabar" if card.rot > 1 else "gamboge"
        said += f'<span class="tone" data-tone="{tone}">{old}{escaped(card.age)}</span>'
    elif card.age:
        said += f"<span>{escaped(card.age)}</span>"
    if card.owner:
        owner = escaped(card.owner)
        said += f'<span title="{owner}">{draw_avatar(card.owner, card.owner_key, "s")}</span>'
        said += f'<span class="visually-hidden">{owner}</span>'
    return said + "</span></p>\n"


def draw_act(
    act: Act, csrf_input: str | Markup = "", current: bool = False, more: str | Markup = ""
) -> Markup:
    """One row of Today; `more` is what stands under it when it is open."""
    name, key = escaped(act.name), escaped(act.key)
    state = ' aria-current="true"' if current else ""
    state += f' data-more="{escaped(act.more_url)}"' if act.more_url else ""
    state += f' data-href="{escaped(act.href)}"'
    state += f' lang="{escaped(act.language)}"' if act.language else ""
    done = escaped(act.done_url)
    about = f'<span class="muted">{escaped(act.about)}</span>' if act.about else ""
    late = " late" if act.late else ""
    said, finish = escaped(_("Done: %(name)s") % {"name": act.name}), escaped(_("Done"))
    return Markup(
        f'<li class="act" id="act-{key}" data-row tabindex="{0 if current else -1}"{state}>\n'
        f'<form method="post" action="{done}" hx-post="{done}" hx-target="#act-{key}"'
        f' hx-swap="outerHTML swap:160ms">{escaped(csrf_input)}<label class="check"><input type="checkbox"'
        f' data-done aria-label="{said}"></label>'
        f'<noscript><button class="btn small">{finish}</button></noscript></form>\n'
        f"{draw_avatar(act.name, act.avatar_key, 'l', act.company)}\n"
        f'<div class="act-body"><p><a href="{escaped(act.href)}">{name}</a>{about}</p>\n'
        f'<p class="why"><span class="tone" data-tone="{act.why_tone or "ink"}">{icon(act.why_icon)}</span>'
        f"{escaped(act.why)}</p></div>\n"
        f"{draw_pulse(act.pulse) if act.pulse else NO_PULSE}\n"
        f'<span class="act-val num">{escaped(act.value or "—")}</span>\n'
        f'<span class="act-due{late}">{escaped(act.due)}</span>\n'
        + (f'<div class="act-more">{escaped(more)}</div>\n' if more else "")
        + "</li>"
    )


def draw_entry(link: NavLink) -> Markup:
    """A line of the navigation, which stands on every page."""
    return _draw_entry(icon(link.icon), link)


@lru_cache(maxsize=4096)
def _draw_entry(sign: Markup, link: NavLink) -> Markup:
    name = escaped(link.name)
    state = ' aria-current="page"' if link.current else ""
    state += f' data-go="{escaped(link.key)}"' if link.key else ""
    said = f'<li><a href="{escaped(link.url)}" id="go-{name}"{state}>{sign}{escaped(link.label)}'
    if link.count:
        said += f'<span class="count{" hot" if link.hot else ""}" id="count-{name}">{link.count}</span>'
    return Markup(said + "</a></li>")


NO_PULSE = Markup('<span class="pulse-none"></span>')
