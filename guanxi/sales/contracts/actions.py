"""The verbs of a contract."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.metadata.fields.time import add_months
from guanxi.platform.records.batches.many import settle_many
from guanxi.platform.records.writing import create_record
from guanxi.sales import documents
from guanxi.sales.contracts.models import Contract, Party
from guanxi.sales.documents import locked, move_state

RUNNING = ("active", "expiring", "expired")


def contract_of_deal(deal: Any, *, by: Actor) -> Contract:
    """A draft with the company, person and amount of a deal."""
    values: dict[str, Any] = {"name": deal.name, "deal": deal.pk}
    if deal.company_id:
        values["company"] = deal.company_id
    if deal.contact_id:
        values["contact"] = deal.contact_id
    if deal.amount is not None:
        values["amount"] = Amount(deal.amount, deal.amount_currency)
    made: Contract = create_record(object="contract", values=values, by=by)
    return made


def contract_for_deal(deal: Any, *, by: Actor) -> Any:
    """`contract_of_deal` for doors that answer with the record that they were asked of."""
    contract_of_deal(deal, by=by)
    return locked(deal, by=by)


def submit(contract: Contract, *, by: Actor) -> Any:
    return documents.submit(contract, by=by, check=_complete)


def withdraw(contract: Contract, *, by: Actor) -> Any:
    return documents.withdraw(contract, by=by)


def approve(contract: Contract, *, by: Actor) -> Any:
    return documents.approve(contract, by=by, to="to_sign", check=_complete)


def reject(contract: Contract, *, by: Actor, sent_back: Any = None) -> Any:
    return documents.reject(contract, by=by, sent_back=sent_back)


def sign(contract: Contract, *, by: Actor, signed_on: Any = None, signer: Any = None) -> Any:
    """It holds from now on; without an approval, too, for who may sign."""
    current = locked(contract, by=by)
    day = signed_on or timezone.localdate()
    values = {"signed_on": day, "signer": signer or current.signer, "starts_on": current.starts_on or day}
    return move_state(
        current, by=by, verb="sign", stated="signed", of=("draft", "to_sign"),
        to=current.state_on(timezone.localdate()), values=values, check=_complete,
    )  # fmt: skip


@transaction.atomic
def renew(contract: Contract, *, by: Actor) -> Any:
    """The next contract as a draft, for as long as this one ran; returns the new one."""
    current = locked(contract, by=by)
    if current.status not in RUNNING:
        documents.refuse_state(current)
    values: dict[str, Any] = {"name": current.name, "renews": current.pk}
    for name in ("company", "contact", "deal"):
        if found := getattr(current, f"{name}_id"):
            values[name] = found
    if current.amount is not None:
        values["amount"] = Amount(current.total, current.amount_currency)
    if current.runs_until:
        begins = current.runs_until + timedelta(days=1)
        values["starts_on"] = begins
        if current.starts_on:
            values["ends_on"] = as_long(current.starts_on, current.runs_until, begins)
    values |= {"kind": current.kind} if current.kind else {}
    new = create_record(object="contract", values=values, by=by)
    for party in Party.objects.filter(contract=current, archived_at=None):
        said = {name: getattr(party, name) for name in ("name", "role", "signer", "credit_code", "address")}
        kept = {name: value for name, value in said.items() if value}
        if party.company_id:
            kept["company"] = party.company_id
        create_record(object="party", values={"contract": new.pk, **kept}, by=by)
    move_state(current, by=by, verb="renew", stated="renewed", of=RUNNING, to="renewed")
    return new


def as_long(first: date, last: date, begins: date) -> date:
    """The last day of what begins on a day and takes as long as from first to last: in whole months, or days.

    A year is followed by a year, with a leap day or without one.
    """
    after = last + timedelta(days=1)
    months = (after.year - first.year) * 12 + after.month - first.month
    if months > 0 and add_months(first, months) == after:
        return add_months(begins, months) - timedelta(days=1)
    return begins + (last - first)


def renew_once(contract: Contract, *, by: Actor) -> Any:
    """`renew` for doors that answer with the record that they were asked of."""
    renew(contract, by=by)
    return locked(contract, by=by)


def terminate(contract: Contract, *, by: Actor, ended_because: Any = None, closed_on: Any = None) -> Any:
    """Before its time, and why."""
    if not ended_because:
        raise InvalidValues({"ended_because": [FieldError("required", _("Say why it ends early."))]})
    values = {"ended_because": ended_because, "closed_on": closed_on or timezone.localdate()}
    return move_state(
        contract, by=by, verb="terminate", stated="terminated", of=("active", "expiring"), to="terminated",
        values=values,
    )  # fmt: skip


@transaction.atomic
def void(contract: Contract, *, by: Actor) -> Any:
    """It never was: raises InvalidValues once something is invoiced or paid."""

    def unused(current: Contract) -> None:
        if current.received or current.invoiced:
            said = _("Something of it is delivered, invoiced or paid. Take that back first.")
            raise InvalidValues({"status": [FieldError("in_use", said)]})

    voided = move_state(
        contract, by=by, verb="void", stated="voided", of=("draft", "in_approval", "to_sign", "active"),
        to="void", check=unused,
    )  # fmt: skip
    if voided.renews_id:
        follow_renewals([voided.renews_id], by=by)
    return voided


def follow_renewals(ids: Collection[int], *, by: Actor) -> None:
    """What was renewed is so as long as a contract follows it; else it is as its days say."""
    values: dict[int, dict[str, Any]] = {}
    for one in Contract.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
        following = Contract.objects.filter(renews=one, archived_at=None).exclude(status="void")
        if one.status == "renewed" and not following.exists():
            values[one.pk] = {"status": one.state_on(timezone.localdate())}
        elif one.status in RUNNING and following.exists():
            values[one.pk] = {"status": "renewed"}
    if values:
        settle_many(registry.get("contract"), values, by=by)


def plan_at_once(contract: Contract, *, by: Actor) -> Any:
    """One payment of all of it, today; returns the contract."""
    from decimal import Decimal

    from guanxi.sales.instalments.actions import plan_payments

    plan_payments(contract, [(Decimal(100), timezone.localdate())], by=by)
    return locked(contract, by=by)


def invoice_rest(contract: Contract, *, by: Actor) -> Any:
    """A request for an invoice of all that is not invoiced; returns the contract."""
    from guanxi.sales.invoices.making import invoice_contract

    invoice_contract(contract, by=by)
    return locked(contract, by=by)


def _complete(contract: Contract) -> None:
    if not contract.company_id:
        raise InvalidValues({"company": [FieldError("required", _("Say with whom."))]})
