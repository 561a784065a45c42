"""The verbs of a lead. Its conversion is one batch: made and undone as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.people.companies.objects import COMPANY
from guanxi.people.contacts.objects import CONTACT
from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record, reaches, require
from guanxi.platform.records.batches.models import Batch
from guanxi.platform.records.batches.running import before_undo, begin_batch, end_batch, undo_batch
from guanxi.platform.records.merging.actions import united
from guanxi.platform.records.merging.following import following
from guanxi.platform.records.writing import change_record, create_record
from guanxi.sales.deals.models import Pipeline, Stage
from guanxi.sales.deals.objects import DEAL
from guanxi.sales.leads.carrying import carry_history
from guanxi.sales.leads.models import Lead
from guanxi.sales.leads.objects import LEAD
from guanxi.sales.leads.queries import alike_of

KIND = "convert"
NEW, NONE = "new", "none"
Status = Lead.Status


def qualify_lead(lead: Lead, *, by: Actor) -> Any:
    """Somebody is worth selling to."""
    return change_record(lead, {"status": Status.QUALIFIED.value}, by=by)


def disqualify_lead(lead: Lead, *, by: Actor, reason: Any = None, reason_note: Any = None) -> Any:
    """Nothing will come of it; raises InvalidValues without `reason`."""
    _refuse_converted(find_record(LEAD, lead.pk, by=by))
    values = {"status": Status.DISQUALIFIED.value, "reason": reason, "reason_note": reason_note}
    return change_record(lead, values, by=by)


def reopen_lead(lead: Lead, *, by: Actor) -> Any:
    """A disqualified lead is worked on again."""
    _refuse_converted(find_record(LEAD, lead.pk, by=by))
    return change_record(lead, {"status": Status.ASSIGNED.value}, by=by)


@transaction.atomic
def convert_lead(
    lead: Lead,
    *,
    by: Actor,
    company: Any = None,
    contact: Any = None,
    deal: Any = None,
    interest: Any = None,
    amount: Any = None,
    product: Any = None,
) -> Any:
    """Make a company, a contact and a deal of a lead, and let its history follow; returns the lead anew.

    company, contact  an id of one that is here; "new" for a new one, whatever is alike; None: a new one,
                      unless the duplicate check finds one, which is refused in words. "none": no company
    deal              an id of one that it belongs to; "none" for no deal; None or "new" for a new one,
                      called `interest` and worth `amount`

    Whoever converts has to be allowed to make or change each of the three. Two who convert the same lead take
    turns, and the second one is refused. Raises NotFound, Refused, InvalidValues.
    """
    require(by, "convert", LEAD)
    lead = find_record(LEAD, lead.pk, by=by, access="edit", lock=True)
    _refuse_converted(lead)
    _require_contact_point(lead)
    batch = begin_batch(kind=KIND, object=LEAD.name, note=str(lead), by=by, values={"lead": str(lead.pk)})
    _refuse_alike(lead, {"company": company, "contact": contact}, by=by)
    firm = _company(lead, company or lead.company_id, batch, by)
    person = _contact(lead, contact or lead.contact_id, firm, batch, by)
    given = {"name": interest, "amount": amount, "product": product}
    sale = _deal(lead, deal or lead.deal_id, firm, person, given, batch, by)
    steps = carry_history(lead, [one for one in (person, firm, sale) if one is not None], batch, by=by)
    # From here on the lead is this conversion's; `_undoing` lets go of it.
    Lead.objects.filter(pk=lead.pk).update(conversion_id=batch.pk)
    values = {
        "status": Status.CONVERTED.value,
        "company": firm.pk if firm is not None else None,
        "contact": person.pk,
        "deal": sale.pk if sale is not None else None,
    }
    done = change_record(lead, values, by=following(by), data=batch.mark)
    end_batch(batch, steps=steps)
    done.conversion_id = batch.pk
    return done


def unconvert_lead(lead: Lead, *, by: Actor) -> Any:
    """Take a conversion back: what it made goes into the archive, what it moved returns. For 30 days.

    For who converted and for administrators; raises Refused, NotFound, InvalidValues.
    """
    require(by, "convert", LEAD)
    lead = find_record(LEAD, lead.pk, by=by, access="edit")
    if lead.conversion_id is None:
        raise InvalidValues({"status": [FieldError("state", _("This lead has not been converted."))]})
    undo_batch(lead.conversion_id, by=by)
    return find_record(LEAD, lead.pk, by=by)


@before_undo(KIND)
def _undoing(batch: Batch, by: Actor) -> Actor:
    """Whoever may edit the lead still takes it back; what follows by itself follows back."""
    require(by, "convert", LEAD)
    find_record(LEAD, int(batch.values["lead"]), by=by, access="edit", lock=True)
    Lead.objects.filter(pk=int(batch.values["lead"]), conversion_id=batch.pk).update(conversion_id=None)
    return following(by)


# The steps


def _refuse_converted(lead: Lead) -> None:
    if lead.status == Status.CONVERTED or lead.conversion_id is not None:
        words = _("This lead has been converted already.")
        raise InvalidValues({"status": [FieldError("state", words)]})
    if lead.archived_at is not None:
        raise Refused(_("This is in the archive. Restore it first."))


def _require_contact_point(lead: Lead) -> None:
    if not (lead.phones or lead.emails or lead.wechat):
        words = _("Add a phone, an email or WeChat before converting: nobody could be reached.")
        raise InvalidValues({"phones": [FieldError("required", words)]})


def _refuse_alike(lead: Lead, chosen: Mapping[str, Any], *, by: Actor) -> None:
    """Who has not said which one, or that it is a new one, is told what is here already."""
    errors: dict[str, list[FieldError]] = {}
    for name, obj in (("company", COMPANY), ("contact", CONTACT)):
        if chosen[name] or getattr(lead, f"{name}_id"):
            continue
        found = alike_of(lead, obj, by=by)
        if found:
            named = comma_list(one.ref.title if one.ref else one.owner or "…" for one in found)
            words = _("%(names)s: here already. Choose one, or say that this is a new one.")
            errors[name] = [FieldError("duplicate", words % {"names": named})]
    if errors:
        raise InvalidValues(errors)


def _company(lead: Lead, chosen: Any, batch: Batch, by: Actor) -> Any:
    if chosen == NONE or (not lead.company_name and chosen in (None, NEW)):
        return None
    values = {
        "name": lead.company_name,
        "website": lead.website,
        "industry": lead.industry,
        "addresses": lead.addresses,
    }
    return _made_or_filled(COMPANY, lead, chosen, values, batch, by)


def _contact(lead: Lead, chosen: Any, firm: Any, batch: Batch, by: Actor) -> Any:
    values = {
        "name": lead.name,
        "company": firm.pk if firm is not None else None,
        "title": lead.title,
        "phones": lead.phones,
        "emails": lead.emails,
        "wechat": lead.wechat,
        "addresses": [] if firm is not None else lead.addresses,
        "next_step": lead.next_step,
        "next_step_on": lead.next_step_on,
        "about": lead.about,
    }
    return _made_or_filled(CONTACT, lead, chosen, values, batch, by)


def _deal(
    lead: Lead, chosen: Any, firm: Any, person: Any, given: Mapping[str, Any], batch: Batch, by: Actor
) -> Any:
    if chosen == NONE:
        return None
    if chosen not in (None, NEW):
        return _there(DEAL, chosen, "deal", by)
    stage = _first_stage()
    if stage is None:
        words = _("There is no open stage for the deal. Add one under Settings, or convert without a deal.")
        raise InvalidValues({"deal": [FieldError("missing", words)]})
    values = {
        "name": given["name"] or lead.interest or str(firm or person),
        "amount": given["amount"] or LEAD["amount"].get(lead),
        "product": given["product"] or lead.product_id,
        "company": firm.pk if firm is not None else None,
        "contact": person.pk,
        "stage": stage,
    }
    return _made(DEAL, lead, values, batch, by)


def _made_or_filled(
    obj: Object, lead: Lead, chosen: Any, values: dict[str, Any], batch: Batch, by: Actor
) -> Any:
    """A new record, or the chosen one with what it did not have yet, where the actor may write that."""
    if chosen in (None, NEW):
        return _made(obj, lead, values, batch, by)
    found = _there(obj, chosen, obj.name, by)
    if not (by.may("change", obj.name) and reaches(obj, found, by, access="edit")):
        return found
    more: dict[str, Any] = {}
    for name, value in {**values, "tags": lead.tags}.items():
        field = obj[name]
        if field.multiple:
            both = united(field, [found, lead])
            if both != field.get(found):
                more[name] = both
        elif field.is_empty(field.get(found)) and value:
            more[name] = value
    return change_record(found, more, by=by, data=batch.mark) if more else found


def _made(obj: Object, lead: Lead, values: dict[str, Any], batch: Batch, by: Actor) -> Any:
    kept = {name: value for name, value in values.items() if value not in (None, "", [])}
    kept |= {"source": lead.source, "tags": lead.tags}
    if lead.owner_id and (lead.owner_id == by.member_id or by.may("assign", obj.name)):
        kept["owner"] = lead.owner_id
    return create_record(object=obj.name, values=kept, by=by, data=batch.mark)


def _there(obj: Object, chosen: Any, name: str, by: Actor) -> Any:
    """The chosen record; raises InvalidValues for what is not there, or not for this actor to see."""
    text = str(chosen)
    if text.isdecimal() and len(text) < 20:
        try:
            found = find_record(obj, int(text), by=by)
        except LookupError:
            found = None
        if found is not None and found.archived_at is None:
            return found
    words = _("%(field)s does not exist.") % {"field": obj.label}
    raise InvalidValues({name: [FieldError("link", words)]})


def _first_stage() -> int | None:
    """Where deals begin: the first open stage of the first pipeline."""
    line = Pipeline.objects.filter(archived_at=None).order_by("position", "id").first()
    stages = Stage.objects.filter(pipeline=line, kind=Stage.Kind.OPEN, archived_at=None)
    found: int | None = stages.order_by("position", "id").values_list("pk", flat=True).first()
    return found
