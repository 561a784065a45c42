"""The commission of a month: the statements that the member may see."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import format_money
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.access import Refused, row_rule
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.sql import fetch
from guanxi.sales.commissions.models import APPROVED, Commission, CommissionLine
from guanxi.sales.targets.periods import Period, period_of
from guanxi.sales.targets.views import tabs
from guanxi.web.pages import render_page

COMMISSION = "/performance/commission/"
MOST = 500


@plain_door("GET")
def statements(request: MemberRequest) -> HttpResponse:
    """One row for each statement of the month (`month`), with the lines of the member's own."""
    by, obj = request.actor, registry.get("commission")
    if not by.may("see", obj.name) or not sees(obj, ("base", "earned", "clawback", "total", "status"), by):
        raise Refused("commission.see")
    month = period_of(request.GET.get("month", ""), today=timezone.localdate()).of_length(1)
    rule = row_rule(obj, by)
    ids = fetch(
        f'SELECT r.id FROM "{obj.table}" r WHERE {rule.text} AND r.archived_at IS NULL AND r.month = %s'
        f" ORDER BY r.sort_key, r.id LIMIT {MOST}",
        (*rule.params, month.first),
    )
    found = Commission.objects.in_bulk([row[0] for row in ids])
    rows = [found[row[0]] for row in ids]
    mine = next((one for one in rows if one.owner_id == by.member_id), None)
    lines = CommissionLine.objects.filter(commission=mine).order_by("day", "pk")[:MOST] if mine else ()

    def address(to: Period) -> str:
        return f"{COMMISSION}?{urlencode({'month': to.text})}"

    def money(value: Any) -> str:
        return format_money(value, by.currency) if value else "–"

    context = {
        "tabs": tabs(by, "commission"),
        "month_label": month.label,
        "before": address(month.moved(-1)),
        "after": address(month.moved(1)),
        "rows": [
            {
                "href": f"/commissions/{one.pk}/",
                "name": one.name,
                "figures": [money(value) for value in (one.base, one.earned, one.clawback, one.total)],
                "approved": one.status == APPROVED,
            }
            for one in rows
        ],
        "sums": [
            money(sum(getattr(one, name) for one in rows)) for name in ("base", "earned", "clawback", "total")
        ],
        "lines": [
            (one.day, one.name, money(one.base), money(one.amount), one.reason, one.amount < 0)
            for one in lines
        ],
        "rules": by.administers,
    }
    return render_page(request, "sales/commissions/statements.html", context, title=_("Commission"))
