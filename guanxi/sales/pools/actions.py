"""The verbs of pools: claim, assign, return, move on. What belongs to a company goes along with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from guanxi.people.contacts.models import Contact
from guanxi.people.contacts.objects import CONTACT
from guanxi.platform.i18n.dates import format_date
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.own_values import hold_value
from guanxi.platform.records.writing import team_of
from guanxi.platform.tenancy.home import today_here, zone_here
from guanxi.sales.deals.models import Deal, Stage
from guanxi.sales.leads.models import Lead
from guanxi.sales.pools.holding import grantees_of, looks_after, stands_in
from guanxi.sales.pools.models import Pool, PoolMember, PoolMove

AT_ONCE = 500
LIMITS = ("claim_limit", "hold_limit")
OUT = {"pool": None, "pooled_at": None, "pool_reason": None, "pooled_from": None}
IN = {"owner": None, "team": None, "next_step": None, "next_step_on": None}


@transaction.atomic
def claim_record(record: Any, *, by: Actor) -> Any:
    """Out of its pool and into the actor's hands; of two who claim the same one, one is told that it is gone.

    Raises NotFound, Refused where the actor is no member, and InvalidValues beyond a limit.
    """
    obj = registry.get(record.object_name)
    require(by, "claim", obj)
    if by.member_id is None:
        raise Refused(_("Only members claim."))
    hold_value(obj, obj["pool"], f"claims of {by.member_id}")
    there, pool = _pooled(obj, record.pk, by)
    if not stands_in(pool.pk, by):
        raise Refused(_("You are not a member of this pool."))
    member = Member.objects.get(pk=by.member_id)
    _refuse_early(pool, there, by.member_id)
    _refuse_beyond_day(pool, member)
    _refuse_beyond_holding(obj, pool, member)
    _take_out(obj, pool, [there], to=member, how="claimed", by=by)
    return find_record(obj, there.pk, by=by)


@transaction.atomic
def claim_several(pool: Pool, count: int, *, by: Actor) -> tuple[list[Any], str]:
    """Claim so many of a pool, what has lain there longest first; (those claimed, why not more, or "").

    Each is claimed as by its own button: what somebody is faster with or the actor has to wait for is passed
    over, and a limit ends it. Raises Refused where the actor is no member of the pool.
    """
    if not stands_in(pool.pk, by):
        raise Refused(_("You are not a member of this pool."))
    claimed: list[Any] = []
    rows = registry.get(pool.holds).rows().filter(pool_id=pool.pk, archived_at=None)
    for record in rows.order_by("pooled_at", "pk")[:AT_ONCE]:
        if len(claimed) >= count:
            break
        try:
            claimed.append(claim_record(record, by=by))
        except NotFound:
            continue
        except InvalidValues as problem:
            found = [one for errors in problem.errors.values() for one in errors]
            if any(one.code in LIMITS for one in found):
                return claimed, found[0].message
    return claimed, ""


@transaction.atomic
def place_record(record: Any, *, by: Actor, owner: Any = None) -> Any:
    """Out of its pool and into somebody's hands, by who looks after the pool: limits don't hold them up."""
    obj = registry.get(record.object_name)
    there, pool = _pooled(obj, record.pk, by)
    if not looks_after(pool.pk, by):
        raise Refused(_("Whoever looks after the pool assigns what is in it."))
    to = Member.objects.filter(pk=_id(owner), left_at=None).first()
    if to is None:
        raise InvalidValues({"owner": [FieldError("required", _("Say to whom."))]})
    _take_out(obj, pool, [there], to=to, how="assigned", by=by)
    return _as_left(obj, there, by)


@transaction.atomic
def transfer_record(record: Any, *, by: Actor, pool: Any = None) -> Any:
    """From one pool into another, by who looks after the first."""
    obj = registry.get(record.object_name)
    there, old = _pooled(obj, record.pk, by)
    if not looks_after(old.pk, by):
        raise Refused(_("Whoever looks after the pool assigns what is in it."))
    new = _pool(obj, pool)
    data = {"how": "moved", "pool": str(new.pk)}
    _write(obj, [there.pk], {"pool": new.pk}, by=by, data=data)
    _write(CONTACT, _along(obj, [there.pk], old), {"pool": new.pk}, by=by, data=data)
    _log(obj, new, [there], how="moved", by=by, to=None)
    return _as_left(obj, there, by)


@transaction.atomic
def return_record(record: Any, *, by: Actor, pool: Any = None, pool_reason: Any = None) -> Any:
    """Back into a pool, with a reason; returns it as it was seen last. Raises Refused, InvalidValues."""
    obj = registry.get(record.object_name)
    require(by, "return", obj)
    there = find_record(obj, record.pk, by=by, access="edit", lock=True)
    reason = str(pool_reason or "").strip()[:200]
    if there.pool_id is not None or there.archived_at is not None:
        raise InvalidValues({"pool": [FieldError("state", _("It belongs to nobody already."))]})
    if not reason:
        raise InvalidValues({"pool_reason": [FieldError("required", _("Say why you give it back."))]})
    put_in(obj, _pool(obj, pool), [there], how="returned", reason=reason, by=by)
    return there


def put_in(obj: Object, pool: Pool, records: Sequence[Any], *, how: str, reason: str, by: Actor) -> None:
    """Put records of one object into a pool, some hundred at a time; asks for no right: its callers do."""
    data = {"how": how, "pool": str(pool.pk), "reason": reason}
    for start in range(0, len(records), AT_ONCE):
        some = records[start : start + AT_ONCE]
        along = _owned_along(obj, some)
        for one_obj, found in ((obj, [(one.pk, one.owner_id) for one in some]), (CONTACT, along)):
            wishes = [
                Wish(
                    pk,
                    {**_fitting(one_obj), "pool": pool.pk, "pool_reason": reason, "pooled_from": owner_id},
                    act="tidy",
                )
                for pk, owner_id in found
            ]
            if wishes:
                change_many(one_obj, wishes, by=by, data=data)
        _log(obj, pool, some, how=how, by=by, to=None, reason=reason)


def claims_today(pool: Pool, member_id: int) -> int:
    """How many records of the pool a member has claimed since midnight, in the workspace's zone."""
    midnight = datetime.combine(today_here(), time(), zone_here()).astimezone(UTC)
    moves = PoolMove.objects.filter(pool_id=pool.pk, to_id=member_id, how="claimed", at__gte=midnight)
    made: int = moves.count()
    return made


