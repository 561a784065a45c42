"""The verbs of a delivery."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from guanxi.platform.identity.actors import Actor
from guanxi.sales.deliveries.models import Delivery
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
    settle_deliveries([done.order_id], by=by)
    return locked(done, by=by)
