from __future__ import annotations

from collections.abc import Sequence

from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.timeline.traffic import CONTACT_KINDS
from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.sales.leads.models import Lead
from guanxi.sales.leads.objects import LEAD


@consumer("sales.leads", hears=("activity.created", "activity.done"))
def begin_contact(facts: Sequence[Fact]) -> None:
    """Who called or wrote is in contact: nobody has to say so a second time."""
    ids = {fact.record_id for fact in facts}
    done = Activity.objects.filter(
        pk__in=ids, kind__in=CONTACT_KINDS, done_at__isnull=False, archived_at=None
    )
    leads = {int(key) for one in done for name, key in one.about if name == LEAD.name}
    waiting = Lead.objects.filter(
        pk__in=leads, status__in=(Lead.Status.NEW, Lead.Status.ASSIGNED), archived_at=None
    )
    wishes = [
        Wish(one, {"status": Lead.Status.CONTACTED.value}, act="tidy")
        for one in waiting.values_list("pk", flat=True)
    ]
    if wishes:
        cause = max(facts, key=lambda fact: fact.pk)
        by = system_actor(require_workspace_id(), "Guanxi", cause_id=cause.pk, depth=cause.depth + 1)
        change_many(LEAD, wishes, by=by)
