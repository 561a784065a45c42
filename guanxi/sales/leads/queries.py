"""What is asked about leads."""

from __future__ import annotations

from typing import Any

from guanxi.people.contacts.objects import CONTACT
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.duplicates.finding import Likeness, find_alike
from guanxi.sales.leads.models import Lead


def alike_of(lead: Lead, obj: Object, *, by: Actor) -> list[Likeness]:
    """Companies or contacts that the lead may be, the most alike first."""
    values = values_for(lead, obj)
    return find_alike(obj, values, by=by) if values.get("name") else []


def values_for(lead: Lead, obj: Object) -> dict[str, Any]:
    """What a company or a contact would have of the lead, as far as it tells records apart."""
    if obj.name == CONTACT.name:
        return {
            "name": lead.name,
            "phones": lead.phones,
            "emails": lead.emails,
            "wechat": lead.wechat,
            "company": lead.company_id,
        }
    return {"name": lead.company_name, "website": lead.website}