def held_by(obj: Object, pool: Pool, member_id: int) -> int:
    """How many records a member owns, as the pool counts them."""
    rows = obj.rows().filter(owner_id=member_id, archived_at=None)
    if obj.name == Lead.object_name:
        return rows.exclude(status__in=(Lead.Status.CONVERTED, Lead.Status.DISQUALIFIED)).count()
    if not pool.count_won:
        won = Deal.objects.filter(status=Stage.Kind.WON, archived_at=None, company_id__isnull=False)
        rows = rows.exclude(pk__in=won.filter(company__owner_id=member_id).values("company_id"))
    return rows.count()


def hold_limit_of(pool: Pool, member: Member) -> int | None:
    """The member's own limit, else the role's, the nearest team's, the pool's; None for no limit."""
    rows = PoolMember.objects.filter(pool=pool, hold_limit__isnull=False)
    limits = dict(rows.values_list("grantee_id", "hold_limit"))
    return next((limits[one] for one in grantees_of(member) if one in limits), pool.hold_limit)


# The steps


def _pooled(obj: Object, record_id: int, by: Actor) -> tuple[Any, Pool]:
    """The record, held until the end, and its pool; raises NotFound, and InvalidValues where it is taken."""
    there = find_record(obj, record_id, by=by, lock=True)
    pool = Pool.objects.filter(pk=there.pool_id, archived_at=None).first() if there.pool_id else None
    if pool is None or there.archived_at is not None:
        words = _("Somebody was faster: it belongs to somebody by now.")
        raise InvalidValues({"pool": [FieldError("taken", words)]})
    return there, pool


def _as_left(obj: Object, there: Any, by: Actor) -> Any:
    """The record anew, or as it was seen last by who does not see it any more."""
    try:
        return find_record(obj, there.pk, by=by)
    except NotFound:
        return there


def _refuse_early(pool: Pool, there: Any, member_id: int) -> None:
    if not pool.wait_days or there.pooled_from_id != member_id or there.pooled_at is None:
        return
    free = there.pooled_at + timedelta(days=pool.wait_days)
    if datetime.now(UTC) < free:
        words = _("It was yours before. You may claim it again from %(day)s; until then others may.")
        raise InvalidValues({"pool": [FieldError("waiting", words % {"day": format_date(free.date())})]})


