from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.platform.identity.actors import system_actor
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.sales.quotes.actions import expire_quote
from guanxi.sales.quotes.models import Quote


@schedule("expire-quotes", cron="7 * * * *", per_workspace=True)
@task()
def expire_quotes() -> int:
    """What nobody has answered by its last day, where the firm is, is over; returns how many."""
    by = system_actor(require_workspace_id(), "Guanxi")
    with transaction.atomic():
        late = Quote.objects.filter(
            status__in=["approved", "sent", "viewed"],
            valid_until__lt=timezone.localdate(),
            archived_at=None,
        )
        found = list(late.order_by("pk")[:1_000])
        for quote in found:
            expire_quote(quote, by=by)
    return len(found)
