"""Who stands behind a company: the relationship map, those who decide first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guanxi.people.contacts.objects import CONTACT, DECISION_ROLES
from guanxi.platform.i18n.dates import format_relative
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.addresses import list_url, record_url
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.listing import ListQuery, Row, list_records
from guanxi.platform.records.panels import Panel, register
from guanxi.platform.records.pulses import silence
from guanxi.web.components import Tie

SHOWN = 6  # the tab has all of them
_LOOKED_AT = 60  # the most recently met: those who decide are among them
_OFTEN, _WEEKLY = 30, 7  # usual days between two contacts
_HAVE_A_SAY = ("decider", "influencer", "gatekeeper", "buyer")


def people_of(record: Any, actor: Actor) -> dict[str, Any]:
    """The map of a company's contacts."""
    return people_of_company(
        record.pk, actor, back=f"/companies/{record.pk}/", adds=record.archived_at is None
    )


def people_of_company(company_id: int, actor: Actor, *, back: str, adds: bool = True) -> dict[str, Any]:
    """The same for any page that stands for a company; `back` is where a new contact leads to."""
    query = ListQuery(
        obj=CONTACT,
        columns=("name", "title", "decision_role", "last_touch_at", "rhythm_days"),
        filter=All((Condition("company", "is", str(company_id)),)),
        sort="-last_touch_at",
        limit=_LOOKED_AT,
    )
    ranks = {option.value: at for at, option in enumerate(DECISION_ROLES)}
    rows = list_records(query, by=actor).rows
    rows.sort(key=lambda row: ranks.get(row.values["decision_role"], len(ranks)))
    rows = rows[:SHOWN]
    people = [_tie(row) for row in rows]
    return {
        "people": people,
        "advice": _advice(rows, people),
        "all_url": f"/companies/{company_id}/{CONTACT.plural}/",
        "new_url": f"{list_url(CONTACT)}new/?company={company_id}&next={back}"
        if adds and actor.may("create", CONTACT.name)
        else "",
    }


def may_see_people(actor: Actor) -> bool:
    """Whether this actor may ask who belongs to a company."""
    return actor.may("see", CONTACT.name) and sees(CONTACT, ("company",), actor)


def _tie(row: Row) -> Tie:
    roles = {option.value: option for option in DECISION_ROLES}
    role = roles.get(row.values["decision_role"])
    touched, rhythm = row.values["last_touch_at"], row.values["rhythm_days"]
    return Tie(
        key=row.id,
        name=str(row.values["name"]),
        href=record_url(CONTACT, row.id),
        role=str(role.label) if role else str(row.values["title"] or ""),
        tone=role.tone if role else "",
        note=_how_often(touched, rhythm),
        often=_thickness(touched, rhythm),
    )


def _thickness(touched: datetime | None, rhythm: int | None) -> int:
    if touched is None:
        return 0
    if rhythm is None or rhythm > _OFTEN:
        return 1
    return 3 if rhythm <= _WEEKLY else 2


def _how_often(touched: datetime | None, rhythm: int | None) -> str:
    if touched is None:
        return _("not met yet")
    quiet = silence(touched, rhythm)
    if rhythm is None or (quiet and quiet.tone):
        return format_relative(touched)
    return ngettext("every day", "every %(days)d days", rhythm) % {"days": rhythm}


def _advice(rows: list[Row], people: list[Tie]) -> str:
    """Who could open the door to somebody with a say whom nobody has met; "" where there is none."""
    opens = max(people, key=lambda one: one.often, default=None)
    if opens is None or not opens.often:
        return ""
    for row, one in zip(rows, people, strict=True):
        if not one.often and row.values["decision_role"] in _HAVE_A_SAY:
            words = {"name": one.name, "role": one.role, "who": opens.name}
            return _("Nobody has met %(name)s yet (%(role)s). Ask %(who)s for an introduction?") % words
    return ""


register(
    Panel(
        name="people",
        label=gettext_lazy("Who decides"),
        objects=("company",),
        place="side",
        order=15,
        slow=True,
        template="people/beside.html",
        context=people_of,
        visible=lambda record, actor: may_see_people(actor),
    )
)
