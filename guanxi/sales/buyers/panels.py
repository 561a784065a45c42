"""The decision chain of a deal: who answers to whom, who is for us, and who is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.people.contacts.objects import CONTACT, DECISION_ROLES
from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.access import reaches
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.panels import Panel, register
from guanxi.platform.records.titles import Key, Ref, titles_of
from guanxi.sales.buyers.models import Buyer
from guanxi.sales.buyers.objects import BUYER, INFLUENCES, STANCES
from guanxi.sales.deals.objects import DEAL

FIELDS = ("contact", "role", "stance", "influence", "reports_to")


def chart_of(record: Any, actor: Actor) -> dict[str, Any]:
    """The people from the top down, each with those below, and what the chain lacks."""
    rows = list(Buyer.objects.filter(deal_id=record.pk, archived_at=None).order_by("sort_key", "id"))
    refs = titles_of({("contact", one.contact_id) for one in rows}, by=actor)
    below: dict[int | None, list[Buyer]] = defaultdict(list)
    known = {one.pk for one in rows}
    for one in rows:
        below[one.reports_to_id if one.reports_to_id in known else None].append(one)
    back = record_url(DEAL, record.pk)
    may = record.archived_at is None and reaches(DEAL, record, actor, access="edit")
    return {
        "people": [_drawn(one, below, refs, 1) for one in below[None]],
        "gaps": gaps_of(rows, refs),
        "new_url": f"/{BUYER.plural}/new/?deal={record.pk}&next={back}"
        if may and actor.may("create", BUYER.name)
        else "",
    }


def gaps_of(rows: list[Buyer], refs: Mapping[Key, Ref]) -> list[str]:
    """What somebody who wants to win should do something about; who is not seen is not named."""
    if not rows:
        return []
    roles, found = {one.role for one in rows}, []
    if "decider" not in roles:
        found.append(_("Nobody here decides."))
    if "champion" not in roles and not any(one.stance == "for" for one in rows):
        found.append(_("Nobody here is for us."))
    seen = [one for one in rows if ("contact", one.contact_id) in refs]
    against = [one.name for one in seen if one.stance == "against" and one.influence == "much"]
    if against:
        found.append(_("Against us, with much influence: %(names)s.") % {"names": comma_list(against)})
    unknown = [one.name for one in seen if one.stance == "unknown" and one.influence == "much"]
    if unknown:
        found.append(_("What they think is not known: %(names)s.") % {"names": comma_list(unknown)})
    return found


def _drawn(one: Buyer, below: dict[int | None, list[Buyer]], refs: Any, depth: int) -> dict[str, Any]:
    roles = {option.value: option for option in DECISION_ROLES}
    stances = {option.value: option for option in STANCES}
    influences = {option.value: option for option in INFLUENCES}
    role, stance = roles.get(one.role or ""), stances[one.stance]
    seen = ("contact", one.contact_id) in refs
    return {
        "name": one.name if seen else _("Not visible to you"),
        "href": record_url(CONTACT, one.contact_id) if seen else "",
        "edit_url": record_url(BUYER, one.pk),
        "role": str(role.label) if role else "",
        "stance": str(stance.label),
        "tone": stance.tone,
        "influence": str(influences[one.influence].label),
        "below": [_drawn(other, below, refs, depth + 1) for other in below[one.pk]] if depth < 20 else [],
    }


register(
    Panel(
        name="chain",
        label=gettext_lazy("Decision chain"),
        objects=(DEAL.name,),
        place="side",
        order=12,
        template="sales/chain.html",
        context=chart_of,
        visible=lambda record, actor: actor.may("see", BUYER.name) and sees(BUYER, FIELDS, actor),
    )
)
