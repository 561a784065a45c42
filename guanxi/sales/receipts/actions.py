"""The verbs of a receipt."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.automation.approvals.documents import require_no_process
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.writing import archive_record, create_record
from guanxi.sales import documents
from guanxi.sales.documents import locked, move_state, refuse_state
from guanxi.sales.receipts.models import COUNTED, Allocation, Receipt
from guanxi.sales.receipts.queries import open_targets


def submit(receipt: Receipt, *, by: Actor) -> Any:
    return documents.submit(receipt, by=by)


def withdraw(receipt: Receipt, *, by: Actor) -> Any:
    return documents.withdraw(receipt, by=by)


def approve(receipt: Receipt, *, by: Actor) -> Any:
    return documents.approve(receipt, by=by, to="confirmed", check=_from_somebody)


def reject(receipt: Receipt, *, by: Actor, sent_back: Any = None) -> Any:
    return documents.reject(receipt, by=by, sent_back=sent_back)


def confirm(receipt: Receipt, *, by: Actor) -> Any:
    """The money is there. Confirmed twice, nothing is done twice."""
    current = locked(receipt, by=by)
    if current.status in COUNTED:
        return current
    return move_state(
        current, by=by, verb="confirm", stated="confirmed", of=("draft",), to="confirmed", check=_freely,
    )  # fmt: skip


@transaction.atomic
def allocate(receipt: Receipt, amounts: Mapping[tuple[str, int], Decimal], *, by: Actor) -> Any:
    """What of it is for what: (object, id) → amount in the receipt's currency; returns the receipt.

    Raises InvalidValues where that is more than there is, or than is owed; then nothing of it is done.
    """
    current = locked(receipt, by=by)
    if current.status not in COUNTED:
        refuse_state(current)
    given = {key: amount for key, amount in amounts.items() if amount}
    if not given:
        raise InvalidValues({"amount": [FieldError("required", _("Say how much of it."))]})
    for (name, record_id), amount in given.items():
        values = {
            "receipt": current.pk, name: record_id, "amount": Amount(amount, current.amount_currency)
        }  # fmt: skip
        create_record(object="allocation", values=values, by=by)
    return locked(current, by=by)


@transaction.atomic
def allocate_oldest(receipt: Receipt, *, by: Actor) -> Any:
    """To what is owed for the longest: payment plans and invoices of its company, as far as it goes."""
    current = locked(receipt, by=by)
    if current.status not in COUNTED:
        refuse_state(current)
    targets = open_targets(current, by=by)
    left = {"instalment": current.amount - current.allocated, "invoice": current.amount - current.matched}
    wanted: dict[tuple[str, int], Decimal] = {}
    for one in targets:
        part = min(left[one.object], one.open)
        if part > 0:
            wanted[one.object, one.id] = part
            left[one.object] -= part
    if not wanted:
        said = _("Nothing is open of this customer in %(currency)s.") % {"currency": current.amount_currency}
        raise InvalidValues({"amount": [FieldError("nothing", said)]})
    return allocate(current, wanted, by=by)


@transaction.atomic
def release(receipt: Receipt, *, by: Actor) -> Any:
    """Back: it is allocated to nothing any more."""
    current = locked(receipt, by=by)
    for one in Allocation.objects.filter(receipt=current, archived_at=None):
        archive_record(one, by=by)
    return locked(current, by=by)


@transaction.atomic
def reverse(receipt: Receipt, *, by: Actor, reason: Any = None, reversed_on: Any = None) -> Any:
    """It bounced, or was never ours: what it was allocated to is owed again. Reversed twice it stays so."""
    current = locked(receipt, by=by)
    if current.status == "reversed":
        return current
    if current.status not in COUNTED:
        refuse_state(current)
    if not reason:
        raise InvalidValues({"reason": [FieldError("required", _("Say why it is reversed."))]})
    current = release(current, by=by)
    values = {"reason": reason, "reversed_on": reversed_on or timezone.localdate()}
    return move_state(
        current, by=by, verb="reverse", stated="reversed", of=COUNTED, to="reversed", values=values
    )


def _freely(receipt: Receipt) -> None:
    require_no_process(receipt)
    _from_somebody(receipt)


def _from_somebody(receipt: Receipt) -> None:
    if not receipt.company_id:
        raise InvalidValues({"company": [FieldError("required", _("Say from whom it is."))]})
