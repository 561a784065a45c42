"""How a project stands, and the projects of a customer, a deal, an order or a contract."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guanxi.platform.i18n.dates import format_date, format_late
from guanxi.platform.i18n.money import format_money
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.panels import Panel, register
from guanxi.sales.projects.models import Milestone, Project
from guanxi.sales.projects.objects import MILESTONE, PROJECT, STATUSES

SHOWN = 5
SOURCES = ("company", "deal", "order", "contract")


def standing(record: Project, actor: Actor) -> Mapping[str, Any]:
    """Progress, hours and cost against what was planned, and what is next."""
    today = timezone.localdate()
    left = Milestone.objects.filter(project=record, archived_at=None, status="open")
    following = left.order_by("due_on", "pk").first()
    late = following is not None and following.due_on is not None and following.due_on < today
    money = sees(PROJECT, ("cost", "budget"), actor)
    spent = format_money(record.cost, record.amount_currency) if money and record.cost else ""
    return {
        "progress": record.progress,
        "progress_label": PROJECT["progress"].label,
        "hours": (record.hours_spent, record.hours_planned),
        "hours_over": bool(record.hours_planned) and record.hours_spent > record.hours_planned,
        "spent": spent,
        "budget": format_money(record.budget, record.amount_currency)
        if money and record.budget is not None
        else "",
        "over": money and record.budget is not None and record.cost > record.budget,
        "next": {
            "name": following.name,
            "href": record_url(MILESTONE, following.pk),
            "day": format_date(following.due_on) if following.due_on else "",
            "late": format_late((today - following.due_on).days) if late and following.due_on else "",
        }
        if following is not None and record.status not in ("closed", "cancelled")
        else None,
    }


def beside(record: Any, actor: Actor) -> Mapping[str, Any]:
    """The projects of a record, those that end first on top."""
    query = ListQuery(
        obj=PROJECT,
        columns=("name", "status", "progress"),
        filter=All((Condition(record.object_name, "is", str(record.pk)),)),
        sort="ends_on",
        limit=SHOWN,
    )
    words = {option.value: option.label for option in STATUSES}
    return {
        "projects": [
            {
                "title": row.values["name"],
                "href": record_url(PROJECT, row.id),
                "share": Decimal(row.values["progress"] or 0) / 100,
                "state": words.get(row.values["status"], ""),
            }
            for row in list_records(query, by=actor).rows
        ],
        "all_url": record_url(registry.get(record.object_name), record.pk, PROJECT.plural),
    }


register(
    Panel(
        name="standing",
        label=_("How it stands"),
        objects=(PROJECT.name,),
        place="side",
        order=5,
        template="sales/project_standing.html",
        context=standing,
        visible=lambda record, actor: sees(PROJECT, ("progress", "hours_spent", "hours_planned"), actor),
    )
)
register(
    Panel(
        name="projects",
        label=PROJECT.plural_label,
        objects=SOURCES,
        place="side",
        order=28,
        slow=True,
        template="sales/projects_beside.html",
        context=beside,
        visible=lambda record, actor: (
            actor.may("see", PROJECT.name)
            and sees(PROJECT, (record.object_name, "status", "progress", "ends_on"), actor)
        ),
    )
)
