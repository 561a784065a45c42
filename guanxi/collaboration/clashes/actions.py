"""Reporting a clash, deciding it, withdrawing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from guanxi.collaboration.clashes.evidence import entries_of, works_of
from guanxi.collaboration.clashes.models import Clash, ClashPolicy, ClashRecord
from guanxi.collaboration.clashes.policy import CRITERIA, WHOLE, Policy, Work, propose, split_for
from guanxi.collaboration.clashes.queries import (
    deciders_of,
    may_decide,
    open_clash_of,
    policy_of,
    records_of,
)
from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.batches.running import begin_batch, end_batch
from guanxi.platform.records.duplicates.finding import others_alike
from guanxi.platform.records.sharing.actions import may_share, share_record
from guanxi.platform.records.sharing.grantees import To

State = Clash.State
MOST_RECORDS = 5


@transaction.atomic
def open_clash(obj: Object, ids: Sequence[int], *, reason: str = "", by: Actor) -> Clash:
    """Report that others claim this customer too; returns the clash that is open already, if there is one.

    ids   records that the actor sees. With one alone those that are like it come in, also such as the actor
          may not see, where the rule of the object tells that they exist

    Raises NotFound, and InvalidValues where nobody else claims it.
    """
    if by.member_id is None or not obj.owned or not obj.touched:
        raise Refused("clash.open")
    if not by.in_scope("write", obj.name):
        raise Refused("clash.open")
    seen = [find_record(obj, one, by=by) for one in dict.fromkeys(ids)]
    if not seen or len(seen) > MOST_RECORDS:
        raise InvalidValues({"id": [FieldError("count", _("Choose one to five records."))]})
    known = open_clash_of(obj.name, [one.pk for one in seen])
    if known is not None:
        return known
    whole = list(obj.rows().filter(pk__in=[one.pk for one in seen]).order_by("created_at", "pk"))
    if len(whole) == 1:
        alike = others_alike(obj, whole[0], by=by)[: MOST_RECORDS - 1]
        whole += obj.rows().filter(pk__in=alike).exclude(owner_id=whole[0].owner_id)
    owners = [one.owner_id for one in whole if one.owner_id]
    claimants = list(dict.fromkeys(owners))
    if len(claimants) < 2:  # somebody else's record, of which the reporter has a part
        claimants = list(dict.fromkeys([*claimants, by.member_id]))
    if len(claimants) < 2:
        words = _("Nobody else has this customer, as far as can be seen.")
        raise InvalidValues({"id": [FieldError("alone", words)]})
    clash = Clash(
        object=obj.name,
        title=str(seen[0])[:300],
        claimants=claimants,
        reason=reason.strip()[:500],
        opened_at=datetime.now(UTC),
        opened_by_id=by.member_id,
    )
    clash.save(force_insert=True)
    for one in whole:
        ClashRecord(clash=clash, object=obj.name, record_id=one.pk).save(force_insert=True)
    deciders = deciders_of(clash)
    for one in whole:  # each owner is told of their own record: its name is no secret to them
        told = [*([one.owner_id] if one.owner_id else []), *deciders]
        _state(one, "contested", clash, by, of=[str(member) for member in told])
        deciders = []
    return clash


@transaction.atomic
def decide_clash(
    clash: Clash,
    *,
    owner: int,
    split: Mapping[int, int] | None = None,
    note: str = "",
    keep: bool = True,
    by: Actor,
) -> Clash:
    """Give the customer to one of the claimants: all of its records become theirs, in one batch.

    split   member → percent of what the customer brings; None: as the policy proposes for this owner
    keep    the others go on seeing and editing the records, by a share

    Raises Refused for who may not decide, and InvalidValues for an owner or a split that can't be.
    """
    obj = registry.get(clash.object)
    clash = _held(clash)
    if clash.state != State.OPEN:
        raise Refused(_("This is decided already."))
    if not may_decide(clash, by):
        raise Refused("clash.decide")
    works = works_of(clash, entries_of(clash), policy_of())
    proposal = propose(works, policy_of())
    chosen = _checked(clash, owner, split, works)
    records = records_of(clash)
    names = member_names(clash.claimants)
    batch = begin_batch(kind="assign", object=obj.name, note=str(names.get(owner, "")), by=by)
    wishes = [Wish(one.pk, {"owner": owner}) for one in records if one.owner_id != owner]
    written = change_many(obj, wishes, by=by, data=batch.mark)
    if written.refusals:
        raise InvalidValues({"owner": [FieldError("refused", why) for _pk, why in written.refusals]})
    end_batch(batch)
    clash.state, clash.owner_id, clash.split = State.DECIDED, owner, {str(one): chosen[one] for one in chosen}
    clash.note, clash.batch_id = note.strip()[:1000], batch.pk
    clash.decided_at, clash.decided_by_id = datetime.now(UTC), by.member_id
    clash.proposal = {
        "owner": proposal.owner_id,
        "split": {str(one): percent for one, percent in proposal.split.items()},
        "criterion": proposal.criterion,
    }
    clash.evidence, clash.pattern = [_kept(one) for one in works], proposal.pattern
    clash.save()
    for one in records:
        if keep and may_share(obj, find_record(obj, one.pk, by=by), by):
            for other in (member for member in clash.claimants if member != owner):
                share_record(find_record(obj, one.pk, by=by), to=To("member", other), writes=True, by=by)
        to = {"kind": "member", "id": str(owner), "name": str(names.get(owner, ""))}
        told = [str(one.owner_id)] if one.owner_id else []  # who had it until now
        _state(one, "awarded", clash, by, to=to, split=clash.split, of=told)
    return clash


@transaction.atomic
def withdraw_clash(clash: Clash, *, by: Actor) -> Clash:
    """It was none: by who reported it, or who may decide. Raises Refused."""
    clash = _held(clash)
    mine = by.member_id == clash.opened_by_id and by.in_scope("write", clash.object)
    if clash.state != State.OPEN or not (mine or may_decide(clash, by)):
        raise Refused("clash.withdraw")
    clash.state, clash.decided_at, clash.decided_by_id = State.WITHDRAWN, datetime.now(UTC), by.member_id
    clash.save()
    return clash


@transaction.atomic
def set_policy(*, order: Sequence[str], days: int, share: int, by: Actor) -> Policy:
    """How clashes are settled. Raises Refused, and InvalidValues for what makes no sense."""
    if not by.administers:
        raise Refused("clash_policy.change")
    errors: dict[str, list[FieldError]] = {}
    if sorted(order) != sorted(CRITERIA):
        errors["order"] = [FieldError("choice", _("Name each criterion once."))]
    if not 1 <= days <= 730:
        errors["days"] = [FieldError("range", _("1 to 730 days."))]
    if not 0 <= share <= 50:
        errors["share"] = [FieldError("range", _("0 to 50 percent."))]
    if errors:
        raise InvalidValues(errors)
    before = policy_of()
    row = ClashPolicy.objects.first() or ClashPolicy(workspace_id=by.workspace_id)
    row.order, row.days, row.share = list(order), days, share
    row.save()
    after = policy_of()
    changes = {
        name: [_plain(getattr(before, name)), _plain(getattr(after, name))]
        for name in ("order", "days", "share")
        if getattr(before, name) != getattr(after, name)
    }
    if changes:
        state_fact("clash_policy", "changed", row.pk, by=by, title=_("Clashes"), changes=changes)
    return after


def _checked(
    clash: Clash, owner: int, split: Mapping[int, int] | None, works: Sequence[Work]
) -> dict[int, int]:
    if owner not in clash.claimants:
        raise InvalidValues({"owner": [FieldError("choice", _("Choose one of those who claim it."))]})
    if split is None:
        return split_for(next(one for one in works if one.member_id == owner), works, policy_of())
    given = {one: percent for one, percent in split.items() if percent}
    fair = set(given) <= set(clash.claimants) and all(0 < one <= WHOLE for one in given.values())
    if not fair or sum(given.values()) != WHOLE:
        raise InvalidValues({"split": [FieldError("sum", _("The shares add up to 100 percent."))]})
    return given


def _held(clash: Clash) -> Clash:
    """The clash as it is now, held until the end of the transaction."""
    rows = Clash.objects.filter(pk=clash.pk)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))
    found: Clash = rows.get()
    return found


def _kept(work: Work) -> dict[str, Any]:
    return {
        "member": str(work.member_id),
        "first": work.first.isoformat() if work.first else None,
        "active": work.active,
        "visits": work.visits,
        "deals": work.deals,
        "quotes": work.quotes,
        "owns": work.owns,
    }


def _state(record: Any, verb: str, clash: Clash, by: Actor, **data: Any) -> None:
    """A fact of the record: its history and timeline tell of it, members who are named in `of` hear it."""
    state_fact(
        record.object_name,
        verb,
        record.pk,
        by=by,
        title=str(record),
        data={"clash": str(clash.pk), **data},
        version=record.version,
    )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
