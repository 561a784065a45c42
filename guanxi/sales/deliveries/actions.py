"""The verbs of a delivery."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.sales.deliveries.models import Delivery, came_back_of
from guanxi.sales.documents import locked, move_state
from guanxi.sales.orders.sums import settle_deliveries


def sign(delivery: Delivery, *, by: Actor, signed_on: Any = None, signed_by: Any = None) -> Any:
    """It has arrived: on which day (today) and who has signed for it."""
    values = {"signed_on": signed_on or timezone.localdate(), "signed_by": signed_by}
    return move_state(
        delivery, by=by, verb="sign", stated="signed", of=("shipped",), to="signed", values=values
    )


@transaction.atomic
def cancel(delivery: Delivery, *, by: Actor) -> Any:
    """It never went out: its quantities are to be delivered again."""
    done = move_state(delivery, by=by, verb="cancel", stated="cancelled", of=("shipped",), to="cancelled")
    if done.kind == "out" and came_back_of(done):
        said = _("Something of it has come back already. Cancel that first.")
        raise InvalidValues({"status": [FieldError("in_use", said)]})
    settle_deliveries([done.order_id], by=by)
    return locked(done, by=by)
