"""Who stands behind a company: its people, those first with whom we talked last."""

from __future__ import annotations

from typing import Any

from guanxi.people.contacts.objects import CONTACT, DECISION_ROLES
from guanxi.platform.i18n.dates import format_relative
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.addresses import list_url, record_url
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.panels import Panel, register

SHOWN = 6  # the tab has all of them


def people_of(record: Any, actor: Actor) -> dict[str, Any]:
    """The company's contacts, as rows of the panel."""
    query = ListQuery(
        obj=CONTACT,
        columns=("name", "title", "decision_role", "last_touch_at"),
        filter=All((Condition("company", "is", str(record.pk)),)),
        sort="-last_touch_at",
        limit=SHOWN,
    )
    roles = {option.value: option for option in DECISION_ROLES}
    people = []
    for row in list_records(query, by=actor).rows:
        role, touched = roles.get(row.values["decision_role"]), row.values["last_touch_at"]
        people.append(
            {
                "id": row.id,
                "name": row.values["name"],
                "href": record_url(CONTACT, row.id),
                "title": row.values["title"] or "",
                "role": str(role.label) if role else "",
                "tone": role.tone if role else "",
                "touched": format_relative(touched) if touched else "",
            }
        )
    back = f"/companies/{record.pk}/"
    may_add = actor.may("create", CONTACT.name) and record.archived_at is None
    return {
        "people": people,
        "all_url": f"{back}{CONTACT.plural}/",
        "new_url": f"{list_url(CONTACT)}new/?company={record.pk}&next={back}" if may_add else "",
    }


register(
    Panel(
        name="people",
        label=CONTACT.plural_label,
        objects=("company",),
        place="side",
        order=15,
        slow=True,
        template="people/beside.html",
        context=people_of,
        visible=lambda record, actor: actor.may("see", CONTACT.name) and sees(CONTACT, ("company",), actor),
    )
)
