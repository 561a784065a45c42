"""What comes back into a pool by itself: which records a rule takes now, who is told before, and the taking.

Every condition is SQL over the object's rows, so that a rule costs one statement however many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import Draft, state_facts
from guanxi.platform.i18n.holidays import is_working_day
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, conditions
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.home import today_here, zone_here
from guanxi.platform.tenancy.models import Workspace
from guanxi.sales.leads.models import Lead
from guanxi.sales.pools.actions import put_in
from guanxi.sales.pools.holding import members_of
from guanxi.sales.pools.models import PoolRule, PoolWarning

OPEN_LEADS = tuple(
    one.value for one in Lead.Status if one not in (Lead.Status.CONVERTED, Lead.Status.DISQUALIFIED)
)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Due:
    """A record that a rule takes, or will take."""

    record_id: int
    owner_id: int
    title: str


@dataclass(frozen=True, slots=True)
class Recycled:
    """What one run of a rule did."""

    warned: int
    taken: int


def run_rules() -> dict[int, Recycled]:
    """All active rules of the chosen workspace, each in its transactions; by rule."""
    with transaction.atomic():
        ids = list(
            PoolRule.objects.filter(active=True, archived_at=None, pool__archived_at=None)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
    return {one: run_rule(one) for one in ids}


def run_rule(rule_id: int, *, today: date | None = None) -> Recycled:
    """Take what is due and was announced in time, and announce what will be; nothing is done twice."""
    with transaction.atomic():
        rule = PoolRule.objects.select_related("pool").get(pk=rule_id)
        today = today or today_here()
        obj, owners = registry.get(rule.pool.holds), members_of(rule.pool)
        found = due(rule, obj, owners, today=today)
        told = _warn(rule, obj, owners, today)
    ripe = _announced(rule, found, today)
    for start in range(0, len(ripe), AT_ONCE):
        with transaction.atomic():
            _take(rule, obj, ripe[start : start + AT_ONCE], owners, today)
    return Recycled(warned=told, taken=len(ripe))


def due(
    rule: PoolRule,
    obj: Object,
    owners: Collection[int],
    *,
    today: date,
    ahead: int = 0,
    ids: Sequence[int] = (),
) -> list[Due]:
    """The records that the rule takes on that day, or within `ahead` days; with `ids` of these only."""
    if not owners:
        return []
    where = condition(rule, obj, owners, today=today, ahead=ahead)
    some = Sql("")
    if ids:
        some = Sql(f" AND r.id IN ({', '.join(['%s'] * len(ids))})", tuple(ids))
    rows = fetch(
        f'SELECT r.id, r.owner_id, r.name FROM "{obj.table}" r WHERE {where.text}{some.text} ORDER BY r.id',
        (*where.params, *some.params),
    )
    return [Due(*row) for row in rows]


def condition(rule: PoolRule, obj: Object, owners: Collection[int], *, today: date, ahead: int = 0) -> Sql:
    """What rows `r` must meet: their owner, the rule's filter and kind, what protects them."""
    by = system_actor(require_workspace_id(), "Guanxi")
    query = ListQuery(obj=obj, columns=(), filter=parse_filter(rule.filter or ""))
    marks = ", ".join(["%s"] * len(owners))
    parts = [
        conditions(query, by=by),
        Sql(f"r.pool_id IS NULL AND r.owner_id IN ({marks})", tuple(sorted(owners))),
        _of_kind(rule, obj, today, ahead),
    ]
    if obj.name == Lead.object_name:
        parts.append(Sql(f"r.status IN ({', '.join(['%s'] * len(OPEN_LEADS))})", OPEN_LEADS))
    elif rule.keep_won and rule.kind != PoolRule.Kind.CONTRACT:  # who has a contract has bought
        parts.append(Sql(f"NOT EXISTS ({_DEALS} AND d.status = %s)", ("won",)))
    return Sql(" AND ".join(one.text for one in parts), tuple(v for one in parts for v in one.params))


_DEALS = (
    "SELECT 1 FROM sales_deal d WHERE d.workspace_id = r.workspace_id AND d.company_id = r.id"
    " AND d.archived_at IS NULL"
)
_CONTRACTS = (
    "SELECT 1 FROM sales_contract c WHERE c.workspace_id = r.workspace_id AND c.company_id = r.id"
    " AND c.archived_at IS NULL AND c.status IN"
)
ENDING = ("active", "expiring", "expired", "renewed")
LASTING = ("draft", "in_approval", "to_sign", "active", "expiring", "renewed")
_SINCE = "COALESCE(r.owned_since, r.created_at)"


