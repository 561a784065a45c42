"""What a pool shows to who looks after it: its members, its rules, its log."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.panels import Panel, register
from guanxi.platform.records.sharing.grantees import To, grantee_options, names_of
from guanxi.sales.pools.holding import looks_after
from guanxi.sales.pools.models import Pool, PoolMember, PoolMove, PoolRule
from guanxi.sales.pools.objects import KINDS, POOL

SHOWN = 100
HOW = {
    "claimed": _("claimed"),
    "assigned": _("assigned"),
    "returned": _("returned"),
    "recycled": _("came back by rule"),
    "moved": _("moved here"),
}


def members_of_pool(pool: Pool, actor: Actor) -> dict[str, Any]:
    """Who stands in it, and the form for one more."""
    rows = list(PoolMember.objects.filter(pool=pool).order_by("-administers", "pk"))
    names = names_of([To(one.grantee_kind, one.grantee_id) for one in rows])
    return {
        "members": [(one, names.get(To(one.grantee_kind, one.grantee_id), "")) for one in rows],
        "grantees": grantee_options() if actor.administers else [],
        "action": record_url(POOL, pool.pk, "members"),
    }


def rules_of_pool(pool: Pool, actor: Actor) -> dict[str, Any]:
    """What comes back by itself."""
    labels = {one.value: one.label for one in KINDS}
    rows = PoolRule.objects.filter(pool=pool, archived_at=None).order_by("pk")
    return {
        "rules": [
            {
                "name": one.name,
                "href": record_url(POOL, pool.pk, "rules", str(one.pk)),
                "kind": labels[one.kind],
                "days": one.days,
                "active": one.active,
            }
            for one in rows
        ],
        "new_url": record_url(POOL, pool.pk, "rules", "new") if actor.administers else "",
    }


def log_of_pool(pool: Pool, actor: Actor) -> dict[str, Any]:
    """The newest moves."""
    rows = list(PoolMove.objects.filter(pool_id=pool.pk).order_by("-at", "-pk")[:SHOWN])
    names = member_names({key for one in rows for key in (one.from_id, one.to_id) if key})
    obj = registry.get(pool.holds)
    return {
        "moves": [
            {
                "title": one.title,
                "href": record_url(obj, one.record_id),
                "how": HOW.get(one.how, one.how),
                "from": str(names.get(one.from_id or 0, "")),
                "to": str(names.get(one.to_id or 0, "")),
                "by": one.by_name,
                "reason": one.reason,
                "at": format_datetime(one.at),
            }
            for one in rows
        ]
    }


def _looked_after(record: Any, actor: Actor) -> bool:
    return looks_after(record.pk, actor)


register(
    Panel(
        name="log",
        label=_("In and out"),
        objects=("pool",),
        place="tab",
        order=1,
        template="sales/pool_log.html",
        context=log_of_pool,
        visible=_looked_after,
    )
)
register(
    Panel(
        name="rules",
        label=_("What comes back by itself"),
        objects=("pool",),
        place="side",
        order=1,
        template="sales/pool_rules.html",
        context=rules_of_pool,
        visible=_looked_after,
    )
)
register(
    Panel(
        name="members",
        label=_("Members"),
        objects=("pool",),
        place="side",
        order=2,
        template="sales/pool_members.html",
        context=members_of_pool,
        visible=_looked_after,
    )
)
