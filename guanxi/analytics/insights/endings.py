"""What every analysis can end in: a target, an automation, the records behind it as a list."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from guanxi.analytics.insights.studies import Ask, Todo, Way, Words
from guanxi.platform.metadata import registry
from guanxi.platform.records.addresses import with_query

AUTOMATIONS = "/automations/"


def ways_of(ask: Ask, **asked: object) -> tuple[Way, ...]:
    """A target, with what its form begins with, and an automation, for who may make them."""
    ways = []
    if registry.has("target") and ask.by.may("create", "target"):
        ways.append(Way(_("Set a target"), with_query("/targets/new/", **asked), "target"))
    if ask.by.administers:
        ways.append(Way(_("Make an automation"), AUTOMATIONS, "workflow"))
    return tuple(ways)


def segment(target: str, ids: Sequence[int], *, tag: Words, label: Words) -> tuple[Todo, ...]:
    """The button that tags these records and shows them as a list; none where they have no tags."""
    if not ids or not registry.has(target) or "tags" not in registry.get(target).fields_by_name:
        return ()
    return (Todo(str(label), target, tuple(ids), str(tag), tag=str(tag)),)
