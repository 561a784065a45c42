"""The verbs of an invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.automation.approvals.documents import require_no_process
from guanxi.platform.i18n.money import format_money
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.own_values import hold_value
from guanxi.platform.records.writing import create_record, settle_record
from guanxi.sales import documents
from guanxi.sales.contracts.models import Contract
from guanxi.sales.documents import as_kept, locked, move_state, refuse_state
from guanxi.sales.invoices.models import ISSUED, NEED_TAX_NUMBER, Invoice, InvoiceLine
from guanxi.sales.invoices.sums import currency_of, issued_of, settle_invoiced
from guanxi.sales.numbering import next_number
from guanxi.sales.orders.actions import COPIED
from guanxi.sales.orders.models import Order

NOT_AGREED = ("draft", "in_approval", "cancelled", "void")
"""States of an order or a contract of which nothing is invoiced."""


def submit(invoice: Invoice, *, by: Actor) -> Any:
    return documents.submit(invoice, by=by, of=("requested",), check=_complete)


def withdraw(invoice: Invoice, *, by: Actor) -> Any:
    return documents.withdraw(invoice, by=by, to="requested")


def approve(invoice: Invoice, *, by: Actor) -> Any:
    return documents.approve(invoice, by=by, to="to_issue", check=_complete)


def reject(invoice: Invoice, *, by: Actor, sent_back: Any = None) -> Any:
    return documents.reject(invoice, by=by, sent_back=sent_back, to="requested")


@transaction.atomic
def issue(invoice: Invoice, *, by: Actor, invoice_no: Any = None, issued_on: Any = None) -> Any:
    """It goes to the customer under a number: the one that the tax office gave, or the next of our own.

    Issued again it stays as it is. Raises InvalidValues where more would be invoiced than was agreed on.
    """
    current = locked(invoice, by=by)
    if current.status in ISSUED:
        return current
    said = as_kept(registry.get("invoice"), {"invoice_no": invoice_no, "issued_on": issued_on}, by=by)
    invoice_no, day = said["invoice_no"], said["issued_on"] or timezone.localdate()
    values: dict[str, Any] = {"issued_on": day}
    if current.billed_to_id:
        values |= {"buyer": current.billed_to.name, "tax_no": current.billed_to.tax_no}

    def checked(one: Invoice) -> None:
        if one.status == "requested":
            require_no_process(one)
        _complete(one)
        _within_agreed(one)
        if invoice_no:
            _number_is_free(one, invoice_no)

    def numbered() -> str:
        return str(invoice_no or next_number("invoice.invoice_no", on=day))

    if current.status not in ("requested", "to_issue"):
        refuse_state(current)
    checked(current)
    done = move_state(
        current, by=by, verb="issue", stated="issued", of=("requested", "to_issue"), to="issued",
        values={**values, "invoice_no": numbered()},
    )  # fmt: skip
    settle_invoiced([done], by=by)
    if done.corrects_id:
        _correct(done, by=by)
    return locked(done, by=by)


def mail(
    invoice: Invoice, *, by: Actor, mailed_on: Any = None, carrier: Any = None, tracking: Any = None
) -> Any:
    values = {"mailed_on": mailed_on or timezone.localdate(), "carrier": carrier, "tracking": tracking}
    return move_state(
        invoice, by=by, verb="mail", stated="mailed", of=("issued",), to="mailed", values=values
    )


def void(invoice: Invoice, *, by: Actor) -> Any:
    """Before it is issued; what is issued is taken back by a red-letter invoice."""
    return move_state(
        invoice, by=by, verb="void", stated="voided", of=("requested", "in_approval", "to_issue"), to="void"
    )


@transaction.atomic
def red_letter(invoice: Invoice, *, by: Actor, reason: Any = None) -> Any:
    """A request for a red-letter invoice (credit note) of what is not corrected yet; returns that request.

    Its lines are those of the invoice with negative quantities: take some out to correct a part. The invoice
    is corrected when the red-letter one is issued.
    """
    current = locked(invoice, by=by)
    if current.status not in ISSUED or current.corrects_id:
        refuse_state(current)
    if not reason:
        raise InvalidValues({"reason": [FieldError("required", _("Say why it is taken back."))]})
    if current.corrected >= current.amount:
        words = _("All of it is taken back already.")
        raise InvalidValues({"status": [FieldError("state", words)]})
    values: dict[str, Any] = {
        name: found
        for name in ("company", "order", "contract", "billed_to")
        if (found := getattr(current, f"{name}_id"))
    }
    values |= {
        "kind": current.kind, "currency": current.currency, "tax_included": current.tax_included,
        "discount_percent": current.discount_percent, "corrects": current.pk, "reason": reason,
    }  # fmt: skip
    made = create_record(object="invoice", values=values, by=by)
    for line in InvoiceLine.objects.filter(invoice=current, archived_at=None).order_by("position", "id"):
        said = {
            name: found
            for name in COPIED
            if (found := getattr(line, "product_id" if name == "product" else name)) is not None
        }
        said["quantity"] = -line.quantity
        create_record(object="invoice_line", values={"invoice": made.pk, **said}, by=by)
    made.refresh_from_db()
    return made


def red_letter_once(invoice: Invoice, *, by: Actor, reason: Any = None) -> Any:
    """`red_letter` for doors that answer with the record that they were asked of."""
    red_letter(invoice, by=by, reason=reason)
    return locked(invoice, by=by)


def _correct(red: Invoice, *, by: Actor) -> None:
    """What the red-letter invoice takes back of the one that it corrects."""
    original: Invoice = Invoice.objects.select_for_update().get(pk=red.corrects_id)
    _require_correctable(red, original)
    rows = Invoice.objects.filter(corrects=original, status__in=ISSUED, archived_at=None)
    taken = -sum((one.amount for one in rows), Decimal(0))
    if taken > original.amount:
        words = _("That takes back %(asked)s of %(amount)s.") % {
            "asked": format_money(taken, original.currency),
            "amount": format_money(original.amount, original.currency),
        }
        raise InvalidValues({"amount": [FieldError("range", words)]})
    if original.settled > original.amount - taken:
        words = _("%(amount)s of it are paid by receipts. Take those allocations back first.") % {
            "amount": format_money(original.settled, original.currency)
        }
        raise InvalidValues({"amount": [FieldError("in_use", words)]})
    values: dict[str, Any] = {"corrected": documents.amount(taken, original.currency)}
    if taken == original.amount:
        values["status"] = "red"
    settle_record(original, values, by=by, verb="issue", stated="corrected")


def _require_correctable(red: Invoice, original: Invoice) -> None:
    """Raises InvalidValues where a red-letter invoice is of something else than what it takes back."""
    if original.status not in ISSUED or original.corrects_id or original.archived_at is not None:
        refuse_state(original)
    if red.company_id != original.company_id:
        said = _("“%(name)s” is of another customer: %(company)s.")
        words = said % {"name": original.invoice_no or original, "company": original.company}
        raise InvalidValues({"company": [FieldError("other", words)]})
    if red.currency != original.currency:
        said = _("“%(name)s” is in %(currency)s.")
        words = said % {"name": original.invoice_no or original, "currency": original.currency}
        raise InvalidValues({"currency": [FieldError("currency", words)]})


def _complete(invoice: Invoice) -> None:
    errors: dict[str, list[FieldError]] = {}
    if not invoice.company_id:
        errors["company"] = [FieldError("required", _("Say for whom it is."))]
    if not InvoiceLine.objects.filter(invoice=invoice, archived_at=None).exists() or not invoice.amount:
        errors["amount"] = [FieldError("required", _("Say what is charged: add a line."))]
    if (invoice.amount < 0) != bool(invoice.corrects_id) and invoice.amount:
        errors["amount"] = [FieldError("range", _("Only a red-letter invoice is below zero."))]
    if invoice.kind in NEED_TAX_NUMBER and not (invoice.billed_to and invoice.billed_to.tax_no):
        said = _("A special invoice needs a title with its tax number.")
        errors["billed_to"] = [FieldError("required", said)]
    if errors:
        raise InvalidValues(errors)


def _within_agreed(invoice: Invoice) -> None:
    """Σ issued ≤ amount of the order and of the contract, whose rows are held: two can't pass at once."""
    if invoice.corrects_id:
        return
    for model, name in ((Order, "order"), (Contract, "contract")):
        whole_id = getattr(invoice, f"{name}_id")
        whole: Any = model.objects.select_for_update().filter(pk=whole_id).first() if whole_id else None
        if whole is not None and whole.status in NOT_AGREED:
            refuse_state(whole)
        if whole is None or whole.invoice_freely:
            continue
        agreed = whole.amount if name == "order" else whole.total
        currency = currency_of(whole)
        if currency != invoice.currency:
            said = _("“%(name)s” is in %(currency)s.") % {"name": whole, "currency": currency}
            raise InvalidValues({"currency": [FieldError("currency", said)]})
        asked = issued_of(name, whole.pk, besides=invoice.pk) + invoice.amount
        if asked > agreed:
            said = _("With it %(asked)s of %(agreed)s would be invoiced.") % {
                "asked": format_money(asked, currency),
                "agreed": format_money(agreed, currency),
            }
            raise InvalidValues({"amount": [FieldError("range", said)]})


def _number_is_free(invoice: Invoice, invoice_no: str) -> None:
    obj = registry.get("invoice")
    hold_value(obj, obj["invoice_no"], invoice_no)  # two can't be issued under it at once
    taken = Invoice.objects.filter(invoice_no=invoice_no, archived_at=None).exclude(pk=invoice.pk)
    if taken.exists():
        said = _("“%(value)s” is taken already.") % {"value": invoice_no}
        raise InvalidValues({"invoice_no": [FieldError("unique", said)]})
