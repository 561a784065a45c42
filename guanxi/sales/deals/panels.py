"""What deals show on record pages: their way through the stages, and the deals of a company or contact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.people.contacts.panels import may_see_people, people_of_company
from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.money import format_money
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.access import reaches
from guanxi.platform.records.addresses import list_url, record_url
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.panels import Panel, register
from guanxi.platform.records.summary import summarise
from guanxi.sales.deals.history import stage_names, stays_of
from guanxi.sales.deals.models import Deal, Stage
from guanxi.sales.deals.objects import DEAL, PIPELINE, STATUSES
from guanxi.sales.gates.passing import open_ways, ways_question

SHOWN = 5  # open deals beside a company; the tab has all of them


def way_of(record: Deal, actor: Actor, named: list[tuple[int, str | None]]) -> dict[str, Any]:
    """The stages of the deal's pipeline in their order; the one it is in has `state` "now"."""
    stages = list(Stage.objects.filter(pipeline_id=record.pipeline_id, archived_at=None).order_by("position"))
    here = next((at for at, one in enumerate(stages) if one.pk == record.stage_id), 0)
    going = record.status == Stage.Kind.OPEN
    ways = open_ways(named, by=actor)
    tones = {option.value: option.tone for option in STATUSES}
    return {
        "stages": [
            {
                "id": one.pk,
                "name": one.name,
                "state": "now" if at == here else "done" if at < here and one.kind == Stage.Kind.OPEN else "",
                "tone": "" if one.kind == Stage.Kind.OPEN else tones[one.kind],
                "open": ways is None or one.pk in ways or one.kind == Stage.Kind.LOST,
            }
            for at, one in enumerate(stages)
            if going or one.kind == Stage.Kind.OPEN or at == here
        ],
        "may_move": record.archived_at is None
        and actor.may("change", DEAL.name)
        and reaches(DEAL, record, actor, access="edit"),
        "move_url": record_url(DEAL, record.pk, "lane"),
        "record_url": record_url(DEAL, record.pk),
    }


def beside(record: Any, actor: Actor) -> dict[str, Any]:
    """What is open and what was won with a company or contact, in the workspace's currency."""
    link = Condition(record.object_name, "is", str(record.pk))
    query = ListQuery(obj=DEAL, columns=(), filter=All((link,)))
    summed = ("amount",) if sees(DEAL, ("amount",), actor) else ()
    sums = {group.key[0]: group for group in summarise(query, by=actor, group=("status",), sums=summed)}
    going = All((link, Condition("status", "is", Stage.Kind.OPEN.value)))
    shown = ListQuery(
        obj=DEAL,
        columns=("name", "stage", "amount", "probability"),
        filter=going,
        sort=DEAL.closes,
        limit=SHOWN,
    )
    rows = list_records(shown, by=actor).rows
    obj = registry.get(record.object_name)
    back = record_url(obj, record.pk)
    return {
        "stats": [
            (option.label, format_money(sums[option.value].sums["amount"], actor.currency, compact=True))
            for option in STATUSES[:2]
            if option.value in sums and summed
        ],
        "closed": bool(sums),
        "deals": [
            {
                "title": row.values["name"],
                "href": record_url(DEAL, row.id),
                "share": (row.values["probability"] or 0) / 100,
                "amount": _short(row.values["amount"]),
            }
            for row in rows
        ],
        "all_url": record_url(obj, record.pk, DEAL.plural),
        "new_url": list_url(DEAL) + f"new/?{record.object_name}={record.pk}&next={back}"
        if actor.may("create", DEAL.name) and record.archived_at is None
        else "",
    }


def people_behind(record: Deal, actor: Actor) -> dict[str, Any]:
    """The relationship map of the deal's company."""
    assert record.company_id is not None  # the panel stands nowhere else
    back = record_url(DEAL, record.pk)
    return people_of_company(record.company_id, actor, back=back, adds=record.archived_at is None)


def times_of(record: Deal, actor: Actor) -> dict[str, Any]:
    """How long the deal stood in each stage, in the order in which it came there."""
    stays = stays_of(record)
    names = stage_names(stays)
    return {
        "stays": [
            {
                "stage": names.get(one.stage_id, ""),
                "since": format_date(one.since.date()),
                "days": one.days,
                "by": one.by,
                "now": one.until is None,
            }
            for one in stays
        ]
    }


def _short(amount: Any) -> str:
    return format_money(amount.value, amount.currency, compact=True) if amount else ""


def _seen(record: Any, actor: Actor) -> bool:
    asked_by = (record.object_name, "status", DEAL.closes)
    return actor.may("see", DEAL.name) and sees(DEAL, asked_by, actor)


def _in_a_pipeline(record: Any, actor: Actor) -> bool:
    return record.pipeline_id is not None and actor.may("see", PIPELINE.name)


_WAY: Mapping[str, Any] = {"objects": (DEAL.name,), "place": "head", "order": 5}
register(
    Panel(
        name="way",
        label=_("Stages"),
        template="sales/way.html",
        context=way_of,
        asks=lambda record, actor: ways_question(record.stage_id),
        visible=_in_a_pipeline,
        **_WAY,
    )
)
register(
    Panel(
        name="stages",
        label=_("Time in each stage"),
        objects=(DEAL.name,),
        place="side",
        order=60,
        slow=True,
        template="sales/stages.html",
        context=times_of,
        visible=lambda record, actor: sees(DEAL, ("stage",), actor),
    )
)
register(
    Panel(
        name="deals",
        label=DEAL.plural_label,
        objects=("company", "contact"),
        place="side",
        order=20,
        slow=True,
        template="sales/beside.html",
        context=beside,
        visible=_seen,
    )
)
register(
    Panel(
        name="people",
        label=_("Who decides"),
        objects=(DEAL.name,),
        place="side",
        order=15,
        slow=True,
        template="people/beside.html",
        context=people_behind,
        visible=lambda record, actor: record.company_id is not None and may_see_people(actor),
    )
)
