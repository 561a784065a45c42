"""What a visit shows on its page: where it stands and what can be done; and the way in from a customer."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.collaboration.activities.models import VISIT
from guanxi.collaboration.activities.objects import ACTIVITY
from guanxi.collaboration.attachments.models import Attachment
from guanxi.collaboration.attachments.queries import attachments_of, newest_of
from guanxi.collaboration.visits.actions import may_check_in, may_check_out
from guanxi.collaboration.visits.queries import customer_of, far_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import EDIT, right_of, sees
from guanxi.platform.records.access import reaches
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.entries import Entry
from guanxi.platform.records.panels import Panel, register


def visit_of(record: Any, actor: Actor) -> dict[str, Any]:
    """Where a visit stands, of what this reader may see of it."""
    company = registry.get("company")
    shows = sees(ACTIVITY, ("position", "distance"), actor)
    customer = customer_of(record, by=actor) if record.checked_in_at and shows else None
    may_keep = (
        customer is not None
        and bool(record.position)
        and not customer.position
        and right_of(company, "position", actor) == EDIT
        and actor.may("change", company.name)
        and reaches(company, customer, actor, access="edit")
    )
    return {
        "may_arrive": may_check_in(record, actor) and actor.may("check_in", ACTIVITY.name),
        "may_leave": may_check_out(record, actor) and actor.may("check_out", ACTIVITY.name),
        "shows_place": shows,
        "far": shows and record.distance is not None and record.distance > far_of(),
        "customer": customer,
        "may_keep": may_keep,
        "photos": [one for one, _count in newest_of(attachments_of(ACTIVITY.name, record.pk)) if _shown(one)],
    }


def _shown(one: Attachment) -> bool:
    return one.file.is_picture and not one.file.is_held


def link_of_record(record: Any, obj: Object, by: Actor) -> Entry | None:
    """The way to check in at a customer where nothing was planned."""
    may = by.may("create", ACTIVITY.name) and by.may("check_in", ACTIVITY.name)
    if not (obj.touched and may) or by.member_id is None or record.archived_at is not None:
        return None
    return Entry(_("Check in here…"), "map-pin", record_url(obj, record.pk, "arrival"))


register(
    Panel(
        name="visit",
        label=gettext_lazy("Visit"),
        objects=(ACTIVITY.name,),
        place="head",
        order=5,
        template="collaboration/visit.html",
        context=visit_of,
        visible=lambda record, actor: record.kind == VISIT,
    )
)
