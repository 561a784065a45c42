"""What activities show on record pages: the composer above the timeline, and what is still to be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guanxi.automation.email_templates.actions import templates_for
from guanxi.collaboration.activities.composing import COMPOSED
from guanxi.collaboration.activities.letters import addresses_of
from guanxi.collaboration.activities.objects import ACTIVITY, DIRECTIONS, KINDS, OUTCOMES
from guanxi.collaboration.activities.queries import upcoming_about
from guanxi.collaboration.attachments.panels import may_attach
from guanxi.platform.i18n.dates import format_due
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import reaches
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.listing import Row
from guanxi.platform.records.panels import Panel, register
from guanxi.web.components import Option


def composer_of(
    record: Any, actor: Actor, *, given: Mapping[str, str] | None = None, problem: InvalidValues | None = None
) -> dict[str, Any]:
    """What the composer needs: its kinds, its address, what was typed before."""
    obj = registry.get(record.object_name)
    errors = [str(error) for found in (problem.errors.values() if problem else ()) for error in found]
    return {
        "composer": {
            "action": record_url(obj, record.pk, "activities"),
            "promise": record_url(obj, record.pk, "promise"),
            "mentionable": record_url(obj, record.pk, "mentionable"),
            "draft": f"{obj.name}:{record.pk}",
            "kinds": [
                Option(one.value, str(one.label), icon=one.icon) for one in KINDS if one.value in COMPOSED
            ],
            "directions": [Option(one.value, str(one.label)) for one in DIRECTIONS],
            "outcomes": [Option(one.value, str(one.label)) for one in OUTCOMES],
            "plans": obj.next_step is not None
            and actor.may("change", obj.name)
            and reaches(obj, record, actor, access="edit"),
            "attaches": may_attach(record, actor),
            "given": given or {},
            "letter": record_url(obj, record.pk, "letter"),
            **(_letter_of(obj, record.pk, actor, given) if given and given.get("kind") == "email" else {}),
            "errors": errors,
        }
    }


def _letter_of(obj: Object, record_id: int, actor: Actor, given: Mapping[str, str]) -> dict[str, Any]:
    """What an email is written with: asked for only once somebody writes one."""
    return {
        "templates": [Option(str(one.pk), one.title) for one in templates_for(obj.name, by=actor)],
        "to": given["to"] if "to" in given else ", ".join(addresses_of(obj, record_id, by=actor)),
    }


def may_write(record: Any, actor: Actor) -> bool:
    return actor.may("create", ACTIVITY.name) and record.archived_at is None


def upcoming_of(record: Any, actor: Actor, found: Sequence[Row]) -> dict[str, Any]:
    """Open activities about a record, as rows of the panel."""
    now = timezone.now()
    kinds = {option.value: option for option in KINDS}
    rows = []
    for row in found:
        at = row.values["starts_at"] or row.values["due_at"]
        kind = kinds.get(row.values["kind"])
        rows.append(
            {
                "id": row.id,
                "subject": row.values["subject"],
                "icon": kind.icon if kind else "circle",
                "due": format_due(at) if at else "",
                "late": bool(at and at < now),
            }
        )
    obj = registry.get(record.object_name)
    return {"upcoming": rows, "upcoming_url": record_url(obj, record.pk, "upcoming")}


register(
    Panel(
        name="upcoming",
        label=_("To be done"),
        place="side",
        order=10,
        template="collaboration/upcoming.html",
        asks=lambda record, actor: upcoming_about(record.object_name, record.pk, by=actor),
        context=upcoming_of,
        visible=lambda record, actor: actor.may("see", ACTIVITY.name),
    )
)
register(
    Panel(
        name="done",
        label=_("Done"),
        objects=(ACTIVITY.name,),
        place="head",
        order=10,
        template="collaboration/done.html",
        context=lambda record, actor: {"may_change": actor.may("change", ACTIVITY.name)},
    )
)
