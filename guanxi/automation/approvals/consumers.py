from __future__ import annotations

from collections.abc import Sequence

from guanxi.automation.approvals.actions import refill
from guanxi.automation.approvals.models import ApprovalRequest
from guanxi.automation.workflows.matching import acting
from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact


@consumer("approvals", hears=("*.assigned", "*.archived", "*.deleted"), starts="now")
def follow_records(facts: Sequence[Fact]) -> None:
    """Another owner has other superiors; what is archived needs no approval any more."""
    keys = {(fact.object, fact.record_id) for fact in facts}
    rows = ApprovalRequest.objects.filter(record_id__in={key for _name, key in keys}, state="open")
    for one in rows:
        if (one.object, one.record_id) in keys:
            refill(one.pk, by=acting(None, "Guanxi"))
