"""The checklist of the stage in which a deal stands, on its page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.access import reaches
from guanxi.platform.records.panels import Panel, register
from guanxi.platform.records.questions import Question, Select
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.sales.deals.models import Deal, Stage
from guanxi.sales.deals.objects import DEAL
from guanxi.sales.gates.objects import TICK


class Line(NamedTuple):
    """A line of a checklist, and who has ticked it when."""

    id: int
    name: str
    needed: bool
    stage_id: int
    stage: str
    tick: int | None
    at: datetime | None
    by: str | None


def lines_asked(record: Deal, actor: Actor) -> Question[list[Line]]:
    """The lines of the deal's stage, and those of stages before it that were left open."""
    workspace = require_workspace_id()
    select = Select(
        ("c.id", "c.name", "c.needed", "s.id", "s.name", "t.id", "t.created_at", "u.name"),
        "FROM sales_stage h"
        " JOIN sales_stage s ON s.pipeline_id = h.pipeline_id AND s.position <= h.position"
        " AND s.kind = 'open' AND s.archived_at IS NULL"
        " JOIN sales_stage_check c ON c.stage_id = s.id AND c.workspace_id = h.workspace_id"
        " AND c.archived_at IS NULL"
        " LEFT JOIN sales_tick t ON t.item_id = c.id AND t.deal_id = %s AND t.workspace_id = h.workspace_id"
        " AND t.archived_at IS NULL"
        " LEFT JOIN identity_member m ON m.id = t.created_by_id"
        " LEFT JOIN identity_user u ON u.id = m.user_id"
        " WHERE h.workspace_id = %s AND h.id = %s AND (s.id = h.id OR t.id IS NULL)"
        " ORDER BY s.position, c.position, c.id",
        (record.pk, workspace, record.stage_id),
        ("bigint", "text", "boolean", "bigint", "text", "bigint", "timestamp with time zone", "text"),
    )
    return Question((select,), lambda raw: [Line(*row)._replace(at=_moment(row[6])) for row in raw[0]])


def _moment(value: datetime | str | None) -> datetime | None:
    """SQLite says a moment as text where the statement begins with another question."""
    if isinstance(value, str):
        found = datetime.fromisoformat(value)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return value


def checklist_of(record: Deal, actor: Actor, lines: list[Line]) -> dict[str, Any]:
    """The lines, who ticked which, and whether the reader may."""
    return {
        "items": [
            {
                "id": one.id,
                "name": one.name,
                "needed": one.needed,
                "stage": "" if one.stage_id == record.stage_id else one.stage,
                "done": one.tick is not None,
                "by": one.by or "",
                "at": format_datetime(one.at) if one.at else "",
            }
            for one in lines
        ],
        "done": sum(one.tick is not None for one in lines),
        "may": record.archived_at is None
        and actor.may("create", TICK.name)
        and reaches(DEAL, record, actor, access="edit"),
    }


register(
    Panel(
        name="checklist",
        label=_("Checklist"),
        objects=(DEAL.name,),
        place="side",
        order=8,
        template="sales/checklist.html",
        context=checklist_of,
        asks=lines_asked,
        visible=lambda record, actor: record.status == Stage.Kind.OPEN and sees(DEAL, ("stage",), actor),
    )
)
