"""The verbs of a quote: from a deal to the customer's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.automation.approvals.documents import anew, answered, asked, withdrawn
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.access import find_record
from guanxi.platform.records.writing import create_record, create_records, settle_record
from guanxi.sales.copies.actions import LINE, copy_record
from guanxi.sales.deals.models import Deal
from guanxi.sales.lines.models import DealLine
from guanxi.sales.quotes.approval import needs_approval, reasons_for_approval
from guanxi.sales.quotes.links import end_links, new_link
from guanxi.sales.quotes.models import Quote, QuoteLine
from guanxi.sales.quotes.sending import mail_quote


@transaction.atomic
def quote_deal(deal: Deal, *, by: Actor) -> Quote:
    """A quote of what the deal is about: its lines, or its product, or nothing yet."""
    find_record(registry.get("deal"), deal.pk, by=by)
    values = {
        "name": deal.name,
        "deal": deal.pk,
        "company": deal.company_id,
        "contact": deal.contact_id,
        "currency": deal.amount_currency,
    }
    quote: Quote = create_record(object="quote", values=_without_empty(values), by=by)
    lines = list(DealLine.objects.filter(deal_id=deal.pk, archived_at=None).order_by("position", "pk"))
    rows = [_line_values(one, position=at) for at, one in enumerate(lines, 1)]
    if not rows and deal.product_id:
        product: Any = deal.product
        rows = [{"product": deal.product_id, "title": product.name, "position": 1}]
    return _with_lines(quote, rows, by=by)


def copy_quote(quote: Quote, *, by: Actor) -> Any:
    """A new draft with the same lines and terms, and a number of its own."""
    return copy_record(quote, by=by)


@transaction.atomic
def submit_quote(quote: Quote, *, by: Actor) -> Any:
    """Into approval; where no limit is passed and no process applies it is approved at once."""
    current = _standing(quote, Quote.OPEN, by=by)
    _require_lines(current)
    values: dict[str, Any]
    if needs_approval(current):
        reasons = reasons_for_approval(current)
        values = {"status": "in_approval", "submitted_by": by.member_id, "sent_back": None}
        submitted = settle_record(
            current, values, by=by, verb="submit", stated="submitted", data={"reasons": reasons}
        )
        return asked(submitted, by=by, reasons=reasons)
    values = {
        "status": "approved", "submitted_by": by.member_id, "approved_at": datetime.now(UTC),
        "sent_back": None,
    }  # fmt: skip
    return settle_record(
        current, values, by=by, verb="submit", stated="approved", data={"within_limits": True}
    )


@transaction.atomic
def withdraw_quote(quote: Quote, *, by: Actor) -> Any:
    """Back to a draft that can be changed."""
    current = _standing(quote, ("in_approval",), by=by)
    values = {"status": "draft", "submitted_by": None}
    drafted = settle_record(current, values, by=by, verb="withdraw", stated="withdrawn")
    withdrawn(drafted, by=by)
    return drafted


@transaction.atomic
def approve_quote(quote: Quote, *, by: Actor) -> Any:
    """The actor's signature; with the last one it is approved. Raises Refused for who is not asked."""
    current = _standing(quote, ("in_approval",), by=by, access="see")
    if not answered(current, "approve", by=by):
        return anew(current)
    values = {"status": "approved", "approved_by": by.member_id, "approved_at": datetime.now(UTC)}
    return settle_record(current, values, by=by, verb="approve", stated="approved")


@transaction.atomic
def reject_quote(quote: Quote, *, by: Actor, sent_back: Any = None) -> Any:
    """Back to who wrote it, with a word on what is to be mended."""
    if not sent_back:
        raise InvalidValues({"sent_back": [FieldError("required", _("Say what is to be mended."))]})
    current = _standing(quote, ("in_approval",), by=by, access="see")
    if not answered(current, "reject", by=by, words=str(sent_back)):
        return anew(current)
    values = {"status": "rejected", "sent_back": str(sent_back)[:500]}
    return settle_record(current, values, by=by, verb="reject", stated="rejected")


