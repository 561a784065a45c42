"""The entries of the navigation. Apps register theirs in `AppConfig.ready`; this room knows no business word.

from guanxi.web.navigation import NavEntry, register
register(NavEntry("contacts", _("Contacts"), icon="users", url="/contacts/", group="relations", order=10))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

import msgspec
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One entry.

    name     unique; also the part of the id of its count: `count-<name>`
    url      where it leads; the entry is current on every page below it
    href     where it leads, when that is not the same
    group    name of a group from GROUPS; "" stands above all groups; MENU is the workspace's menu
    order    among the entries of its group, lowest first
    count    how many things wait there for this request's member, or None to show nothing
    hot      the count asks for something and is drawn in azurite
    visible  whether this request's member sees the entry at all
    key      second key after G, as `event.code` letter: "C" for G C
    tab      place among the phone's tabs (1 to 4), 0 for under More
    aside    not a thing of every day: a small firm finds it under the group's "more"
    """

    name: str
    label: Words
    icon: str
    url: str
    group: str = ""
    order: int = 50
    count: Callable[[HttpRequest], int | None] | None = None
    hot: bool = False
    visible: Callable[[HttpRequest], bool] = lambda request: True
    key: str = ""
    tab: int = 0
    href: str = ""
    aside: bool = False


class NavLink(msgspec.Struct, frozen=True):
    """An entry as one member sees it now."""

    name: str
    label: str
    icon: str
    url: str
    key: str
    current: bool
    count: int | None
    hot: bool
    tab: int
    aside: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    name: str
    label: str
    links: tuple[NavLink, ...]

    @property
    def daily(self) -> tuple[NavLink, ...]:
        """What a small firm sees at once: all, where little would be put aside."""
        return self.links if not self.more else tuple(one for one in self.links if not one.aside)

    @property
    def more(self) -> tuple[NavLink, ...]:
        """What a small firm opens first."""
        aside = tuple(one for one in self.links if one.aside)
        return aside if len(aside) >= FEW else ()


FEW = 3
"""So many entries, and it is worth putting them aside."""

# The order of the rail. A group without a visible entry is not shown.
GROUPS: dict[str, Words] = {
    "": "",
    "relations": _("Relations"),
    "sales": _("Sales"),
    "marketing": _("Marketing"),
    "service": _("Service"),
    "insight": _("Insight"),
    "operations": _("Operations"),
}

MENU = "menu"
"""The group of what stands in the workspace's menu, not in the rail."""

_entries: dict[str, NavEntry] = {}


def register(entry: NavEntry) -> None:
    """Add an entry. Raises ValueError for a name that is taken or a group that does not exist."""
    if entry.group not in GROUPS and entry.group != MENU:
        raise ValueError(f"navigation has no group {entry.group!r}")
    if _entries.get(entry.name, entry) != entry:
        raise ValueError(f"navigation has an entry {entry.name!r} already")
    _entries[entry.name] = entry


Offer = Callable[[HttpRequest], "list[NavEntry]"]
_offers: list[Offer] = []
_ways_out: list[Offer] = []


def offer(entries: Offer) -> Offer:
    """Register who knows of entries that only some requests have: a workspace's own."""
    _offers.append(entries)
    return entries


def navigation_for(request: HttpRequest) -> tuple[NavGroup, ...]:
    """The groups with their links for a request; the entry with the longest matching address is current."""
    shown = sorted(
        (entry for entry in _every(request) if entry.visible(request)),
        key=lambda entry: (entry.order, entry.name),
    )
    current = _current(shown, request.path)
    groups = []
    for name, label in GROUPS.items():
        links = tuple(_link(entry, request, current) for entry in shown if entry.group == name)
        if links:
            groups.append(NavGroup(name, str(label), links))
    return tuple(groups)


def menu_for(request: HttpRequest) -> tuple[NavLink, ...]:
    """The entries of the workspace's menu that this request's member may follow."""
    shown = (one for one in _entries.values() if one.group == MENU and one.visible(request))
    return tuple(_link(one, request, "") for one in sorted(shown, key=lambda one: (one.order, one.name)))


def offer_way_out(ways: Offer) -> Offer:
    """Register who knows what to do where an address leads to nothing; asks whether it does of nobody."""
    _ways_out.append(ways)
    return ways


def ways_out(request: HttpRequest) -> list[NavEntry]:
    """What the page says that can be done, beside going back."""
    if getattr(request, "actor", None) is None:
        return []
    return [one for ways in _ways_out for one in ways(request)]


ALIKE = 0.8  # of the letters of two addresses; below it they are two words (products, projects)


def near(request: HttpRequest) -> list[NavEntry]:
    """The entry whose address is the one that was asked for but for a slip: what somebody meant.

    A slip leaves the first letter, and most of the others. What is most alike is meant, and nothing else
    where this member may not follow it. Asks nothing of the database, so entries that a workspace made are
    not among them.
    """
    if getattr(request, "actor", None) is None:
        return []
    asked = request.path.strip("/").split("/")[0].lower()
    by_name = {
        word: entry
        for entry in _entries.values()
        for word in {entry.name, entry.url.strip("/").split("/")[0]} - {""}
        if word[:1] == asked[:1]
    }
    found = (by_name[word] for word in get_close_matches(asked, by_name, n=1, cutoff=ALIKE))
    return [entry for entry in found if entry.visible(request)]


def _every(request: HttpRequest) -> list[NavEntry]:
    return [*_entries.values(), *(entry for entries in _offers for entry in entries(request))]


def _current(entries: list[NavEntry], path: str) -> str:
    below = [entry for entry in entries if path.startswith(entry.url)]
    return max(below, key=lambda entry: len(entry.url)).name if below else ""


def _link(entry: NavEntry, request: HttpRequest, current: str) -> NavLink:
    return NavLink(
        name=entry.name,
        label=str(entry.label),
        icon=entry.icon,
        url=entry.href or entry.url,
        key=entry.key,
        current=entry.name == current,
        count=entry.count(request) if entry.count else None,
        hot=entry.hot,
        tab=entry.tab,
        aside=entry.aside,
    )
