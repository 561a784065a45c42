"""Who stands in a pool, said by administrators."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.records.sharing.grantees import To, names_of
from guanxi.sales.pools.models import Pool, PoolMember, renew_standing


@transaction.atomic
def add_to_pool(
    pool: Pool,
    kind: str,
    grantee_id: int,
    *,
    by: Actor,
    administers: bool = False,
    hold_limit: int | None = None,
) -> PoolMember:
    """Let a member, a team with those below it, or a role stand in a pool; again, it says what holds now.

    Raises Refused, and InvalidValues for nobody.
    """
    _require_administrator(by)
    to = To(kind, grantee_id)
    named = names_of([to], working=True)
    if to not in named:
        words = _("Choose a member, a team or a role.")
        raise InvalidValues({"to": [FieldError("unknown_grantee", words)]})
    values = {"grantee_kind": kind, "administers": administers, "hold_limit": hold_limit}
    row: PoolMember
    row, _made = PoolMember.objects.update_or_create(pool=pool, grantee_id=grantee_id, defaults=values)
    renew_standing(pool.workspace_id)
    data = {"to": {"kind": kind, "id": str(grantee_id), "name": named[to]}, "administers": administers}
    state_fact("pool", "opened", pool.pk, by=by, title=str(pool), data=data)
    return row


@transaction.atomic
def take_from_pool(row: PoolMember, *, by: Actor) -> None:
    """Close a pool to somebody; what they have claimed stays theirs. Raises Refused."""
    _require_administrator(by)
    to = To(row.grantee_kind, row.grantee_id)
    named = names_of([to]).get(to, "")
    pool = row.pool
    row.delete()
    renew_standing(pool.workspace_id)
    data = {"to": {"kind": to.kind, "id": str(to.id), "name": named}}
    state_fact("pool", "closed", pool.pk, by=by, title=str(pool), data=data)


def _require_administrator(by: Actor) -> None:
    if not by.administers:
        raise Refused("pool.change")
