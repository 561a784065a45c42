"""What the pages of companies show of their money: what is ordered, invoiced, paid and late."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.platform.i18n.money import format_money
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.panels import Panel, register
from guanxi.platform.records.summary import summarise
from guanxi.sales.invoices.models import ISSUED
from guanxi.sales.receipts.models import COUNTED
from guanxi.sales.statements.queries import ageing, summed

GOING = ("confirmed", "part_delivered", "delivered", "completed")
SUMMED = (("order", "amount", GOING), ("invoice", "amount", ISSUED), ("receipt", "amount", COUNTED))


def account(record: Any, actor: Actor) -> dict[str, Any]:
    """Sums in the workspace's currency of what the actor sees, and what is late of the payment plans."""
    stats = [
        (str(registry.get(name).plural_label), found)
        for name, amount, states in SUMMED
        if (found := _sum(record, name, amount, states, actor))
    ]
    late, total = "", ""
    if record.object_name == "company":
        aged = summed(ageing(by=actor, on=timezone.localdate(), company_id=record.pk))
        late = format_money(aged.late, actor.currency, compact=True) if aged.late else ""
        total = format_money(aged.total, actor.currency, compact=True) if aged.total else ""
    obj = registry.get(record.object_name)
    return {
        "stats": [*stats, *([(_("Still open"), total)] if total else [])],
        "late": late,
        "statement_url": record_url(obj, record.pk, "statement") if record.object_name == "company" else "",
    }


def _sum(record: Any, name: str, amount: str, states: tuple[str, ...], by: Actor) -> str:
    obj = registry.get(name)
    if record.object_name not in obj.fields_by_name or not by.may("see", name):
        return ""
    if not sees(obj, (amount, "status", record.object_name), by):
        return ""
    link = Condition(record.object_name, "is", str(record.pk))
    query = ListQuery(obj=obj, columns=(), filter=All((link, Condition("status", "in", list(states)))))
    found = next(iter(summarise(query, by=by, group=(), sums=(amount,))), None)
    value = found.sums[amount] if found is not None and found.count else None
    return format_money(value, by.currency, compact=True) if value else ""


def _seen(record: Any, actor: Actor) -> bool:
    return any(actor.may("see", name) for name, _amount, _states in SUMMED)


register(
    Panel(
        name="account",
        label=gettext_lazy("Account"),
        objects=("company", "deal"),
        place="side",
        order=25,
        slow=True,
        template="sales/account.html",
        context=account,
        visible=_seen,
    )
)
