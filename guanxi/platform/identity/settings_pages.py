"""The list at the side of every settings page. Rooms above add theirs in `AppConfig.ready`:

    from guanxi.platform.identity.settings_pages import SettingsPage, register
    register(SettingsPage("objects", _("Objects and fields"), "/settings/objects/", "data", order=10))

and let their template begin with {% extends "identity/settings.html" %}.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guanxi.platform.identity.actors import Actor

Words = str | Promise


def everybody(actor: Actor) -> bool:
    return True


def administrators(actor: Actor) -> bool:
    return actor.administers


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """One entry. `group` is one of GROUPS; `visible` says for whom it is there at all."""

    name: str
    label: Words
    url: str
    group: str
    order: int = 50
    visible: Callable[[Actor], bool] = administrators


GROUPS: dict[str, Words] = {
    "me": _("Me"),
    "workspace": _("Workspace"),
    "data": _("Data"),
    "channels": _("Channels"),
    "developers": _("Developers"),
}

_pages: dict[str, SettingsPage] = {}


def register(page: SettingsPage) -> None:
    """Add a page. Raises ValueError for a name that is taken or a group that does not exist."""
    if page.group not in GROUPS:
        raise ValueError(f"settings have no group {page.group!r}")
    if _pages.get(page.name, page) != page:
        raise ValueError(f"settings have a page {page.name!r} already")
    _pages[page.name] = page


def settings_groups(request: HttpRequest) -> list[tuple[Words, list[tuple[Words, str, bool]]]]:
    """What this member sees: per group its name and (label, address, whether it is the current page)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    shown = sorted(
        (page for page in _pages.values() if page.visible(actor)), key=lambda page: (page.order, page.name)
    )
    groups = []
    for name, words in GROUPS.items():
        links = [
            (page.label, page.url, request.path.startswith(page.url)) for page in shown if page.group == name
        ]
        if links:
            groups.append((words, links))
    return groups
