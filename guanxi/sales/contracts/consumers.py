"""A contract is renewed as long as what renews it is there: thrown away and brought back, it follows."""

from __future__ import annotations

from collections.abc import Sequence

from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.sales.contracts.actions import follow_renewals
from guanxi.sales.contracts.models import Contract

HEARD = ("contract.archived", "contract.deleted", "contract.restored")


@consumer("sales.renewals", hears=HEARD)
def follow(facts: Sequence[Fact]) -> None:
    """The contracts that these renew, in the state that follows."""
    rows = Contract.objects.filter(pk__in={one.record_id for one in facts}, renews__isnull=False)
    if renewed := sorted(set(rows.values_list("renews_id", flat=True))):
        last = facts[-1]
        by = system_actor(require_workspace_id(), "Guanxi", cause_id=last.pk, depth=last.depth + 1)
        follow_renewals(renewed, by=by)
