from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.automation.approvals.actions import verb_of
from guanxi.automation.approvals.holding import objects_with_processes
from guanxi.automation.approvals.models import ApprovalRequest
from guanxi.automation.approvals.processes import process_for
from guanxi.automation.approvals.telling import tell
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import reaches
from guanxi.platform.records.panels import Panel, register

SHOWN = 3


def concerns(obj: Object) -> bool:
    """Whether its records can have requests at all: documents, and objects with a process."""
    return bool(obj.group) and (verb_of(obj, "submit") is not None or obj.name in objects_with_processes())


def approvals_of(record: Any, actor: Actor) -> Mapping[str, Any]:
    """The line of signers of a record, the newest request first, and the button to ask where it may be."""
    obj = registry.get(record.object_name)
    rows = ApprovalRequest.objects.filter(object=obj.name, record_id=record.pk).order_by("-pk")[:SHOWN]
    told = tell(list(rows), by=actor, whole=True)
    may_ask = (
        obj.name in objects_with_processes()
        and record.archived_at is None
        and verb_of(obj, "submit") is None
        and not any(one.can["withdraw"] or one.sign == "hourglass" for one in told if one.ended is None)
        and reaches(obj, record, actor, access="edit")
        and process_for(obj, record) is not None
    )
    return {"requests": told, "ask_url": f"/approvals/ask/{obj.plural}/{record.pk}/" if may_ask else ""}


register(
    Panel(
        name="approvals",
        label=_("Approval"),
        place="side",
        order=12,
        template="automation/approvals/beside.html",
        context=approvals_of,
        visible=lambda record, actor: concerns(registry.get(record.object_name)),
        everywhere=True,
        slow=False,
    )
)
