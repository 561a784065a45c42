"""How many records of a pool a member opens in a day."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.metadata.pools import hear_opened
from guanxi.platform.tenancy.home import today_here
from guanxi.sales.pools.holding import looks_after
from guanxi.sales.pools.models import Pool, PoolView


@hear_opened
def count_opened(record: Any, by: Actor) -> None:
    """Count it, once a day for each record; raises Refused beyond the pool's number."""
    if by.member_id is None or by.hand_id is not None or looks_after(record.pool_id, by):
        return
    with transaction.atomic():
        pool = Pool.objects.filter(pk=record.pool_id, daily_view__isnull=False).first()
        if pool is None:
            return
        mark = {"pool_id": pool.pk, "member_id": by.member_id, "day": today_here()}
        seen = PoolView.objects.filter(**mark)
        if seen.filter(record_id=record.pk).exists():
            return
        if seen.count() >= (pool.daily_view or 0):
            words = _(
                "You have opened %(count)s records of this pool today, as many as it allows in a day."
                " Claim one, or come back tomorrow."
            )
            raise Refused(words % {"count": pool.daily_view})
        PoolView.objects.bulk_create([PoolView(**mark, record_id=record.pk)], ignore_conflicts=True)