def _refuse_beyond_day(pool: Pool, member: Member) -> None:
    if pool.claim_limit is not None and claims_today(pool, member.pk) >= pool.claim_limit:
        words = _("You have claimed %(count)s today, as many as this pool allows in a day.")
        raise InvalidValues({"pool": [FieldError("claim_limit", words % {"count": pool.claim_limit})]})


def _refuse_beyond_holding(obj: Object, pool: Pool, member: Member) -> None:
    limit = hold_limit_of(pool, member)
    if limit is not None and held_by(obj, pool, member.pk) >= limit:
        words = _("You own %(count)s %(objects)s, as many as you may. Return one to the pool first.")
        given = {"count": limit, "objects": obj.plural_label.within}
        raise InvalidValues({"pool": [FieldError("hold_limit", words % given)]})


def _take_out(obj: Object, pool: Pool, records: Sequence[Any], *, to: Member, how: str, by: Actor) -> None:
    values = {**OUT, "owner": to.pk, "team": team_of(to.pk)}
    ids, data = [one.pk for one in records], {"how": how, "pool": str(pool.pk), "pool_name": pool.name}
    _write(obj, ids, values, by=by, data=data)
    _write(CONTACT, _along(obj, ids, pool), values, by=by, data=data)
    _log(obj, pool, records, how=how, by=by, to=to.pk)


def _write(
    obj: Object, ids: Sequence[int], values: dict[str, Any], *, by: Actor, data: dict[str, str]
) -> None:
    if ids:
        change_many(obj, [Wish(one, values, act="tidy") for one in ids], by=by, data=data)


def _along(obj: Object, ids: Sequence[int], pool: Pool) -> list[int]:
    """The contacts of companies that are in the same pool."""
    if obj.name != "company":
        return []
    rows = Contact.objects.filter(company_id__in=ids, pool_id=pool.pk, archived_at=None)
    return list(rows.values_list("pk", flat=True))


def _owned_along(obj: Object, records: Sequence[Any]) -> list[tuple[int, int | None]]:
    """The contacts of companies that belong to the same member, or to nobody: they go along."""
    if obj.name != "company":
        return []
    owners = {one.pk: one.owner_id for one in records}
    rows = Contact.objects.filter(company_id__in=owners, archived_at=None, pool_id__isnull=True)
    return [
        (pk, owner_id)
        for pk, company_id, owner_id in rows.values_list("pk", "company_id", "owner_id")
        if owner_id is None or owner_id == owners[company_id or 0]
    ]


def _fitting(obj: Object) -> dict[str, Any]:
    return {name: value for name, value in IN.items() if name in obj.fields_by_name}


def _log(
    obj: Object, pool: Pool, records: Sequence[Any], *, how: str, by: Actor, to: int | None, reason: str = ""
) -> None:
    PoolMove.objects.bulk_create(
        PoolMove(
            pool_id=pool.pk,
            object=obj.name,
            record_id=one.pk,
            title=str(one)[:200],
            how=how,
            from_id=one.pooled_from_id if to is not None else one.owner_id,
            to_id=to,
            by_id=by.member_id,
            by_name=by.name[:200],
            reason=reason,
        )
        for one in records
    )


def _pool(obj: Object, chosen: Any) -> Pool:
    """The pool that was named; where there is only one, that one. Raises InvalidValues."""
    rows: QuerySet[Pool] = Pool.objects.filter(holds=obj.name, archived_at=None)
    if chosen in (None, ""):
        found = list(rows[:2])
        if len(found) == 1:
            return found[0]
    elif one := rows.filter(pk=_id(chosen)).first():
        return one
    words = _("Choose a pool for %(objects)s.") % {"objects": obj.plural_label.within}
    raise InvalidValues({"pool": [FieldError("required", words)]})


def _id(given: Any) -> int:
    text = str(given or "")
    return int(text) if text.isdecimal() and len(text) < 20 else 0


__all__ = [
    "NotFound",
    "Refused",
    "claim_record",
    "place_record",
    "put_in",
    "return_record",
    "transfer_record",
]
