"""Commission follows what is said of money, of the shares of a deal and of the rules."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone

from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.metadata.fields.time import add_months
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.sales.commissions.models import OPEN, Commission
from guanxi.sales.commissions.settling import rate_statements, settle
from guanxi.sales.receipts.models import COUNTED, Allocation, Receipt
from guanxi.sales.splits.models import Split

STATES = {"confirmed", "approved", "reversed", "allocated", "created"}


@consumer("sales.commission", hears=("receipt.*", "allocation.*", "split.*"))
def follow_money(facts: Sequence[Fact]) -> None:
    """The lines of the receipts that these facts are about."""
    ids = {
        one.record_id
        for one in facts
        if one.object == "receipt" and (one.verb in STATES or {"status", "allocated"} & set(one.changes))
    }
    allocated = [one.record_id for one in facts if one.object == "allocation"]
    ids |= set(Allocation.objects.filter(pk__in=allocated).values_list("receipt_id", flat=True))
    shared = [one.record_id for one in facts if one.object == "split"]
    deals = set(Split.objects.filter(pk__in=shared).values_list("deal_id", flat=True))
    if deals:
        of_deals = Q(order__deal__in=deals) | Q(contract__deal__in=deals)
        ids |= set(Receipt.objects.filter(of_deals, status__in=COUNTED).values_list("pk", flat=True))
    if ids:
        settle(ids, by=_by(facts))


@consumer("sales.commission_rules", hears=("commission_rule.*", "commission_tier.*"))
def follow_rules(facts: Sequence[Fact]) -> None:
    """Statements that are not approved are reckoned anew; money of this month and the last one counts."""
    since = add_months(timezone.localdate().replace(day=1), -1)
    came = Receipt.objects.filter(status__in=COUNTED, received_on__gte=since, archived_at=None)
    settle(list(came.values_list("pk", flat=True)), by=_by(facts))
    going = Commission.objects.filter(status=OPEN, archived_at=None).values_list("pk", flat=True)
    rate_statements(list(going), by=_by(facts))


def _by(facts: Sequence[Fact]) -> Actor:
    cause = max(facts, key=lambda fact: fact.pk)
    return system_actor(require_workspace_id(), "Guanxi", cause_id=cause.pk, depth=cause.depth + 1)