@transaction.atomic
def send_quote(quote: Quote, *, by: Actor, to: Sequence[str] = (), note: str = "") -> Any:
    """To the customer: by mail where addresses are known, and by a link that one can hand over oneself.

    to   addresses; left out, the contact's first one
    What passes no limit needs no approval. `quote.link` of what is returned is the secret address.
    """
    current = _standing(quote, ("draft", "rejected", "approved", "sent", "viewed"), by=by)
    _require_lines(current)
    if current.status in Quote.OPEN and needs_approval(current):
        reasons = reasons_for_approval(current)
        said = _("It needs an approval first: %(why)s") % {"why": " ".join(reasons) or _("submit it.")}
        raise InvalidValues({"status": [FieldError("approval", said)]})
    if current.is_over:
        said = _("Its last day has passed. Set another one first.")
        raise InvalidValues({"valid_until": [FieldError("over", said)]})
    addresses = list(to) or _address_of(current)
    raw = ""
    for address in addresses or [""]:
        raw = new_link(current, recipient=address, by=by)
        if address:
            mail_quote(current, to=address, raw=raw, note=note, by=by)
    values: dict[str, Any] = {"status": "sent"} if current.status != "viewed" else {}
    sent = settle_record(
        current,
        values | {"sent_at": datetime.now(UTC)},
        by=by,
        verb="send",
        stated="sent",
        data={"to": addresses, "revision": current.revision},
    )
    sent.link = raw
    return sent


def accept_quote(
    quote: Quote, *, by: Actor, answered_by: Any = None, answer_note: Any = None, address: str = ""
) -> Any:
    """The customer says yes: through their page, or a member says it for them."""
    return _answer(quote, "accept", "accepted", answered_by, answer_note, address, by=by)


def decline_quote(
    quote: Quote, *, by: Actor, answered_by: Any = None, answer_note: Any = None, address: str = ""
) -> Any:
    """The customer says no."""
    return _answer(quote, "decline", "declined", answered_by, answer_note, address, by=by)


@transaction.atomic
def expire_quote(quote: Quote, *, by: Actor) -> Any:
    """Its last day has passed without an answer."""
    current = _standing(quote, ("approved", "sent", "viewed"), by=by)
    end_links(current)
    return settle_record(current, {"status": "expired"}, by=by, verb="change", stated="expired")


@transaction.atomic
def _answer(quote: Quote, verb: str, done: str, name: Any, note: Any, address: str, *, by: Actor) -> Any:
    current = _standing(quote, ("approved", *Quote.WITH_CUSTOMER), by=by)
    if not str(name or "").strip():
        raise InvalidValues({"answered_by": [FieldError("required", _("Say who answers."))]})
    values = {
        "status": done,
        "answered_by": str(name).strip()[:200],
        "answered_at": datetime.now(UTC),
        "answered_from": address[:60] or None,
        "answer_note": str(note or "").strip()[:1000] or None,
    }
    return settle_record(
        current, values, by=by, verb=verb, stated=done, data={"revision": current.revision, "by": str(name)}
    )


# What they share


def _standing(quote: Quote, states: Sequence[str], *, by: Actor, access: str = "edit") -> Any:
    """The quote as it is now, held until the end, in one of these states; raises InvalidValues."""
    obj = registry.get("quote")
    current = find_record(obj, quote.pk, by=by, access=access, lock=True)
    if current.status not in states:
        field: Any = obj["status"]
        state = field.option(current.status)
        said = _("It is “%(state)s”: this can't be done now.") % {"state": state.label if state else ""}
        raise InvalidValues({"status": [FieldError("state", said)]})
    return current


def _require_lines(quote: Quote) -> None:
    if not QuoteLine.objects.filter(quote_id=quote.pk, archived_at=None).exists():
        raise InvalidValues({"status": [FieldError("empty", _("It has no lines yet."))]})


def _with_lines(quote: Quote, rows: Sequence[Mapping[str, Any]], *, by: Actor) -> Quote:
    if rows:
        create_records(object="quote_line", rows=[{**one, "quote": quote.pk} for one in rows], by=by)
        quote.refresh_from_db()
    return quote


def _line_values(line: Any, **more: Any) -> dict[str, Any]:
    obj = registry.get(line.object_name)
    return _without_empty({name: obj[name].get(line) for name in LINE}) | more


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _address_of(quote: Quote) -> list[str]:
    contact: Any = quote.contact
    emails = contact.emails if contact is not None else []
    return [emails[0]["email"]] if emails else []
