"""Beside Today: this month's targets of the member, or of the teams that the member leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from guanxi.automation.today.beside import Piece, register
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.metrics import metric
from guanxi.platform.records.contexts import workspace_country
from guanxi.sales.targets.models import MEMBER, TEAM, Target
from guanxi.sales.targets.periods import Period, working_days
from guanxi.sales.targets.queries import attainment, may_see_targets
from guanxi.sales.targets.views import shown

MOST_METRICS = 3


def mine(request: MemberRequest) -> Mapping[str, Any] | None:
    """The rows of the member and of the teams led, for each metric that has one; None where there is none."""
    by, today = request.actor, timezone.localdate()
    if not may_see_targets(by):
        return None
    period = Period(today.replace(day=1), 1)
    there = Target.objects.filter(month=period.first, archived_at=None)
    names = list(there.order_by("metric").values_list("metric", flat=True).distinct()[: MOST_METRICS + 1])
    if not names:
        return None
    days = working_days(period, today=today, country=workspace_country(by.workspace_id))
    groups = []
    for name in names[:MOST_METRICS]:
        chosen = metric(name)
        rows = [
            one
            for one in attainment(chosen, period, by=by)
            if (one.scope == MEMBER and one.id == by.member_id)
            or (one.scope == TEAM and one.id in by.led_ids)
        ]
        if rows:
            groups.append((str(chosen.label), [shown(one, chosen, days, by=by) for one in rows]))
    if not groups:
        return None
    return {"groups": groups, "pace": round(100 * days.share), "days": days}


register(Piece(name="targets", template="sales/targets/today.html", context=mine, order=20))
