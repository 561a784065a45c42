"""The verbs of a statement."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.records.writing import settle_record
from guanxi.sales.commissions.models import APPROVED, OPEN, Commission
from guanxi.sales.documents import locked


@transaction.atomic
def approve(statement: Commission, *, by: Actor) -> Any:
    """It is right and stays so: what changes later counts in a later month. Approved twice it stays approved.

    Raises Refused for one's own, InvalidValues before the month is over.
    """
    current = locked(statement, by=by)
    if by.member_id is not None and current.owner_id == by.member_id:
        raise Refused(_("Somebody else approves your commission."))
    if current.status == APPROVED:
        return current
    today = timezone.localdate()
    if current.month >= today.replace(day=1):
        said = _("The month is not over yet.")
        raise InvalidValues({"status": [FieldError("state", said)]})
    values = {"status": APPROVED, "approved_by": by.member_id, "approved_on": today}
    return settle_record(current, values, by=by, verb="approve", stated="approved")


@transaction.atomic
def reopen(statement: Commission, *, by: Actor) -> Any:
    """Back to being reckoned: for administrators, and not of one's own."""
    current = locked(statement, by=by)
    if not by.administers or current.owner_id == by.member_id:
        raise Refused("commission.reopen")
    if current.status == OPEN:
        return current
    values = {"status": OPEN, "approved_by": None, "approved_on": None}
    return settle_record(current, values, by=by, verb="reopen", stated="reopened")
