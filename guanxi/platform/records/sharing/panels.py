"""Who else works on a record, in its head; to whom it is open, beside its fields."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import reaches
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.panels import Panel, register
from guanxi.platform.records.questions import Question
from guanxi.platform.records.sharing.actions import may_share
from guanxi.platform.records.sharing.queries import Shown, shares_question


def shares_asked(record: Any, actor: Actor) -> Question[list[Shown]]:
    """The question for a record's shares."""
    return shares_question(registry.get(record.object_name), record, actor)


def shared_with(record: Any, actor: Actor, shares: list[Shown]) -> dict[str, Any]:
    """Who holds it, and what this actor may do about it."""
    obj = registry.get(record.object_name)
    may = may_share(obj, record, actor)
    return {
        "shares": shares,
        "may_share": may,
        "may_ask": not may
        and actor.hand_id is None
        and actor.may("change", obj.name)
        and not reaches(obj, record, actor, access="edit"),
        "sharing_url": record_url(obj, record.pk, "sharing"),
        "ask_url": record_url(obj, record.pk, "access-request"),
    }


def team_of(record: Any, actor: Actor, shares: list[Shown]) -> dict[str, Any]:
    """The members who work on it with a word for their part."""
    people = [one for one in shares if one.word]
    return {
        "people": people,
        "sharing_url": record_url(registry.get(record.object_name), record.pk, "sharing"),
    }


register(
    Panel(
        name="sharing",
        label=_("Shared with"),
        place="facts",
        order=80,
        template="records/shared_with.html",
        context=shared_with,
        asks=shares_asked,
        visible=lambda record, actor: registry.get(record.object_name).owned and actor.member_id is not None,
    )
)
register(
    Panel(
        name="team",
        label=_("Record team"),
        place="head",
        order=90,
        template="records/record_team.html",
        context=team_of,
        asks=shares_asked,
        visible=lambda record, actor: registry.get(record.object_name).owned,
    )
)