def _of_kind(rule: PoolRule, obj: Object, today: date, ahead: int) -> Sql:
    if rule.kind == PoolRule.Kind.DATE:
        field = obj.fields_by_name.get(rule.date_field or "")
        if field is None or field.type not in ("date", "datetime"):
            words = _("There is no day “%(name)s” to count from.") % {"name": rule.date_field}
            raise InvalidValues({"date_field": [FieldError("unknown_field", words)]})
        last = back(today + timedelta(days=ahead), rule.days, rule.work_days)
        if field.type == "date":
            return Sql(f"{field.expression('r')} <= %s", (field.bound(last),))
        return Sql(f"{field.expression('r')} < %s", (_after(last),))
    before = _after(back(today + timedelta(days=ahead), rule.days, rule.work_days))
    if rule.kind == PoolRule.Kind.CONTRACT:
        return _contract_ends(rule, today + timedelta(days=ahead), before)
    if rule.kind == PoolRule.Kind.SILENT:
        return Sql(f"{_SINCE} < %s AND (r.last_touch_at IS NULL OR r.last_touch_at < %s)", (before, before))
    if obj.name == Lead.object_name:
        return Sql(f"{_SINCE} < %s", (before,))
    return Sql(f"{_SINCE} < %s AND NOT EXISTS ({_DEALS} AND d.created_at >= {_SINCE})", (before,))


def _contract_ends(rule: PoolRule, day: date, before: datetime) -> Sql:
    """Whose last contract ends soon, or has ended, with nothing behind it; its owner had it `before`."""
    soon = registry.get("contract")["runs_until"].bound(back(day, -rule.days, rule.work_days))
    ending, lasting = (", ".join(["%s"] * len(one)) for one in (ENDING, LASTING))
    return Sql(
        f"{_SINCE} < %s AND EXISTS ({_CONTRACTS} ({ending}) AND c.runs_until <= %s)"
        f" AND NOT EXISTS ({_CONTRACTS} ({lasting}) AND (c.runs_until IS NULL OR c.runs_until > %s))",
        (before, *ENDING, soon, *LASTING, soon),
    )


def back(day: date, days: int, working: bool) -> date:
    """So many days before a day (after it where they are negative), by the workspace's calendar if asked."""
    if not working:
        return day - timedelta(days=days)
    country = Workspace.objects.values_list("country", flat=True).get(pk=require_workspace_id())
    step, left = (-1 if days > 0 else 1), abs(days)
    while left:
        day += timedelta(days=step)
        left -= is_working_day(day, country)
    return day


def _announced(rule: PoolRule, found: Sequence[Due], today: date) -> list[Due]:
    """Those that may be taken: without a warning all, else whose owner was told so many days ago."""
    if not rule.warn_days:
        return list(found)
    with transaction.atomic():
        told = PoolWarning.objects.filter(rule_id=rule.pk, due_on__lte=today)
        known = set(told.values_list("record_id", flat=True))
    return [one for one in found if one.record_id in known]


def _warn(rule: PoolRule, obj: Object, owners: Collection[int], today: date) -> int:
    """Tell the owners of what will be taken, once; forget the warnings of what was looked after since."""
    if not rule.warn_days:
        return 0
    coming = {one.record_id: one for one in due(rule, obj, owners, today=today, ahead=rule.warn_days)}
    known = set(PoolWarning.objects.filter(rule_id=rule.pk).values_list("record_id", flat=True))
    PoolWarning.objects.filter(rule_id=rule.pk, record_id__in=known - set(coming)).delete()
    new = [one for pk, one in coming.items() if pk not in known]
    on = today + timedelta(days=rule.warn_days)
    PoolWarning.objects.bulk_create(
        [
            PoolWarning(rule_id=rule.pk, object=obj.name, record_id=one.record_id, told_on=today, due_on=on)
            for one in new
        ]
    )
    drafts = [
        Draft(
            object=obj.name,
            verb="warned",
            record_id=one.record_id,
            title=one.title,
            data={
                "on": on.isoformat(),
                "pool": rule.pool.name,
                "rule": rule.name,
                "owner": str(one.owner_id),
            },
        )
        for one in new
    ]
    if drafts:
        state_facts(drafts, by=system_actor(require_workspace_id(), "Guanxi"))
    return len(new)


def _take(rule: PoolRule, obj: Object, some: Sequence[Due], owners: Collection[int], today: date) -> None:
    """Put them into the pool, if they are still due now that they are held."""
    ids = [one.record_id for one in some]
    held = obj.rows().filter(pk__in=ids).order_by("pk")
    records = {one.pk: one for one in held.select_for_update(of=("self",))}
    still = due(rule, obj, owners, today=today, ids=ids)
    chosen = [records[one.record_id] for one in still if one.record_id in records]
    by = system_actor(require_workspace_id(), "Guanxi")
    put_in(obj, rule.pool, chosen, how="recycled", reason=rule.name[:200], by=by)
    PoolWarning.objects.filter(rule_id=rule.pk, record_id__in=ids).delete()


def _after(day: date) -> datetime:
    """The moment at which a day is over, in the workspace's zone."""
    return datetime.combine(day + timedelta(days=1), time(), zone_here()).astimezone(UTC)
