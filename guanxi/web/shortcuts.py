"""The keys of the product: what `?` shows, what a member may remap, what behaviours/keys.js binds.

A key is named like its keycap; behaviours/keys.js binds it by the place on the keyboard (`event.code`), so
that an active Chinese input method neither eats nor triggers it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One key. `name` is what remapping stores; fixed ones (arrows, Escape, ⌘K) cannot be remapped."""

    name: str
    key: str
    says: Promise
    fixed: bool = False


SHORTCUTS: tuple[tuple[Promise, tuple[Shortcut, ...]], ...] = (
    (
        _("Everywhere"),
        (
            Shortcut("palette", "⌘K", _("Search and commands"), fixed=True),
            Shortcut("find", "/", _("Search on this page")),
            Shortcut("new", "N", _("New here")),
            Shortcut("undo", "Z", _("Undo")),
            Shortcut("region", "F6", _("Next region"), fixed=True),
            Shortcut("close", "Esc", _("Close what is on top"), fixed=True),
            Shortcut("keys", "?", _("All keys"), fixed=True),
        ),
    ),
    (
        _("In a list"),
        (
            Shortcut("next", "J", _("Next row")),
            Shortcut("previous", "K", _("Previous row")),
            Shortcut("select", "X", _("Select or done")),
            Shortcut("all", "⌘A", _("Select all"), fixed=True),
            Shortcut("peek", "Space", _("Preview"), fixed=True),
            Shortcut("open", "O", _("Open")),
            Shortcut("edit", "E", _("Edit")),
            Shortcut("filter", "F", _("Filter")),
        ),
    ),
    (
        _("With a record"),
        (
            Shortcut("owner", "A", _("Owner")),
            Shortcut("tag", "T", _("Tag")),
            Shortcut("later", "S", _("Later")),
            Shortcut("call", "C", _("Call")),
            Shortcut("mail", "M", _("Mail")),
            Shortcut("wecom", "W", _("WeCom")),
            Shortcut("log", "L", _("Log")),
            Shortcut("send", "⌘⏎", _("Save what is written"), fixed=True),
        ),
    ),
)


def replaced_keys(chosen: Mapping[str, str]) -> dict[str, str]:
    """Our key → the member's, from what is kept (name of a shortcut → key); unknown names are left out."""
    ours = {one.name: one.key for _title, group in SHORTCUTS for one in group if not one.fixed}
    return {ours[name]: key for name, key in chosen.items() if name in ours and key != ours[name]}
