"""“Remind me” at the head of every record page: one tap opens the choices, the next one has chosen."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.collaboration.activities.objects import ACTIVITY
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.panels import Panel, register
from guanxi.web.components import Option

# What each means is for parse_when to say, as if it had been typed.
_CHOICES = (
    ("in 1 hour", _("In an hour")),
    ("tomorrow 9:00", _("Tomorrow morning")),
    ("next working day 9:00", _("The next working day")),
    ("next monday 9:00, on the working day", _("Next week")),
    ("in 1 month 9:00, on the working day", _("In a month, on the working day")),
    ("in 4 months 9:00, on the working day", _("In 4 months, on the working day")),
)


def choices() -> list[Option]:
    """What is offered."""
    return [Option(words, str(label)) for words, label in _CHOICES]


def remind_me(record: Any, actor: Actor) -> dict[str, Any]:
    obj = registry.get(record.object_name)
    return {"action": record_url(obj, record.pk, "reminders"), "choices": choices()}


register(
    Panel(
        name="remind",
        label=_("Remind me"),
        place="head",
        order=90,
        template="collaboration/remind.html",
        context=remind_me,
        visible=lambda record, actor: (
            actor.may("create", ACTIVITY.name) and actor.member_id is not None and record.archived_at is None
        ),
    )
)
